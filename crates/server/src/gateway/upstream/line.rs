//! What one exchange with the upstream goes over.

use super::sent::Sent;
use super::trunk::Strand;
use super::wire::Wire;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::TrySendError;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The way of one exchange. Dropped before the exchange is over, it ends it.
#[derive(Debug)]
pub(in crate::gateway) enum Line {
    /// A connection that nobody else uses meanwhile. It moves only while it is driven.
    Wire(Wire),
    /// A part of one that others use too.
    Strand(Strand),
}

impl Line {
    /// Sends a request and waits for the head of its answer.
    pub(super) async fn ask(
        &mut self,
        mut request: Request<Sent>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Sent>>> {
        match self {
            Self::Wire(wire) => {
                request.body_mut().ends_by_itself();
                wire.ask(request).await
            }
            Self::Strand(strand) => strand.ask(request).await,
        }
    }

    /// Lets it read and write what it can.
    pub(in crate::gateway) fn drive(&mut self, cx: &Context<'_>) {
        match self {
            Self::Wire(wire) => wire.drive(cx),
            Self::Strand(_) => {}
        }
    }

    /// The next of an answer's body, of which this carries the rest.
    pub(in crate::gateway) fn poll_body(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match self {
            Self::Wire(wire) => wire.poll_body(body, cx),
            Self::Strand(_) => Pin::new(body).poll_frame(cx),
        }
    }

    /// Drives it until the upstream has switched protocols or gone.
    pub(in crate::gateway) async fn until_over(&mut self) {
        match self {
            Self::Wire(wire) => wire.until_over().await,
            Self::Strand(_) => {}
        }
    }

    /// Looks whether the upstream has closed it meanwhile.
    pub(in crate::gateway) async fn look(&mut self) {
        match self {
            Self::Wire(wire) => wire.look().await,
            Self::Strand(_) => {}
        }
    }
}
