//! One connection, from its handshake to its end.

use super::Stage;
use super::body::{Outcome, Received, Sent};
use super::fault::{Answers, Fault};
use super::figures::Figures;
use super::handle::Connection;
use super::limits::Limits;
use super::progress::{InFlight, Progress};
use super::roster::Seat;
use super::service::Service;
use super::socket::{Caller, Duplex, Peer};
use super::tls::Tls;
use super::wire::Wire;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, timeout};
use tracing::{debug, error};

/// What a connection that is late gets to say goodbye in (HTTP/2's GOAWAY, TLS's close_notify).
const GOODBYE: Duration = Duration::from_secs(1);

/// The least that hyper takes as a buffer. In HTTP/1 a head that does not end must not fill the buffer.
const SMALLEST_BUFFER: u32 = 8192;

/// How many header fields hyper reads without an allocation for each request.
const USUAL_FIELDS: usize = 100;

/// What all connections of a server have in common.
pub(super) struct Host<S> {
    service: S,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    answers: Answers,
    http: Builder<TokioExecutor>,
    pub(super) figures: Arc<Figures>,
}

impl<S> Host<S> {
    pub(super) fn new(
        service: S,
        tls: Option<Arc<Tls>>,
        limits: Limits,
        answers: Answers,
        figures: Arc<Figures>,
    ) -> Self {
        let http = http(&limits);
        Self { service, tls, limits, answers, http, figures }
    }

    /// For a connection that opens now.
    pub(super) fn progress(&self) -> Progress {
        Progress::new(&self.limits, Arc::clone(&self.figures))
    }
}

/// hyper's own settings. Waiting for heads is [`Progress`]'s affair: hyper has one clock for a head and
/// for the time before it.
fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    let head = limits.head_bytes.max(SMALLEST_BUFFER);
    http.http1().half_close(true).header_read_timeout(None).max_buf_size(head as usize);
    if limits.head_fields != USUAL_FIELDS {
        http.http1().max_headers(limits.head_fields);
    }
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(head)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    http
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Finished,
    HandshakeFailed,
    TooSlow,
    MadeRoom,
    Cut,
}

/// Serves one connection to its end, whatever that is.
pub(super) async fn attend<S: Service>(
    host: Arc<Host<S>>,
    caller: Caller,
    seat: Seat,
    stage: watch::Receiver<Stage>,
) {
    host.figures.connection();
    let mut cut = stage.clone();
    let peer = caller.peer;
    let mut leave = pin!(seat.asked_to_leave());
    let mut over = pin!(cut.wait_for(|stage| *stage == Stage::Cut));
    let mut talk = pin!(converse(&host, caller, seat.progress(), stage));
    // Not `select!`: what is polled for every request is polled without being looked up first.
    let ending = poll_fn(|cx| {
        if leave.as_mut().poll(cx).is_ready() {
            Poll::Ready(Ending::MadeRoom)
        } else if over.as_mut().poll(cx).is_ready() {
            Poll::Ready(Ending::Cut)
        } else {
            talk.as_mut().poll(cx)
        }
    })
    .await;
    match ending {
        Ending::Finished => return,
        Ending::HandshakeFailed => host.figures.handshake_failed(),
        Ending::TooSlow => host.figures.timed_out(),
        Ending::MadeRoom => host.figures.made_room(),
        Ending::Cut => {}
    }
    debug!(?peer, ?ending, "A connection was closed before its peer closed it.");
}

