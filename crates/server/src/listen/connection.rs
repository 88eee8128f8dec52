//! One connection, from its handshake to its end.

use super::alarm::Alarm;
use super::bell::Ear;
use super::body::{Outcome, Received, Sent};
use super::fault::Fault;
use super::handle::Connection;
use super::host::{Ending, GOODBYE, Host};
use super::limits::Limits;
use super::progress::InFlight;
use super::roster::Seat;
use super::service::{Asked, Service};
use super::socket::{Caller, Duplex, Peer};
use super::walk;
use super::wire::Wire;
use http::{Request, Response, Version};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::{Instant, timeout};
use tracing::debug;

/// Serves one connection to its end, whatever that is.
pub(super) async fn attend<S: Service>(host: Arc<Host<S>>, caller: Caller, seat: Seat) {
    host.figures.connection();
    let peer = caller.peer;
    let mut ear = Ear::default();
    let mut talk = pin!(converse(&host, caller, &seat));
    let ending = poll_fn(|cx| {
        seat.listen(&mut ear, cx);
        match called_away(&seat) {
            Some(ending) => Poll::Ready(ending),
            None => talk.as_mut().poll(cx),
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

fn called_away(seat: &Seat) -> Option<Ending> {
    if seat.is_left_alone() {
        None
    } else if seat.must_leave() {
        Some(Ending::MadeRoom)
    } else {
        seat.is_cut_off().then_some(Ending::Cut)
    }
}

async fn converse<S: Service>(host: &Arc<Host<S>>, caller: Caller, seat: &Seat) -> Ending {
    let progress = seat.progress();
    let peer = Peer { tls: host.tls.is_some(), ..caller.peer };
    let Some(stream) = shake_hands(host, caller.stream).await else { return Ending::HandshakeFailed };
    progress.ready();
    let handle = Connection::new(peer, Arc::clone(progress));
    let service = service_fn(|request| answer(host, &handle, request));
    let mut wire = Wire::new(stream, Arc::clone(progress));
    let mut alarm = Alarm::at(Instant::now() + host.limits.head);
    if let Some(way) = &host.short_way {
        wire = match walk::follow(host, &**way, wire, &handle, seat, &mut alarm).await {
            Ok(wire) => wire,
            Err(ending) => return ending,
        };
    }
    let mut connection = pin!(host.http.serve_connection_with_upgrades(TokioIo::new(wire), service));
    let mut leaving = None;
    let mut is_finishing = false;
    loop {
        let told = poll_fn(|cx| {
            if seat.is_to_finish() && !is_finishing {
                return Poll::Ready(Told::ToFinish);
            }
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Told::Over);
            }
            if progress.poll_over(cx).is_ready() {
                return Poll::Ready(Told::Barred);
            }
            match leaving.or_else(|| progress.deadline()) {
                Some(deadline) => alarm.poll_late(deadline, cx).map(|()| Told::Late),
                None => Poll::Pending,
            }
        });
        match told.await {
            Told::Over => break,
            Told::Barred => return Ending::Cut,
            Told::Late if leaving.is_some() => return Ending::TooSlow,
            Told::Late => leaving = Some(Instant::now() + GOODBYE),
            Told::ToFinish => is_finishing = true,
        }
        connection.as_mut().graceful_shutdown();
    }
    if let Some(work) = handle.work() {
        let _in_use = progress.begin(Version::HTTP_11);
        work.await;
    }
    Ending::Finished
}

/// What a connection stops for.
enum Told {
    ToFinish,
    Over,
    Barred,
    Late,
}

async fn shake_hands<S>(host: &Host<S>, stream: Box<dyn Duplex>) -> Option<Box<dyn Duplex>> {
    let Some(tls) = &host.tls else { return Some(stream) };
    let secured = timeout(host.limits.handshake, tls.acceptor().accept(stream)).await.ok()?;
    Some(Box::new(secured.ok()?))
}

/// One request: within its limits to the service, at once. What there is nothing of can't fail, so a body of
/// nothing has no place for its fault.
fn answer<S: Service>(host: &Arc<Host<S>>, handle: &Connection, request: Request<Incoming>) -> Answer<S> {
    host.figures.request();
    let version = request.version();
    let in_flight = Some(handle.progress().begin(version));
    let outcome = if request.body().is_end_stream() { None } else { Some(Arc::new(Outcome::new())) };
    let refused = refusal(&host.limits, &request);
    let received = |body| Received::new(body, &host.limits, handle.clone(), outcome.clone());
    let request = request.map(received);
    let given = match refused {
        Some(fault) => Err(fault),
        None => host.unpanicked(|| host.service.ask(request)),
    };
    Answer { host: Arc::clone(host), version, in_flight, outcome, given }
}

/// The answer back, or a fault's.
struct Answer<S: Service> {
    host: Arc<Host<S>>,
    version: Version,
    in_flight: Option<InFlight>,
    outcome: Option<Arc<Outcome>>,
    given: Result<Asked<S::Future, Response<S::Body>>, Fault>,
}

impl<S: Service> Future for Answer<S> {
    type Output = Result<Response<Sent<S::Body>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { host, version, in_flight, outcome, given } = self.get_mut();
        let given = match given {
            Ok(asked) => host.unpanicked(|| Pin::new(asked).poll(cx)),
            Err(fault) => Err(*fault),
        };
        if matches!(given, Ok(Poll::Pending)) {
            return Poll::Pending;
        }
        let Some(in_flight) = in_flight.take() else { return Poll::Pending };
        let fault = outcome.as_ref().and_then(|outcome| outcome.get());
        Poll::Ready(Ok(match (fault, given) {
            (Some(fault), _) => host.fault(*fault, *version, in_flight),
            (None, Err(fault)) => host.fault(fault, *version, in_flight),
            (None, Ok(Poll::Ready(response))) => response.map(|body| Sent::by_service(body, in_flight)),
            (None, Ok(Poll::Pending)) => return Poll::Pending,
        }))
    }
}

/// What can be refused by the head alone.
fn refusal(limits: &Limits, request: &Request<Incoming>) -> Option<Fault> {
    if request.headers().len() > limits.head_fields || head_bytes(request) > limits.head_bytes as usize {
        Some(Fault::HeadTooBig)
    } else if request.body().size_hint().lower() > limits.body_bytes {
        Some(Fault::BodyTooBig)
    } else {
        None
    }
}

/// The head's size as HTTP/1 writes it. hyper's own limit is its buffer's, which may grow beyond it.
fn head_bytes(head: &Request<Incoming>) -> usize {
    let target = head.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let line = head.method().as_str().len() + target + " HTTP/1.1\r\n\r\n".len() + 1;
    let fields =
        head.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + fields.sum::<usize>()
}
