//! Many at once, and other ways in.

use super::{Behind, Gate, LONG, Said, answer};
use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_each_get_their_own_answer() {
    let behind = Behind::that(|heard| {
        let number = heard.line.split('=').nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        answer(number)
    })
    .await;
    let gate = Arc::new(Gate::before(behind.address).await);
    let asking: Vec<_> = (0..1000)
        .map(|number| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { (number, patiently(&gate, &format!("/v1/apps?limit={number}")).await) })
        })
        .collect();
    for asked in asking {
        let (number, said) = asked.await.unwrap();
        assert_eq!((said.status(), said.body()), (200, number.to_string().as_str()));
    }
    assert_eq!(behind.all().len(), 1000);
}

/// Asks again while nothing is lent of the key's hour, or the lane is full: so many at once spend what there is faster
/// than more comes, and on a busy machine more of them wait than there is room for.
async fn patiently(gate: &Gate, path: &str) -> Said {
    let deadline = Instant::now() + LONG;
    loop {
        let said = gate.get(path).await;
        if !matches!(said.status(), 429 | 503) || Instant::now() > deadline {
            return said;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn http2_clients_are_forwarded_over_http1() {
    let behind = Behind::that(|heard| answer(&format!("{} {}", heard.line, heard.body))).await;
    let gate = Gate::before(behind.address).await;
    let io = TokioIo::new(gate.connect().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("http://keys.example/v1/apps?x=1")
        .version(Version::HTTP_2)
        .header("authorization", format!("Bearer {}", gate.bearer()))
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(Full::new(Bytes::from_static(b"body")))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-rate-limit"], "user-hour-lim:3600;user-hour-rem:3599;");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "POST /v1/apps?x=1 HTTP/1.1 body");
    let heard = behind.only();
    assert_eq!(heard.field("cookie"), Some("a=1; b=2"));
    assert_eq!(heard.field("host"), Some(behind.address.to_string().as_str()));
    let refused = Request::get("http://keys.example/v1/apps/%2e%2e/x").body(Full::default()).unwrap();
    assert_eq!(sender.send_request(refused).await.unwrap().status(), 400);
}

#[tokio::test]
async fn an_https_upstream_must_show_a_certificate_that_is_vouched_for() {
    let folder = tempfile::tempdir().unwrap();
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, signed.cert.pem()).unwrap();
    let address = https_upstream(&signed).await;
    let mut settings = counterfoil_server::ApiSettings::new(crate::town::URL);
    for (authorities, status) in [(Some(ca), 200), (None, 502)] {
        let url = format!("https://localhost:{}", address.port());
        let upstream = counterfoil_server::UpstreamSettings {
            authorities,
            ..counterfoil_server::UpstreamSettings::new(&url)
        };
        let Ok(upstream) = counterfoil_server::Upstream::new(upstream) else { continue };
        settings.upstream = Some(Arc::new(upstream));
        let gate = Gate::open(&settings).await;
        let said = gate.get("/v1/apps").await;
        assert_eq!(said.status(), status, "{said:?}");
    }
}

async fn https_upstream(signed: &rcgen::CertifiedKey<rcgen::KeyPair>) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let key = rustls::pki_types::PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            let _ = stream.write_all(answer("fine").as_bytes()).await;
        }
    });
    address
}
