//! Envoy's questions: over gRPC, put and read by Envoy's own definitions, and over HTTP below a prefix. The answer is
//! what `/authorize` says.

use crate::town::{Ask, Persona, Said, Town};
use counterfoil_server::listen::{Address, Listener, Server, Tls};
use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue, HeaderValueOption};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::{
    HttpRequest, Request as AttributedRequest,
};
use envoy_types::pb::envoy::service::auth::v3::authorization_client::AuthorizationClient;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{
    AttributeContext, CheckRequest, CheckResponse, OkHttpResponse,
};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const REFUSED: &str = include_str!("../../../core/tests/vectors/tokens-refused.json");
const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

/// How Envoy tells of header fields.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// Those of one name joined by commas.
    Joined,
    /// With `encode_raw_headers`.
    Raw,
}

/// A town at a door that speaks HTTP/2.
struct Door {
    town: Town,
    address: SocketAddr,
    certificate: Option<CertificateDer<'static>>,
}

/// One connection, as a service of whatever body is sent on it.
struct Line<B>(SendRequest<B>);

impl<B: Body + Send + 'static> tower::Service<Request<B>> for Line<B> {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

async fn speak<B>(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Line<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    Line(sender)
}

impl Door {
    async fn open(secured: bool) -> Self {
        let town = Town::build().await;
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let Address::Tcp(address) = listener.address().clone() else { panic!("no port") };
        let mut server = Server::new(listener).short_way(town.app.clone());
        let mut certificate = None;
        if secured {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let (pair, key) = (town.folder().join("cert.pem"), town.folder().join("key.pem"));
            std::fs::write(&pair, made.cert.pem()).unwrap();
            std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
            server = server.tls(Tls::load(&pair, &key).unwrap());
            certificate = Some(made.cert.der().clone());
        }
        tokio::spawn(server.serve(town.app.clone(), std::future::pending(), Duration::ZERO));
        Self { town, address, certificate }
    }

    /// What is answered to a question of Envoy's.
    async fn check(&self, question: CheckRequest) -> CheckResponse {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let origin = Uri::from_static("http://localhost");
        let answered = match &self.certificate {
            None => AuthorizationClient::with_origin(speak(stream).await, origin).check(question).await,
            Some(certificate) => {
                let name = ServerName::try_from("localhost").unwrap();
                let stream = trusting(certificate).connect(name, stream).await.unwrap();
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
                AuthorizationClient::with_origin(speak(stream).await, origin).check(question).await
            }
        };
        answered.unwrap().into_inner()
    }

    /// How a call with this body ends.
    async fn call(&self, body: &'static [u8]) -> (StatusCode, String) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut line = speak::<Full<&'static [u8]>>(stream).await;
        let request = Request::post(format!("http://localhost{CHECK}"))
            .header("content-type", "application/grpc")
            .body(Full::new(body))
            .unwrap();
        let response = line.0.send_request(request).await.unwrap();
        let status = response.status();
        let told = response.headers().get("grpc-status").map(|value| value.to_str().unwrap().to_owned());
        let trailers = response.into_body().collect().await.unwrap().trailers().cloned();
        let at_end =
            trailers.and_then(|trailers| Some(trailers.get("grpc-status")?.to_str().unwrap().to_owned()));
        (status, told.or(at_end).unwrap_or_default())
    }
}

