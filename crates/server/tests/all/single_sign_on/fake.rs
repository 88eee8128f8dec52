//! A provider that does whatever a test tells it, for what a real one would never do.

use super::browser::Page;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use counterfoil_server::{ProviderSettings, SignOn};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// A provider that does as it is told.
pub(crate) struct Fake {
    pub(crate) issuer: String,
    pub(crate) script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

/// What it is told.
pub(crate) struct Script {
    /// The claims of the next token.
    pub(crate) claims: Value,
    /// The header of the next token.
    pub(crate) header: Value,
    /// The key id that its set of keys shows.
    pub(crate) shown_key: &'static str,
    /// What it says of itself, where that differs.
    pub(crate) discovery: Value,
    /// What it answers instead, to whatever is asked.
    pub(crate) instead: Option<(u16, String)>,
    /// What it was asked: path, `Authorization`, body.
    pub(crate) asked: Vec<(String, String, String)>,
    key: EcdsaKeyPair,
}

/// What the way there says.
pub(crate) struct WayThere {
    pub(crate) place: String,
    fields: Vec<(String, String)>,
}

impl Fake {
    pub(crate) async fn build() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            claims: json!({}),
            header: json!({ "alg": "ES256", "kid": "first" }),
            shown_key: "first",
            discovery: json!({}),
            instead: None,
            asked: Vec::new(),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }));
        let task = tokio::spawn(serve(listener, issuer.clone(), Arc::clone(&script)));
        Self { issuer, script, task }
    }

    /// What the settings say of it.
    pub(crate) fn settings(&self, name: &str) -> ProviderSettings {
        ProviderSettings {
            name: name.into(),
            issuer: self.issuer.as_str().try_into().unwrap(),
            client_id: "us".into(),
            client_secret: Some(Zeroizing::new("hush hush".into())),
            scopes: vec!["email".into()],
            trusted_domains: vec!["example.com".into()],
            authorities: None,
        }
    }

    pub(crate) fn sign_on(&self) -> Arc<SignOn> {
        Arc::new(SignOn::new(vec![self.settings("Example")], crate::town::URL).unwrap())
    }

    /// From now on its tokens say this, and otherwise what is right.
    pub(crate) fn says(&self, way: &WayThere, now: i64, changes: &Value) {
        let mut claims = json!({
            "iss": self.issuer, "sub": "ada", "aud": "us", "exp": now + 300, "iat": now, "auth_time": now,
            "nonce": way.field("nonce"), "email": "ada@example.com", "email_verified": true,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.script.lock().unwrap().claims = claims;
    }

    pub(crate) fn shall(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// What it was asked at this path.
    pub(crate) fn asked_at(&self, path: &str) -> Vec<(String, String)> {
        let script = self.script.lock().unwrap();
        let here = script.asked.iter().filter(|(asked, _, _)| asked == path);
        here.map(|(_, authorization, body)| (authorization.clone(), body.clone())).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl WayThere {
    pub(crate) fn of(page: &Page) -> Self {
        Self::at(page.leads_to())
    }

    pub(crate) fn at(place: &str) -> Self {
        let (place, query) = place.split_once('?').unwrap();
        let field = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.replace("%3A", ":").replace("%2F", "/").replace("%20", " "))
        };
        Self { place: place.to_owned(), fields: query.split('&').map(field).collect() }
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The way back, as a good provider leads it.
    pub(crate) fn back(&self, slug: &str) -> String {
        format!("/sign-in/with/{slug}/callback?code=the-code&state={}", self.field("state"))
    }

    /// Whether this is the verifier that the challenge was made of.
    pub(crate) fn is_verified_by(&self, body: &str) -> bool {
        let verifier = body.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).unwrap();
        URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())) == self.field("code_challenge")
    }
}

async fn serve(listener: TcpListener, issuer: String, script: Arc<Mutex<Script>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (issuer, script) = (issuer.clone(), Arc::clone(&script));
        let service = service_fn(move |request| answer(request, issuer.clone(), Arc::clone(&script)));
        tokio::spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    issuer: String,
    script: Arc<Mutex<Script>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let authorization =
        request.headers().get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut script = script.lock().unwrap();
    script.asked.push((path.clone(), authorization, String::from_utf8(body.to_vec()).unwrap()));
    let response = Response::builder();
    if let Some((status, text)) = &script.instead {
        let response = response.status(*status).header("location", text.as_str());
        return Ok(response.body(Full::from(text.clone())).unwrap());
    }
    let document = match path.as_str() {
        "/.well-known/openid-configuration" => script.discovery(&issuer),
        "/keys" => script.keys(),
        "/token" => json!({ "access_token": "unused", "token_type": "Bearer", "id_token": script.token() }),
        _ => return Ok(response.status(404).body(Full::default()).unwrap()),
    };
    Ok(response.body(Full::from(document.to_string())).unwrap())
}

impl Script {
    fn discovery(&self, issuer: &str) -> Value {
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
        });
        for (name, value) in self.discovery.as_object().unwrap() {
            document[name] = value.clone();
        }
        document
    }

    fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": self.shown_key, "x": x, "y": y }] })
    }

    fn token(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match self.header["alg"].as_str().unwrap() {
            "none" => Vec::new(),
            "HS256" => {
                let key = self.key.public_key().as_ref();
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
                aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            _ => self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
