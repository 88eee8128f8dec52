//! A connection to the upstream that carries one exchange after the other: HTTP/1.1.

use super::nudge::Nudge;
use super::sent::Sent;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection with at most one exchange on it. It moves only while it is driven, and closes when dropped.
pub(in crate::gateway) struct Wire {
    sender: SendRequest<Sent>,
    /// `None` once it has ended.
    end: Option<End>,
    nudge: Nudge,
}

type End = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

impl Wire {
    pub(super) async fn over<T>(stream: T) -> hyper::Result<Self>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = Builder::new().handshake(TokioIo::new(stream)).await?;
        let end: End = Box::pin(connection.with_upgrades());
        Ok(Self { sender, end: Some(end), nudge: Nudge::default() })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn ask(
        &mut self,
        request: Request<Sent>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Sent>>> {
        let Self { sender, end, nudge, .. } = self;
        let mut answer = pin!(nudge.quietly(|| sender.try_send_request(request)));
        poll_fn(|cx| {
            nudge.poll(cx, |cx| {
                drive(end, cx);
                answer.as_mut().poll(cx)
            })
        })
        .await
    }

    /// Lets it read and write what it can.
    pub(super) fn drive(&mut self, cx: &Context<'_>) {
        let _: Poll<()> = self.nudge.poll(cx, |cx| {
            drive(&mut self.end, cx);
            Poll::Pending
        });
    }

    /// The next of an answer's body, of which this carries the rest.
    pub(super) fn poll_body(
        &mut self,
        body: &mut Incoming,
        cx: &Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Self { end, nudge, .. } = self;
        nudge.poll(cx, |cx| {
            let polled = Pin::new(&mut *body).poll_frame(cx);
            if polled.is_ready() {
                return polled;
            }
            drive(end, cx);
            Pin::new(&mut *body).poll_frame(cx)
        })
    }

    /// Drives it until the upstream has switched protocols or gone.
    pub(super) async fn until_over(&mut self) {
        poll_fn(|cx| {
            self.drive(cx);
            if self.end.is_none() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Whether it could carry the next exchange.
    pub(super) fn is_free(&self) -> bool {
        self.end.is_some() && self.sender.is_ready()
    }

    /// Looks whether the upstream has closed it meanwhile.
    pub(super) async fn look(&mut self) {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(())
        })
        .await;
    }
}

fn drive(end: &mut Option<End>, cx: &mut Context<'_>) {
    if end.as_mut().is_some_and(|end| end.as_mut().poll(cx).is_ready()) {
        *end = None;
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.end.is_some() { "[wire]" } else { "[wire, closed]" })
    }
}
