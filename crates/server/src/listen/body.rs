//! Bodies: a request's, held to its limits; and an answer's, watched until it is handed over.

use super::BoxError;
use super::fault::Fault;
use super::handle::Connection;
use super::limits::Limits;
use super::progress::InFlight;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tracing::error;

/// Why a request's body can't be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault {
    /// It is longer than allowed. Whatever the service then answers, the client is told 413.
    #[error("the body is longer than allowed")]
    TooBig,
    /// It comes too slowly. Whatever the service then answers, the client is told 408.
    #[error("the body comes too slowly")]
    TooSlow,
    /// The connection broke, or what came is no body.
    #[error("the body broke off")]
    Broken(#[source] hyper::Error),
}

/// A request's body: no longer, and no slower, than allowed.
pub struct Received {
    inner: Incoming,
    connection: Connection,
    /// Of a body that there is nothing of, nothing is watched.
    watch: Option<Box<Watch>>,
    ended: bool,
}

struct Watch {
    outcome: Arc<Outcome>,
    pace: Pace,
    room: u64,
}

/// The first fault that a body showed, left where the listener finds it.
pub(super) type Outcome = OnceLock<Fault>;

impl Received {
    /// `outcome` is where a fault is left; none if the body is at its end already.
    pub(super) fn new(
        inner: Incoming,
        limits: &Limits,
        connection: Connection,
        outcome: Option<Arc<Outcome>>,
    ) -> Self {
        let ended = inner.is_end_stream();
        let watch = |outcome| Box::new(Watch { outcome, pace: Pace::new(limits), room: limits.body_bytes });
        Self { inner, connection, watch: outcome.map(watch), ended }
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Watch {
    fn fail(&self, fault: BodyFault) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        match fault {
            BodyFault::TooBig => drop(self.outcome.set(Fault::BodyTooBig)),
            BodyFault::TooSlow => drop(self.outcome.set(Fault::BodyTooSlow)),
            BodyFault::Broken(_) => {}
        }
        Poll::Ready(Some(Err(fault)))
    }

    fn measure(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        self.pace.came(length);
        match self.room.checked_sub(length) {
            Some(room) => self.room = room,
            None => return self.fail(BodyFault::TooBig),
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = &mut *self;
        let Some(watch) = &mut this.watch else {
            return Poll::Ready(None);
        };
        if watch.outcome.get().is_some() {
            return Poll::Ready(None);
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.ended |= this.inner.is_end_stream();
                watch.measure(frame)
            }
            Poll::Ready(Some(Err(error))) => watch.fail(BodyFault::Broken(error)),
            Poll::Ready(None) => {
                this.ended = true;
                Poll::Ready(None)
            }
            Poll::Pending if watch.pace.poll_late(cx) => watch.fail(BodyFault::TooSlow),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.progress().left_unread();
        }
    }
}

/// Whether a body comes fast enough. Only time in which the service waits for it counts.
struct Pace {
    stall: Duration,
    bytes_per_second: u64,
    bytes: u64,
    waited: Duration,
    waiting: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(limits: &Limits) -> Self {
        Self {
            stall: limits.body_stall,
            bytes_per_second: limits.body_bytes_per_second.max(1),
            bytes: 0,
            waited: Duration::ZERO,
            waiting: None,
            alarm: None,
        }
    }

    fn came(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(since) = self.waiting.take() {
            self.waited += since.elapsed();
        }
    }

    /// The body is not there yet: whether it is late, else to be asked again when it would be.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> bool {
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            self.set_alarm(now + self.patience());
        }
        self.alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(cx).is_ready())
    }

    fn set_alarm(&mut self, at: Instant) {
        match &mut self.alarm {
            Some(alarm) => alarm.as_mut().reset(at),
            None => self.alarm = Some(Box::pin(tokio::time::sleep_until(at))),
        }
    }

    fn patience(&self) -> Duration {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1000) / self.bytes_per_second);
        (self.stall + earned).saturating_sub(self.waited).min(self.stall)
    }
}

/// An answer's body: the service's, or the listener's own.
pub(super) struct Sent<B> {
    inner: Origin<B>,
    in_flight: InFlight,
}

enum Origin<B> {
    Service(B),
    Listener(Option<Bytes>),
}

impl<B> Sent<B> {
    pub(super) fn by_service(body: B, in_flight: InFlight) -> Self {
        Self { inner: Origin::Service(body), in_flight }
    }

    pub(super) fn by_listener(body: Bytes, in_flight: InFlight) -> Self {
        Self { inner: Origin::Listener(Some(body).filter(|body| !body.is_empty())), in_flight }
    }
}

impl<B> Body for Sent<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.in_flight.taken();
        let polled = catch_unwind(AssertUnwindSafe(|| self.inner.poll(cx)));
        let polled = polled.unwrap_or_else(|_| {
            self.in_flight.progress().figures().panic();
            error!("The body of an answer panicked; the connection is closed.");
            Poll::Ready(Some(Err("the body panicked".into())))
        });
        if matches!(polled, Poll::Ready(Some(_))) {
            self.in_flight.offer();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Origin::Service(body) => body.is_end_stream(),
            Origin::Listener(bytes) => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Origin::Service(body) => body.size_hint(),
            Origin::Listener(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
        }
    }
}

impl<B> Origin<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self {
            Self::Service(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Listener(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
        }
    }
}
