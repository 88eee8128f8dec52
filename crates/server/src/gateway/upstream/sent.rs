//! The body of a forwarded request.

use crate::gateway::headers::clean_trailers;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::Sleep;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type AnyBody = Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>;

/// How long a client that waits for `100 Continue` waits for an upstream that never says it.
const HESITATION: Duration = Duration::from_secs(1);

/// The body of a request on its way to the upstream, piece by piece as the upstream takes it.
pub(in crate::gateway) enum Sent {
    /// There is none.
    Nothing,
    /// The client's.
    Stream(Box<Stream>),
}

pub(in crate::gateway) struct Stream {
    body: AnyBody,
    pulse: Pulse,
    doorkeeper: Option<(Doorkeeper, Pin<Box<Sleep>>)>,
    end: Option<End>,
}

/// How many pieces the upstream has taken, so that a long upload is not mistaken for a slow answer.
#[derive(Clone, Default)]
pub(in crate::gateway) struct Pulse(Arc<AtomicU64>);

/// Holds a body back until the upstream has said that it wants it.
#[derive(Clone, Default)]
pub(in crate::gateway) struct Doorkeeper(Arc<Signal>);

/// Cuts a body off that is still on its way, once nobody wants it any more.
#[derive(Clone, Default)]
pub(super) struct End(Arc<Signal>);

/// Something that happens once, and one task waits for.
#[derive(Default)]
struct Signal {
    is_given: AtomicBool,
    waiting: Mutex<Option<Waker>>,
}

impl Sent {
    /// A client's body. With a doorkeeper it is not read, so that its client is not told to send it, before
    /// the door opens.
    pub(in crate::gateway) fn new<B>(body: B, pulse: &Pulse, doorkeeper: Option<Doorkeeper>) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::Nothing;
        }
        let doorkeeper = doorkeeper.map(|keeper| (keeper, Box::pin(tokio::time::sleep(HESITATION))));
        let body: AnyBody = Box::pin(body.map_err(Into::into));
        Self::Stream(Box::new(Stream { body, pulse: pulse.clone(), doorkeeper, end: None }))
    }

    /// Sends the doorkeeper away.
    pub(super) fn goes_at_once(&mut self) {
        if let Self::Stream(stream) = self {
            stream.doorkeeper = None;
        }
    }

    /// Nothing cuts it off but its connection, though it was to go over another one before.
    pub(super) fn ends_by_itself(&mut self) {
        if let Self::Stream(stream) = self {
            stream.end = None;
        }
    }

    /// Lets this cut it off.
    pub(super) fn ends_with(&mut self, end: &End) {
        if let Self::Stream(stream) = self {
            stream.end = Some(end.clone());
        }
    }
}

impl Pulse {
    pub(in crate::gateway) fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Doorkeeper {
    pub(in crate::gateway) fn open(&self) {
        self.0.give();
    }
}

impl End {
    pub(super) fn comes(&self) {
        self.0.give();
    }
}

impl Signal {
    fn give(&self) {
        self.is_given.store(true, Ordering::Release);
        if let Some(waker) = self.waiting().take() {
            waker.wake();
        }
    }

    /// Whether it was given; if not, whoever asks is woken when it is.
    fn poll(&self, cx: &Context<'_>) -> bool {
        *self.waiting() = Some(cx.waker().clone());
        self.is_given.load(Ordering::Acquire)
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn is_held_back(&mut self, cx: &mut Context<'_>) -> bool {
        let Some((keeper, hesitation)) = &mut self.doorkeeper else { return false };
        let goes = keeper.0.poll(cx) || hesitation.as_mut().poll(cx).is_ready();
        if goes {
            self.doorkeeper = None;
        }
        !goes
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.end.as_ref().is_some_and(|end| end.0.poll(cx)) {
            return Poll::Ready(Some(Err("the exchange is over".into())));
        }
        if self.is_held_back(cx) {
            return Poll::Pending;
        }
        let polled = self.body.as_mut().poll_frame(cx).map_ok(cleaned);
        if polled.is_ready() {
            self.pulse.0.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }
}

/// What stands behind a body is looked at as what stands before it.
fn cleaned(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(mut fields) => {
            clean_trailers(&mut fields);
            Frame::trailers(fields)
        }
        Err(frame) => frame,
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Nothing => Poll::Ready(None),
            Self::Stream(stream) => stream.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Stream(stream) => stream.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Nothing => SizeHint::with_exact(0),
            Self::Stream(stream) => stream.body.size_hint(),
        }
    }
}