fn trusting(certificate: &CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// A request's method, target and fields.
struct Original<'a> {
    method: &'a str,
    target: &'a str,
    fields: Vec<(&'a str, String)>,
}

fn original<'a>(town: &Town, method: &'a str, target: &'a str, by: &Persona) -> Original<'a> {
    let mut fields = vec![("x-request-id", "the-same-request".to_owned())];
    match by {
        Persona::Key(held) => {
            fields.push(("authorization", format!("Bearer {}", held.sign(&held.claims(town.now())))));
        }
        Persona::Saying(text) => fields.push(("authorization", text.clone())),
        Persona::Anonymous | Persona::Session(_) => {}
    }
    Original { method, target, fields }
}

impl<'a> Original<'a> {
    fn with(mut self, name: &'a str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// As Envoy puts it.
    fn question(&self, style: Style) -> CheckRequest {
        let pseudo = [(":method", self.method), (":path", self.target), (":authority", "api.example")];
        let fields =
            pseudo.into_iter().chain(self.fields.iter().map(|(name, value)| (*name, value.as_str())));
        let mut http = HttpRequest {
            id: "1234567890".into(),
            method: self.method.into(),
            path: self.target.into(),
            host: "api.example".into(),
            scheme: "https".into(),
            protocol: "HTTP/2".into(),
            size: -1,
            ..HttpRequest::default()
        };
        match style {
            Style::Joined => {
                for (name, value) in fields {
                    let place = http.headers.entry(name.into()).or_default();
                    *place = if place.is_empty() { value.into() } else { format!("{place},{value}") };
                }
            }
            Style::Raw => {
                let raw = |(key, value): (&str, &str)| HeaderValue {
                    key: key.into(),
                    raw_value: value.into(),
                    ..HeaderValue::default()
                };
                http.header_map = Some(HeaderMap { headers: fields.map(raw).collect() });
            }
        }
        let request = AttributedRequest { http: Some(http), ..AttributedRequest::default() };
        let attributes = AttributeContext { request: Some(request), ..AttributeContext::default() };
        CheckRequest { attributes: Some(attributes) }
    }

    /// As nginx puts it.
    async fn at_authorize(&self, town: &Town) -> Said {
        let ask = town.get("/authorize");
        let ask = ask.with("x-original-method", self.method).with("x-original-uri", self.target);
        self.sent(ask).send().await
    }

    /// As Envoy puts it over HTTP.
    async fn below_prefix(&self, town: &Town) -> Said {
        let target = format!("/authorize{}", self.target);
        self.sent(town.ask(self.method, &target)).send().await
    }

    fn sent<'t>(&self, ask: Ask<'t>) -> Ask<'t> {
        self.fields.iter().fold(ask, |ask, (name, value)| ask.with(name, value))
    }
}

fn options(options: &[HeaderValueOption]) -> BTreeMap<String, String> {
    let told = |option: &HeaderValueOption| {
        assert_eq!(option.append_action, HeaderAppendAction::OverwriteIfExistsOrAdd as i32);
        let header = option.header.clone().unwrap();
        (header.key, header.value)
    };
    options.iter().map(told).collect()
}

fn passed(response: CheckResponse) -> OkHttpResponse {
    assert_eq!(response.status.map(|status| status.code), Some(0));
    match response.http_response {
        Some(HttpResponse::OkResponse(passed)) => passed,
        other => panic!("not let in: {other:?}"),
    }
}

