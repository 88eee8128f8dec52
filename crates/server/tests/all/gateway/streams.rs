//! Streams: nothing is held back, nothing is hoarded, and nothing outlives its right.

use super::{Gate, client, stage, talk};
use crate::town::Town;
use counterfoil_core::catalog::Catalog;
use counterfoil_server::{ApiSettings, Upstream, UpstreamSettings};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

#[tokio::test]
async fn each_piece_of_an_answer_comes_when_it_is_sent() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    for event in ["data: one\n\n", "data: two\n\n"] {
        upstream.write(event).await;
        client.comes(event).await;
    }
    drop(upstream);
    client.comes("0\r\n\r\n").await;
}

#[tokio::test]
async fn each_piece_of_a_request_goes_on_when_it_comes_and_the_answer_need_not_wait_for_the_end() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("POST /v1/apps", "Transfer-Encoding: chunked\r\n").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    client.write("3\r\none\r\n").await;
    upstream.comes("one").await;
    upstream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.write("3\r\ntwo\r\n").await;
    upstream.comes("two").await;
    upstream.write("3\r\nyes\r\n").await;
    client.comes("yes").await;
    client.write("0\r\n\r\n").await;
    upstream.comes("0\r\n\r\n").await;
    upstream.write("0\r\n\r\n").await;
    client.comes("0\r\n\r\n").await;
}

/// More than all buffers between hold.
const LARGE: usize = 64 << 20;

#[tokio::test]
async fn what_the_client_does_not_take_the_upstream_cannot_send() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut stream = gate.begin("GET /v1/apps", "").await;
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n")).await;
    let sent = push(&mut upstream.stream).await;
    assert!(sent < LARGE / 2, "{sent}");
    let rest =
        tokio::spawn(
            async move { upstream.stream.write_all(&vec![b'x'; LARGE - sent]).await.map(|()| upstream) },
        );
    assert!(drain(&mut stream, LARGE).await);
    rest.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_the_upstream_does_not_take_the_client_cannot_send() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut stream = gate.begin("POST /v1/apps", &format!("Content-Length: {LARGE}\r\n")).await;
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    let sent = push(&mut stream).await;
    assert!(sent < LARGE / 2, "{sent}");
    let rest =
        tokio::spawn(async move { stream.write_all(&vec![b'x'; LARGE - sent]).await.map(|()| stream) });
    let ahead = upstream.ahead.len();
    assert!(drain(&mut upstream.stream, LARGE - ahead).await);
    let mut client = client(rest.await.unwrap().unwrap());
    upstream.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 201 "));
}

/// Writes until nothing is taken any more; says how much was.
async fn push(stream: &mut tokio::net::TcpStream) -> usize {
    let (piece, mut sent) = (vec![b'x'; 64 << 10], 0);
    while let Ok(written) = timeout(Duration::from_millis(500), stream.write(&piece)).await {
        sent += written.unwrap();
        assert!(sent <= LARGE, "it takes everything");
    }
    sent
}

/// Reads at least so much.
async fn drain(stream: &mut tokio::net::TcpStream, count: usize) -> bool {
    let (mut bytes, mut read) = (vec![0; 1 << 20], 0);
    while read < count {
        match timeout(super::LONG, stream.read(&mut bytes)).await {
            Ok(Ok(more)) if more > 0 => read += more,
            _ => return false,
        }
    }
    true
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    upstream.write("data: one\n\n").await;
    client.comes("data: one\n\n").await;
    gate.revoke().await;
    timeout(Duration::from_secs(2), client.closed()).await.expect("the client's end is closed at once");
    timeout(Duration::from_secs(2), upstream.closed()).await.expect("and the upstream's");
}

#[tokio::test]
async fn a_stream_that_never_pauses_ends_when_its_key_is_revoked() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut stream = gate.begin("GET /v1/apps", "").await;
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    let floods = tokio::spawn(async move {
        let piece = vec![b'x'; 64 << 10];
        while upstream.stream.write_all(&piece).await.is_ok() {}
    });
    assert!(drain(&mut stream, 1 << 20).await);
    gate.revoke().await;
    timeout(Duration::from_secs(10), async { while drain(&mut stream, 1 << 20).await {} })
        .await
        .expect("it ends");
    timeout(Duration::from_secs(2), floods).await.expect("the upstream is told").unwrap();
}

/// Fields of a request by which it takes the short way, and the usual one.
const EITHER_WAY: [&str; 2] = ["", "TE: trailers\r\n"];

