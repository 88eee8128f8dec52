//! What is asked, and what the gateway says about who asks.

use crate::fault::Fault;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};

/// In which header the gateway says whose data is meant.
pub(super) const TEAM: &str = "x-counterfoil-team";
/// In which header the gateway says of which app the key speaks, if it is an in-app purchase key.
pub(super) const BUNDLE: &str = "x-counterfoil-bundle";
/// In which header the gateway says which apps may be seen, if not all.
pub(super) const APPS: &str = "x-counterfoil-apps";

/// A request, with what the gateway said about it.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) target: &'a str,
    pub(super) body: &'a [u8],
    pub(super) team: &'a str,
    pub(super) apps: Option<Vec<String>>,
    pub(super) bundle: Option<&'a str>,
}

/// What the gateway says in a header field. One that says it twice, or in signs that can't be read, is not believed:
/// to take it for one that is missing would show more than was meant.
pub(super) fn header<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Fault> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Fault::BadHeader(name)),
        (Some(_), Some(_)) => Err(Fault::BadHeader(name)),
    }
}

/// Whether the body says of itself that it is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
