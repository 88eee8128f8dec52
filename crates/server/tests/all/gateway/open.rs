//! What an upstream in this process has open to everybody, and what it has not.

use super::{Behind, Gate, LONG};
use crate::town::URL;
use counterfoil_server::{ApiSettings, Upstream};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// A gateway before an upstream that says back what it hears, and is open below `/open/`.
async fn gate() -> Gate {
    let upstream = Upstream::within("echo", "/open/", |stream| {
        tokio::spawn(echo(stream));
    });
    let mut settings = ApiSettings::new(URL);
    settings.upstream = Some(Arc::new(upstream));
    Gate::open(&settings).await
}

async fn echo(mut stream: DuplexStream) {
    let mut heard = Vec::new();
    while !heard.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = timeout(LONG, stream.read_buf(&mut heard)).await.unwrap().unwrap();
        assert!(count > 0, "the request broke off");
    }
    let said = String::from_utf8(heard).unwrap().to_lowercase();
    let length = said.len();
    let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{said}");
    // To HEAD nobody listens so long.
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn request(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: keys.example\r\nConnection: close\r\n{fields}\r\n")
}

#[tokio::test]
async fn what_is_open_needs_no_token_and_nothing_is_told_of_whoever_asks() {
    let gate = gate().await;
    let good = format!("Authorization: Bearer {}\r\n", gate.bearer());
    let forged = "X-Counterfoil-Team: forged\r\nX-Counterfoil-Apps: forged\r\n";
    for fields in ["", "Authorization: Bearer x.y.z\r\n", good.as_str(), "Cookie: session=1\r\n", forged] {
        let looked = gate.say(&request("GET /open/a?b=c", fields)).await;
        assert_eq!(looked.status(), 200, "{fields}: {looked:?}");
        assert!(looked.body().starts_with("get /open/a?b=c http/1.1\r\n"), "{looked:?}");
        for never in ["x-counterfoil", "authorization", "forged"] {
            assert!(!looked.body().contains(never), "{never}: {looked:?}");
        }
        assert_eq!(looked.field("x-rate-limit"), None, "no key's hour is touched");
    }
    let put = gate.say(&(request("PUT /open/a/1", "Content-Length: 3\r\n") + "abc")).await;
    assert!(put.status() == 200 && put.body().starts_with("put /open/a/1 http/1.1\r\n"), "{put:?}");
    let head = gate.say(&request("HEAD /open/a", "")).await;
    assert_eq!((head.status(), head.body()), (200, ""));
}

#[tokio::test]
async fn nothing_else_is_open() {
    let gate = gate().await;
    for line in [
        "POST /open/a",
        "PATCH /open/a",
        "DELETE /open/a",
        "OPTIONS /open/a",
        "GET /open",
        "GET /opening/a",
        "GET /Open/a",
        "GET /v1/apps",
        "PUT /v1/apps",
        "GET /v1/open/a",
        "GET /v1/apps?/open/a",
    ] {
        gate.say(&request(line, "")).await.fails(401, "NOT_AUTHORIZED");
    }
    for path in
        ["/open/../v1/apps", "/open/%2e%2e/v1/apps", "//open/a", "/open//a", "/open/a%2fb", "http://x/open/a"]
    {
        gate.say(&request(&format!("GET {path}"), "")).await.fails(400, "PATH_ERROR.AMBIGUOUS");
    }
    let opened = gate.get("/v1/apps").await;
    assert!(opened.status() == 200 && opened.body().contains("x-counterfoil-team: "), "{opened:?}");
}

#[tokio::test]
async fn an_upstream_elsewhere_has_nothing_open() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    for line in ["GET /sandbox/uploads/a/1", "PUT /sandbox/uploads/a/1", "GET /open/a", "GET /sandbox/"] {
        gate.say(&request(line, "")).await.fails(401, "NOT_AUTHORIZED");
    }
    assert_eq!(behind.all().len(), 0);
}
