//! Signing in by other providers: a fake one for everything hostile, and a real one.

pub(crate) mod browser;
mod fake;
#[cfg(feature = "program-tests")]
mod real;

use crate::town::{Team, Town, URL, roles};
use browser::{Browser, Page};
use counterfoil_authority::Request;
use counterfoil_authority::people::{Delivery, NewInvitation};
use counterfoil_authority::sign_in::{FailedBy, Happening, HistoryOf};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::roles::Roles;
use counterfoil_server::SignOn;
use fake::{Fake, WayThere};
use serde_json::{Value, json};
use std::sync::Arc;

const BEGIN: &str = "/sign-in/with/example?to=/console";

/// A town with a team, and a provider that does as it is told.
struct Scene {
    town: Town,
    team: Team,
    fake: Fake,
    sign_on: Arc<SignOn>,
}

impl Scene {
    async fn build() -> Self {
        let (town, fake) = (Town::build().await, Fake::build().await);
        let (team, sign_on) = (town.team("Rivets").await, fake.sign_on());
        Self { town, team, fake, sign_on }
    }

    fn browser(&self) -> Browser {
        Browser::at(&self.town, &self.sign_on)
    }

    async fn browser_of_holder(&self) -> Browser {
        Browser::of(&self.town, &self.sign_on, self.team.person).await
    }

    fn seconds(&self) -> i64 {
        self.town.now().as_seconds()
    }

    /// Goes there and comes back, with a token that says this.
    async fn sign_in(&self, browser: &mut Browser, changes: Value) -> Page {
        let way = WayThere::of(&browser.get(BEGIN).await.is(303));
        self.fake.says(&way, self.seconds(), &changes);
        browser.get(&way.back("example")).await
    }

    /// Links an account there to whoever is signed in.
    async fn link(&self, browser: &mut Browser, changes: Value) -> Page {
        let page = browser.post("/secure/providers/example", "to=%2Fconsole").await.is(200);
        let way = WayThere::at(&href_of(&page.text));
        self.fake.says(&way, self.seconds(), &changes);
        browser.get(&way.back("example")).await
    }

    /// The Account Holder has linked an account there.
    async fn linked(&self) {
        let mut browser = self.browser_of_holder().await;
        self.link(&mut browser, json!({})).await.is(303);
    }
}

/// Where the page leads on.
fn href_of(text: &str) -> String {
    let after = text.split_once("id=\"go\" href=\"").unwrap().1;
    after.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn an_account_that_was_linked_signs_its_person_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let page = scene.sign_in(&mut browser, json!({})).await.is(303);
    assert_eq!(page.leads_to(), "/console");
    assert!(browser.is_signed_in() && browser.cookie("__Host-counterfoil-sign-on").is_none());
    let home = browser.get(&format!("/console/teams/{}", scene.team.id)).await;
    assert_eq!(home.status, 200);
}

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
async fn an_answer_counts_once_and_in_the_browser_that_asked() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let way = WayThere::of(&browser.get(BEGIN).await);
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let attempt = browser.cookie("__Host-counterfoil-sign-on").unwrap().to_owned();

    let mut other = scene.browser();
    other.get(&way.back("example")).await.is(400);
    other.get(BEGIN).await.is(303);
    other.get(&way.back("example")).await.is(400);
    assert!(!other.is_signed_in());

    browser.get(&way.back("example")).await.is(303);
    browser.keeps("__Host-counterfoil-sign-on", &attempt);
    browser.get(&way.back("example")).await.is(400);
    other.keeps("__Host-counterfoil-sign-on", &attempt);
    other.get(&way.back("example")).await.is(400);
    assert!(!other.is_signed_in());
}

