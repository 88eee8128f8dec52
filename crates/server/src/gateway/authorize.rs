//! `/authorize`: a proxy asks whether a request may pass, and tells of it in header fields.
//!
//! nginx sends `X-Original-Method` and `X-Original-URI`, Traefik and Caddy `X-Forwarded-Method` and
//! `X-Forwarded-Uri`. Half a pair, two pairs that disagree, or a field that comes twice could be read in two
//! ways: refused. Nothing else of what the client says is believed.

use crate::app::{House, finish};
use crate::call::Call;
use crate::error::Problem;
use crate::gateway::answer::{self, Door};
use crate::gateway::carry;
use crate::gateway::judge::{credential, judge, judge_new, short_of_a_loan};
use crate::reply::Reply;
use crate::request_id::{REQUEST_ID, RequestId};
use crate::trust::KeptAddress;
use bytes::Bytes;
use counterfoil_verify::answer::{RATE_LIMIT, rate_limit};
use counterfoil_verify::{Allowed, NeedsProof, Presented, Request, Verdict};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri};
use http_body_util::Full;
use std::sync::{Arc, LazyLock};

pub(crate) const PATH: &str = "/authorize";

/// What is added to an answer at most: eight fields of identity, the hour, a warning, a name, how to keep it.
const MOST_FIELDS: usize = 12;

/// The request that a proxy asks about.
#[derive(Clone, Copy)]
struct Original<'r> {
    method: &'r str,
    target: &'r str,
    token: Presented<'r>,
    /// Whether a refusal is to be said in header fields.
    carries: bool,
}

/// Whether this asks for a verdict, and can be answered without the router.
pub(crate) fn is_asked(method: &Method, uri: &Uri) -> bool {
    uri.path() == PATH && matches!(*method, Method::GET | Method::POST | Method::HEAD)
}

/// The answer, if it can be given at once: `None` if something is wrong with the header fields.
pub(crate) fn at_once(
    house: &House,
    headers: &HeaderMap,
    id: &RequestId,
    from: &KeptAddress,
) -> Option<Result<Response<Full<Bytes>>, NeedsProof>> {
    let original = read(headers).ok()?;
    let asked = original.asked(id, from.as_str());
    let known = house.authority.verifier().decide_known(&asked, house.clock());
    let known = known.and_then(|verdict| short_of_a_loan(&verdict).map_or(Ok(verdict), Err));
    Some(known.map(|verdict| answered(house, &verdict, id, original.carries).map(Full::new)))
}

/// The answer once the token's signature is checked. The fields were read before and nothing was wrong.
pub(crate) async fn after_check(
    house: Arc<House>,
    headers: HeaderMap,
    id: RequestId,
    from: KeptAddress,
    wanting: NeedsProof,
) -> Response<Full<Bytes>> {
    let (verdict, carries) = match read(&headers) {
        Ok(original) => {
            let asked = original.asked(&id, from.as_str());
            (judge_new(&house, &asked, wanting).await, original.carries)
        }
        Err(_) => (wanting.overloaded(std::time::Duration::from_secs(1)), false),
    };
    answered(&house, &verdict, &id, carries).map(Full::new)
}

/// The door of the table, which says what is wrong with the header fields.
pub(crate) async fn ask(call: Call) -> Result<Reply, Problem> {
    let (head, body) = judged(&call.house, &call.headers, &call.id, &call.from).await.into_parts();
    Ok(Reply { headers: head.headers, body, ..Reply::empty(head.status) })
}

/// The answer to a question in these header fields, whatever is wrong with them.
pub(crate) async fn judged(
    house: &House,
    headers: &HeaderMap,
    id: &RequestId,
    from: &KeptAddress,
) -> Response<Bytes> {
    match read(headers) {
        Ok(original) => {
            let verdict = judge(house, &original.asked(id, from.as_str()), house.clock()).await;
            answered(house, &verdict, id, original.carries)
        }
        Err(problem) => unread(house, &problem, id, headers.contains_key(carry::ASKED)),
    }
}

fn unread(house: &House, problem: &Problem, id: &RequestId, carries: bool) -> Response<Bytes> {
    let reply = problem.reply(id);
    let mut response = reply.into_response();
    finish(response.headers_mut(), id, &house.settings);
    if carries {
        carry::carry(&mut response);
    }
    response
}

fn answered(house: &House, verdict: &Verdict, id: &RequestId, carries: bool) -> Response<Bytes> {
    house.tally.count(Door::ForwardAuth, verdict);
    if house.settings.log_verdicts {
        log(verdict, id);
    }
    match verdict.allowed() {
        Some(allowed) => pass(allowed, verdict, id),
        None => {
            let mut refusal = answer::refusal_in_bytes(house, verdict, Door::ForwardAuth, id);
            if carries {
                carry::carry(&mut refusal);
            }
            refusal
        }
    }
}

/// 200 and who asks. Kept by nobody: the next request may be refused.
fn pass(allowed: &Allowed, verdict: &Verdict, id: &RequestId) -> Response<Bytes> {
    let mut headers = usual(allowed, verdict).unwrap_or_else(|| any(allowed, verdict));
    if id.is_given()
        && let Ok(id) = HeaderValue::from_str(id)
    {
        headers.insert(REQUEST_ID, id);
    }
    let mut response = Response::new(Bytes::new());
    *response.headers_mut() = headers;
    response
}

