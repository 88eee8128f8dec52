//! One answer for one attempt, in the browser that began it, from the provider that was asked.

use super::browser::Browser;
use super::fake::{Fake, WayThere};
use super::{BEGIN, Scene};
use crate::town::{Town, URL};
use counterfoil_authority::sign_in::{FailedBy, Happening, HistoryOf};
use counterfoil_server::SignOn;
use serde_json::json;
use std::sync::Arc;

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
