//! The gateway: a verdict, and then the upstream, with nothing changed but what tells of whoever asks.

use super::answer::{self, Door, quota_headers};
use super::headers;
use super::judge::{judge, presented};
use super::leash::Leash;
use super::open;
use super::stream::AnswerBody;
use super::upgrade::{Ends, tunnel};
use super::upstream::{Doorkeeper, Failure, Line, Lost, Pulse, Sent, Upstream};
use crate::app::{House, finish};
use crate::error::Problem;
use crate::listen::Connection;
use crate::request_id::{REQUEST_ID, RequestId};
use crate::routes::is_ours;
use bytes::Bytes;
use counterfoil_core::catalog::{AmbiguousPath, Answers};
use counterfoil_verify::verdict::{Outcome, Reason, Unproven};
use counterfoil_verify::{Allowed, Verdict};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, EXPECT, HOST};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long an answer may take before whoever waits for it is watched as a stream is.
pub(super) const AT_ONCE: Duration = Duration::from_millis(100);

/// Whether a request is the gateway's: its path is none of our own doors', and it is not a signed-in browser's
/// that has lost its way.
pub(crate) fn takes<B>(house: &House, request: &Request<B>) -> bool {
    let headers = request.headers();
    let has_token = headers.contains_key(AUTHORIZATION);
    let is_lost = || headers.contains_key(COOKIE) && !has_token;
    let path = request.uri().path();
    let is_open = || house.settings.upstream.as_ref().is_some_and(|upstream| upstream.is_open(path));
    is_elsewhere(path, has_token) && (!is_lost() || is_open())
}

/// Whether a path is none of our own doors'. At the root a browser is shown to the console; whoever shows a token means
/// the API.
pub(super) fn is_elsewhere(path: &str, has_token: bool) -> bool {
    if path == "/" { has_token } else { !is_ours(path) }
}

/// Answers a request that is the gateway's.
pub(crate) async fn serve<B>(
    house: Arc<House>,
    mut head: Parts,
    body: B,
    by: Option<Connection>,
) -> Response<AnswerBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let id = RequestId::of(&head.headers);
    if let Some(upstream) = open::upstream(&house, &head) {
        return Box::pin(open::serve(&house, &upstream, head, body, by, &id)).await;
    }
    let verdict = match verdict(&house, &head, by.as_ref(), &id).await {
        Ok(verdict) => verdict,
        Err(problem) => return own(&house, &problem, None, &id),
    };
    let Outcome::Allowed(allowed) = &verdict.outcome else {
        return answer::refusal(&house, &verdict, Door::Gateway, &id).map(AnswerBody::from);
    };
    if matches!(head.method, Method::TRACE | Method::CONNECT) {
        let problem =
            Problem::WrongMethod { allowed: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".to_owned() };
        return own(&house, &problem, Some(&verdict), &id);
    }
    let Some(upstream) = house.settings.upstream.clone() else {
        return own(&house, &Problem::NoUpstream, Some(&verdict), &id);
    };
    if let Some(connection) = &by {
        connection.end_with_client();
    }
    let leash = Leash::new(allowed, &house);
    if let Some(connection) = &by {
        let leash = leash.clone();
        connection.end_after(async move { leash.ended().await });
    }
    let exchange = Exchange::begin(&house, &upstream, &mut head, by, Some(allowed), &id);
    match exchange.carry_out(head, body, &leash).await {
        Ok(mut response) => {
            mark(&mut response, &verdict, &id);
            response
        }
        Err(lost) => unanswered(&house, verdict, &lost, &id).map(AnswerBody::whole),
    }
}

/// The answer to whoever was let in and gets none of the upstream's.
pub(super) fn unanswered(house: &House, verdict: Verdict, lost: &Lost, id: &RequestId) -> Response<Bytes> {
    match lost {
        Lost::Ended => {
            let over = Verdict { outcome: Outcome::Refused(Reason::Unproven(Unproven::Revoked)), ..verdict };
            answer::refusal_in_bytes(house, &over, Door::Gateway, id)
        }
        lost => own_in_bytes(house, &problem(house, lost), Some(&verdict), id),
    }
}

/// The verdict on the path that will be served, byte for byte.
async fn verdict(
    house: &House,
    head: &Parts,
    by: Option<&Connection>,
    id: &RequestId,
) -> Result<Verdict, Problem> {
    let target = target(head).map_err(Problem::Ambiguous)?;
    let twice = |_| Problem::Header { name: "Authorization", detail: "Authorization is given twice" };
    let token = presented(&head.headers).map_err(twice)?;
    names_one_host(head)?;
    let from = house.kept_address(by, &head.headers);
    let (method, from) = (head.method.as_str(), from.as_str());
    let request = counterfoil_verify::Request { method, target, token, id, from };
    let verdict = judge(house, &request, house.clock()).await;
    house.tally.count(Door::Gateway, &verdict);
    Ok(verdict)
}

