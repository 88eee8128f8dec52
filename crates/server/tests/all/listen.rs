//! The listener, met by clients good and bad.

mod crowds;
mod drain;
mod http2;
mod limits;
mod short_way;
mod sockets;
mod tls;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::routing::{get, post};
use bytes::Bytes;
use counterfoil_server::listen::{
    Address, Carried, Connection, Field, Figures, Forward, Limits, Listener, Outlet, Peer, Server, Short,
    ShortWay, Summary, Tls, Writing, Written,
};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Frame;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// More than all buffers between two sockets hold.
const LARGE: usize = 64 << 20;

/// Longer than anything here takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// Whose connections are not counted.
const SPARED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A server under test.
struct House {
    address: Address,
    figures: Arc<Figures>,
    /// Requests for `/wait` are answered after one of these each.
    go_on: Arc<Notify>,
    /// Notified by each request that arrives at `/wait`.
    waiting: Arc<Notify>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Summary>,
}

async fn open(limits: Limits) -> House {
    open_at("127.0.0.1:0", limits, None, LONG).await
}

async fn open_at(address: &str, limits: Limits, tls: Option<Tls>, drain: Duration) -> House {
    let listener = Listener::bind(&address.parse().unwrap()).await.unwrap();
    let address = listener.address().clone();
    let is_spared = |peer: &Peer| peer.address.is_some_and(|address| address.ip() == SPARED);
    let mut server = Server::new(listener).limits(limits).sparing(is_spared);
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    let (go_on, waiting) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    server = server.short_way(Plain { go_on: Arc::clone(&go_on), waiting: Arc::clone(&waiting) });
    let app = app(Arc::clone(&go_on), Arc::clone(&waiting));
    let app = tower::util::MapRequest::new(app, Connection::tell);
    let figures = server.figures();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(server.serve(app, async { drop(stopped.await) }, drain));
    House { address, figures, go_on, waiting, stop, done }
}

fn app(go_on: Arc<Notify>, waiting: Arc<Notify>) -> Router {
    Router::new()
        .route("/", get(async || "fine"))
        .route("/peer", get(async |Extension(by): Extension<Connection>| format!("{:?}", by.peer())))
        .route("/panic", get(panics))
        .route("/length", post(length))
        .route("/ignore", post(async || "ignored"))
        .route("/lump", get(async || vec![b'x'; LARGE]))
        .route("/pieces", get(async || Body::new(Pieces(LARGE))))
        .route(
            "/wait",
            get(async move || {
                waiting.notify_one();
                go_on.notified().await;
                "waited"
            }),
        )
}

/// Answers `/` as the app does, and what begins with `/plain`.
struct Plain {
    go_on: Arc<Notify>,
    waiting: Arc<Notify>,
}

