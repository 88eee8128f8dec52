//! The sandbox over HTTP: on a connection that a gateway in the same process holds the other end of, or on a port.

use crate::sandbox::Sandbox;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

/// How long a body may be.
const LONGEST_BODY: usize = 8 * 1024 * 1024;
/// How many requests are answered at a time; the others wait. Each may need a connection of its own to the store.
static TURNS: Semaphore = Semaphore::const_new(16);
/// How many of those that anybody may make.
static OPEN_TURNS: Semaphore = Semaphore::const_new(4);
/// How many MiB of long bodies may be held at a time, by whoever sends them; the others wait to be read.
static ON_THE_WAY_HERE: Semaphore = Semaphore::const_new(256);
/// A body up to so long takes no room there: nearly all that are no files.
const SHORT_BODY: u64 = 64 * 1024;
/// How long a body may be on its way.
const SLOWEST_BODY: Duration = Duration::from_secs(120);
/// How long the head of a request may be on its way.
const SLOWEST_HEAD: Duration = Duration::from_secs(30);
/// How long a connection is left alone after a failed accept.
const BREATH: Duration = Duration::from_millis(50);

/// Answers what comes on one connection, until it ends.
pub async fn serve<S>(sandbox: Sandbox, stream: S)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| answer(sandbox.clone(), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(SLOWEST_HEAD);
    if let Err(fault) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%fault, "A connection to the sandbox broke");
    }
}

/// Answers what comes to a port, until `stop`.
pub async fn listen(sandbox: Sandbox, listener: TcpListener, stop: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(sandbox.clone(), stream));
                }
                Err(fault) => {
                    tracing::warn!(%fault, "A connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            },
        }
    }
}

async fn answer(sandbox: Sandbox, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let is_open = Sandbox::is_open(head.uri.path());
    let body = match whole(&sandbox, &head, body, is_open).await {
        Ok(body) => body,
        Err((status, why)) => return Ok(plain(status, why)),
    };
    let request = Request::from_parts(head, body);
    let room = is_open.then(|| sandbox.on_the_way());
    let turn = turns(is_open).acquire().await;
    let answered = spawn_blocking(move || sandbox.answer(&request)).await;
    drop(turn);
    match answered {
        Ok(response) => Ok(on_its_way(response, room)),
        Err(fault) => {
            tracing::error!(%fault, "The sandbox broke while it answered");
            Ok(plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sandbox broke while it answered; its log says where\n",
            ))
        }
    }
}

/// Reads a body that is worth being read. Anybody may send to what is open to everybody: there it is read only if a part of
/// a file was reserved.
async fn whole(
    sandbox: &Sandbox,
    head: &Parts,
    body: Incoming,
    is_open: bool,
) -> Result<Bytes, (StatusCode, &'static str)> {
    if is_open && head.method != Method::PUT {
        return Ok(Bytes::new());
    }
    if is_open && !is_awaited(sandbox, head.uri.path()).await {
        return Err((StatusCode::NOT_FOUND, "Nothing is waited for here\n"));
    }
    let whole = async {
        let room = room_for(&body).await;
        Limited::new(body, LONGEST_BODY)
            .collect()
            .await
            .map(|body| Held { bytes: body.to_bytes(), _room: room })
    };
    match timeout(SLOWEST_BODY, whole).await {
        Ok(Ok(held)) => Ok(Bytes::from_owner(held)),
        Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, "The body is too long, or broke off\n")),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "The body took too long\n")),
    }
}

/// Bytes, and the room that they take as long as anybody holds any of them: who reads a body, or the connection on which an
/// answer has not yet gone.
struct Held<Room> {
    bytes: Bytes,
    _room: Room,
}

impl<Room> AsRef<[u8]> for Held<Room> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Room for a body that may be long. Nothing of it is read before there is some.
async fn room_for(body: &impl Body) -> Option<SemaphorePermit<'static>> {
    ON_THE_WAY_HERE.acquire_many(mebibytes(body.size_hint().upper())?).await.ok()
}

/// What a body of this length takes; one that does not say its length may be as long as any.
fn mebibytes(length: Option<u64>) -> Option<u32> {
    match length {
        Some(0..=SHORT_BODY) => None,
        length => {
            let longest = LONGEST_BODY as u64;
            u32::try_from(length.unwrap_or(longest).min(longest).div_ceil(1 << 20)).ok()
        }
    }
}

/// Whoever shows a token never waits behind those who need none.
fn turns(is_open: bool) -> &'static Semaphore {
    if is_open { &OPEN_TURNS } else { &TURNS }
}

/// An answer on its way. Long ones that anybody may ask for take room for as long as somebody reads them, and there is
/// only so much. Whoever shows a token takes none, and is never sent away for it.
fn on_its_way(response: Response<Bytes>, room: Option<Arc<Semaphore>>) -> Response<Full<Bytes>> {
    let long = u32::try_from(response.body().len() >> 20).unwrap_or(u32::MAX);
    match room.filter(|_| long > 0).map(|room| room.try_acquire_many_owned(long)) {
        None => response.map(Full::new),
        Some(Ok(room)) => response.map(|bytes| Full::new(Bytes::from_owner(Held { bytes, _room: room }))),
        Some(Err(_)) => plain(StatusCode::SERVICE_UNAVAILABLE, "Too much is being fetched: try again\n"),
    }
}

/// Whether a part of a file is waited for there.
async fn is_awaited(sandbox: &Sandbox, path: &str) -> bool {
    let (sandbox, path) = (sandbox.clone(), path.to_owned());
    let _turn = OPEN_TURNS.acquire().await;
    spawn_blocking(move || sandbox.awaits(&path)).await.unwrap_or(false)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_takes_the_room_that_it_says_and_one_that_says_nothing_that_of_the_longest() {
        for (length, taken) in [
            (Some(0), None),
            (Some(SHORT_BODY), None),
            (Some(SHORT_BODY + 1), Some(1)),
            (Some(4 << 20), Some(4)),
            (Some((4 << 20) + 1), Some(5)),
            (Some(u64::MAX), Some(8)),
            (None, Some(8)),
        ] {
            assert_eq!(mebibytes(length), taken, "{length:?}");
        }
    }

    #[tokio::test]
    async fn a_body_gives_its_room_back_when_it_was_read() {
        let body = Full::new(Bytes::from(vec![0; 3 << 20]));
        let room = room_for(&body).await;
        assert_eq!(room.as_ref().map(SemaphorePermit::num_permits), Some(3));
        let held = Bytes::from_owner(Held { bytes: Bytes::from_static(b"read"), _room: room });
        let piece = held.slice(1..2);
        drop(held);
        assert_eq!(ON_THE_WAY_HERE.available_permits(), 253);
        drop(piece);
        assert_eq!(ON_THE_WAY_HERE.available_permits(), 256);
    }
}