/// Path and query. HTTP/1 may name a whole URL, which is for proxies that are asked as such, or an authority.
pub(super) fn target(head: &Parts) -> Result<&str, AmbiguousPath> {
    let is_whole = head.version <= Version::HTTP_11 && head.uri.authority().is_some();
    let target = head.uri.path_and_query().filter(|_| !is_whole && head.method != Method::CONNECT);
    target.map(PathAndQuery::as_str).ok_or(AmbiguousPath::NotFromRoot)
}

/// No verdict hangs on the host, but an upstream may serve several, and must not read another one than we pass on.
fn names_one_host(head: &Parts) -> Result<(), Problem> {
    let mut given = head.headers.get_all(HOST).iter();
    let host = given.next();
    let refused = |detail| Err(Problem::Header { name: "Host", detail });
    match (host, head.uri.authority()) {
        _ if given.next().is_some() => refused("Host is given twice"),
        (Some(host), Some(authority))
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            refused("Host says another host than :authority")
        }
        _ => Ok(()),
    }
}

/// The host that the client named, in either protocol's way.
fn asked_host(head: &Parts) -> Option<HeaderValue> {
    let authority = || head.uri.authority().map(Authority::as_str).filter(|host| !host.contains('@'));
    head.headers.get(HOST).cloned().or_else(|| HeaderValue::from_str(authority()?).ok())
}

/// What every answer of the upstream's gets.
fn mark(response: &mut Response<AnswerBody>, verdict: &Verdict, id: &RequestId) {
    quota_headers(verdict, response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
}

/// An answer that the gateway gives in the upstream's place.
pub(super) fn own(
    house: &House,
    problem: &Problem,
    verdict: Option<&Verdict>,
    id: &RequestId,
) -> Response<AnswerBody> {
    own_in_bytes(house, problem, verdict, id).map(AnswerBody::whole)
}

fn own_in_bytes(
    house: &House,
    problem: &Problem,
    verdict: Option<&Verdict>,
    id: &RequestId,
) -> Response<Bytes> {
    let mut reply = problem.reply(id);
    let service = verdict.and_then(|verdict| verdict.service.as_ref());
    if service.is_some_and(|service| service.answers == Answers::ErrorCode) {
        let number = u32::from(reply.status.as_u16()) * 10_000;
        reply.body = json!({ "errorCode": number, "errorMessage": problem.sentence() }).to_string().into();
    }
    if let Some(verdict) = verdict {
        quota_headers(verdict, &mut reply.headers);
    }
    finish(&mut reply.headers, id, &house.settings);
    reply.into_response()
}

/// Why there is no answer, for the client; what exactly went wrong is for the log.
pub(super) fn problem(house: &House, lost: &Lost) -> Problem {
    if house.upstream_trouble.is_due() {
        tracing::warn!(fault = %lost, "The upstream gives no answers.");
    }
    if let (Some(upstream), Some(failure)) = (&house.settings.upstream, Failure::of(lost)) {
        upstream.failed(failure);
    }
    match lost {
        Lost::SlowToAnswer => Problem::UpstreamSlow,
        Lost::SlowToConnect
        | Lost::Unreachable(_)
        | Lost::Broke(_)
        | Lost::Reset(_)
        | Lost::Garbled(_)
        | Lost::Uninvited
        | Lost::Ended => Problem::UpstreamLost,
    }
}

/// One request on its way to the upstream.
pub(super) struct Exchange<'u> {
    upstream: &'u Arc<Upstream>,
    /// What the client wants to speak from here on, and its end of that.
    switch: Option<(HeaderValue, OnUpgrade, Connection)>,
    doorkeeper: Option<Doorkeeper>,
    pulse: Pulse,
}

impl<'u> Exchange<'u> {
    /// Makes of the client's request the one that is forwarded.
    pub(super) fn begin(
        house: &House,
        upstream: &'u Arc<Upstream>,
        head: &mut Parts,
        by: Option<Connection>,
        allowed: Option<&Allowed>,
        id: &RequestId,
    ) -> Self {
        let switch = switch(head);
        let host = asked_host(head).filter(|_| upstream.settings().keep_host);
        let host = host.unwrap_or_else(|| upstream.authority().clone());
        let fields = &mut head.headers;
        headers::clean_request(fields, allowed, &house.introduction(by.as_ref()));
        if let Ok(id) = HeaderValue::from_str(id) {
            fields.insert(REQUEST_ID, id);
        }
        fields.insert(HOST, host);
        let switch = switch.zip(by).map(|((protocol, end), by)| (protocol, end, by));
        if let Some((protocol, ..)) = &switch {
            headers::switch_to(fields, protocol.clone());
        }
        Self { upstream, switch, doorkeeper: doorkeeper(head), pulse: Pulse::default() }
    }

