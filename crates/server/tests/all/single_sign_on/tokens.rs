//! What of a provider's token is believed.

use super::fake::WayThere;
use super::{BEGIN, Scene};
use serde_json::json;

#[tokio::test]
async fn the_way_there_asks_for_a_code_with_pkce_and_tells_no_secret() {
    let scene = Scene::build().await;
    let mut browser = scene.browser();
    let page = browser.get(BEGIN).await.is(303);
    let way = WayThere::of(&page);
    assert_eq!(way.place, format!("{}/authorize", scene.fake.issuer));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "us"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://keys.example/sign-in/with/example/callback"),
        ("prompt", ""),
    ] {
        assert_eq!(way.field(name), value, "{name}");
    }
    let lengths = ["state", "nonce", "code_challenge"].map(|name| way.field(name).len());
    assert_eq!(lengths, [43; 3]);
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-counterfoil-sign-on=")
            && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=900"),
        "{cookie}"
    );
    for name in ["state", "nonce", "code_challenge"] {
        assert!(!cookie.contains(way.field(name)), "{name}");
    }
}

#[tokio::test]
async fn the_code_is_exchanged_with_the_verifier_and_our_secret_in_the_header() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let way = WayThere::of(&browser.get(BEGIN).await);
    scene.fake.says(&way, scene.seconds(), &json!({}));
    browser.get(&way.back("example")).await.is(303);
    let asked = scene.fake.asked_at("/token");
    let (authorization, body) = asked.last().unwrap();
    assert_eq!(authorization, "Basic dXM6aHVzaCUyMGh1c2g=");
    assert!(
        body.contains("grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fkeys.example")
    );
    assert!(way.is_verified_by(body) && !body.contains("hush"), "{body}");
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_lets_nobody_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    let now = scene.seconds();
    for (what, changes) in [
        ("another nonce", json!({"nonce": "another"})),
        ("no nonce", json!({"nonce": null})),
        ("another issuer", json!({"iss": "https://evil.example"})),
        ("for somebody else", json!({"aud": "them"})),
        ("for several, by another", json!({"aud": ["us", "them"], "azp": "them"})),
        ("run out", json!({"exp": now - 61})),
        ("of the future", json!({"iat": now + 3600})),
        ("of nobody", json!({"sub": ""})),
    ] {
        let mut browser = scene.browser();
        let page = scene.sign_in(&mut browser, changes).await;
        assert_eq!((page.status, browser.is_signed_in()), (403, false), "{what}: {}", page.text);
    }
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_lets_nobody_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256", "kid": "first"}),
        json!({"alg": "ES384", "kid": "first"}),
        json!({"alg": "ES256", "kid": "unknown"}),
        json!({"alg": "ES256", "kid": "first", "crit": ["b64"], "b64": false}),
    ] {
        scene.fake.shall(|script| script.header = header.clone());
        let mut browser = scene.browser();
        let page = scene.sign_in(&mut browser, json!({})).await;
        assert_eq!((page.status, browser.is_signed_in()), (403, false), "{header}");
    }
    assert_eq!(scene.fake.asked_at("/keys").len(), 2, "an unknown key is asked for once a minute");
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let scene = Scene::build().await;
    scene.linked().await;
    scene.fake.shall(|script| {
        script.shown_key = "second";
        script.header = json!({"alg": "ES256", "kid": "second"});
    });
    let mut browser = scene.browser();
    scene.sign_in(&mut browser, json!({})).await.is(303);
    assert!(browser.is_signed_in());
}

#[tokio::test]
async fn a_provider_that_names_itself_rightly_is_believed() {
    let scene = Scene::build().await;
    scene.fake.shall(|script| {
        script.discovery = json!({"authorization_response_iss_parameter_supported": true});
    });
    let mut browser = scene.browser();
    let way = WayThere::of(&browser.get(BEGIN).await);
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let back = format!("{}&iss={}", way.back("example"), scene.fake.issuer);
    let page = browser.get(&back).await.is(403);
    assert!(page.text.contains("No account here is linked"), "{}", page.text);
}

#[tokio::test]
async fn a_proven_address_is_noted_when_the_provider_is_trusted_for_it() {
    let scene = Scene::build().await;
    let proven = async || {
        let mut browser = scene.browser_of_holder().await;
        browser.get(&format!("/console/teams/{}", scene.team.id)).await
    };
    proven().await.is(200);
    let mut browser = scene.browser_of_holder().await;
    let holder = scene.town.authority.person(scene.team.person).await.unwrap().unwrap();
    scene.link(&mut browser, json!({"email": holder.email})).await.is(303);
    let profile = browser.get(&format!("/console/teams/{}/profile", scene.team.id)).await.is(200);
    assert!(
        profile.text.contains("Accounts elsewhere that sign you in") && profile.text.contains(&holder.email)
    );
}