/// Status, body and fields of what the client gets.
fn denied(response: CheckResponse) -> (u16, String, BTreeMap<String, String>) {
    assert_ne!(response.status.map(|status| status.code), Some(0));
    match response.http_response {
        Some(HttpResponse::DeniedResponse(denied)) => {
            let status = u16::try_from(denied.status.unwrap().code).unwrap();
            (status, denied.body, options(&denied.headers))
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn fields(said: &Said) -> BTreeMap<String, String> {
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    said.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn identity(fields: &BTreeMap<String, String>) -> Vec<(&String, &String)> {
    fields.iter().filter(|(name, _)| name.starts_with("x-counterfoil-")).collect()
}

const STYLES: [Style; 2] = [Style::Joined, Style::Raw];

#[tokio::test]
async fn envoy_learns_who_asks_and_takes_out_what_the_client_said_of_that() {
    let door = Door::open(false).await;
    let team = door.town.team("Rivets").await;
    for key in [door.town.team_key(team, "ADMIN").await, door.town.individual_key(team, &["DEVELOPER"]).await]
    {
        for style in STYLES {
            let asked = original(&door.town, "GET", "/v1/apps?limit=1", &key)
                .with("x-counterfoil-user", "forged")
                .with("x_counterfoil_team", "forged")
                .with("x-counterfoil-anything", "forged")
                .with("x-http-method-override", "DELETE")
                .with("accept", "application/json");
            let direct = fields(&asked.at_authorize(&door.town).await.ok());
            let passed = passed(door.check(asked.question(style)).await);
            let set = options(&passed.headers);
            assert_eq!(identity(&set), identity(&direct), "{style:?}");
            let gone = |name: &str| passed.headers_to_remove.iter().any(|other| other == name);
            for name in
                ["authorization", "x_counterfoil_team", "x-counterfoil-anything", "x-http-method-override"]
            {
                assert!(gone(name), "{style:?} {name}");
            }
            assert!(!gone("accept") && !gone("x-request-id") && !gone(":path"));
            for name in ["team", "key", "kind", "roles", "group", "user", "apps", "bundle"] {
                let name = format!("x-counterfoil-{name}");
                assert_ne!(gone(&name), set.contains_key(&name), "{style:?} {name} is either set or removed");
            }
            let told = options(&passed.response_headers_to_add);
            assert!(told["x-rate-limit"].starts_with("user-hour-lim:3600;user-hour-rem:35"), "{told:?}");
        }
    }
}

#[tokio::test]
async fn envoy_gets_each_refusal_as_every_proxy_does() {
    let door = Door::open(false).await;
    let team = door.town.team("Rivets").await;
    let admin = door.town.team_key(team, "ADMIN").await;
    let sales = door.town.team_key(team, "SALES").await;
    for (by, method, target, status) in [
        (&admin, "GET", "/v1//apps", 400),
        (&admin, "GET", "/v1/%2e%2e/apps", 400),
        (&admin, "GET", "/v1/apps;a=b", 400),
        (&admin, "GET", "/v1/apps\u{fc}", 400),
        (&admin, "G(T", "/v1/apps", 400),
        (&Persona::Anonymous, "GET", "/v1/apps", 401),
        (&Persona::Anonymous, "GET", "/inApps/v1/history/1", 401),
        (&sales, "PATCH", "/v1/apps/1", 403),
        (&admin, "GET", "/v1/nothing", 403),
    ] {
        let asked = original(&door.town, method, target, by);
        for style in STYLES {
            let (told, body, mut told_fields) = denied(door.check(asked.question(style)).await);
            let mut direct = if target.is_ascii() {
                asked.at_authorize(&door.town).await
            } else {
                door.town.get("/authorize").with("x-original-method", method).send().await
            };
            assert_eq!((told, direct.status), (status, status), "{style:?} {method} {target}");
            if target.is_ascii() {
                direct.headers.remove("content-length");
                let mut direct_fields = fields(&direct);
                // Each question counts.
                assert_eq!(
                    told_fields.remove("x-rate-limit").is_some(),
                    direct_fields.remove("x-rate-limit").is_some()
                );
                assert_eq!(
                    (body, told_fields),
                    (direct.text(), direct_fields),
                    "{style:?} {method} {target}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_has_not_heard_from_the_ledger_refuses_envoy() {
    let door = Door::open(false).await;
    let team = door.town.team("Rivets").await;
    let key = door.town.team_key(team, "ADMIN").await;
    door.town.authority.shutdown().await;
    door.town.authority.verifier().fence().shut();
    let (status, body, told) =
        denied(door.check(original(&door.town, "GET", "/v1/apps", &key).question(Style::Raw)).await);
    assert_eq!((status, told["retry-after"].as_str()), (503, "1"));
    assert!(body.contains("SERVICE_UNAVAILABLE.STALE"), "{body}");
}

#[tokio::test]
async fn two_tokens_and_no_question_at_all_are_refused() {
    let door = Door::open(false).await;
    let team = door.town.team("Rivets").await;
    let key = door.town.team_key(team, "ADMIN").await;
    for style in STYLES {
        let twice = original(&door.town, "GET", "/v1/apps", &key).with("authorization", "Bearer a.b.c");
        let (status, body, _) = denied(door.check(twice.question(style)).await);
        assert_eq!((status, body.contains("Authorization is given twice")), (400, true), "{style:?}: {body}");
    }
    let mut unasked = original(&door.town, "GET", "/v1/apps", &key).question(Style::Raw);
    unasked.attributes.as_mut().unwrap().request = None;
    for question in [CheckRequest::default(), unasked] {
        assert_eq!(denied(door.check(question).await).0, 400);
    }
    for (method, target) in [("", "/v1/apps"), ("GET", "")] {
        let half = original(&door.town, method, target, &key).question(Style::Raw);
        assert_eq!(denied(door.check(half).await).0, 400, "{method} {target}");
    }
}

#[tokio::test]
async fn every_token_of_the_corpus_is_refused_over_grpc() {
    let door = Door::open(false).await;
    let corpus: Value = serde_json::from_str(REFUSED).unwrap();
    let tokens = corpus["vectors"].as_array().unwrap().iter().map(|vector| vector["token"].as_str().unwrap());
    // What can be no header field comes by no proxy.
    let fit = |token: &&str| token.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
    for token in tokens.filter(fit) {
        let said = Persona::Saying(format!("Bearer {token}"));
        let response = door.check(original(&door.town, "GET", "/v1/apps", &said).question(Style::Raw)).await;
        assert_eq!(denied(response).0, 401, "{token}");
    }
}

#[tokio::test]
async fn a_call_that_is_none_fails_and_lets_nobody_in() {
    let door = Door::open(false).await;
    for (body, status) in [
        (&b""[..], "3"),
        (b"\0\0\0\0", "3"),
        (b"\0\0\0\0\x05abc", "3"),
        (b"\0\0\0\0\x03\xff\xff\xff", "3"),
        (b"\x01\0\0\0\0", "12"),
        (b"\0\0\0\0\0", "0"),
    ] {
        assert_eq!(door.call(body).await, (StatusCode::OK, status.to_owned()), "{body:?}");
    }
    let said = door.town.post(CHECK).raw("application/grpc", b"\0\0\0\0\0".to_vec()).send().await;
    assert_eq!(said.status, 401, "HTTP/1 has no such door");
}

#[tokio::test]
async fn envoy_is_answered_under_tls_too() {
    let door = Door::open(true).await;
    let team = door.town.team("Rivets").await;
    let key = door.town.team_key(team, "ADMIN").await;
    let set = options(
        &passed(door.check(original(&door.town, "GET", "/v1/apps", &key).question(Style::Raw)).await).headers,
    );
    assert_eq!(set["x-counterfoil-key"], key.id().to_string());
}

#[tokio::test]
async fn below_the_prefix_the_original_request_is_judged() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let marketing = town.team_key(team, "MARKETING").await;
    for (by, method, target, status) in [
        (&marketing, "GET", "/v1/apps?limit=1", 200),
        (&marketing, "HEAD", "/v1/apps", 200),
        (&marketing, "POST", "/v1/apps", 403),
        (&marketing, "DELETE", "/v1/apps/1", 403),
        (&marketing, "GET", "//v1/apps", 400),
        (&marketing, "GET", "/v1/%2e%2e/apps", 400),
        (&marketing, "GET", "/", 403),
        (&Persona::Anonymous, "GET", "/v1/apps", 401),
    ] {
        let asked = original(&town, method, target, by);
        let (direct, below) = (asked.at_authorize(&town).await, asked.below_prefix(&town).await);
        assert_eq!((below.status, below.text()), (status, direct.text()), "{method} {target}");
        assert_eq!(identity(&fields(&below)), identity(&fields(&direct)), "{method} {target}");
    }
}

#[tokio::test]
async fn below_the_prefix_nobody_is_told_of_another_request() {
    let (town, _, admin) = Town::with_admin().await;
    for (name, value) in [
        ("x-original-method", "GET"),
        ("x-original-uri", "/v1/users"),
        ("x-forwarded-uri", "/v1/users"),
        ("x-forwarded-method", "GET"),
    ] {
        let asked = original(&town, "DELETE", "/v1/apps/1", &admin).with(name, value);
        assert_eq!(asked.below_prefix(&town).await.status, 400, "{name}");
    }
}
