//! The application: from a request to an answer, whatever is asked.
//!
//! [`App`] is a plain [`tower::Service`] over the table in `routes.rs`, without a framework's router between: the
//! table alone says what there is, each answer down to 404 and 405 is ours, and a verdict can be put before it.
//! Every request is carried out in a task of its own, so that a client that goes away never stops a change half
//! way, and a panic is that one request's.

mod settings;
mod visit;

pub use settings::ApiSettings;

use crate::error::Problem;
use crate::gateway::authorize;
use crate::gateway::ext_authz;
use crate::gateway::lane::Lane;
use crate::gateway::proxy;
use crate::gateway::stream::AnswerBody;
use crate::gateway::tally::Tally;
use crate::intake::{Intake, NotTaken};
use crate::listen::{Complaint, Connection, Fault};
use crate::metrics::{Answered, Metrics};
use crate::reply::{JSON, Reply};
use crate::request_id::{REQUEST_ID, RequestId};
use crate::seldom::{Seldom, Together};
use crate::small_budget::SmallBudget;
use crate::trust::KeptAddress;
use bytes::Bytes;
use counterfoil_authority::Authority;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use hyper::body::Body;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tracing::Instrument;
use visit::{Seen, answer, head_line};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The application.
///
/// A clone is cheap and is the same application.
#[derive(Clone)]
pub struct App(pub(crate) Arc<House>);

/// What all requests share.
pub(crate) struct House {
    pub(crate) authority: Arc<Authority>,
    pub(crate) settings: ApiSettings,
    pub(crate) metrics: Metrics,
    pub(crate) new_keys: Together,
    pub(crate) awaited: Seldom,
    pub(crate) lane: Lane,
    pub(crate) intake: Intake,
    pub(crate) small_budget: SmallBudget,
    pub(crate) tally: Tally,
    pub(crate) hung_up: watch::Sender<bool>,
    pub(crate) upstream_trouble: Complaint,
}

impl House {
    /// What is kept of the address of whoever sent this.
    pub(crate) fn kept_address(&self, by: Option<&Connection>, headers: &HeaderMap) -> KeptAddress {
        let peer = self.introduction(by);
        if peer.is_trusted { self.settings.kept_addresses.of(self.address(by, headers)) } else { peer.kept }
    }

    /// The whole address of whoever sent this.
    pub(crate) fn address(&self, by: Option<&Connection>, headers: &HeaderMap) -> Option<IpAddr> {
        by.and_then(|by| self.settings.trusted_proxies.client(by.peer(), headers))
    }
}

/// The application over this authority.
#[must_use]
pub fn app(authority: Arc<Authority>, settings: &ApiSettings) -> App {
    App(Arc::new(House {
        authority,
        settings: settings.clone(),
        metrics: Metrics::new(),
        new_keys: Together::default(),
        awaited: Seldom::default(),
        lane: Lane::new(),
        intake: Intake::default(),
        small_budget: SmallBudget::default(),
        tally: Tally::default(),
        hung_up: watch::Sender::new(false),
        upstream_trouble: Complaint::default(),
    }))
}

impl App {
    /// Answers those who wait for something new with what there is, so that a drain need not wait for them.
    pub fn hang_up(&self) {
        self.0.hung_up.send_replace(true);
    }

    /// Words the answers that the listener gives in the application's place.
    #[must_use]
    pub fn listener_answer(fault: Fault) -> Response<Bytes> {
        let problem = match fault {
            Fault::BodyTooBig => Problem::BodyTooLong,
            Fault::BodyTooSlow => Problem::BodyTooSlow,
            Fault::HeadTooBig => Problem::HeadTooBig,
            Fault::Panicked => Problem::Panicked,
        };
        problem.reply(&RequestId::fresh()).into_response()
    }

