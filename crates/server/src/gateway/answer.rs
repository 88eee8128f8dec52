//! What a verdict looks like as an answer. The words of a refusal are `counterfoil_verify::answer`'s; here it
//! gets what every answer of this server has.

use crate::app::{House, finish};
use bytes::Bytes;
use counterfoil_verify::Verdict;
pub(crate) use counterfoil_verify::answer::Door;
use counterfoil_verify::answer::{self, Asked};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;

/// The answer to a request that may not pass. `id` is what the request is called in it.
pub(crate) fn refusal(house: &House, verdict: &Verdict, door: Door, id: &str) -> Response<Full<Bytes>> {
    refusal_in_bytes(house, verdict, door, id).map(Full::new)
}

/// The same, for who must look at its body once more.
pub(crate) fn refusal_in_bytes(house: &House, verdict: &Verdict, door: Door, id: &str) -> Response<Bytes> {
    let see = house.terms();
    let asked = Asked { door, id, see: Some(&see), now: house.authority.now() };
    let refused = answer::refusal(verdict, &asked).unwrap_or_else(unasked);
    let mut response = refused.map(Bytes::from);
    finish(response.headers_mut(), id, &house.settings);
    response
}

/// What the answer to a proven token says beside everything else: `X-Rate-Limit`, and how old the view of the
/// ledger is, if it is old.
pub(crate) fn quota_headers(verdict: &Verdict, headers: &mut HeaderMap) {
    answer::tell(verdict, headers);
}

/// A refusal was asked for of a verdict that is none: letting it pass would be worse than any other answer.
fn unasked() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl House {
    /// Where a team reads what it must agree to.
    pub(crate) fn terms(&self) -> String {
        let catalog = self.authority.catalog();
        catalog.access.terms_url.clone().unwrap_or_else(|| format!("{}/", self.settings.public_url))
    }
}
