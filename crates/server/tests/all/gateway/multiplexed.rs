//! Upstreams over TLS, which may agree to HTTP/2.

use super::{Gate, Talk, client};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Channel, Empty, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

const LONG: Duration = super::LONG;

type AnyBody = BoxBody<Bytes, Infallible>;

/// A request as this upstream heard it.
#[derive(Clone, Debug)]
struct Heard {
    version: Version,
    method: Method,
    uri: String,
    fields: HeaderMap,
    connection: usize,
}

/// An upstream over TLS. What it does, the end of a path says.
struct Modern {
    address: SocketAddr,
    _folder: tempfile::TempDir,
    authority: PathBuf,
    house: Arc<House>,
}

#[derive(Default)]
struct House {
    heard: Mutex<Vec<Heard>>,
    /// How many are held, and what lets them go.
    held: watch::Sender<usize>,
    release: Notify,
    /// How many of the bodies that it streams nobody wanted to the end.
    dropped: watch::Sender<usize>,
    /// Closes all connections as HTTP/2 does: what has begun may end.
    closing: Notify,
}

impl Modern {
    async fn speaking(protocols: &[&[u8]]) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        std::fs::write(&authority, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config =
            config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let (tls, listener) =
            (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let (address, house) = (listener.local_addr().unwrap(), Arc::<House>::default());
        tokio::spawn(accept(listener, tls, Arc::clone(&house)));
        Self { address, _folder: folder, authority, house }
    }

    async fn new() -> Self {
        Self::speaking(&[b"h2", b"http/1.1"]).await
    }

    /// A gateway in front of it.
    async fn gate(&self) -> Gate {
        let (port, authority) = (self.address.port(), self.authority.clone());
        Gate::set(self.address, |_, upstream| {
            upstream.url = format!("https://localhost:{port}");
            upstream.authorities = Some(authority);
        })
        .await
    }

    fn all(&self) -> Vec<Heard> {
        self.house.heard.lock().unwrap().clone()
    }

    fn connections(&self) -> usize {
        let mut numbers: Vec<usize> = self.all().iter().map(|heard| heard.connection).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }

    async fn holds(&self, count: usize) {
        let mut held = self.house.held.subscribe();
        timeout(LONG, held.wait_for(|held| *held == count)).await.expect("all arrive").unwrap();
    }

    async fn dropped(&self, count: usize) {
        let mut dropped = self.house.dropped.subscribe();
        timeout(LONG, dropped.wait_for(|dropped| *dropped == count))
            .await
            .expect("the upstream is told")
            .unwrap();
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, house: Arc<House>) {
    let numbers = AtomicUsize::new(0);
    while let Ok((stream, _)) = listener.accept().await {
        let (number, tls, house) = (numbers.fetch_add(1, Ordering::Relaxed), tls.clone(), Arc::clone(&house));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let answering = Arc::clone(&house);
            let service = service_fn(move |request| answer(Arc::clone(&answering), number, request));
            let builder = auto::Builder::new(TokioExecutor::new());
            let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
            tokio::select! {
                _ = serving.as_mut() => return,
                () = house.closing.notified() => serving.as_mut().graceful_shutdown(),
            }
            let _ = serving.await;
        });
    }
}

async fn answer(
    house: Arc<House>,
    connection: usize,
    mut request: Request<Incoming>,
) -> Result<Response<AnyBody>, Infallible> {
    house.heard.lock().unwrap().push(Heard {
        version: request.version(),
        method: request.method().clone(),
        uri: request.uri().to_string(),
        fields: request.headers().clone(),
        connection,
    });
    if request.headers().contains_key("upgrade") {
        return Ok(switch(&mut request));
    }
    let path = request.uri().path().to_owned();
    Ok(match path.rsplit('/').next() {
        Some("held") => {
            house.held.send_modify(|held| *held += 1);
            house.release.notified().await;
            Response::new(Full::from("let go").boxed())
        }
        Some("streamed") => Response::new(streamed(house)),
        Some("wide") => Response::new(Full::from(vec![0x5a; 6 * 1024 * 1024]).boxed()),
        Some("echoed") => echoed(request),
        _ => Response::new(Full::from("fine").boxed()),
    })
}

/// What comes goes back, and its trailers with it.
fn echoed(request: Request<Incoming>) -> Response<AnyBody> {
    let (mut answer, body) = Channel::<Bytes, Infallible>::new(4);
    tokio::spawn(async move {
        let mut incoming = request.into_body();
        while let Some(Ok(frame)) = incoming.frame().await {
            if answer.send(frame).await.is_err() {
                return;
            }
        }
    });
    Response::new(body.boxed())
}

