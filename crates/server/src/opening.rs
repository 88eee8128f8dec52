//! A server that listens before it can answer: restarted while its database is away, it says so and refuses
//! until it is back, and then answers by itself.

use crate::app::{Answering, App};
use crate::error::Problem;
use crate::gateway::stream::AnswerBody;
use crate::listen::{Connection, Field, Short, ShortWay, Written};
use crate::reply::Reply;
use crate::request_id::RequestId;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Body;
use serde_json::json;
use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

type BoxError = Box<dyn Error + Send + Sync>;

/// The place of an application that is not there yet. Whatever is asked before is 503 with `Retry-After`,
/// but `/livez`: the process lives.
///
/// A clone is the same place.
#[derive(Clone, Default)]
pub struct Opening(Arc<OnceLock<App>>);

impl Opening {
    /// From here on the application answers. Only the first that is put in its place counts.
    pub fn open(&self, app: App) {
        let _ = self.0.set(app);
    }

    /// The application, once it is there.
    #[must_use]
    pub fn app(&self) -> Option<&App> {
        self.0.get()
    }
}

impl<B> tower::Service<Request<B>> for Opening
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        match self.0.get() {
            Some(app) => tower::Service::call(&mut app.clone(), request),
            None => Answering::Now(Some(closed(&request).map(|body| Full::new(body).into()))),
        }
    }
}

impl ShortWay for Opening {
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short {
        self.0.get().map_or(Short::NotMine, |app| app.answer(target, fields, by, into))
    }
}

fn closed<B>(request: &Request<B>) -> Response<Bytes> {
    let reply = if request.uri().path() == "/livez" {
        Reply::ok(&json!({ "status": "ok" }))
    } else {
        Problem::Stale.reply(&RequestId::fresh())
    };
    reply.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use tower::Service;

    async fn status(path: &str) -> (StatusCode, Option<String>) {
        let request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
        let answer = Opening::default().call(request).await.unwrap();
        let retry = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        (answer.status(), retry)
    }

    #[tokio::test]
    async fn before_the_application_is_there_everything_is_refused_for_now_but_that_the_process_lives() {
        assert_eq!(status("/livez").await, (StatusCode::OK, None));
        for path in ["/readyz", "/authorize", "/v1/apps", "/nowhere"] {
            assert_eq!(status(path).await, (StatusCode::SERVICE_UNAVAILABLE, Some("1".to_owned())), "{path}");
        }
    }
}
