//! Why a call was refused: what the server says to the holder who proves to be one, else what its words mean.

use crate::caller::Caller;
use crate::doctor::{Check, Meant, Refused, reasons};
use crate::http::{Answer, Url};
use crate::mint::Order;
use counterfoil_core::catalog::Catalog;

/// The checks that fail. A server that has a door for the question is asked with the same token.
#[must_use]
pub fn refusal(
    caller: &mut Caller<'_>,
    base: &Url,
    method: &str,
    answer: &Answer,
    order: &Order,
    catalog: &Catalog,
) -> Vec<Check> {
    let meant = Meant { method: method.to_owned(), target: answer.url.target().to_owned() };
    let asked = if base.is_same_origin(&answer.url) {
        crate::doctor::diagnosed(caller, base, Some(&meant)).ok().flatten()
    } else {
        None
    };
    let ahead = caller.ahead(&answer.url);
    let refused = Refused { method, path: answer.url.path(), answer, ahead };
    let checks = asked.unwrap_or_else(|| reasons(&refused, caller.key(), order, catalog));
    checks.into_iter().filter(|check| check.ok == Some(false)).collect()
}
