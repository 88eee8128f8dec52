//! Asking, and what was answered.

use bytes::Bytes;
use counterfoil_sandbox::{Limits, OpenFault, Sandbox, Settings};
use flate2::read::GzDecoder;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

pub(crate) const COFFEE: &str = "6448311069";
pub(crate) const TRAINS: &str = "6448311070";
const BASE: &str = "https://keys.example";

/// A sandbox of its own, and a team that asks it.
pub(crate) struct Desk {
    folder: TempDir,
    sandbox: Sandbox,
    team: &'static str,
    apps: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::within(Limits::default())
    }

    /// A sandbox that takes no more than this upon itself.
    pub(crate) fn within(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::open(&settings(folder.path(), limits)).unwrap();
        Self { folder, sandbox, team: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", apps: None }
    }

    /// The same sandbox, as another team sees it.
    pub(crate) fn of(&self, team: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sandbox: self.sandbox.clone(), team, apps: None }
    }

    /// The same, for somebody who sees these apps alone.
    pub(crate) fn seeing(&self, apps: &str) -> Self {
        Self { apps: Some(apps.to_owned()), ..self.of(self.team) }
    }

    /// Another sandbox on the same folder, in which teams find this.
    pub(crate) fn opened_with(&self, fixtures: &str) -> Result<Sandbox, OpenFault> {
        let settings = settings(self.folder.path(), Limits::default());
        Sandbox::open(&Settings { fixtures: Some(fixtures.to_owned()), ..settings })
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Where the sandbox remembers.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("sandbox")
    }

    pub(crate) fn team(&self) -> &'static str {
        self.team
    }

    /// What anybody gets who asks at an address that an answer gave, without a word on who they are.
    pub(crate) fn anybody(&self, method: Method, url: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        let target = url.strip_prefix(BASE).unwrap();
        self.sandbox.answer(&Request::builder().method(method).uri(target).body(body.into()).unwrap())
    }

    pub(crate) fn ask(&self, method: Method, target: &str, body: impl Into<Bytes>) -> Answer {
        self.ask_as("application/json", method, target, body)
    }

    /// With a body of some other type.
    pub(crate) fn ask_as(&self, kind: &str, method: Method, target: &str, body: impl Into<Bytes>) -> Answer {
        let target = target.replace('[', "%5B").replace(']', "%5D");
        let mut request = Request::builder().method(method).uri(target);
        request = request.header("x-counterfoil-team", self.team).header("content-type", kind);
        if let Some(apps) = &self.apps {
            request = request.header("x-counterfoil-apps", apps);
        }
        let response = self.sandbox.answer(&request.body(body.into()).unwrap());
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let text = response.body();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_slice(text).unwrap() };
        Answer { status: response.status().as_u16(), location, body }
    }

    /// A report, as text.
    pub(crate) fn report(&self, target: &str) -> String {
        let target = target.replace('[', "%5B").replace(']', "%5D");
        let request = Request::builder().uri(target).header("x-counterfoil-team", self.team);
        let response = self.sandbox.answer(&request.body(Bytes::new()).unwrap());
        assert_eq!(response.headers()["content-type"], "application/a-gzip", "{response:?}");
        let mut text = String::new();
        GzDecoder::new(&response.body()[..]).read_to_string(&mut text).unwrap();
        text
    }

    /// A text that is not JSON:API.
    pub(crate) fn text(&self, target: &str, kind: &str) -> String {
        let request = Request::builder().uri(target).header("x-counterfoil-team", self.team);
        let response = self.sandbox.answer(&request.body(Bytes::new()).unwrap());
        assert_eq!(response.headers()["content-type"], kind, "{response:?}");
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    /// What whoever has an address below `/sandbox/` finds there: status, content type, content.
    pub(crate) fn fetch(&self, url: &str) -> (u16, String, Bytes) {
        let target = url.strip_prefix(BASE).unwrap();
        let response = self.sandbox.answer(&Request::builder().uri(target).body(Bytes::new()).unwrap());
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status().as_u16(), kind, response.into_body())
    }

    /// Lets time go by.
    pub(crate) fn wait(&self, time: Duration) {
        LATER.set(LATER.get() + time);
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, "")
    }

    /// What a look finds; there must be something.
    pub(crate) fn found(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        answer.body
    }

    pub(crate) fn post(&self, path: &str, data: Value) -> Answer {
        self.ask(Method::POST, path, json!({ "data": data }).to_string())
    }

    /// Makes something; answers its id.
    pub(crate) fn make(&self, path: &str, data: Value) -> String {
        let answer = self.post(path, data);
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
        answer.id()
    }

    pub(crate) fn patch(&self, path: &str, data: Value) -> Answer {
        self.ask(Method::PATCH, path, json!({ "data": data }).to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, "")
    }
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        self.body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// That it is a fault of this status, code and place.
    pub(crate) fn assert_fault(&self, status: u16, code: &str, at: &str) {
        let error = &self.body["errors"][0];
        let source = error["source"]["pointer"].as_str().or(error["source"]["parameter"].as_str());
        assert_eq!(
            (self.status, error["code"].as_str(), source.unwrap_or("")),
            (status, Some(code), at),
            "{self:?}"
        );
        assert_eq!(error["status"], json!(status.to_string()));
        for member in ["id", "title", "detail"] {
            assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {self:?}");
        }
    }
}

fn settings(folder: &Path, limits: Limits) -> Settings {
    let folder = folder.join("sandbox");
    Settings { folder, public_url: format!("{BASE}/"), clock: now, fixtures: None, limits }
}

/// The first thing of a list that has this value of an attribute.
pub(crate) fn first_with(list: &Value, attribute: &str, value: &str) -> Value {
    let all = list["data"].as_array().unwrap();
    all.iter().find(|it| it["attributes"][attribute] == value).unwrap().clone()
}

/// The ids of a list.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

/// What refers to one resource.
pub(crate) fn to(kind: &str, id: &str) -> Value {
    json!({ "data": { "type": kind, "id": id } })
}

thread_local! {
    /// By how much each test has moved its clock.
    static LATER: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// The 21st of November 2026, noon; or later, if the test said so.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(20_778 * 24 * 3600 + 12 * 3600) + LATER.get()
}
