//! Signing in by other providers: a fake one for everything hostile, and a real one.

mod attempts;
pub(crate) mod browser;
mod fake;
mod linked;
#[cfg(feature = "program-tests")]
mod real;
mod tokens;

use crate::town::{Team, Town};
use browser::{Browser, Page};
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
