//! The application: from a request to an answer, whatever is asked.
//!
//! [`App`] is a plain [`tower::Service`] over the table in `routes.rs`, without a framework's router between: the
//! table alone says what there is, each answer down to 404 and 405 is ours, and a verdict can be put before it.
//! Every request is carried out in a task of its own, so that a client that goes away never stops a change half
//! way, and a panic is that one request's.

use crate::call::Call;
use crate::console;
use crate::cookies;
use crate::demand::Demand;
use crate::error::Problem;
use crate::gateway::authorize;
use crate::gateway::ext_authz;
use crate::gateway::lane::Lane;
use crate::gateway::proxy;
use crate::gateway::stream::AnswerBody;
use crate::gateway::tally::Tally;
use crate::gateway::upstream::Upstream;
use crate::listen::{Complaint, Connection, Fault, Figures};
use crate::metrics::{Answered, Metrics};
use crate::oidc::SignOn;
use crate::proof::{POSITION_HEADER, Proven};
use crate::query::Query;
use crate::reply::{JSON, Reply};
use crate::request_id::{REQUEST_ID, RequestId};
use crate::routes::{Door, Found, find, is_of_console};
use crate::seldom::{Seldom, Together};
use crate::small_budget::SmallBudget;
use crate::trust::{KeptAddress, KeptAddresses, TrustedProxies};
use bytes::Bytes;
use counterfoil_authority::Authority;
use counterfoil_core::catalog::RequestPath;
use counterfoil_verify::answer::tell_holder;
use counterfoil_verify::{OwnDoor, Presented, Reason, Request as Asked, Takes};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tracing::Instrument;

/// The longest body that is taken.
const LONGEST_BODY: usize = 1 << 20;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How the API is served.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Where others find it, without a slash at the end: `https://keys.example.com`.
    pub public_url: String,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long the feed waits for something new.
    pub feed_patience: Duration,
    /// What the listener counts, for `/metrics`.
    pub listener: Option<Arc<Figures>>,
    /// What the gateway forwards to, if to anything.
    pub upstream: Option<Arc<Upstream>>,
    /// The other providers that people may sign in by.
    pub sign_on: Option<Arc<SignOn>>,
    /// Whether each verdict that a proxy asks for gets a line in the log.
    pub log_verdicts: bool,
    /// The proxies whose word on the client's address is believed.
    pub trusted_proxies: TrustedProxies,
    /// What is kept of a client's address where refusals can be looked up.
    pub kept_addresses: KeptAddresses,
}

impl ApiSettings {
    /// The usual settings.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            request_timeout: Duration::from_secs(30),
            feed_patience: Duration::from_secs(25),
            listener: None,
            upstream: None,
            sign_on: None,
            log_verdicts: false,
            trusted_proxies: TrustedProxies::default(),
            kept_addresses: KeptAddresses::default(),
        }
    }

    pub(crate) const fn is_https(&self) -> bool {
        self.public_url.len() >= 8 && matches!(self.public_url.as_bytes().split_at(8).0, b"https://")
    }

    /// What a browser says in `Origin` of our own pages.
    pub(crate) fn origin(&self) -> &str {
        let host = self.public_url.find("://").map_or(0, |at| at + 3);
        self.public_url[host..].find('/').map_or(self.public_url.as_str(), |at| &self.public_url[..host + at])
    }
}

/// The application.
///
/// A clone is cheap and is the same application.
#[derive(Clone)]
pub struct App(Arc<House>);

/// What all requests share.
pub(crate) struct House {
    pub(crate) authority: Arc<Authority>,
    pub(crate) settings: ApiSettings,
    pub(crate) metrics: Metrics,
    pub(crate) new_keys: Together,
    pub(crate) awaited: Seldom,
    pub(crate) lane: Lane,
    pub(crate) small_budget: SmallBudget,
    pub(crate) tally: Tally,
    pub(crate) hung_up: watch::Sender<bool>,
    pub(crate) upstream_trouble: Complaint,
}