impl ShortWay for Plain {
    fn answer(&self, target: &str, _: &[Field<'_>], _: &Connection, into: &mut Written) -> Short {
        match target {
            "/" => {
                into.response(&Response::new(Bytes::from("fine")));
                Short::Written
            }
            "/plain/panic" => {
                into.begin(StatusCode::OK);
                panic!("as asked")
            }
            "/plain/panic/later" => Short::Later(Box::pin(async { panic!("as asked") })),
            "/plain/panic/at-last" => {
                Short::Later(Box::pin(async { Box::new(begins_and_panics) as Writing }))
            }
            "/plain/wait" => {
                let (go_on, waiting) = (Arc::clone(&self.go_on), Arc::clone(&self.waiting));
                Short::Later(Box::pin(async move {
                    waiting.notify_one();
                    go_on.notified().await;
                    Box::new(|into: &mut Written| into.response(&Response::new(Bytes::from("waited"))))
                        as Writing
                }))
            }
            _ => match target.strip_prefix("/elsewhere/") {
                Some(how) => Short::Forward(Box::new(Elsewhere {
                    how: how.to_owned(),
                    go_on: Arc::clone(&self.go_on),
                    waiting: Arc::clone(&self.waiting),
                })),
                None => Short::NotMine,
            },
        }
    }
}

fn begins_and_panics(into: &mut Written) {
    into.begin(StatusCode::OK);
    panic!("as asked")
}

/// Brings answers from elsewhere.
struct Elsewhere {
    how: String,
    go_on: Arc<Notify>,
    waiting: Arc<Notify>,
}

impl Forward for Elsewhere {
    fn carry<'c>(self: Box<Self>, client: &'c mut Outlet<'_>) -> Carried<'c> {
        Box::pin(async move {
            client.written().begin(StatusCode::OK);
            match &*self.how {
                "whole" => client.written().end(b"brought"),
                "panic" => panic!("as asked"),
                "panic-late" => {
                    client.send().await?;
                    panic!("as asked")
                }
                "cut" => return Err(std::io::ErrorKind::Other.into()),
                "wait" => {
                    let _told = Told(Arc::clone(&self.waiting));
                    self.waiting.notify_one();
                    client.wait(self.go_on.notified()).await?;
                    client.written().end(b"waited");
                }
                "in-time" => {
                    let (soon, late) = (millis(20), tokio::time::Instant::now() + millis(100));
                    let first = client.wait_until(late, tokio::time::sleep(soon)).await?;
                    let second = client.wait_until(late, std::future::pending::<()>()).await?;
                    client.written().end(format!("{} {}", first.is_some(), second.is_some()).as_bytes());
                }
                _ => loop {
                    client.written().bytes().extend_from_slice(PIECE);
                    client.send().await?;
                },
            }
            Ok(())
        })
    }
}

/// Says when it is dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A body of many pieces.
struct Pieces(usize);

const PIECE: &[u8] = &[b'x'; 16 << 10];

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 = self.0.saturating_sub(PIECE.len());
        Poll::Ready((self.0 > 0).then(|| Ok(Frame::data(Bytes::from_static(PIECE)))))
    }
}

async fn panics() -> &'static str {
    panic!("as asked")
}

/// Turns every fault of a body into 400: what the listener makes of it is to win.
async fn length(request: Request<Body>) -> (StatusCode, String) {
    match request.into_body().collect().await {
        Ok(body) => (StatusCode::OK, body.to_bytes().len().to_string()),
        Err(_) => (StatusCode::BAD_REQUEST, String::new()),
    }
}

impl House {
    fn socket(&self) -> SocketAddr {
        match &self.address {
            Address::Tcp(socket) => *socket,
            Address::Unix { .. } => panic!("a unix socket"),
        }
    }

    async fn connect(&self) -> TcpStream {
        timeout(LONG, TcpStream::connect(self.socket())).await.unwrap().unwrap()
    }

    /// Sends `text` on a connection of its own and reads until the server closes it.
    async fn say(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// A good client's request.
    async fn is_fine(&self) {
        assert_answer(&self.say(&closing("/")).await, 200, "fine");
    }

    async fn close(self) -> Summary {
        self.stop.send(()).unwrap();
        timeout(LONG, self.done).await.expect("the drain ends").unwrap()
    }
}

/// A GET that keeps the connection.
fn keeping(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// A GET that ends the connection.
fn closing(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
}

/// Everything until the end of the connection, however it ends.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    let ended = timeout(LONG, stream.read_to_end(&mut bytes)).await;
    assert!(ended.is_ok(), "the server keeps the connection open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer whose body is `body`, from a connection that stays open.
async fn one_answer(stream: &mut (impl AsyncReadExt + Unpin), body: &str) -> String {
    let mut text = String::new();
    let mut bytes = [0; 1024];
    while !text.ends_with(&format!("\r\n\r\n{body}")) {
        let count = timeout(LONG, stream.read(&mut bytes)).await.expect("an answer").unwrap();
        assert!(count > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    text
}

#[track_caller]
fn assert_answer(text: &str, status: u16, body: &str) {
    assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "not {status}: {text:?}");
    assert_eq!(text.split_once("\r\n\r\n").map(|(_, body)| body), Some(body), "{text:?}");
}

/// How long it takes until the server closes `stream`.
async fn time_to_close(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    rest(stream).await;
    begin.elapsed()
}

/// Waits until what the server counts, counts up to `wanted`.
async fn until(wanted: u64, count: impl Fn() -> u64) {
    let deadline = Instant::now() + LONG;
    while count() < wanted {
        assert!(Instant::now() < deadline, "only {} of {wanted}", count());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}
