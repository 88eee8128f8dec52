//! Connections to the upstream that carry many exchanges at once: HTTP/2.
//!
//! Such a connection is nobody's alone, so it is driven by a task of its own. It ends when nobody has used it for
//! a while, or when the upstream says so; then the next exchange finds another.

use super::pool::{REST, SWEEP};
use super::sent::{End, Sent};
use http::header::{CONNECTION, HOST, TE};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// How many exchanges one connection carries at most, whatever the upstream would take.
const MOST_STRANDS: usize = 128;
/// How many connections there are at most; beyond that exchanges wait for each other.
const MOST_TRUNKS: usize = 64;
/// How often an upstream that says nothing is asked whether it is still there…
const PING: Duration = Duration::from_secs(15);
/// …and how long it may take to say so.
const PONG: Duration = Duration::from_secs(10);
/// The longest head of an answer.
const LONGEST_HEAD: u32 = 256 * 1024;
/// How much of one answer may wait for whoever reads it. All that can be on a trunk fit into what it holds, so that nobody
/// who reads slowly holds up others.
const WAITS_OF_ONE: u32 = 64 * 1024;
/// How much of all answers on a trunk may wait.
const WAITS_OF_ALL: u32 = WAITS_OF_ONE * MOST_STRANDS as u32;

/// All such connections.
#[derive(Default)]
pub(super) struct Trunks {
    open: Mutex<Vec<Trunk>>,
    is_swept: AtomicBool,
}

/// One of them.
pub(super) struct Trunk {
    sender: SendRequest<Sent>,
    load: Arc<Load>,
}

/// How much it carries.
struct Load {
    strands: AtomicUsize,
    /// What the upstream says that it takes.
    room: AtomicUsize,
    rests_since: Mutex<Instant>,
}

/// A place for one exchange. Dropped, it frees the place, and ends what of the exchange is not over.
pub(in crate::gateway) struct Strand {
    sender: SendRequest<Sent>,
    load: Arc<Load>,
    end: End,
}

impl Trunks {
    /// A place on a connection that is open as far as anybody knows.
    pub(super) fn strand(&self) -> Option<Strand> {
        let mut open = self.open();
        open.retain(|trunk| !trunk.sender.is_closed());
        let is_full = open.len() >= MOST_TRUNKS;
        let free = open.iter().find(|trunk| trunk.load.has_room());
        free.or_else(|| open.iter().filter(|_| is_full).min_by_key(|trunk| trunk.load.strands()))
            .map(Trunk::strand)
    }

    /// Takes a connection in, and gives a place on it.
    pub(super) fn put(self: &Arc<Self>, trunk: Trunk) -> Strand {
        let strand = trunk.strand();
        self.open().push(trunk);
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
        strand
    }

    fn forget_old(&self) {
        self.open().retain(|trunk| !trunk.sender.is_closed() && !trunk.load.rests_longer_than(REST));
    }

    fn open(&self) -> MutexGuard<'_, Vec<Trunk>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sweep(trunks: Weak<Trunks>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(trunks) = trunks.upgrade() else { return };
        trunks.forget_old();
    }
}

impl Trunk {
    pub(super) async fn over<T>(stream: T) -> hyper::Result<Self>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PONG);
        builder.max_header_list_size(LONGEST_HEAD);
        builder.initial_stream_window_size(WAITS_OF_ONE);
        builder.initial_connection_window_size(WAITS_OF_ALL);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        let room = AtomicUsize::new(connection.current_max_send_streams());
        let load = Load { strands: AtomicUsize::new(0), room, rests_since: Mutex::new(Instant::now()) };
        let load = Arc::new(load);
        tokio::spawn(drive(connection, Arc::clone(&load)));
        Ok(Self { sender, load })
    }

    fn strand(&self) -> Strand {
        self.load.strands.fetch_add(1, Ordering::Relaxed);
        Strand { sender: self.sender.clone(), load: Arc::clone(&self.load), end: End::default() }
    }
}

