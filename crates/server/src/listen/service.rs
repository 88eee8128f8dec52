//! What the listener asks of whoever answers.

use super::BoxError;
use super::body::Received;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Body;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A [`tower::Service`] that is fit to be shared by all connections, said in one word.
pub(super) trait Service: Send + Sync + 'static {
    type Body: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;
    type Future: Future<Output = Result<Response<Self::Body>, Infallible>> + Send + Unpin + 'static;

    fn ask(&self, request: Request<Received>) -> Asked<Self::Future, Response<Self::Body>>;
}

impl<S, B> Service for S
where
    S: tower::Service<Request<Received>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + Unpin + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Body = B;
    type Future = S::Future;

    fn ask(&self, request: Request<Received>) -> Asked<S::Future, Response<B>> {
        let mut service = self.clone();
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Asked::Called(service.call(request)),
            Poll::Pending => Asked::Waiting(Box::pin(async move {
                let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
                let Ok(response) = service.call(request).await;
                response
            })),
        }
    }
}

/// An answer on its way.
pub(super) enum Asked<F, R> {
    /// The service was not ready at once.
    Waiting(Pin<Box<dyn Future<Output = R> + Send>>),
    Called(F),
}

impl<F, R> Future for Asked<F, R>
where
    F: Future<Output = Result<R, Infallible>> + Unpin,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        match self.get_mut() {
            Self::Waiting(answer) => answer.as_mut().poll(cx),
            Self::Called(answer) => Pin::new(answer).poll(cx).map(|Ok(response)| response),
        }
    }
}