fn any(allowed: &Allowed, verdict: &Verdict) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(MOST_FIELDS);
    for (name, value) in allowed.headers() {
        headers.insert(name, value);
    }
    answer::quota_headers(verdict, &mut headers);
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The names in the answer to most requests, those by keys of teams, in their order. To copy the map that has them
/// and fill in the values costs half of finding a place for each name anew, and that was the dearest part of
/// an answer. The names are constants: only those are copied for nothing.
static USUAL: LazyLock<HeaderMap> = LazyLock::new(|| {
    const IDENTITY: [&str; 5] = [
        "x-counterfoil-team",
        "x-counterfoil-key",
        "x-counterfoil-kind",
        "x-counterfoil-roles",
        "x-counterfoil-group",
    ];
    let names = IDENTITY.into_iter().map(HeaderName::from_static).chain([RATE_LIMIT.clone(), CACHE_CONTROL]);
    names.map(|name| (name, NO_STORE)).collect()
});

/// The same as [`any`], if it has exactly the usual names.
fn usual(allowed: &Allowed, verdict: &Verdict) -> Option<HeaderMap> {
    let quota = verdict.quota.filter(|_| verdict.stale_warning.is_none())?;
    let mut headers = USUAL.clone();
    let mut places = headers.iter_mut();
    for (name, value) in allowed.headers() {
        let (there, place) = places.next()?;
        (there == name).then(|| *place = value)?;
    }
    let (name, place) = places.next()?;
    (*name == RATE_LIMIT).then(|| *place = rate_limit(quota))?;
    (places.next()?.0 == CACHE_CONTROL).then_some(headers)
}

fn log(verdict: &Verdict, id: &RequestId) {
    let outcome = verdict.reason().map_or("allowed", |reason| reason.name());
    let key = verdict.by.map(|by| by.key);
    let key = key.as_ref().map_or("", |key| key.as_str());
    tracing::info!(request = &**id, outcome, key, "Gave a verdict");
}

impl<'r> Original<'r> {
    fn asked(self, id: &'r str, from: &'r str) -> Request<'r> {
        let Self { method, target, token, .. } = self;
        Request { method, target, token, id, from }
    }
}

/// The fields that tell of the request, in one look at all there are.
fn read(headers: &HeaderMap) -> Result<Original<'_>, Problem> {
    let mut fields = Fields::default();
    for (name, value) in headers {
        let place = match name.as_str() {
            "authorization" => &mut fields.authorization,
            "x-original-method" => &mut fields.original_method,
            "x-original-uri" => &mut fields.original_uri,
            "x-forwarded-method" => &mut fields.forwarded_method,
            "x-forwarded-uri" => &mut fields.forwarded_uri,
            carry::ASKED => &mut fields.carry,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(twice(name.as_str()));
        }
    }
    fields.original()
}

#[derive(Default)]
struct Fields<'r> {
    authorization: Option<&'r HeaderValue>,
    original_method: Option<&'r HeaderValue>,
    original_uri: Option<&'r HeaderValue>,
    forwarded_method: Option<&'r HeaderValue>,
    forwarded_uri: Option<&'r HeaderValue>,
    carry: Option<&'r HeaderValue>,
}

impl<'r> Fields<'r> {
    fn original(self) -> Result<Original<'r>, Problem> {
        let original = pair(self.original_method, self.original_uri, "X-Original-Method", "X-Original-URI")?;
        let forwarded =
            pair(self.forwarded_method, self.forwarded_uri, "X-Forwarded-Method", "X-Forwarded-Uri")?;
        let (method, target) = match (original, forwarded) {
            (Some(original), Some(forwarded)) if original != forwarded => {
                let detail = "X-Original-Method and X-Original-URI say another request than X-Forwarded-Method and X-Forwarded-Uri";
                return Err(Problem::Header { name: "X-Original-URI", detail });
            }
            (Some(pair), _) | (None, Some(pair)) => pair,
            (None, None) => {
                let detail = "Tell of the request: X-Original-Method and X-Original-URI, or X-Forwarded-Method and X-Forwarded-Uri";
                return Err(Problem::Header { name: "X-Original-URI", detail });
            }
        };
        let token = self.authorization.map_or(Presented::Nothing, |value| credential(value.as_bytes()));
        Ok(Original { method, target, token, carries: self.carry.is_some() })
    }
}

type Pair<'r> = (&'r str, &'r str);

fn pair<'r>(
    method: Option<&'r HeaderValue>,
    target: Option<&'r HeaderValue>,
    method_name: &'static str,
    target_name: &'static str,
) -> Result<Option<Pair<'r>>, Problem> {
    match (method, target) {
        (None, None) => Ok(None),
        (Some(method), Some(target)) => {
            let method = method.to_str().ok().filter(|method| Method::from_bytes(method.as_bytes()).is_ok());
            let method =
                method.ok_or(Problem::Header { name: method_name, detail: "This is no method of HTTP" })?;
            let no_text =
                |_| Problem::Header { name: target_name, detail: "A path holds printable ASCII only" };
            Ok(Some((method, target.to_str().map_err(no_text)?)))
        }
        (Some(_), None) => {
            Err(Problem::Header { name: target_name, detail: "The method is there and the path is missing" })
        }
        (None, Some(_)) => {
            Err(Problem::Header { name: method_name, detail: "The path is there and the method is missing" })
        }
    }
}

fn twice(name: &str) -> Problem {
    let (name, detail) = match name {
        "authorization" => ("Authorization", "Authorization is given twice"),
        "x-original-method" => ("X-Original-Method", "X-Original-Method is given twice"),
        "x-original-uri" => ("X-Original-URI", "X-Original-URI is given twice"),
        "x-forwarded-method" => ("X-Forwarded-Method", "X-Forwarded-Method is given twice"),
        carry::ASKED => ("X-Counterfoil-Carry", "X-Counterfoil-Carry is given twice"),
        _ => ("X-Forwarded-Uri", "X-Forwarded-Uri is given twice"),
    };
    Problem::Header { name, detail }
}