/// Drives a connection to its end, and notes how many exchanges the upstream takes. What goes wrong, those are told who
/// have an exchange on it.
async fn drive<T>(mut connection: Connection<TokioIo<T>, Sent, TokioExecutor>, load: Arc<Load>)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let ended = poll_fn(|cx| {
        let polled = Pin::new(&mut connection).poll(cx);
        load.room.store(connection.current_max_send_streams(), Ordering::Relaxed);
        polled
    });
    if let Err(fault) = ended.await {
        tracing::debug!(%fault, "A connection to the upstream broke.");
    }
}

impl Load {
    fn strands(&self) -> usize {
        self.strands.load(Ordering::Relaxed)
    }

    fn has_room(&self) -> bool {
        self.strands() < self.room.load(Ordering::Relaxed).min(MOST_STRANDS)
    }

    fn rests_longer_than(&self, time: Duration) -> bool {
        self.strands() == 0 && self.rest().elapsed() > time
    }

    fn rest(&self) -> MutexGuard<'_, Instant> {
        self.rests_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Strand {
    /// Sends a request and waits for the head of its answer. The client need not wait for the upstream's word on its
    /// body: the protocol has other means to stop it.
    pub(super) async fn ask(
        &mut self,
        request: Request<Sent>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Sent>>> {
        let mut request = named_whole(request);
        request.body_mut().goes_at_once();
        request.body_mut().ends_with(&self.end);
        self.sender.try_send_request(request).await
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        *self.load.rest() = Instant::now();
        self.load.strands.fetch_sub(1, Ordering::Relaxed);
        self.end.comes();
    }
}

impl fmt::Debug for Strand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[strand]")
    }
}

/// A request as HTTP/2 has it: it names scheme and host before its path, and nothing of the connection. The path is the
/// same to the byte.
fn named_whole(mut request: Request<Sent>) -> Request<Sent> {
    let host = request.headers_mut().remove(HOST);
    request.headers_mut().remove(CONNECTION);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    if let Some(host) = host.filter(|host| !host.as_str().contains('@')) {
        let mut parts = request.uri().clone().into_parts();
        (parts.scheme, parts.authority) = (Some(Scheme::HTTPS), Some(host));
        // Were these no parts of one, the path would stay what it is, and go without a host.
        if let Ok(whole) = Uri::from_parts(parts) {
            *request.uri_mut() = whole;
        }
    }
    request
}

/// The same request as HTTP/1.1 has it.
pub(super) fn named_short(mut request: Request<Sent>) -> Request<Sent> {
    let parts = std::mem::take(request.uri_mut()).into_parts();
    if let Some(host) = parts.authority.and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        request.headers_mut().insert(HOST, host);
    }
    if request.headers().contains_key(TE) {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("te"));
    }
    *request.uri_mut() = parts.path_and_query.map_or_else(Uri::default, Uri::from);
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::upstream::Pulse;
    use http_body_util::Empty;

    fn request(path: &str) -> Request<Sent> {
        let body = Sent::new(Empty::<bytes::Bytes>::new(), &Pulse::default(), None);
        let request = Request::post(path).header(HOST, "api.internal:8443").header(TE, "trailers");
        request.header(CONNECTION, "te").body(body).unwrap()
    }

    #[test]
    fn a_request_is_the_same_after_it_was_written_for_both_protocols() {
        for path in ["/v1/apps?a=b&c[d]=%20", "/v1/apps", "/"] {
            let whole = named_whole(request(path));
            assert_eq!(whole.uri().to_string(), format!("https://api.internal:8443{path}"));
            assert!(!whole.headers().contains_key(HOST) && !whole.headers().contains_key(CONNECTION));
            let short = named_short(whole);
            assert_eq!((short.uri(), short.headers()), (request(path).uri(), request(path).headers()));
        }
    }
}
