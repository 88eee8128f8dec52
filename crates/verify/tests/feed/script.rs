//! A feed that says what a script tells it to, and notes what it was asked.

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A scripted feed.
pub(crate) struct Script {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    lines: Mutex<VecDeque<(StatusCode, String)>>,
    asked: Mutex<Vec<String>>,
    /// How reports of uses are answered, and what they said.
    replies: Mutex<VecDeque<StatusCode>>,
    reports: Mutex<Vec<String>>,
}

impl Script {
    /// One that says nothing yet: whoever asks then is told 503.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let speaking = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, speaking.clone()));
            }
        });
        Self { url, shared }
    }

    /// The same behind TLS, with a certificate (PEM) that nobody else has signed.
    pub(crate) async fn over_tls() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let acceptor = acceptor(&made);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let shared = Arc::new(Shared::default());
        let speaking = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, shared) = (acceptor.clone(), speaking.clone());
                tokio::spawn(async move {
                    // Who does not trust the certificate ends here.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    converse(stream, shared).await;
                });
            }
        });
        (Self { url, shared }, made.cert.pem())
    }

    /// What is said next.
    pub(crate) fn says(&self, document: &Value) {
        self.answers(200, &document.to_string());
    }

    /// What is answered next.
    pub(crate) fn answers(&self, status: u16, body: &str) {
        let line = (StatusCode::from_u16(status).unwrap(), body.to_owned());
        self.shared.lines.lock().unwrap().push_back(line);
    }

    /// How the next report of uses is answered; without this, by 503.
    pub(crate) fn replies(&self, status: u16) {
        self.shared.replies.lock().unwrap().push_back(StatusCode::from_u16(status).unwrap());
    }

    /// The reports of uses so far.
    pub(crate) fn reports(&self) -> Vec<String> {
        self.shared.reports.lock().unwrap().clone()
    }

    /// What was asked so far, and got a line of the script.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

fn acceptor(made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let speak = service_fn(move |request| speak(shared.clone(), request));
    // It ends when the other side does.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), speak).await);
}

/// A script that has come to its end is silent for a moment, as a server that waits for news.
async fn speak(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/v1/feed/uses" {
        let report = request.into_body().collect().await.unwrap().to_bytes();
        shared.reports.lock().unwrap().push(String::from_utf8(report.to_vec()).unwrap());
        let reply = shared.replies.lock().unwrap().pop_front();
        return Ok(answer(reply.unwrap_or(StatusCode::SERVICE_UNAVAILABLE), ""));
    }
    let line = shared.lines.lock().unwrap().pop_front();
    let Some((status, body)) = line else {
        tokio::time::sleep(Duration::from_millis(20)).await;
        return Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ""));
    };
    let authorization = request.headers()["authorization"].to_str().unwrap();
    shared.asked.lock().unwrap().push(format!("{} {authorization}", request.uri()));
    Ok(answer(status, &body))
}

fn answer(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = status;
    response
}