impl House {
    /// What is kept of the address of whoever sent this.
    pub(crate) fn kept_address(&self, by: Option<&Connection>, headers: &HeaderMap) -> KeptAddress {
        self.settings.kept_addresses.of(self.address(by, headers))
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
        let (mut reply, seen) = match whole(body).await {
            Err(problem) => (problem.reply(&id), Seen::default()),
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
        let request = Connection::tell(request);
        if ext_authz::is_asked(&request) {
            let answer = ext_authz::check(Arc::clone(&self.0), request);
            return Answering::Later(Box::pin(async move { answer.await.map(AnswerBody::from) }));
        }
        if proxy::takes(&self.0, &request) {
            let (head, body) = request.into_parts();
            return Answering::Later(Box::pin(proxy::serve(Arc::clone(&self.0), head, body)));
        }
        let app = self.clone();
        Answering::Later(Box::pin(app.attend(request)))
    }
}

/// A verdict's answer; to `HEAD` without its body.
fn verdict_to(is_head: bool, mut answer: Response<Full<Bytes>>) -> Response<AnswerBody> {
    if is_head {
        let length = Body::size_hint(answer.body()).lower();
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        *answer.body_mut() = Full::default();
    }
    answer.map(AnswerBody::from)
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

/// What a request turned out to be, for figures and log.
#[derive(Clone, Debug, Default)]
struct Seen {
    method: String,
    route: &'static str,
    by: String,
}

fn head_line(seen: &Seen) -> Answered<'_> {
    Answered { method: &seen.method, route: seen.route, by: &seen.by }
}

async fn answer(house: Arc<House>, head: http::request::Parts, body: Bytes, id: RequestId) -> (Reply, Seen) {
    let mut seen = Seen { method: head.method.to_string(), ..Seen::default() };
    let replied = carry_out(&house, head, body, id, &mut seen).await;
    (replied.unwrap_or_else(|problem| problem.reply(&id)), seen)
}

async fn carry_out(
    house: &Arc<House>,
    head: http::request::Parts,
    body: Bytes,
    id: RequestId,
    seen: &mut Seen,
) -> Result<Reply, Problem> {
    let from = house.kept_address(head.extensions.get(), &head.headers);
    let address = house.address(head.extensions.get(), &head.headers);
    let host = host(&head);
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let (path, query) = RequestPath::split(target).map_err(Problem::Ambiguous)?;
    let (path, query_text) = (path.as_str().to_owned(), query.map(str::to_owned));
    let found = find(&head.method, &path);
    let route = found.route();
    seen.route = route.map_or("", |route| route.path);
    let (route, captures) = (route.unwrap_or(&crate::routes::NOWHERE), found.captures());
    let http::request::Parts { method, headers, .. } = head;
    let (house, query) = (Arc::clone(house), Query::default());
    let target = target.to_owned();
    let call = Call {
        house,
        route,
        method,
        path,
        target,
        captures,
        query_text,
        query,
        headers,
        body,
        id,
        from,
        address,
        host,
    };
    match found {
        Found::Route { .. } => open(call, seen).await,
        Found::OtherMethods { allowed, .. } if is_of_console(&call.path) => {
            Ok(console::door::nothing(call, Problem::WrongMethod { allowed }).await)
        }
        Found::Nothing if is_of_console(&call.path) => {
            Ok(console::door::nothing(call, Problem::NoSuchPath).await)
        }
        Found::OtherMethods { allowed, public: true, .. } => Err(Problem::WrongMethod { allowed }),
        Found::OtherMethods { allowed, public: false, .. } => {
            turn_away(&call, seen, Problem::WrongMethod { allowed }).await
        }
        Found::Nothing => turn_away(&call, seen, Problem::NoSuchPath).await,
    }
}

/// The host that a request was sent to, in whichever way its version of HTTP says so.
fn host(head: &http::request::Parts) -> Option<String> {
    let said = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(http::uri::Authority::as_str).or(said).map(str::to_owned)
}

/// Whoever is proven learns that there is nothing behind this; whoever is not learns nothing.
async fn turn_away(call: &Call, seen: &mut Seen, problem: Problem) -> Result<Reply, Problem> {
    let proven = call.prove(OwnDoor { takes: Takes::OurService, counts: true }).await?;
    seen.by = who(&proven);
    Ok(Visit::of(call, proven).end(Err(problem)))
}

async fn open(call: Call, seen: &mut Seen) -> Result<Reply, Problem> {
    match call.route.door {
        Door::Public(handler) => handler(call.with_query()?).await,
        Door::Replica(handler) => {
            let replica = crate::api::feed::replica(&call).await?;
            seen.by = format!("replica {replica}");
            handler(call.with_query()?, replica).await
        }
        Door::Page(demand, handler) => Ok(console::door::open(call, demand, handler, &mut seen.by).await),
        Door::Proven(demand, handler) => {
            let proven = call.prove(demand.own_door()).await?;
            seen.by = who(&proven);
            let visit = Visit::of(&call, proven.clone());
            Ok(visit.end(go_in(call, proven, demand, handler).await))
        }
    }
}

async fn go_in(
    call: Call,
    proven: Proven,
    demand: Demand,
    handler: crate::routes::ProvenHandler,
) -> Result<Reply, Problem> {
    demand.check(&call, &proven)?;
    handler(call.with_query()?, proven).await
}

impl Call {
    fn with_query(mut self) -> Result<Self, Problem> {
        self.query = Query::read(self.query_text.as_deref(), self.route.query)?;
        Ok(self)
    }
}

/// A request of somebody proven, from the door to the answer.
struct Visit {
    house: Arc<House>,
    proven: Proven,
    method: Method,
    target: String,
    id: RequestId,
    from: KeptAddress,
}

impl Visit {
    fn of(call: &Call, proven: Proven) -> Self {
        let (house, method, target) = (Arc::clone(&call.house), call.method.clone(), call.target.clone());
        Self { house, proven, method, target, id: call.id, from: call.from }
    }