#[tokio::test]
async fn a_changed_or_an_old_attempt_is_not_taken() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let way = WayThere::of(&browser.get(BEGIN).await);
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let attempt = browser.cookie("__Host-counterfoil-sign-on").unwrap().to_owned();
    for changed in [
        String::new(),
        ".".to_owned(),
        attempt.replace('.', ""),
        format!("A{attempt}"),
        format!("{attempt}A"),
        "e30.AAAA".to_owned(),
        "a".repeat(5_000),
    ] {
        browser.keeps("__Host-counterfoil-sign-on", &changed);
        browser.get(&way.back("example")).await.is(400);
    }
    scene.town.wait(std::time::Duration::from_secs(15 * 60));
    browser.keeps("__Host-counterfoil-sign-on", &attempt);
    browser.get(&way.back("example")).await.is(400);
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn an_answer_of_one_provider_is_not_taken_for_anothers() {
    let (town, one, other) = (Town::build().await, Fake::build().await, Fake::build().await);
    let settings = vec![one.settings("Example"), other.settings("Other")];
    let sign_on = Arc::new(SignOn::new(settings, URL).unwrap());
    let mut browser = Browser::at(&town, &sign_on);
    let way = WayThere::of(&browser.get(BEGIN).await);
    browser.get(&way.back("other")).await.is(400);
    assert_eq!(
        (one.asked_at("/token").len(), other.asked_at("/token").len()),
        (0, 0),
        "no code went anywhere"
    );

    for (names_itself, iss, status) in
        [(false, Some(other.issuer.as_str()), 403), (true, None, 403), (true, Some(one.issuer.as_str()), 403)]
    {
        let fake = Fake::build().await;
        fake.shall(|script| {
            script.discovery = json!({"authorization_response_iss_parameter_supported": names_itself});
        });
        let mut browser = Browser::at(&town, &fake.sign_on());
        let way = WayThere::of(&browser.get(BEGIN).await);
        let iss = iss.map_or_else(String::new, |iss| format!("&iss={iss}"));
        browser.get(&format!("{}{iss}", way.back("example"))).await.is(status);
        assert!(fake.asked_at("/token").is_empty());
    }
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
async fn nobody_is_let_in_by_an_address() {
    let scene = Scene::build().await;
    let holder = scene.town.authority.person(scene.team.person).await.unwrap().unwrap();
    let mut browser = scene.browser();
    let page =
        scene.sign_in(&mut browser, json!({"email": holder.email, "email_verified": true})).await.is(403);
    assert!(page.text.contains("No account here is linked") && !browser.is_signed_in());
    let unknown = scene.town.authority.unknown_sign_ins().await.unwrap();
    assert_eq!(unknown.iter().map(|(_, count)| count).sum::<u64>(), 1, "it is counted");
}

#[tokio::test]
async fn an_account_is_linked_to_one_person_who_asked_for_it_here() {
    let scene = Scene::build().await;
    scene.linked().await;
    let (_, other) = scene.town.member(scene.team, &["DEVELOPER"]).await;
    let mut browser = Browser::of(&scene.town, &scene.sign_on, other).await;
    let page = scene.link(&mut browser, json!({})).await.is(409);
    assert!(page.text.contains("linked to somebody else"), "{}", page.text);

    let foreign = browser.get("/secure/providers/example").await;
    assert_eq!(foreign.status, 405, "a link of another site can't begin it");
    let mut stranger = scene.browser();
    let page = stranger.post("/secure/providers/example", "").await;
    assert!(page.leads_to().starts_with("/sign-in"), "{page:?}");
}

#[tokio::test]
async fn whoever_is_invited_joins_and_links_an_account_in_one_step() {
    let scene = Scene::build().await;
    let link = invited(&scene, "ADMIN").await;
    let mut browser = scene.browser();
    let page = browser.get(&format!("/join?link={link}")).await.is(200);
    assert!(page.text.contains("Join with Example"), "{}", page.text);
    let form = format!("link={link}&first-name=Nina&last-name=New&provider=example");
    let page = browser.post("/join", &form).await.is(200);
    assert!(browser.is_signed_in());
    let way = WayThere::at(&href_of(&page.text));
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let team = format!("/console/teams/{}", scene.team.id);
    assert_eq!(browser.get(&way.back("example")).await.is(303).leads_to(), team);
    browser.get(&team).await.is(200);

    let mut again = scene.browser();
    scene.sign_in(&mut again, json!({})).await.is(303);
    assert!(again.get(&team).await.is(200).text.contains("Nina"));
}

#[tokio::test]
async fn whoever_joined_is_in_even_if_the_provider_is_unknown_or_away() {
    let scene = Scene::build().await;
    for provider in ["nobody", "example"] {
        scene.fake.shall(|script| script.instead = Some((500, "oh no".to_owned())));
        let link = invited(&scene, "DEVELOPER").await;
        let mut browser = scene.browser();
        let form = format!("link={link}&first-name=Nina&last-name=New&provider={provider}");
        let page = browser.post("/join", &form).await.is(303);
        assert!(browser.is_signed_in() && page.leads_to().starts_with("/secure?to="), "{page:?}");
        assert!(browser.cookie("__Host-counterfoil-notice").is_some());
    }
}

/// An invitation of somebody new with this role. What stands in its link.
async fn invited(scene: &Scene, role: &str) -> String {
    let (authority, by) = (&scene.town.authority, Actor::User(scene.team.owner));
    let email = format!("nina-{}@example.com", authority.people_of(scene.team.id).await.unwrap().len());
    let invitation = NewInvitation {
        email: email.as_str().try_into().unwrap(),
        first_name: "Nina".try_into().unwrap(),
        last_name: "New".try_into().unwrap(),
        roles: roles(&[role]),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: false,
    };
    let invited = authority.invite(scene.team.id, &Request::by(by), &invitation).await.unwrap().value;
    match authority.deliver_invitation(scene.team.id, by, invited).await.unwrap() {
        Delivery::Link(link) => link.expose().to_owned(),
        Delivery::Mailed => panic!("mailed"),
    }
}

#[tokio::test]
async fn what_one_person_began_is_not_linked_to_another() {
    let scene = Scene::build().await;
    let (_, other) = scene.town.member(scene.team, &["DEVELOPER"]).await;
    let mut browser = scene.browser_of_holder().await;
    let page = browser.post("/secure/providers/example", "").await.is(200);
    let way = WayThere::at(&href_of(&page.text));
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let mut theirs = Browser::of(&scene.town, &scene.sign_on, other).await;
    theirs.keeps("__Host-counterfoil-sign-on", browser.cookie("__Host-counterfoil-sign-on").unwrap());
    theirs.get(&way.back("example")).await.is(400);
    assert!(scene.town.authority.credentials_of(other).await.unwrap().identities.is_empty());
}

#[tokio::test]
async fn an_account_that_was_unlinked_signs_nobody_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser_of_holder().await;
    let form = format!(
        "issuer={}&subject=ada&to=%2Fconsole",
        scene.fake.issuer.replace(':', "%3A").replace('/', "%2F")
    );
    browser.post("/secure/unlink-provider", &form).await.is(303);
    let mut again = scene.browser();
    scene.sign_in(&mut again, json!({})).await.is(403);
    assert!(!again.is_signed_in());
}

