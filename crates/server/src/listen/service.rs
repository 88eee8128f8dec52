//! What the listener asks of whoever answers.

use super::BoxError;
use super::body::Received;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Body;
use std::convert::Infallible;
use std::future::poll_fn;

/// A [`tower::Service`] that is fit to be shared by all connections, said in one word.
pub(super) trait Service: Send + Sync + 'static {
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;

    fn ask(&self, request: Request<Received>) -> impl Future<Output = Response<Self::Body>> + Send;
}

impl<S, B> Service for S
where
    S: tower::Service<Request<Received>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Body = B;

    async fn ask(&self, request: Request<Received>) -> Response<B> {
        let mut service = self.clone();
        let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
        let Ok(response) = service.call(request).await;
        response
    }
}