/// A word at once, and then nothing until nobody listens any more.
fn streamed(house: Arc<House>) -> AnyBody {
    let (mut answer, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        while answer.send_data(Bytes::from_static(b"word ")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        house.dropped.send_modify(|dropped| *dropped += 1);
    });
    body.boxed()
}

fn switch(request: &mut Request<Incoming>) -> Response<AnyBody> {
    let switched = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(switched.await.unwrap());
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            stream.write_all(&bytes[..count]).await.unwrap();
        }
    });
    let response =
        Response::builder().status(101).header("connection", "upgrade").header("upgrade", "websocket");
    response.body(Empty::new().boxed()).unwrap()
}

/// Speaks HTTP/2 to the gateway.
async fn speak(gate: &Gate) -> SendRequest<AnyBody> {
    let stream = TcpStream::connect(gate.address).await.unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn post(gate: &Gate, path: &str, body: AnyBody) -> Request<AnyBody> {
    let request = Request::post(format!("http://keys.example{path}"));
    let request = request.header("authorization", format!("Bearer {}", gate.bearer()));
    request.header("te", "trailers").header("content-type", "application/grpc").body(body).unwrap()
}

#[tokio::test]
async fn an_upstream_that_agrees_to_http2_is_asked_in_it() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let said = gate.get("/v1/apps?limit=2&filter[name]=a%20b").await;
    assert_eq!((said.status(), said.body()), (200, "fine"));
    let heard = modern.all().remove(0);
    assert_eq!((heard.version, &heard.method), (Version::HTTP_2, &Method::GET));
    let uri = format!("https://localhost:{}/v1/apps?limit=2&filter[name]=a%20b", modern.address.port());
    assert_eq!(heard.uri, uri);
    assert!(heard.fields.contains_key("x-counterfoil-key"), "{heard:?}");
    for gone in ["authorization", "host", "connection"] {
        assert!(!heard.fields.contains_key(gone), "{gone}: {heard:?}");
    }
}

#[tokio::test]
async fn the_clients_host_goes_on_if_it_shall() {
    let modern = Modern::new().await;
    let (port, authority) = (modern.address.port(), modern.authority.clone());
    let gate = Gate::set(modern.address, |_, upstream| {
        upstream.url = format!("https://localhost:{port}");
        (upstream.authorities, upstream.keep_host) = (Some(authority), true);
    })
    .await;
    assert_eq!(gate.get("/v1/apps").await.status(), 200);
    assert_eq!(modern.all()[0].uri, "https://keys.example/v1/apps");
    let mut client = speak(&gate).await;
    let mut request = post(&gate, "/v1/apps/1", Empty::new().boxed());
    assert_eq!(client.send_request(request).await.unwrap().status(), 200);
    assert_eq!(modern.all()[1].uri, "https://keys.example/v1/apps/1");
    request = post(&gate, "/v1/apps/2", Empty::new().boxed());
    request.headers_mut().insert("host", "other.example".parse().unwrap());
    assert_eq!(client.send_request(request).await.unwrap().status(), 400);
    assert_eq!(modern.all().len(), 2);
}

#[tokio::test]
async fn one_connection_carries_what_many_ask_at_once() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let asking = async {
        let all = std::iter::repeat_with(|| gate.get("/v1/apps/held")).take(30);
        let all: Vec<_> = all.collect();
        futures(all).await
    };
    let letting_go = async {
        modern.holds(30).await;
        modern.house.release.notify_waiters();
    };
    let (said, ()) = tokio::join!(asking, letting_go);
    assert!(said.iter().all(|said| said.status() == 200 && said.body().contains("let go")), "{said:?}");
    assert_eq!(modern.connections(), 1);
}

#[tokio::test]
async fn who_reads_slowly_holds_up_nobody_else() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let mut unread = Vec::new();
    for _ in 0..3 {
        let mut client = speak(&gate).await;
        let answer = client.send_request(post(&gate, "/v1/apps/wide", Empty::new().boxed())).await.unwrap();
        unread.push((client, answer));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let said = timeout(LONG, gate.get("/v1/apps")).await.expect("an answer beside those that nobody reads");
    assert_eq!((said.status(), modern.connections()), (200, 1));
}