/// An upstream that sends without a pause, once asked, until nobody takes it.
async fn floods(listener: &tokio::net::TcpListener) -> tokio::task::JoinHandle<()> {
    let mut upstream = talk(listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    tokio::spawn(async move {
        let piece = vec![b'x'; 64 << 10];
        while upstream.stream.write_all(&piece).await.is_ok() {}
    })
}

#[tokio::test]
async fn a_stream_that_nobody_takes_ends_when_its_key_is_revoked() {
    for fields in EITHER_WAY {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let _takes_nothing = gate.begin("GET /v1/apps", fields).await;
        let flood = floods(&listener).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!flood.is_finished());
        gate.revoke().await;
        timeout(Duration::from_secs(5), flood).await.expect("the upstream is told").unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_is_taken_slower_than_it_comes_ends_with_its_token() {
    for fields in EITHER_WAY {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut stream = gate.begin("GET /v1/apps", fields).await;
        let flood = floods(&listener).await;
        gate.town.wait(Duration::from_secs(625));
        assert!(drain(&mut stream, 16 << 20).await, "within the leeway it goes on");
        let takes_its_time = tokio::spawn(async move {
            let mut bytes = [0; 32 << 10];
            while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        gate.town.wait(Duration::from_secs(6));
        timeout(Duration::from_secs(5), flood).await.expect("the upstream is told").unwrap();
        takes_its_time.abort();
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_the_leeway() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    upstream.write("data: one\n\n").await;
    client.comes("data: one\n\n").await;
    gate.town.wait(Duration::from_secs(625));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    upstream.write("data: two\n\n").await;
    client.comes("data: two\n\n").await;
    gate.town.wait(Duration::from_secs(6));
    timeout(Duration::from_secs(3), client.closed()).await.expect("closed at the token's end");
}

#[tokio::test]
async fn a_stream_outlives_its_token_where_the_catalog_says_so() {
    let (listener, address) = stage().await;
    let catalog = Catalog::appstore()
        .to_toml()
        .replace("streams_outlive_token = false", "streams_outlive_token = true");
    assert!(catalog.contains("streams_outlive_token = true"));
    let mut settings = ApiSettings::new(crate::town::URL);
    let upstream = UpstreamSettings::new(&format!("http://{address}"));
    settings.upstream = Some(Arc::new(Upstream::new(upstream).unwrap()));
    let gate = Gate::open_in(Town::build_with(Some(catalog)).await, &settings).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    client.head().await;
    gate.town.wait(Duration::from_secs(3600));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    upstream.write("data: late\n\n").await;
    client.comes("data: late\n\n").await;
    gate.revoke().await;
    timeout(Duration::from_secs(2), client.closed()).await.expect("its key it does not outlive");
}

#[tokio::test]
async fn who_waits_for_an_answer_when_the_key_is_revoked_gets_none() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    gate.revoke().await;
    assert!(client.head().await.starts_with("HTTP/1.1 401 "));
    timeout(Duration::from_secs(2), upstream.closed()).await.expect("the upstream is told");
}

#[tokio::test]
async fn when_a_client_goes_that_has_asked_for_more_the_upstream_is_told() {
    for fields in EITHER_WAY {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut waits = gate.begin("GET /v1/apps", fields).await;
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        for more in ["GET /v1/apps/2 HTTP/1.1\r\n", "Host: x\r\n\r\n"] {
            waits.write_all(more.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        drop(waits);
        timeout(Duration::from_secs(2), upstream.closed()).await.expect("the upstream is told");
    }
}

#[tokio::test]
async fn when_the_client_goes_the_upstream_is_told() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    // While it waits for the answer …
    let waits = gate.begin("GET /v1/apps", "").await;
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    drop(waits);
    timeout(Duration::from_secs(2), upstream.closed()).await.expect("told while waiting");
    // … and while it reads it.
    let mut reads = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(EVENTS).await;
    reads.head().await;
    drop(reads);
    timeout(Duration::from_secs(2), upstream.closed()).await.expect("told while reading");
}

#[tokio::test]
async fn who_pipelines_has_not_gone() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    let token = gate.bearer();
    client.write(&format!("GET /v1/builds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.write("Connection: close\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    upstream.write(&super::answer("one")).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.comes("one").await;
    assert!(upstream.head().await.starts_with("GET /v1/builds "));
    upstream.write(&super::answer("two")).await;
    client.comes("two").await;
}
