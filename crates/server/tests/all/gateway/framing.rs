//! Where one request ends and the next begins: the same for the gateway and the upstream.

use super::{Behind, Gate, answer, client, stage, talk};

/// What is smuggled: if the upstream took it for a request, it would see it.
const SMUGGLED: &str = "GET /v1/users HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn of_two_lengths_one_goes_on() {
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: identity, chunked\r\nContent-Length: 4\r\n",
    ] {
        let behind = Behind::fine().await;
        let gate = Gate::before(behind.address).await;
        let said = gate.ask("POST /v1/apps", &format!("{fields}\r\n3\r\nabc\r\n0\r\n")).await;
        assert!(matches!(said.status(), 200 | 400), "{fields}: {said:?}");
        for heard in behind.all() {
            assert!(heard.line.starts_with("POST /v1/apps "), "{fields}: {heard:?}");
            assert_eq!(heard.field("content-length"), None, "{fields}: {heard:?}");
            assert_eq!(heard.body, "3\r\nabc\r\n0\r\n\r\n", "{fields}");
        }
    }
}

#[tokio::test]
async fn what_could_hide_a_request_in_a_request_hides_none() {
    let inner = SMUGGLED.len();
    for fields in [
        format!("Content-Length: 0\r\nContent-Length: {inner}\r\n"),
        format!("Content-Length: 0, {inner}\r\n"),
        "Content-Length: +0\r\n".to_owned(),
        "Content-Length: 0x0\r\n".to_owned(),
        "Content-Length: -1\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding:\x0bchunked\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "X: a\r\n Transfer-Encoding: chunked\r\n".to_owned(),
        "X: a\rTransfer-Encoding: chunked\r\n".to_owned(),
        "X: a\0b\r\n".to_owned(),
    ] {
        let behind = Behind::fine().await;
        let gate = Gate::before(behind.address).await;
        let said = gate.ask("POST /v1/apps", &format!("{fields}\r\n{SMUGGLED}")).await;
        assert_eq!(said.status(), 400, "{fields:?}: {said:?}");
        assert_eq!(behind.all().len(), 0, "{fields:?}");
    }
}

#[tokio::test]
async fn what_follows_a_request_is_judged_by_itself() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    // The second has no token.
    let said = gate.ask("GET /v1/apps", "").await;
    assert_eq!(said.status(), 200);
    let mut stream = client(gate.begin("GET /v1/apps", "").await);
    stream.write("GET /v1/apps HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(stream.head().await.starts_with("HTTP/1.1 200 "));
    stream.comes("fine").await;
    assert!(stream.head().await.starts_with("HTTP/1.1 401 "));
    assert_eq!(behind.all().len(), 2);
}

#[tokio::test]
async fn bodies_keep_their_framing() {
    let behind = Behind::that(|heard| answer(&heard.body.len().to_string())).await;
    let gate = Gate::before(behind.address).await;
    let said = gate.ask("POST /v1/apps", "Content-Length: 5\r\n\r\nhello").await;
    assert_eq!(said.status(), 200);
    gate.ask("POST /v1/apps", "Content-Length: 0\r\n").await;
    gate.ask("DELETE /v1/apps/1", "").await;
    let all = behind.all();
    assert_eq!((all[0].field("content-length"), all[0].body.as_str()), (Some("5"), "hello"));
    assert_eq!((all[1].field("content-length"), all[1].field("transfer-encoding")), (Some("0"), None));
    assert_eq!((all[2].field("content-length"), all[2].field("transfer-encoding")), (None, None));
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let fields = "TE: trailers\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n";
    let mut client = client(gate.begin("POST /v1/apps", fields).await);
    client.write("3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n").await;
    let mut upstream = talk(&listener).await;
    let head = upstream.head().await.to_lowercase();
    assert!(head.contains("\r\nte: trailers\r\n") && head.contains("\r\ntrailer: x-sum\r\n"), "{head}");
    upstream.comes("x-sum: 6\r\n\r\n").await;
    upstream
        .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Their\r\n\r\n2\r\nok\r\n0\r\nX-Their: 7\r\n\r\n")
        .await;
    client.comes("x-their: 7\r\n\r\n").await;
}

#[tokio::test]
async fn a_client_is_asked_for_its_body_when_the_upstream_wants_it() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let fields = "Expect: 100-continue\r\nContent-Length: 5\r\n";
    let mut client = client(gate.begin("POST /v1/apps", fields).await);
    let mut upstream = talk(&listener).await;
    assert!(upstream.head().await.to_lowercase().contains("\r\nexpect: 100-continue\r\n"));
    client.is_silent().await;
    upstream.write("HTTP/1.1 100 Continue\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 100 "));
    client.write("hello").await;
    upstream.comes("hello").await;
    upstream.write(&answer("taken")).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.comes("taken").await;
}

#[tokio::test]
async fn a_body_that_is_not_wanted_is_not_asked_for() {
    let behind = Behind::fine().await;
    let gate = Gate::before(behind.address).await;
    let mut refused = client(gate.connect().await);
    refused
        .write("POST /v1/apps HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        .await;
    assert!(refused.head().await.starts_with("HTTP/1.1 401 "));
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client =
        client(gate.begin("POST /v1/apps", "Expect: 100-continue\r\nContent-Length: 5\r\n").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write("HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn other_interim_answers_are_kept_to_ourselves_and_the_last_one_passes() {
    let (listener, address) = stage().await;
    let gate = Gate::before(address).await;
    let mut client = client(gate.begin("GET /v1/apps", "Connection: close\r\n").await);
    let mut upstream = talk(&listener).await;
    upstream.head().await;
    upstream.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n").await;
    upstream.write("HTTP/1.1 102 Processing\r\n\r\n").await;
    client.is_silent().await;
    upstream.write(&answer("fine")).await;
    let head = client.head().await.to_lowercase();
    assert!(head.starts_with("http/1.1 200 ") && !head.contains("\r\nlink: "), "{head}");
    client.comes("fine").await;
}

#[tokio::test]
async fn an_upstream_that_contradicts_itself_is_not_passed_on() {
    for head in [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
    ] {
        let head = head.to_owned();
        let behind =
            Behind::that(move |_| format!("HTTP/1.1 200 OK\r\n{head}\r\n3\r\nabc\r\n0\r\n\r\n")).await;
        let gate = Gate::before(behind.address).await;
        let said = gate.get("/v1/apps").await;
        assert_eq!(said.field("content-length"), None, "{said:?}");
        assert!(said.status() == 502 || said.body() == "3\r\nabc\r\n0\r\n\r\n", "{said:?}");
    }
}