/// All of them at once.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        for (one, done) in pending.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(output) = one.as_mut().poll(cx) {
                *done = Some(output);
            }
        }
        if pending.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn messages_and_trailers_pass_both_ways_while_both_sides_speak() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let mut client = speak(&gate).await;
    let (mut messages, body) = Channel::<Bytes, Infallible>::new(1);
    let response = timeout(LONG, client.send_request(post(&gate, "/v1/apps/echoed", body.boxed())));
    messages.send_data(Bytes::from_static(b"first")).await.unwrap();
    let mut answer = response.await.expect("a head before the request's end").unwrap().into_body();
    let next =
        async |answer: &mut Incoming| timeout(LONG, answer.frame()).await.expect("a frame").unwrap().unwrap();
    assert_eq!(next(&mut answer).await.into_data().unwrap(), "first");
    messages.send_data(Bytes::from_static(b"second")).await.unwrap();
    assert_eq!(next(&mut answer).await.into_data().unwrap(), "second");
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
    let mut sent = trailers.clone();
    for pretence in ["x-counterfoil-team", "x-forwarded-for", "authorization", "host"] {
        sent.insert(pretence, "somebody".parse().unwrap());
    }
    messages.send(Frame::trailers(sent)).await.unwrap();
    drop(messages);
    assert_eq!(next(&mut answer).await.into_trailers().unwrap(), trailers);
    let heard = modern.all().remove(0);
    assert_eq!((heard.version, &heard.fields["te"]), (Version::HTTP_2, &"trailers".parse().unwrap()));
}

#[tokio::test]
async fn a_websocket_goes_over_a_connection_of_its_own() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    assert_eq!(gate.get("/v1/apps").await.status(), 200);
    let fields = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    let mut client = client(gate.begin("GET /v1/apps", fields).await);
    assert!(client.head().await.starts_with("HTTP/1.1 101 "));
    for word in ["ping", "pong"] {
        client.write(word).await;
        client.comes(word).await;
    }
    let all = modern.all();
    assert_eq!((all[0].version, all[1].version), (Version::HTTP_2, Version::HTTP_11));
    assert_ne!(all[0].connection, all[1].connection);
}

#[tokio::test]
async fn an_upstream_that_agrees_to_http_1_1_only_is_asked_in_that() {
    let modern = Modern::speaking(&[b"http/1.1"]).await;
    let gate = modern.gate().await;
    for _ in 0..3 {
        assert_eq!(gate.get("/v1/apps").await.body(), "fine");
    }
    let all = modern.all();
    assert!(all.iter().all(|heard| heard.version == Version::HTTP_11), "{all:?}");
    assert_eq!(modern.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_upstream_gives_up_is_replaced_and_what_has_begun_ends_well() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let closing = async {
        modern.holds(1).await;
        modern.house.closing.notify_waiters();
        // The old connection still carries one exchange; the next goes over another, now or as soon as it is known.
        let next = gate.get("/v1/apps").await;
        modern.house.release.notify_waiters();
        next
    };
    let (held, next) = tokio::join!(gate.get("/v1/apps/held"), closing);
    assert_eq!((held.status(), next.status()), (200, 200), "{held:?} {next:?}");
    while modern.connections() == 1 {
        assert_eq!(gate.get("/v1/apps").await.status(), 200);
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_key_and_the_upstream_is_told() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let mut client = client(gate.begin("GET /v1/apps/streamed", "").await);
    client.comes("word ").await;
    gate.revoke().await;
    timeout(LONG, client.closed()).await.expect("the client's end");
    modern.dropped(1).await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_own_exchange_and_no_other() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let mut going = client(gate.begin("GET /v1/apps/streamed", "").await);
    going.comes("word ").await;
    let mut staying = client(gate.begin("GET /v1/apps/streamed", "").await);
    staying.comes("word ").await;
    drop(going);
    modern.dropped(1).await;
    for _ in 0..4 {
        staying.comes("word ").await;
    }
    assert_eq!(modern.connections(), 1);
}

#[tokio::test]
async fn who_waits_for_an_answer_loses_the_right_to_it_with_the_key() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let revoking = async {
        modern.holds(1).await;
        gate.revoke().await;
    };
    let (said, ()) = tokio::join!(gate.get("/v1/apps/held"), revoking);
    said.fails(401, "NOT_AUTHORIZED");
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    let modern = Modern::new().await;
    let gate = modern.gate().await;
    let fields = "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n";
    let mut client: Talk = client(gate.begin("POST /v1/apps/echoed", fields).await);
    assert!(client.head().await.starts_with("HTTP/1.1 100 "));
    client.write("hello").await;
    assert!(client.head().await.starts_with("HTTP/1.1 200 "));
    client.comes("hello").await;
}

#[tokio::test]
async fn an_upstream_that_nobody_vouches_for_hears_nothing_and_is_counted() {
    let (modern, other) = (Modern::new().await, Modern::new().await);
    let (port, authority) = (modern.address.port(), other.authority.clone());
    let gate = Gate::set(modern.address, |_, upstream| {
        upstream.url = format!("https://localhost:{port}");
        upstream.authorities = Some(authority);
    })
    .await;
    gate.get("/v1/apps").await.fails(502, "UPSTREAM_ERROR");
    assert_eq!(modern.all().len(), 0);
    assert_eq!(gate.upstream_failures().await, [("untrusted".to_owned(), 1)]);
}
