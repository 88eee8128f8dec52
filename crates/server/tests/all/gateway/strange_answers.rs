//! Answers to plain requests from upstreams that contradict themselves, drip, break off or say too much.

use super::short_way::plain;
use super::{Gate, LONG, answer, client, stage, talk};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

#[tokio::test]
async fn what_contradicts_itself_is_no_answer_and_its_connection_is_not_used_again() {
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {}\r\n\r\n", "y".repeat(500_000));
    let many = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", "X: y\r\n".repeat(100));
    for words in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "hello\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nhello\r\n\r\n",
        &long,
        &many,
    ] {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut client = client(gate.begin("GET /v1/apps", "").await);
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        let _ = upstream.stream.write_all(words.as_bytes()).await;
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{words:.99}: {head:.99}");
        upstream.closed().await;
        assert_eq!(gate.taken(), 1);
        assert_eq!(gate.upstream_failures().await, [("garbled".to_owned(), 1)], "{words:.99}");
    }
}

#[tokio::test]
async fn a_head_of_as_many_fields_as_ever_is_read_however_it_drips() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    let fields: String = (0..99).map(|number| format!("X-{number}: {number}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n{fields}\r\n"
    );
    upstream.stream.set_nodelay(true).unwrap();
    for piece in head.as_bytes().chunks(3) {
        upstream.stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let got = client.head().await;
    assert!(
        got.starts_with("HTTP/1.1 200 ") && got.contains("\r\nx-98: 98\r\n") && !got.contains("link"),
        "{got}"
    );
    upstream.write("fine").await;
    client.comes("fine").await;
    // A long field, in the middle of which it pauses.
    let token = gate.bearer();
    client.write(&plain("/v1/apps", &token)).await;
    upstream.head().await;
    let long = "y".repeat(100_000);
    upstream.write(&format!("HTTP/1.1 200 OK\r\nX: {long}")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    upstream.write("\r\nContent-Length: 0\r\n\r\n").await;
    assert!(client.head().await.contains(&format!("\r\nx: {long}\r\n")));
    assert_eq!(gate.taken(), 2);
}

#[tokio::test]
async fn a_head_that_drips_for_too_long_is_no_answer_in_time() {
    let (listener, address) = stage().await;
    let gate = Gate::set(address, |_, upstream| upstream.answer = Duration::from_millis(300)).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    let drips = tokio::spawn(async move {
        upstream.write("HTTP/1.1 200 OK\r\n").await;
        while upstream.stream.write_all(b"X: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(client.head().await.starts_with("HTTP/1.1 504 "));
    timeout(LONG, drips).await.expect("the upstream is told").unwrap();
    assert_eq!(gate.taken(), 1);
}

#[tokio::test]
async fn a_body_that_is_none_is_cut() {
    for (words, comes) in [
        ("Content-Length: 10\r\n\r\nabcd", "abcd"),
        ("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", "abcd"),
        ("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n", "abcd"),
        ("Transfer-Encoding: chunked\r\n\r\nx\r\nabcd", ""),
        ("Transfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n", ""),
        ("Transfer-Encoding: chunked\r\n\r\n4\r\nabcde\r\n0\r\n\r\n", ""),
        ("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n11111111111111111\r\n", ""),
        ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nabcd", ""),
    ] {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut client = client(gate.begin("GET /v1/apps", "").await);
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        upstream.write(&format!("HTTP/1.1 200 OK\r\n{words}")).await;
        if !comes.is_empty() {
            client.comes(comes).await;
        }
        drop(upstream);
        while let Some(()) = timeout(LONG, client.more()).await.expect("closed") {}
        let rest = String::from_utf8_lossy(&client.ahead).into_owned();
        assert!(!rest.contains("0\r\n\r\n"), "{words:?}: {rest:?}");
        assert_eq!(gate.upstream_failures().await, [("cut-off".to_owned(), 1)], "{words:?}");
        assert_eq!(gate.taken(), 1);
    }
}

#[tokio::test]
async fn a_connection_is_used_again_only_if_nothing_speaks_against_it() {
    for (words, is_used) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n", true),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", false),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", false),
    ] {
        let (listener, address) = stage().await;
        let gate = Gate::before(address).await;
        let mut client = client(gate.begin("GET /v1/apps", "").await);
        let mut first = talk(&listener).await;
        first.head().await;
        first.write(words).await;
        let head = client.head().await;
        let body = client.body_of(&head).await;
        assert!(["", "ok", "2\r\nok\r\n0\r\n\r\n", "0\r\n\r\n"].contains(&&*body), "{words:?}: {body:?}");
        let token = gate.bearer();
        client.write(&plain("/v1/apps/2", &token)).await;
        let mut second = if is_used { first } else { talk(&listener).await };
        assert!(second.head().await.starts_with("GET /v1/apps/2 "), "{words:?}");
        second.write(&answer("second")).await;
        assert!(client.head().await.starts_with("HTTP/1.1 200 "));
        client.comes("second").await;
        assert_eq!(gate.taken(), 2);
    }
}

#[tokio::test]
async fn a_connection_that_the_upstream_has_closed_or_spoken_on_meanwhile_is_not_used() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.connect().await);
    let token = gate.bearer();
    let mut kept = Vec::new();
    for is_closed in [true, false, true] {
        client.write(&plain("/v1/apps", &token)).await;
        let mut upstream = talk(&listener).await;
        upstream.head().await;
        upstream.write(&answer("fine")).await;
        assert!(client.head().await.starts_with("HTTP/1.1 200 "));
        client.comes("fine").await;
        if !is_closed {
            // Not asked for: nobody may take it for the next answer.
            upstream.write(&answer("planted")).await;
            kept.push(upstream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(gate.taken(), 3);
}

#[tokio::test]
async fn a_request_that_may_have_been_heard_is_not_sent_again() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write(&answer("fine")).await;
    client.comes("fine").await;
    let token = gate.bearer();
    client.write(&plain("/v1/apps", &token)).await;
    upstream.head().await;
    drop(upstream);
    assert!(client.head().await.starts_with("HTTP/1.1 502 "));
    assert!(timeout(Duration::from_millis(200), listener.accept()).await.is_err(), "asked again");
    assert_eq!(gate.upstream_failures().await, [("reset".to_owned(), 1)]);
    assert_eq!(gate.taken(), 2);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_not_the_end_of_the_clients_connection() {
    let (listener, address) = stage().await;
    drop(listener);
    let gate = Gate::before(address).await;
    let mut client = client(gate.connect().await);
    let token = gate.bearer();
    for number in 1..=3 {
        client.write(&plain("/v1/apps", &token)).await;
        let head = client.head().await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
        assert!(head.contains(&format!("user-hour-rem:{};", 3600 - number)), "{head}");
        assert!(client.body_of(&head).await.contains("\"code\":\"UPSTREAM_ERROR\""));
    }
    assert_eq!(gate.upstream_failures().await, [("refused".to_owned(), 3)]);
    assert_eq!(gate.taken(), 3);
}