    pub(super) async fn carry_out<B>(
        self,
        head: Parts,
        body: B,
        leash: &Leash,
    ) -> Result<Response<AnswerBody>, Lost>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let request = self.request(head, body);
        let (response, line) = self.answer(request, leash).await?;
        let (mut head, incoming) = response.into_parts();
        if !headers::is_understood(&head.headers) {
            return Err(Lost::Garbled(headers::STRANGE_CODING));
        }
        let switches = head.status == StatusCode::SWITCHING_PROTOCOLS;
        headers::clean_answer(&mut head.headers);
        head.version = Version::HTTP_11;
        let body = match (switches, self.switch) {
            (true, Some(switch)) => switch_over(&mut head, switch, line, leash, self.upstream)?,
            (true, None) => return Err(Lost::Uninvited),
            (false, _) => body_of(incoming, line, self.upstream, leash).await,
        };
        Ok(Response::from_parts(head, body))
    }

    fn request<B>(&self, head: Parts, body: B) -> Request<Sent>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut request = Request::new(Sent::new(body, &self.pulse, self.doorkeeper.clone()));
        *request.method_mut() = head.method;
        *request.uri_mut() = head.uri.into_parts().path_and_query.map_or_else(Uri::default, Uri::from);
        *request.headers_mut() = head.headers;
        if let Some(keeper) = self.doorkeeper.clone() {
            hyper::ext::on_informational(&mut request, move |told| {
                if told.status() == StatusCode::CONTINUE {
                    keeper.open();
                }
            });
        }
        request
    }

    /// The head of the answer. Who waits for it for long may lose the right to it meanwhile.
    async fn answer(
        &self,
        request: Request<Sent>,
        leash: &Leash,
    ) -> Result<(Response<Incoming>, Line), Lost> {
        let mut asking = pin!(self.upstream.ask(request, self.switch.is_some()));
        if let Ok(answered) = tokio::time::timeout(AT_ONCE, asking.as_mut()).await {
            return answered;
        }
        tokio::select! {
            biased;
            answered = asking => answered,
            () = leash.ended() => Err(Lost::Ended),
            () = self.patience() => Err(Lost::SlowToAnswer),
        }
    }

    /// Over once the upstream has taken nothing of the request and said nothing for too long.
    async fn patience(&self) {
        let mut beats = None;
        while beats != Some(self.pulse.beats()) {
            beats = Some(self.pulse.beats());
            tokio::time::sleep(self.upstream.settings().answer).await;
        }
    }
}

fn switch(head: &mut Parts) -> Option<(HeaderValue, OnUpgrade)> {
    let end = head.extensions.remove::<OnUpgrade>()?;
    Some((headers::wanted_protocol(&head.headers)?, end))
}

/// For a client that asks whether its body is wanted before it sends it.
fn doorkeeper(head: &mut Parts) -> Option<Doorkeeper> {
    let asks =
        head.headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    if asks && head.version == Version::HTTP_11 {
        return Some(Doorkeeper::default());
    }
    head.headers.remove(EXPECT);
    None
}

/// Opens the tunnel once both sides have heard that it was agreed to.
fn switch_over(
    head: &mut http::response::Parts,
    (protocol, client, connection): (HeaderValue, OnUpgrade, Connection),
    line: Line,
    leash: &Leash,
    upstream: &Upstream,
) -> Result<AnswerBody, Lost> {
    let upstream_end = head.extensions.remove::<OnUpgrade>().ok_or(Lost::Uninvited)?;
    headers::switch_to(&mut head.headers, protocol);
    head.headers.remove(CONTENT_LENGTH);
    let ends = Ends { client, upstream: upstream_end, line };
    connection.continue_with(tunnel(ends, leash.clone(), upstream.settings().idle));
    Ok(AnswerBody::whole(Bytes::new()))
}

/// An answer without a body leaves its connection free at once.
async fn body_of(incoming: Incoming, mut line: Line, upstream: &Arc<Upstream>, leash: &Leash) -> AnswerBody {
    if !incoming.is_end_stream() {
        return AnswerBody::forwarded(incoming, line, Arc::clone(upstream), leash.clone());
    }
    line.look().await;
    upstream.take_back(line);
    AnswerBody::whole(Bytes::new())
}