    /// A verdict that a proxy asks for, past the router; nothing if something is wrong with the header fields:
    /// the door of the table says what.
    fn give_verdict<B: 'static>(&self, request: &mut Request<B>) -> Option<Answering> {
        let is_head = *request.method() == Method::HEAD;
        let id = RequestId::of(request.headers());
        let from = self.0.kept_address(Connection::of(request), request.headers());
        match authorize::at_once(&self.0, request.headers(), &id, &from)? {
            Ok(answer) => Some(Answering::Now(Some(verdict_to(is_head, answer)))),
            Err(wanting) => {
                let (house, headers) = (Arc::clone(&self.0), std::mem::take(request.headers_mut()));
                let answer = authorize::after_check(house, headers, id, from, wanting);
                Some(Answering::Later(Box::pin(async move { verdict_to(is_head, answer.await) })))
            }
        }
    }

    async fn attend<B>(self, request: Request<B>) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let started = Instant::now();
        let (head, body) = request.into_parts();
        let id = RequestId::of(&head.headers);
        let is_head = head.method == Method::HEAD;
        let (mut reply, seen) = match self.0.intake.whole(body).await {
            Err(why) => (Problem::from(why).reply(&id), Seen::default()),
            Ok(body) => self.in_its_own_task(head, body, &id).await,
        };
        self.note(&head_line(&seen), &reply, &id, started);
        finish(&mut reply.headers, &id, &self.0.settings);
        if is_head && reply.flow.take().is_none() {
            reply.headers.insert(CONTENT_LENGTH, reply.body.len().into());
            reply.body = Bytes::new();
        }
        respond(reply)
    }

    async fn in_its_own_task(
        &self,
        head: http::request::Parts,
        body: Bytes,
        id: &RequestId,
    ) -> (Reply, Seen) {
        let (limit, looks) = (self.patience(&head), head.method.is_safe());
        let seen = Seen { method: head.method.to_string(), ..Seen::default() };
        let span = tracing::info_span!("request", id = &**id);
        let work = answer(Arc::clone(&self.0), head, body, *id).instrument(span);
        within(limit, looks, work).await.unwrap_or_else(|problem| {
            if matches!(problem, Problem::Panicked) {
                self.0.metrics.panicked();
            }
            (problem.reply(id), seen)
        })
    }

    /// Who waits for something new may wait longer.
    fn patience(&self, head: &http::request::Parts) -> Duration {
        let settings = &self.0.settings;
        let waits = head.uri.path() == crate::api::feed::PATH;
        settings.request_timeout + if waits { settings.feed_patience } else { Duration::ZERO }
    }

    fn note(&self, seen: &Answered<'_>, reply: &Reply, id: &str, started: Instant) {
        let took = started.elapsed();
        let status = reply.status.as_u16();
        self.0.metrics.answered(seen, reply.status, took);
        let (method, route, by) = (seen.method, seen.route, seen.by);
        let ms = took.as_millis();
        match &reply.fault {
            Some(fault) => {
                tracing::error!(
                    request = id,
                    method,
                    route,
                    status,
                    ms,
                    by,
                    fault,
                    "A request could not be answered"
                );
            }
            None => tracing::info!(request = id, method, route, status, ms, by, "Answered a request"),
        }
    }
}

impl<B> tower::Service<Request<B>> for App
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        ext_authz::as_every_proxy_asks(&mut request);
        if authorize::is_asked(request.method(), request.uri())
            && let Some(answering) = self.give_verdict(&mut request)
        {
            return answering;
        }
        if ext_authz::is_asked(&request) {
            let answer = ext_authz::check(Arc::clone(&self.0), Connection::tell(request));
            return Answering::Later(Box::pin(async move { answer.await.map(AnswerBody::from) }));
        }
        if proxy::takes(&self.0, &request) {
            let by = Connection::of(&request).cloned();
            let (head, body) = request.into_parts();
            return Answering::Later(Box::pin(proxy::serve(Arc::clone(&self.0), head, body, by)));
        }
        let request = Connection::tell(request);
        let app = self.clone();
        Answering::Later(Box::pin(app.attend(request)))
    }
}

