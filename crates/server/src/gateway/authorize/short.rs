//! The short way to a verdict: past hyper too, whose reading and writing of header fields costs more than the verdict.

use super::{PATH, after_check, answered, known, note, original};
use crate::app::{App, House};
use crate::listen::{Connection, Field, Short, ShortWay, Written};
use crate::request_id::RequestId;
use counterfoil_verify::answer::{RATE_LIMIT, rate_limit};
use counterfoil_verify::{Allowed, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;

/// The fields by which a proxy names a request and its client.
const OF_CLIENT: [&str; 2] = ["x-request-id", "x-forwarded-for"];

impl ShortWay for App {
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short {
        if target != PATH {
            return Short::NotMine;
        }
        // The door of the table says what is wrong with them.
        let Ok(original) = original(fields.iter().map(|field| (field.name, field.value))) else {
            return Short::NotMine;
        };
        let Some(of_client) = gathered(fields.iter().filter(|field| is_of_client(field))) else {
            return Short::NotMine;
        };
        let id = RequestId::of(&of_client);
        let from = self.0.kept_address(Some(by), &of_client);
        match known(&self.0, &original.asked(&id, from.as_str())) {
            Ok(verdict) => {
                write(&self.0, &verdict, &id, original.carries, into);
                Short::Written
            }
            Err(wanting) => match gathered(fields.iter()) {
                Some(headers) => {
                    Short::Later(Box::pin(after_check(Arc::clone(&self.0), headers, id, from, wanting)))
                }
                None => Short::NotMine,
            },
        }
    }
}

fn is_of_client(field: &Field<'_>) -> bool {
    OF_CLIENT.iter().any(|name| field.name.eq_ignore_ascii_case(name))
}

/// These fields as others know them; nothing if one is none.
fn gathered<'f>(fields: impl Iterator<Item = &'f Field<'f>>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    Some(headers)
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