async fn converse<S: Service>(
    host: &Arc<Host<S>>,
    caller: Caller,
    progress: &Arc<Progress>,
    mut stage: watch::Receiver<Stage>,
) -> Ending {
    let peer = Peer { tls: host.tls.is_some(), ..caller.peer };
    let Some(stream) = shake_hands(host, caller.stream).await else { return Ending::HandshakeFailed };
    progress.ready();
    let handle = Connection::new(peer, Arc::clone(progress));
    let service =
        service_fn(|request| answer(Arc::clone(host), handle.clone(), Arc::clone(progress), request));
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(progress)));
    let mut connection = pin!(host.http.serve_connection_with_upgrades(wire, service));
    let mut alarm = pin!(tokio::time::sleep(host.limits.head));
    let mut leaving = None;
    loop {
        match told_or_late(&mut stage, connection.as_mut(), progress, alarm.as_mut(), leaving).await {
            Told::NewStage => connection.as_mut().graceful_shutdown(),
            Told::Over => break,
            Told::Late if leaving.is_some() => return Ending::TooSlow,
            Told::Late => {
                leaving = Some(Instant::now() + GOODBYE);
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    if let Some(work) = handle.work() {
        let _in_use = progress.begin(Version::HTTP_11);
        work.await;
    }
    Ending::Finished
}

/// What a connection stops for.
enum Told {
    NewStage,
    Over,
    Late,
}

async fn told_or_late<C: Future>(
    stage: &mut watch::Receiver<Stage>,
    connection: Pin<&mut C>,
    progress: &Progress,
    alarm: Pin<&mut Sleep>,
    leaving: Option<Instant>,
) -> Told {
    let mut changed = pin!(stage.changed());
    let mut is_deaf = false;
    let mut paced = pin!(paced(connection, progress, alarm, leaving));
    poll_fn(|cx| {
        if !is_deaf {
            match changed.as_mut().poll(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(Told::NewStage),
                Poll::Ready(Err(_)) => is_deaf = true,
                Poll::Pending => {}
            }
        }
        paced.as_mut().poll(cx).map(|is_late| if is_late { Told::Late } else { Told::Over })
    })
    .await
}

async fn shake_hands<S>(host: &Host<S>, stream: Box<dyn Duplex>) -> Option<Box<dyn Duplex>> {
    let Some(tls) = &host.tls else { return Some(stream) };
    let secured = timeout(host.limits.handshake, tls.acceptor().accept(stream)).await.ok()?;
    Some(Box::new(secured.ok()?))
}

/// Drives a connection until it ends (`false`) or is later than its progress, or `leaving`, allows
/// (`true`). The alarm is set anew only if the deadline came nearer; if it went away, the alarm rings once
/// for nothing.
async fn paced<C: Future>(
    mut connection: Pin<&mut C>,
    progress: &Progress,
    mut alarm: Pin<&mut Sleep>,
    leaving: Option<Instant>,
) -> bool {
    poll_fn(|cx| {
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(false);
        }
        let Some(deadline) = leaving.or_else(|| progress.deadline()) else { return Poll::Pending };
        if deadline < alarm.deadline() || alarm.is_elapsed() {
            alarm.as_mut().reset(deadline);
        }
        while alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(true);
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    })
    .await
}

/// One request: within its limits to the service, and the answer back, or a fault's.
async fn answer<S: Service>(
    host: Arc<Host<S>>,
    handle: Connection,
    progress: Arc<Progress>,
    request: Request<Incoming>,
) -> Result<Response<Sent<S::Body>>, Infallible> {
    host.figures.request();
    let version = request.version();
    let in_flight = progress.begin(version);
    let (mut parts, body) = request.into_parts();
    // What there is nothing of can't fail.
    let outcome = if body.is_end_stream() { None } else { Some(Arc::new(Outcome::new())) };
    parts.extensions.insert(handle);
    let refused = refusal(&host.limits, &parts, &body);
    let body = Received::new(body, &host.limits, progress, outcome.clone());
    if let Some(fault) = refused {
        drop(body);
        return Ok(host.fault(fault, version, in_flight));
    }
    let given = unpanicked(host.service.ask(Request::from_parts(parts, body))).await;
    Ok(match (outcome.as_ref().and_then(|outcome| outcome.get()), given) {
        (Some(fault), _) => host.fault(*fault, version, in_flight),
        (None, Ok(response)) => response.map(|body| Sent::by_service(body, in_flight)),
        (None, Err(Panicked)) => {
            host.figures.panic();
            error!("A request ended in a panic and was answered with 500.");
            host.fault(Fault::Panicked, version, in_flight)
        }
    })
}

/// What can be refused by the head alone.
fn refusal(limits: &Limits, head: &Parts, body: &Incoming) -> Option<Fault> {
    if head.headers.len() > limits.head_fields || head_bytes(head) > limits.head_bytes as usize {
        Some(Fault::HeadTooBig)
    } else if body.size_hint().lower() > limits.body_bytes {
        Some(Fault::BodyTooBig)
    } else {
        None
    }
}

/// The head's size as HTTP/1 writes it. hyper's own limit is its buffer's, which may grow beyond it.
fn head_bytes(head: &Parts) -> usize {
    let target = head.uri.path_and_query().map_or(1, |target| target.as_str().len());
    let line = head.method.as_str().len() + target + " HTTP/1.1\r\n\r\n".len() + 1;
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + fields.sum::<usize>()
}

impl<S> Host<S> {
    /// The connection ends with such an answer, where the version can say so, lest the rest of a body
    /// that nobody reads be waited for.
    fn fault<B>(&self, fault: Fault, version: Version, in_flight: InFlight) -> Response<Sent<B>> {
        let mut response = (self.answers)(fault);
        if version <= Version::HTTP_11 && fault != Fault::Panicked {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| Sent::by_listener(body, in_flight))
    }
}

/// The service panicked; what it said is for the panic hook alone.
struct Panicked;

async fn unpanicked<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}
