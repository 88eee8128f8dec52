//! Bodies of answers: our own, and those that come from the upstream piece by piece.

use super::ext_authz;
use super::leash::Leash;
use super::upstream::{Failure, Line, Upstream};
use super::vigil::{CutShort, Vigil};
use crate::flow::Told;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
pub struct AnswerBody(Kind);

enum Kind {
    Whole(Full<Bytes>),
    /// Boxed, since it is three times as long as what nearly all answers have.
    Called(Box<ext_authz::Answered>),
    Forwarded(Box<Forwarded>),
    Told(Box<Told>),
}

impl AnswerBody {
    /// One that is here whole.
    pub(crate) fn whole(body: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(Full::new(body.into())))
    }

    /// One that the upstream sends, for as long as the leash holds.
    pub(super) fn forwarded(incoming: Incoming, line: Line, upstream: Arc<Upstream>, leash: Leash) -> Self {
        let vigil = Vigil::new(leash, upstream.settings().idle);
        let forwarded = Forwarded { incoming, line: Some(line), upstream, vigil };
        Self(Kind::Forwarded(Box::new(forwarded)))
    }
}

impl From<Full<Bytes>> for AnswerBody {
    fn from(body: Full<Bytes>) -> Self {
        Self(Kind::Whole(body))
    }
}

impl From<ext_authz::Answered> for AnswerBody {
    fn from(body: ext_authz::Answered) -> Self {
        Self(Kind::Called(Box::new(body)))
    }
}

impl From<Told> for AnswerBody {
    fn from(body: Told) -> Self {
        Self(Kind::Told(Box::new(body)))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Kind::Called(body) => Pin::new(&mut **body).poll_frame(cx).map_err(|never| match never {}),
            Kind::Forwarded(body) => body.poll(cx),
            Kind::Told(body) => Pin::new(&mut **body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_end_stream(),
            Kind::Called(body) => body.is_end_stream(),
            Kind::Forwarded(body) => body.incoming.is_end_stream(),
            Kind::Told(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Called(body) => body.size_hint(),
            Kind::Forwarded(body) => body.incoming.size_hint(),
            Kind::Told(body) => body.size_hint(),
        }
    }
}

/// A body that the upstream sends. Dropped before its end it takes the upstream's connection along, so that the
/// upstream learns that nobody listens.
struct Forwarded {
    incoming: Incoming,
    line: Option<Line>,
    upstream: Arc<Upstream>,
    vigil: Vigil,
}

impl Forwarded {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = match &mut self.line {
            Some(line) => line.poll_body(&mut self.incoming, cx),
            None => Pin::new(&mut self.incoming).poll_frame(cx),
        };
        match polled {
            Poll::Ready(Some(Ok(frame))) => self.pass(frame, cx),
            Poll::Ready(Some(Err(broken))) => {
                self.upstream.failed(Failure::CutOff);
                self.end(Some(broken.into()))
            }
            Poll::Ready(None) => {
                self.give_back(cx);
                self.end(None)
            }
            Poll::Pending => {
                let cut = ready!(self.vigil.poll(cx));
                if matches!(cut, CutShort::Silent) {
                    self.upstream.failed(Failure::Silent);
                }
                self.end(Some(cut.into()))
            }
        }
    }

    fn pass(
        &mut self,
        frame: Frame<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !self.vigil.lets_pass() {
            return self.end(Some(CutShort::Ended.into()));
        }
        if self.incoming.is_end_stream() {
            self.give_back(cx);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn end(&mut self, why: Option<BoxError>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.line = None;
        Poll::Ready(why.map(Err))
    }

    /// The exchange is over: the connection can carry the next.
    fn give_back(&mut self, cx: &mut Context<'_>) {
        let Some(mut line) = self.line.take() else { return };
        line.drive(cx);
        self.upstream.take_back(line);
    }
}
