//! The short way to a verdict: past hyper too, whose reading and writing of header fields costs more than the verdict.

use super::{Original, answered, note, original};
use crate::app::House;
use crate::gateway::judge::{judge_known, judge_new};
use crate::gateway::short::gathered;
use crate::listen::{Connection, Field, Short, Writing, Written};
use crate::request_id::RequestId;
use crate::trust::KeptAddress;
use counterfoil_verify::answer::{RATE_LIMIT, rate_limit};
use counterfoil_verify::{Allowed, NeedsProof, Presented, Verdict};
use http::StatusCode;
use std::sync::Arc;

/// The fields by which a proxy names a request and its client.
const OF_CLIENT: [&str; 2] = ["x-request-id", "x-forwarded-for"];

/// The answer to a question in these fields.
pub(in crate::gateway) fn answer(
    house: &Arc<House>,
    fields: &[Field<'_>],
    by: &Connection,
    into: &mut Written,
) -> Short {
    // The door of the table says what is wrong with them.
    let Ok(original) = original(fields.iter().map(|field| (field.name, field.value))) else {
        return Short::NotMine;
    };
    let Some(of_client) = gathered(fields.iter().filter(|field| is_of_client(field))) else {
        return Short::NotMine;
    };
    let id = RequestId::of(&of_client);
    let from = house.kept_address(Some(by), &of_client);
    match judge_known(house, &original.asked(&id, from.as_str())) {
        Ok(verdict) => {
            write(house, &verdict, &id, original.carries, into);
            Short::Written
        }
        Err(wanting) => match Waiting::of(original, wanting) {
            Some(waiting) => Short::Later(Box::pin(waiting.answered(Arc::clone(house), id, from))),
            None => Short::NotMine,
        },
    }
}

/// A question that waits for its token's signature to be checked, in words of its own: what was read is read over.
struct Waiting {
    method: String,
    target: String,
    token: String,
    carries: bool,
    wanting: NeedsProof,
}

impl Waiting {
    /// Only of tokens something can be wanting.
    fn of(original: Original<'_>, wanting: NeedsProof) -> Option<Self> {
        let Original { method, target, token, carries } = original;
        let Presented::Bearer(token) = token else { return None };
        let [method, target, token] = [method, target, token].map(str::to_owned);
        Some(Self { method, target, token, carries, wanting })
    }

    async fn answered(self, house: Arc<House>, id: RequestId, from: KeptAddress) -> Writing {
        let Self { method, target, token, carries, wanting } = self;
        let original =
            Original { method: &method, target: &target, token: Presented::Bearer(&token), carries };
        let verdict = judge_new(&house, &original.asked(&id, from.as_str()), wanting).await;
        Box::new(move |into| write(&house, &verdict, &id, carries, into))
    }
}

fn is_of_client(field: &Field<'_>) -> bool {
    OF_CLIENT.iter().any(|name| field.name.eq_ignore_ascii_case(name))
}

/// The same answer as [`answered`]'s.
fn write(house: &House, verdict: &Verdict, id: &RequestId, carries: bool, into: &mut Written) {
    match verdict.allowed().filter(|_| verdict.stale_warning.is_none()) {
        Some(allowed) => {
            note(house, verdict, id);
            write_pass(allowed, verdict, id, into);
        }
        None => into.response(&answered(house, verdict, id, carries)),
    }
}

/// The same answer as `pass`'s, of a fresh verdict.
fn write_pass(allowed: &Allowed, verdict: &Verdict, id: &RequestId, into: &mut Written) {
    into.begin(StatusCode::OK);
    for (name, value) in allowed.headers() {
        into.field(name.as_str(), value.as_bytes());
    }
    if let Some(quota) = verdict.quota {
        into.field(RATE_LIMIT.as_str(), rate_limit(quota).as_bytes());
    }
    into.field("cache-control", b"no-store");
    if id.is_given() {
        into.field("x-request-id", id.as_bytes());
    }
    into.end(b"");
}
