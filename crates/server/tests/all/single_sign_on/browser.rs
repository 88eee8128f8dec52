//! A browser: it keeps cookies, and says from where it asks.

use crate::town::{Town, URL};
use counterfoil_authority::sign_in::{Purpose, SeenFrom};
use counterfoil_core::id::PersonId;
use counterfoil_server::{ApiSettings, App, SignOn, app};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// A browser with a jar of cookies.
pub(crate) struct Browser {
    app: App,
    jar: BTreeMap<String, String>,
}

/// A page that it got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    /// A fresh one, at a town that lets people in by these providers.
    pub(crate) fn at(town: &Town, sign_on: &Arc<SignOn>) -> Self {
        let settings = ApiSettings { sign_on: Some(Arc::clone(sign_on)), ..ApiSettings::new(URL) };
        Self { app: app(Arc::clone(&town.authority), &settings), jar: BTreeMap::new() }
    }

    /// One in which this person has just signed in by a link.
    pub(crate) async fn of(town: &Town, sign_on: &Arc<SignOn>, person: PersonId) -> Self {
        let mut browser = Self::at(town, sign_on);
        let authority = &town.authority;
        let link = authority.make_link(Purpose::SignIn(person), Duration::from_secs(60)).await.unwrap();
        let session = authority.use_link(link.expose(), &SeenFrom::default()).await.unwrap().unwrap();
        browser.jar.insert("__Host-counterfoil".into(), session.expose().to_owned());
        browser
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(String::as_str)
    }

    pub(crate) fn keeps(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.cookie("__Host-counterfoil").is_some()
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Page {
        let request = Request::post(path)
            .header("origin", URL)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, form.to_owned()).await
    }

    async fn send(&mut self, request: http::request::Builder, body: String) -> Page {
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("cookie", cookies.join("; ")).header("host", "keys.example");
        let request = request.body(Full::from(body)).unwrap();
        let (head, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        for set in head.headers.get_all("set-cookie") {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: head.status.as_u16(), headers: head.headers, text }
    }
}

impl Page {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub(crate) fn leads_to(&self) -> &str {
        self.headers.get("location").map_or("", |place| place.to_str().unwrap())
    }
}