/// A verdict's answer; to `HEAD` without its body.
fn verdict_to(is_head: bool, mut answer: Response<Bytes>) -> Response<AnswerBody> {
    if is_head {
        let length = answer.body().len();
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        *answer.body_mut() = Bytes::new();
    }
    answer.map(AnswerBody::whole)
}

/// An answer: there already, or on its way.
pub enum Answering {
    /// There; nothing, once it was taken.
    Now(Option<Response<AnswerBody>>),
    /// On its way.
    Later(Pin<Box<dyn Future<Output = Response<AnswerBody>> + Send>>),
}

impl Future for Answering {
    type Output = Result<Response<AnswerBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(answer) => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
            Self::Later(answer) => answer.as_mut().poll(cx).map(Ok),
        }
    }
}

/// Carries work out in a task of its own. A panic ends the task, not the connection. Time that runs out ends a
/// look at something; a change goes on, only its answer is lost.
async fn within<T: Send + 'static>(
    limit: Duration,
    looks: bool,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    let mut task = tokio::spawn(work);
    match tokio::time::timeout(limit, &mut task).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Problem::Panicked),
        Err(_) => {
            if looks {
                task.abort();
            }
            Err(Problem::TimedOut)
        }
    }
}

impl From<NotTaken> for Problem {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::TooLong => Self::BodyTooLong,
            NotTaken::NoRoom => Self::Overloaded,
            NotTaken::Broken => Self::BodyBroken,
        }
    }
}

/// What every answer has.
pub(crate) fn finish(headers: &mut HeaderMap, id: &str, settings: &ApiSettings) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let mut usual = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert_with(|| HeaderValue::from_static(value));
    };
    usual(CACHE_CONTROL.as_str(), "no-store");
    usual("x-content-type-options", "nosniff");
    usual("referrer-policy", "no-referrer");
    usual("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    usual("cross-origin-resource-policy", "same-origin");
    if settings.is_https() {
        usual("strict-transport-security", "max-age=31536000");
    }
}

fn respond(mut reply: Reply) -> Response<AnswerBody> {
    let told = reply.flow.take().and_then(|flow| flow.take());
    let mut response = reply.into_response().map(AnswerBody::whole);
    if let Some(told) = told {
        *response.body_mut() = told.into();
    }
    if response.status().is_server_error() && !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use tokio::sync::oneshot;

    const LONG: Duration = Duration::from_secs(60);

    async fn panics() {
        panic!("as asked");
    }

    fn length_of<F, A>(_: impl FnOnce(A) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn what_is_made_for_each_request_is_short() {
        type Body = crate::listen::Received;
        type Forwarded = (Arc<House>, http::request::Parts, Body, Option<Connection>);
        let forwarded = length_of(|(house, head, body, by): Forwarded| proxy::serve(house, head, body, by));
        let checked = length_of(|(a, b, c, d, e)| authorize::after_check(a, b, c, d, e));
        let called = length_of(|(house, request): (_, Request<Body>)| ext_authz::check(house, request));
        assert!(forwarded < 4096 && checked < 2048 && called < 3072, "{forwarded} {checked} {called}");
    }

    #[tokio::test]
    async fn a_panic_is_a_500_of_that_request() {
        let problem = within(LONG, true, panics()).await.unwrap_err();
        let reply = problem.reply("a-request");
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        assert!(String::from_utf8_lossy(&reply.body).contains("UNEXPECTED_ERROR"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_takes_too_long_is_ended_and_a_change_is_not() {
        for looks in [true, false] {
            let (done, told) = oneshot::channel();
            let work = async move {
                tokio::time::sleep(LONG * 2).await;
                let _ = done.send(());
            };
            let problem = within(LONG, looks, work).await.unwrap_err();
            let reply = problem.reply("a-request");
            assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(reply.headers["retry-after"], "1");
            assert_eq!(told.await.is_ok(), !looks);
        }
    }
}
