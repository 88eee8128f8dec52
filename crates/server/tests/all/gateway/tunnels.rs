//! WebSockets, and what else is no HTTP any more.

use super::{Behind, Gate, Talk, client, stage, talk};
use std::time::Duration;
use tokio::time::timeout;

const ASKS: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const AGREES: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Both ends of a WebSocket that was let through.
async fn opened(gate: &Gate, listener: &tokio::net::TcpListener) -> (Talk, Talk) {
    let mut client = client(gate.begin("GET /v1/apps", ASKS).await);
    let mut upstream = talk(listener).await;
    let head = upstream.head().await.to_lowercase();
    assert!(
        head.contains("\r\nupgrade: websocket\r\n") && head.contains("\r\nconnection: upgrade\r\n"),
        "{head}"
    );
    assert!(
        head.contains("\r\nsec-websocket-key: dghl") && head.contains("\r\nx-counterfoil-key: "),
        "{head}"
    );
    assert!(!head.contains("authorization"), "{head}");
    upstream.write(AGREES).await;
    let head = client.head().await.to_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("sec-websocket-accept: s3pp"), "{head}");
    assert!(
        head.contains("\r\nupgrade: websocket\r\n") && head.contains("\r\nconnection: upgrade\r\n"),
        "{head}"
    );
    (client, upstream)
}

#[tokio::test]
async fn a_websocket_carries_bytes_both_ways_until_one_side_ends() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let (mut client, mut upstream) = opened(&gate, &listener).await;
    for word in ["ping", "pong", "GET /v1/users HTTP/1.1\r\n\r\n"] {
        client.write(word).await;
        upstream.comes(word).await;
        upstream.write(word).await;
        client.comes(word).await;
    }
    drop(upstream);
    client.closed().await;
}

#[tokio::test]
async fn a_websocket_ends_when_its_key_is_revoked() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let (mut client, mut upstream) = opened(&gate, &listener).await;
    client.write("ping").await;
    upstream.comes("ping").await;
    gate.revoke().await;
    timeout(Duration::from_secs(2), client.closed()).await.expect("the client's end");
    timeout(Duration::from_secs(2), upstream.closed()).await.expect("the upstream's end");
}

#[tokio::test]
async fn a_websocket_ends_with_its_token() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let (mut client, _upstream) = opened(&gate, &listener).await;
    gate.town.wait(Duration::from_secs(631));
    timeout(Duration::from_secs(3), client.closed()).await.expect("closed at the token's end");
}

#[tokio::test]
async fn a_websocket_on_which_nothing_is_heard_ends() {
    let (listener, address) = stage().await;
    let gate = Gate::set(address, |_, upstream| upstream.idle = Duration::from_millis(300)).await;
    let (mut client, mut upstream) = opened(&gate, &listener).await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        client.write("ping").await;
        upstream.comes("ping").await;
    }
    timeout(Duration::from_secs(3), client.closed()).await.expect("closed");
}

#[tokio::test]
async fn a_drain_keeps_a_websocket_to_its_end_and_cuts_it_then() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let (mut client, mut upstream) = opened(&gate, &listener).await;
    let closing = tokio::spawn(gate.close());
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.write("still here").await;
    upstream.comes("still here").await;
    client.closed().await;
    upstream.closed().await;
    assert_eq!(closing.await.unwrap().cut, 1);
}

#[tokio::test]
async fn who_may_not_pass_switches_nothing() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let mut client = client(gate.connect().await);
    client.write(&format!("GET /v1/apps HTTP/1.1\r\nHost: x\r\n{ASKS}\r\n")).await;
    assert!(client.head().await.starts_with("HTTP/1.1 401 "));
    assert_eq!(behind.all().len(), 0);
}

#[tokio::test]
async fn an_upstream_may_decline() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let mut client = client(gate.begin("GET /v1/apps", ASKS).await);
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.comes("fine").await;
}

#[tokio::test]
async fn another_http_is_no_protocol_to_switch_to() {
    for protocol in ["h2c", "H2C, websocket", "HTTP/2.0", "TLS/1.0", "websocket, h2c"] {
        let behind = Behind::fine().await;
        let gate = Gate::before(behind.address).await;
        let fields = format!("Upgrade: {protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n");
        let token = gate.bearer();
        let said = gate
            .say(&format!(
                "GET /v1/apps HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close, Upgrade, HTTP2-Settings\r\n{fields}\r\n"
            ))
            .await;
        assert_eq!(said.status(), 200, "{protocol}");
        let heard = behind.only();
        assert_eq!((heard.field("upgrade"), heard.field("http2-settings")), (None, None), "{protocol}");
    }
}
