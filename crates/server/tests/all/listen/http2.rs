//! The same promises over HTTP/2.

use super::*;
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) type Client = http2::SendRequest<Full<Bytes>>;

pub(super) async fn speak<T>(stream: T) -> (Client, JoinHandle<hyper::Result<()>>)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (client, tokio::spawn(connection))
}

pub(super) async fn ask(client: &mut Client, request: http::Request<Full<Bytes>>) -> (u16, String) {
    let answer = timeout(LONG, client.send_request(request)).await.expect("an answer").unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

pub(super) fn request(method: &str, path: &str, body: impl Into<Bytes>) -> http::Request<Full<Bytes>> {
    let uri = format!("http://test{path}");
    http::Request::builder().method(method).uri(uri).body(Full::new(body.into())).unwrap()
}

#[tokio::test]
async fn requests_are_held_to_the_same_limits() {
    let limits = Limits { body_bytes: 100, head_bytes: 10_000, head_fields: 20, ..Limits::default() };
    let house = open(limits).await;
    let (mut client, _) = speak(house.connect().await).await;
    for (request, status, body) in [
        (request("GET", "/", ""), 200, "fine"),
        (request("POST", "/length", vec![b'x'; 100]), 200, "100"),
        (request("POST", "/length", vec![b'x'; 101]), 413, ""),
        (request("GET", "/panic", ""), 500, ""),
        (with_fields(1, 12_000), 431, ""),
        (with_fields(21, 1), 431, ""),
        (request("GET", "/", ""), 200, "fine"),
    ] {
        let asked = format!("{request:?}");
        assert_eq!(ask(&mut client, request).await, (status, body.to_owned()), "{asked:.100}");
    }
}

fn with_fields(count: usize, bytes: usize) -> http::Request<Full<Bytes>> {
    let mut request = request("GET", "/", "");
    for number in 0..count {
        let name = http::HeaderName::try_from(format!("x-{number}")).unwrap();
        request.headers_mut().insert(name, "x".repeat(bytes).parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_connection_without_requests_is_closed_when_idle_too_long() {
    let house = open(Limits { idle: millis(300), ..Limits::default() }).await;
    let (mut client, connection) = speak(house.connect().await).await;
    assert_eq!(ask(&mut client, request("GET", "/", "")).await.0, 200);
    timeout(LONG, connection).await.expect("the server closes it").unwrap().expect("with a goodbye");
}

#[tokio::test]
async fn a_request_that_takes_longer_than_idleness_may_is_answered() {
    let house = open(Limits { idle: millis(200), head: millis(200), ..Limits::default() }).await;
    let (mut client, _) = speak(house.connect().await).await;
    let go_on = Arc::clone(&house.go_on);
    tokio::spawn(async move {
        tokio::time::sleep(millis(800)).await;
        go_on.notify_one();
    });
    assert_eq!(ask(&mut client, request("GET", "/wait", "")).await, (200, "waited".to_owned()));
}

#[tokio::test]
async fn a_drain_lets_streams_finish() {
    let house = open(Limits::default()).await;
    let (mut client, _) = speak(house.connect().await).await;
    let asked = tokio::spawn(async move { ask(&mut client, request("GET", "/wait", "")).await });
    house.waiting.notified().await;
    let go_on = Arc::clone(&house.go_on);
    let closed = tokio::spawn(house.close());
    tokio::time::sleep(millis(100)).await;
    assert!(!closed.is_finished());
    go_on.notify_one();
    assert_eq!(asked.await.unwrap(), (200, "waited".to_owned()));
    assert_eq!(closed.await.unwrap().cut, 0);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let house = open(Limits { answer_stall: millis(300), ..Limits::default() }).await;
    let (mut client, connection) = speak(house.connect().await).await;
    let answer = client.send_request(request("GET", "/pieces", "")).await.unwrap();
    until(1, || house.figures.now().timed_out).await;
    assert!(timeout(LONG, answer.into_body().collect()).await.expect("it ends").is_err());
    connection.abort();
}
