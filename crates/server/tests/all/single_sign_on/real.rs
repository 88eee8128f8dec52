//! A real provider: `oidc-provider` of npm, whose pages are driven as a browser would.

use super::browser::{Browser, Page};
use super::href_of;
use crate::node::Program;
use crate::town::{Town, URL};
use counterfoil_server::{ProviderSettings, SignOn};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

const BEGIN: &str = "/sign-in/with/example?to=/console";

/// The provider, and somebody's browser there.
struct Provider {
    _program: Program,
    issuer: String,
    jar: BTreeMap<String, String>,
}

impl Provider {
    async fn start() -> Self {
        let mut program =
            Program::start("oidc-provider.mjs", &format!("{URL}/sign-in/with/example/callback"));
        let issuer = program.line().await;
        Self { _program: program, issuer, jar: BTreeMap::new() }
    }

    fn sign_on(&self, secret: &str) -> Arc<SignOn> {
        let settings = ProviderSettings {
            name: "Example".into(),
            issuer: self.issuer.as_str().try_into().unwrap(),
            client_id: "counterfoil".into(),
            client_secret: Some(Zeroizing::new(secret.into())),
            scopes: vec!["email".into()],
            trusted_domains: vec!["example.com".into()],
            authorities: None,
        };
        Arc::new(SignOn::new(vec![settings], URL).unwrap())
    }

    /// Goes there, signs in as somebody and agrees to everything. Where it leads back to, and how often the
    /// provider asked who it is.
    async fn visit(&mut self, place: &str, name: &str) -> (String, usize) {
        let (mut place, mut asked) = (place.to_owned(), 0);
        for _ in 0..12 {
            if let Some(back) = place.strip_prefix(URL) {
                return (back.to_owned(), asked);
            }
            let (status, location, text) = self.send("GET", &place, String::new()).await;
            if (300..400).contains(&status) {
                place = location;
                continue;
            }
            assert_eq!(status, 200, "{place}: {text}");
            let is_login = text.contains("name=\"login\"");
            asked += usize::from(is_login);
            let form = if is_login {
                format!("prompt=login&login={name}&password=any")
            } else {
                "prompt=consent".to_owned()
            };
            place = self.send("POST", &place, form).await.1;
        }
        panic!("it never led back: {place}");
    }

    async fn send(&mut self, method: &str, place: &str, form: String) -> (u16, String, String) {
        let host = self.issuer.strip_prefix("http://").unwrap();
        let target = place.strip_prefix(&self.issuer).unwrap_or(place);
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", host)
            .header("cookie", cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::<bytes::Bytes>::from(form))
            .unwrap();
        let stream = TcpStream::connect(host).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driving = tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        for set in response.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        let location =
            response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        driving.abort();
        (status, location, String::from_utf8_lossy(&body).into_owned())
    }
}

/// A town at the time that the provider has.
async fn town_of_now() -> Town {
    let town = Town::build().await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let past = u64::try_from(town.now().as_millis()).unwrap();
    town.wait(now.saturating_sub(Duration::from_millis(past)));
    town
}

async fn linked(provider: &mut Provider, browser: &mut Browser, name: &str) -> Page {
    let page = browser.post("/secure/providers/example", "to=%2Fconsole").await.is(200);
    let (back, _) = provider.visit(&href_of(&page.text), name).await;
    browser.get(&back).await
}

#[tokio::test]
async fn a_real_provider_signs_in_whoever_linked_it_and_proves_it_anew() {
    let (town, mut provider) = (town_of_now().await, Provider::start().await);
    let team = town.team("Rivets").await;
    let sign_on = provider.sign_on("hush hush, it is a secret");

    let mut browser = Browser::of(&town, &sign_on, team.person).await;
    linked(&mut provider, &mut browser, "ada").await.is(303);

    let mut again = Browser::at(&town, &sign_on);
    let place = again.get(BEGIN).await.is(303).leads_to().to_owned();
    let (back, asked) = provider.visit(&place, "ada").await;
    assert_eq!(asked, 0, "she is signed in there already");
    assert!(back.contains("iss="), "{back}");
    assert_eq!(again.get(&back).await.is(303).leads_to(), "/console");
    assert!(again.is_signed_in());

    let before = again.cookie("__Host-counterfoil").unwrap().to_owned();
    let place = again.get(BEGIN).await.is(303).leads_to().to_owned();
    let (back, asked) = provider.visit(&place, "ada").await;
    assert_eq!(asked, 1, "to step up she is asked anew");
    again.get(&back).await.is(303);
    assert_ne!(again.cookie("__Host-counterfoil"), Some(before.as_str()));
}

#[tokio::test]
async fn a_stranger_at_a_real_provider_is_let_in_nowhere() {
    let (town, mut provider) = (town_of_now().await, Provider::start().await);
    let sign_on = provider.sign_on("hush hush, it is a secret");
    let mut browser = Browser::at(&town, &sign_on);
    let place = browser.get(BEGIN).await.is(303).leads_to().to_owned();
    let (back, _) = provider.visit(&place, "eve").await;
    let page = browser.get(&back).await.is(403);
    assert!(page.text.contains("No account here is linked") && !browser.is_signed_in());
}

#[tokio::test]
async fn a_real_provider_takes_no_wrong_secret_and_no_code_twice() {
    let (town, mut provider) = (town_of_now().await, Provider::start().await);
    let sign_on = provider.sign_on("wrong");
    let mut browser = Browser::at(&town, &sign_on);
    let place = browser.get(BEGIN).await.is(303).leads_to().to_owned();
    let (back, _) = provider.visit(&place, "ada").await;
    let page = browser.get(&back).await.is(403);
    assert!(page.text.contains("invalid_client"), "{}", page.text);
    browser.get(&back).await.is(400);
}