#[tokio::test]
async fn who_proves_it_anew_must_have_been_asked_anew() {
    let scene = Scene::build().await;
    scene.linked().await;
    let begin = "/sign-in/with/example?to=/console";
    for (auth_time, subject, status) in [
        (scene.seconds() - 3600, "ada", 403),
        (scene.seconds(), "somebody-else", 400),
        (scene.seconds(), "ada", 303),
    ] {
        let mut browser = scene.browser_of_holder().await;
        let way = WayThere::of(&browser.get(begin).await.is(303));
        assert_eq!((way.field("prompt"), way.field("max_age")), ("login", "0"));
        scene.fake.says(&way, scene.seconds(), &json!({"auth_time": auth_time, "sub": subject}));
        let before = browser.cookie("__Host-counterfoil").unwrap().to_owned();
        let page = browser.get(&way.back("example")).await;
        assert_eq!(page.status, status, "{}", page.text);
        let changed = browser.cookie("__Host-counterfoil") != Some(before.as_str());
        assert_eq!(changed, status == 303, "a session that is fresh again has a new secret");
    }
    let history = scene.town.authority.sign_in_history(HistoryOf::Person(scene.team.person), None, 50).await;
    let entries = history.unwrap().entries;
    let failed = entries.iter().filter(|entry| entry.what == Happening::Failed(FailedBy::Provider)).count();
    assert_eq!(failed, 2);
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

#[tokio::test]
async fn a_provider_that_is_away_or_strange_is_told_as_a_page() {
    for instead in [
        (500, "oh no".to_owned()),
        (302, "http://127.0.0.1:1/elsewhere".to_owned()),
        (200, "<html>".to_owned()),
        (200, format!("{{\"issuer\":\"{}\"}}", "x".repeat(300_000))),
        (200, "{\"issuer\":\"https://evil.example\"}".to_owned()),
    ] {
        let scene = Scene::build().await;
        scene.fake.shall(|script| script.instead = Some(instead.clone()));
        let page = scene.browser().get(BEGIN).await.is(502);
        assert!(page.text.contains("gives no good answer at the moment"), "{}", page.text);
        assert_eq!(scene.fake.asked_at("/elsewhere").len(), 0);
    }
    let scene = Scene::build().await;
    let gone = scene.fake.sign_on();
    drop(scene.fake);
    tokio::task::yield_now().await;
    let page = Browser::at(&scene.town, &gone).get(BEGIN).await.is(502);
    assert!(page.text.contains("sign in another way"));
}

#[tokio::test]
async fn a_providers_refusal_is_told_in_its_word_alone() {
    let scene = Scene::build().await;
    for (error, told) in [("access_denied", "access_denied"), ("%3Cscript%3E", "without a reason")] {
        let mut browser = scene.browser();
        let way = WayThere::of(&browser.get(BEGIN).await);
        let back = format!("/sign-in/with/example/callback?error={error}&state={}", way.field("state"));
        let page = browser.get(&back).await.is(403);
        assert!(page.text.contains(told) && !page.text.contains("<script>"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_provider_that_the_settings_do_not_name_is_not_there() {
    let scene = Scene::build().await;
    for path in ["/sign-in/with/nobody", "/sign-in/with/nobody/callback"] {
        scene.browser().get(path).await.is(404);
    }
    let page = scene.browser().get("/sign-in").await.is(200);
    assert!(page.text.contains("Continue with Example"), "{}", page.text);
}

#[tokio::test]
async fn after_signing_in_nobody_is_led_elsewhere() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let way = WayThere::of(&browser.get("/sign-in/with/example?to=//evil.example/").await.is(303));
    scene.fake.says(&way, scene.seconds(), &json!({}));
    assert_eq!(browser.get(&way.back("example")).await.is(303).leads_to(), "/console");
}