    /// What is counted of it, and the answer with what every answer to a proven token says.
    fn end(self, replied: Result<Reply, Problem>) -> Reply {
        self.note(replied.as_ref().err().and_then(Problem::lack));
        let mut reply = match replied {
            Ok(reply) => with_position(reply, &self.proven, &self.house.settings),
            Err(problem) => problem.reply(&self.id),
        };
        if let Some(holder) = &self.proven.holder {
            tell_holder(holder.quota(), holder.stale_warning(), &mut reply.headers);
        }
        reply
    }

    /// A request by a proven token counts as use, whether it was let through or not.
    fn note(&self, lack: Option<Reason>) {
        let Some(holder) = &self.proven.holder else { return };
        let (method, target, from) = (self.method.as_str(), self.target.as_str(), self.from.as_str());
        let request = Asked { method, target, token: Presented::Nothing, id: &self.id, from };
        self.house.authority.verifier().note_own(holder, &request, self.house.clock(), lack);
    }
}

/// Who writes is told where it stands; a browser brings it along by itself.
fn with_position(mut reply: Reply, proven: &Proven, settings: &ApiSettings) -> Reply {
    let Some(position) = reply.position else { return reply };
    let by_session = proven.key().is_none();
    if let Some(cookie) = cookies::written_to(position, settings).filter(|_| by_session) {
        reply.headers.append(SET_COOKIE, cookie);
    }
    reply.with_text(HeaderName::from_static(POSITION_HEADER), &position.to_string())
}

fn who(proven: &Proven) -> String {
    match proven.by {
        counterfoil_core::event::Actor::User(member) => format!("user {member} of {}", proven.team.id),
        counterfoil_core::event::Actor::ApiKey(key) => format!("key {key} of {}", proven.team.id),
        counterfoil_core::event::Actor::Operator => "operator".to_owned(),
        counterfoil_core::event::Actor::Holder(key) => format!("holder of {key}"),
    }
}

async fn whole<B>(body: B) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
{
    if body.size_hint().lower() > LONGEST_BODY as u64 {
        return Err(Problem::BodyTooLong);
    }
    match Limited::new(Box::pin(body), LONGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(fault) if fault.is::<LengthLimitError>() => Err(Problem::BodyTooLong),
        Err(_) => Err(Problem::BodyBroken),
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

    #[test]
    fn the_origin_is_the_url_without_its_path() {
        for (url, origin, https) in [
            ("https://keys.example", "https://keys.example", true),
            ("https://keys.example:8443/", "https://keys.example:8443", true),
            ("https://example.com/keys", "https://example.com", true),
            ("http://localhost:8787", "http://localhost:8787", false),
            ("http:", "http:", false),
        ] {
            let settings = ApiSettings::new(url);
            assert_eq!((settings.origin(), settings.is_https()), (origin, https), "{url}");
        }
    }
}
