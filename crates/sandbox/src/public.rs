//! What is open to everybody: the paths below `/sandbox/`.
//!
//! Elsewhere the real API hands out addresses of other hosts, which are asked without a token: to upload a file in
//! parts, to look at a picture. Here they lie below `/sandbox/`. Who knows such an address has it from an answer;
//! nothing below it says whose it is.

use crate::analytics;
use crate::developers;
use crate::fault::Fault;
use crate::notary;
use crate::sandbox::Inner;
use crate::signed;
use crate::uploads;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response};

/// What the paths begin with.
const START: &str = "/sandbox/";

/// What of a path stands below `/sandbox/`, if it does.
pub(crate) fn below(path: &str) -> Option<&str> {
    path.strip_prefix(START)
}

/// Answers a request to one of these paths.
pub(crate) fn answer(inner: &Inner, below: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    let (room, rest) = below.split_once('/').unwrap_or((below, ""));
    match room {
        "uploads" => uploads::public::take(inner, rest, request),
        "assets" => uploads::public::show(inner, rest, request),
        "segments" => segment(inner, rest, request),
        "notary" => log(inner, rest, request),
        signed::public::ROOT_FILE if rest.is_empty() => signed::public::show(inner, request),
        developers::ROOT_FILE | developers::REVOKED_FILE if rest.is_empty() => {
            developers::public::show(inner, room, request)
        }
        _ => Err(nowhere(below)),
    }
}

/// A segment of an analytics report: `TEAM/ID.txt.gz`.
fn segment(inner: &Inner, rest: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    only_look(request)?;
    let named = rest.strip_suffix(".txt.gz").and_then(|rest| rest.split_once('/'));
    let (team, id) = named.ok_or_else(|| nowhere(&format!("segments/{rest}")))?;
    let content = analytics::segment(&inner.store, (inner.clock)(), team, id)?;
    Ok(file(content, "application/a-gzip", false))
}

/// What the notary wrote about a submission: `TEAM/ID/developer_log.json`.
fn log(inner: &Inner, rest: &str, request: &Request<Bytes>) -> Result<Response<Bytes>, Fault> {
    only_look(request)?;
    let named = rest.strip_suffix("/developer_log.json").and_then(|rest| rest.split_once('/'));
    let (team, id) = named.ok_or_else(|| nowhere(&format!("notary/{rest}")))?;
    let log = notary::developer_log(&inner.store, (inner.clock)(), team, id)?;
    Ok(file(log, "application/json", false))
}

/// Whether a body that is sent to this path is worth being read.
pub(crate) fn awaits(inner: &Inner, below: &str) -> bool {
    match below.split_once('/') {
        Some(("uploads", rest)) => uploads::public::awaits(inner, rest),
        _ => false,
    }
}

/// There is nothing at this path.
pub(crate) fn nowhere(below: &str) -> Fault {
    Fault::NoSuchPath(format!("{START}{below}"))
}

/// That nothing but looking is asked for.
///
/// # Errors
/// If it is.
pub(crate) fn only_look(request: &Request<Bytes>) -> Result<(), Fault> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        ref other => Err(Fault::WrongMethod(other.to_string())),
    }
}

/// A file, as whoever looks at it gets it. It stands beside pages of the server's own, and may come from anybody:
/// no browser shall take it for a page.
pub(crate) fn file(bytes: impl Into<Bytes>, kind: &'static str, is_shown: bool) -> Response<Bytes> {
    let mut response = Response::new(bytes.into());
    let disposition = if is_shown { "inline" } else { "attachment" };
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
