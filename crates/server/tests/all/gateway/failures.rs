//! Upstreams that are not there, slow, or gone half way.

use super::{Behind, Gate, answer, client, stage, talk};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

#[tokio::test]
async fn an_upstream_that_is_not_there_is_a_502() {
    let (listener, address) = stage().await;
    drop(listener);
    let gate = Gate::before(address).await;
    let said = gate.get("/v1/apps").await;
    said.fails(502, "UPSTREAM_ERROR");
    assert!(!said.0.contains(&address.to_string()), "{said:?}");
    assert_eq!(said.field("x-rate-limit").as_deref(), Some("user-hour-lim:3600;user-hour-rem:3599;"));
    gate.counted("refused").await;
}

#[tokio::test]
async fn an_upstream_that_cannot_be_connected_to_in_time_is_a_502() {
    // A queue of one, which is full.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    while let Ok(Ok(filler)) =
        timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
    {
        fillers.push(filler);
    }
    let gate = Gate::set(address, |_, upstream| upstream.connect = Duration::from_millis(300)).await;
    gate.get("/v1/apps").await.fails(502, "UPSTREAM_ERROR");
    gate.counted("connect-timeout").await;
    // By the short way too.
    let mut plain = client(gate.begin("GET /v1/apps", "").await);
    assert!(plain.head().await.starts_with("HTTP/1.1 502 "));
    assert_eq!(gate.upstream_failures().await, [("connect-timeout".to_owned(), 2)]);
}

#[tokio::test]
async fn an_upstream_that_says_nothing_in_time_is_a_504_and_is_let_go() {
    let (listener, address) = stage().await;
    let gate = Gate::set(address, |_, upstream| upstream.answer = Duration::from_millis(300)).await;
    let asked = Instant::now();
    let (said, mut upstream) = tokio::join!(gate.get("/v1/apps"), talk(&listener));
    said.fails(504, "UPSTREAM_ERROR.TIMEOUT");
    assert!(asked.elapsed() >= Duration::from_millis(300));
    upstream.head().await;
    upstream.closed().await;
    gate.counted("answer-timeout").await;
}

#[tokio::test]
async fn a_long_upload_is_no_slow_answer() {
    let (listener, address) = stage().await;
    let gate = Gate::set(address, |_, upstream| upstream.answer = Duration::from_millis(400)).await;
    let mut client = client(gate.begin("POST /v1/apps", "Content-Length: 8\r\n").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    for piece in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        tokio::time::sleep(Duration::from_millis(200)).await;
        client.write(piece).await;
    }
    upstream.comes("abcdefgh").await;
    upstream.write(&answer("fine")).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_answer_that_falls_silent_is_cut() {
    let (listener, address) = stage().await;
    let gate = Gate::set(address, |_, upstream| upstream.idle = Duration::from_millis(300)).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").await;
    for piece in ["a", "b", "c", "d"] {
        upstream.write(piece).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    client.comes("abcd").await;
    timeout(Duration::from_secs(3), client.closed()).await.expect("cut");
    upstream.closed().await;
    gate.counted("silent").await;
}

#[tokio::test]
async fn an_upstream_that_dies_half_way_is_seen_to_have_died() {
    for head in ["Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"] {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut client = client(gate.begin("GET /v1/apps", "").await);
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        upstream.write(&format!("HTTP/1.1 200 OK\r\n{head}\r\n4\r\nabcd\r\n")).await;
        client.comes("abcd").await;
        drop(upstream);
        let mut rest = String::new();
        while let Some(()) = timeout(super::LONG, client.more()).await.expect("closed") {}
        rest.push_str(&String::from_utf8_lossy(&client.ahead));
        assert!(!rest.contains("0\r\n\r\n"), "{rest:?}");
        gate.counted("cut-off").await;
    }
}

#[tokio::test]
async fn an_upstream_that_speaks_no_http_or_closes_without_a_word_is_a_502() {
    for (words, why) in [
        ("", "reset"),
        ("hello\r\n\r\n", "garbled"),
        ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "garbled"),
    ] {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let upstream = async {
            let mut upstream = talk(&listener).await;
            upstream.head().await;
            upstream.write(words).await;
        };
        let (said, ()) = tokio::join!(gate.get("/v1/apps"), upstream);
        said.fails(502, "UPSTREAM_ERROR");
        gate.counted(why).await;
    }
}

#[tokio::test]
async fn a_connection_that_the_upstream_has_closed_meanwhile_is_not_used() {
    let behind = Behind::that(|_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Note: keeps, but then\r\n\r\nok".to_owned()
    })
    .await;
    let (listener, address) = stage().await;
    drop(behind);
    let gate = Gate::before(address).await;
    for _ in 0..3 {
        let upstream = async {
            let mut upstream = talk(&listener).await;
            upstream.head().await;
            upstream.write(&answer("fine")).await;
            upstream
        };
        let (said, upstream) =
            tokio::join!(gate.ask("POST /v1/apps", "Content-Length: 2\r\n\r\nhi"), upstream);
        assert_eq!(said.status(), 200);
        // Kept until the answer has gone out; then the upstream closes it.
        drop(upstream);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_heard_is_not_sent_again() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    // One exchange leaves a connection, over which the next is heard and not answered.
    let upstream = async {
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        upstream.write(&answer("fine")).await;
        upstream.head().await;
    };
    let asking = async {
        assert_eq!(gate.get("/v1/apps").await.status(), 200);
        gate.get("/v1/apps").await.fails(502, "UPSTREAM_ERROR");
    };
    tokio::join!(asking, upstream);
    let again = timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(again.is_err(), "asked again");
}

#[tokio::test]
async fn a_slow_clients_body_is_a_408_as_at_any_door() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("POST /v1/apps", "Content-Length: 8\r\n").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    client.stream.flush().await.unwrap();
    assert!(client.head().await.starts_with("HTTP/1.1 408 "));
    upstream.closed().await;
}

#[tokio::test]
async fn a_drain_lets_a_forwarded_request_finish() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    let closing = tokio::spawn(gate.close());
    tokio::time::sleep(Duration::from_millis(100)).await;
    upstream.write(&answer("fine")).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.comes("fine").await;
    assert_eq!(closing.await.unwrap().cut, 0);
}

impl Gate {
    /// The upstream failed in this way once, and in no other.
    async fn counted(&self, why: &str) {
        assert_eq!(self.upstream_failures().await, [(why.to_owned(), 1)]);
    }
}
