//! `gcp:projects/P/secrets/S`: the latest version of a secret in Google Cloud's Secret Manager.

mod identity;

use super::{Kept, Means, Store, cloud};
use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url};
use crate::surroundings::Surroundings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const ENDPOINT: &str = "https://secretmanager.googleapis.com";
const CLOUD: &str = "Google Cloud";

pub(super) struct Secret<'a> {
    project: &'a str,
    secret: &'a str,
    service: Service,
}

impl<'a> Secret<'a> {
    pub(super) fn open(project: &'a str, secret: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        Ok(Self { project, secret, service: Service::open(means.surroundings)? })
    }

    fn path(&self) -> String {
        format!("/v1/projects/{}/secrets/{}", self.project, self.secret)
    }

    fn add_version(&self, pem: &str) -> Result<Answer, Fault> {
        let body = json!({ "payload": { "data": STANDARD.encode(pem) } });
        self.service.call("POST", &format!("{}:addVersion", self.path()), Some(&body))
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let answer = self.service.call("GET", &format!("{}/versions/latest:access", self.path()), None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = cloud::success(&answer, CLOUD)?;
        let bytes = body["payload"]["data"].as_str().and_then(|data| STANDARD.decode(data).ok());
        let bytes = bytes.ok_or_else(|| Fault::new("Google Cloud gave no secret", "check the endpoint"))?;
        Ok(Some(Kept::plain(Zeroizing::new(bytes))))
    }

    /// A new version; older ones stay until they are destroyed.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let answer = self.add_version(pem)?;
        if answer.status != 404 {
            return cloud::success(&answer, CLOUD).map(|_| ());
        }
        let path = format!("/v1/projects/{}/secrets?secretId={}", self.project, cloud::encoded(self.secret));
        let body = json!({ "replication": { "automatic": {} } });
        cloud::success(&self.service.call("POST", &path, Some(&body))?, CLOUD)?;
        cloud::success(&self.add_version(pem)?, CLOUD).map(|_| ())
    }

    fn remove(&self) -> Result<(), Fault> {
        cloud::success(&self.service.call("DELETE", &self.path(), None)?, CLOUD).map(|_| ())
    }
}

/// The secrets of the project that `part` names: `projects/P`, or `P`.
pub(super) fn list(part: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let named = part.trim_matches('/').trim_start_matches("projects/");
    let project =
        Some(named).filter(|named| !named.is_empty()).or(means.surroundings.text("GOOGLE_CLOUD_PROJECT"));
    let project = project.ok_or_else(|| Fault::new("no project is named", "say gcp:projects/PROJECT"))?;
    let service = Service::open(means.surroundings)?;
    let (mut names, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/projects/{project}/secrets?pageSize=250&pageToken={}", cloud::encoded(&next));
        let page = cloud::success(&service.call("GET", &path, None)?, CLOUD)?;
        let listed = page["secrets"].as_array().into_iter().flatten();
        let named = listed.filter_map(|secret| secret["name"].as_str()?.rsplit('/').next());
        // Google's own name has the project's number.
        names.extend(named.map(|name| format!("gcp:projects/{project}/secrets/{name}")));
        match page["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => token.clone_into(&mut next),
            None => return Ok(names),
        }
    }
}

struct Service {
    client: Client,
    url: Url,
    token: Option<Zeroizing<String>>,
}

impl Service {
    /// An endpoint that was named may be one that asks nobody who he is.
    fn open(around: &Surroundings) -> Result<Self, Fault> {
        let named = around.text("COUNTERFOIL_GCP_ENDPOINT");
        let client = cloud::client(around)?;
        let token = match identity::token(&client, around, named.is_none()) {
            Err(_) if named.is_some() => None,
            token => Some(token?),
        };
        Ok(Self { url: Url::parse(named.unwrap_or(ENDPOINT))?, client, token })
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        let body = body.map(|body| Zeroizing::new(body.to_string()));
        let mut call = Call::new(method, self.url.with(path)?);
        call.bearer = self.token.as_ref().map(|token| token.as_str());
        call.body = body.as_ref().map(|body| body.as_bytes());
        self.client.send(&call)
    }
}
