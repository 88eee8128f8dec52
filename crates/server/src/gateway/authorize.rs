//! `/authorize`: a proxy asks whether a request may pass, and tells of it in header fields.
//!
//! nginx sends `X-Original-Method` and `X-Original-URI`, Traefik and Caddy `X-Forwarded-Method` and
//! `X-Forwarded-Uri`. Half a pair, two pairs that disagree, or a field that comes twice could be read in two
//! ways: refused. Nothing else of what the client says is believed.

pub(super) mod short;

use crate::app::{House, finish};
use crate::call::Call;
use crate::error::Problem;
use crate::gateway::answer::{self, Door};
use crate::gateway::carry;
use crate::gateway::headers::text;
use crate::gateway::judge::{credential, judge, judge_known, judge_new};
use crate::reply::Reply;
use crate::request_id::{REQUEST_ID, RequestId};
use crate::trust::KeptAddress;
use bytes::Bytes;
use counterfoil_verify::{Allowed, NeedsProof, Presented, Request, Verdict};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Method, Response, Uri};
use std::sync::Arc;

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
) -> Option<Result<Response<Bytes>, NeedsProof>> {
    let original = read(headers).ok()?;
    let known = judge_known(house, &original.asked(id, from.as_str()));
    Some(known.map(|verdict| answered(house, &verdict, id, original.carries)))
}

/// The answer once the token's signature is checked. The fields were read before and nothing was wrong.
pub(crate) async fn after_check(
    house: Arc<House>,
    headers: HeaderMap,
    id: RequestId,
    from: KeptAddress,
    wanting: NeedsProof,
) -> Response<Bytes> {
    let (verdict, carries) = match read(&headers) {
        Ok(original) => {
            let asked = original.asked(&id, from.as_str());
            (judge_new(&house, &asked, wanting).await, original.carries)
        }
        Err(_) => (wanting.overloaded(std::time::Duration::from_secs(1)), false),
    };
    answered(&house, &verdict, &id, carries)
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
    note(house, verdict, id);
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
    let mut headers = HeaderMap::with_capacity(MOST_FIELDS);
    for (name, value) in allowed.headers() {
        headers.insert(name, value);
    }
    answer::quota_headers(verdict, &mut headers);
    headers.insert(CACHE_CONTROL, NO_STORE);
    if id.is_given()
        && let Ok(id) = HeaderValue::from_str(id)
    {
        headers.insert(REQUEST_ID, id);
    }
    let mut response = Response::new(Bytes::new());
    *response.headers_mut() = headers;
    response
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

fn note(house: &House, verdict: &Verdict, id: &RequestId) {
    house.tally.count(Door::ForwardAuth, verdict);
    if house.settings.log_verdicts {
        log(verdict, id);
    }
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

fn read(headers: &HeaderMap) -> Result<Original<'_>, Problem> {
    original(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))
}

/// The fields that tell of the request, in one look at all there are. Their names may be in any case.
fn original<'r>(fields: impl Iterator<Item = (&'r str, &'r [u8])>) -> Result<Original<'r>, Problem> {
    let mut told = Fields::default();
    for (name, value) in fields {
        let place = match in_lower_case(name, &mut [0; LONGEST_NAME]) {
            b"authorization" => &mut told.authorization,
            b"x-original-method" => &mut told.original_method,
            b"x-original-uri" => &mut told.original_uri,
            b"x-forwarded-method" => &mut told.forwarded_method,
            b"x-forwarded-uri" => &mut told.forwarded_uri,
            name if name == carry::ASKED.as_bytes() => &mut told.carry,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(twice(name));
        }
    }
    told.original()
}

/// The longest of the names that are looked for.
const LONGEST_NAME: usize = 19;

/// A name in lower case, or nothing if it is longer than any that is looked for.
fn in_lower_case<'l>(name: &str, room: &'l mut [u8; LONGEST_NAME]) -> &'l [u8] {
    let Some(lower) = room.get_mut(..name.len()) else { return &[] };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    lower
}

#[derive(Default)]
struct Fields<'r> {
    authorization: Option<&'r [u8]>,
    original_method: Option<&'r [u8]>,
    original_uri: Option<&'r [u8]>,
    forwarded_method: Option<&'r [u8]>,
    forwarded_uri: Option<&'r [u8]>,
    carry: Option<&'r [u8]>,
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
        let token = self.authorization.map_or(Presented::Nothing, credential);
        Ok(Original { method, target, token, carries: self.carry.is_some() })
    }
}

type Pair<'r> = (&'r str, &'r str);

fn pair<'r>(
    method: Option<&'r [u8]>,
    target: Option<&'r [u8]>,
    method_name: &'static str,
    target_name: &'static str,
) -> Result<Option<Pair<'r>>, Problem> {
    match (method, target) {
        (None, None) => Ok(None),
        (Some(method), Some(target)) => {
            let method = text(method).filter(|method| Method::from_bytes(method.as_bytes()).is_ok());
            let method =
                method.ok_or(Problem::Header { name: method_name, detail: "This is no method of HTTP" })?;
            let no_text = Problem::Header { name: target_name, detail: "A path holds printable ASCII only" };
            Ok(Some((method, text(target).ok_or(no_text)?)))
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
    let (name, detail) = match &*name.to_ascii_lowercase() {
        "authorization" => ("Authorization", "Authorization is given twice"),
        "x-original-method" => ("X-Original-Method", "X-Original-Method is given twice"),
        "x-original-uri" => ("X-Original-URI", "X-Original-URI is given twice"),
        "x-forwarded-method" => ("X-Forwarded-Method", "X-Forwarded-Method is given twice"),
        carry::ASKED => ("X-Counterfoil-Carry", "X-Counterfoil-Carry is given twice"),
        _ => ("X-Forwarded-Uri", "X-Forwarded-Uri is given twice"),
    };
    Problem::Header { name, detail }
}
