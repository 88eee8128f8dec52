//! The short way to an answer: past hyper too, whose reading and writing of header fields costs more than the verdict.
//!
//! A proxy's question is answered by [`authorize`]; a client's plain request goes through to the upstream. What is not
//! plain, here as at the listener, goes the usual way, and nothing is counted of it before.

mod answer;
mod body;
mod chunks;
mod exchange;
mod head;
mod passage;
mod passing;
mod request;

use super::answer::{Door, refusal_in_bytes};
use super::authorize;
use super::judge::judge_known;
use crate::app::{App, House};
use crate::listen::{Connection, Field, Short, ShortWay, Written};
use counterfoil_verify::{NeedsProof, Presented};
use http::{HeaderMap, HeaderName, HeaderValue};
use passage::{Judged, Passage, Unknown};
use request::Plain;
use std::sync::Arc;

impl ShortWay for App {
    fn answer(&self, target: &str, fields: &[Field<'_>], by: &Connection, into: &mut Written) -> Short {
        if target == authorize::PATH {
            authorize::short::answer(&self.0, fields, by, into)
        } else if target.starts_with(authorize::PATH) {
            Short::NotMine
        } else {
            through(&self.0, target, fields, by, into)
        }
    }
}

/// The way through the gateway.
fn through(
    house: &Arc<House>,
    target: &str,
    fields: &[Field<'_>],
    by: &Connection,
    into: &mut Written,
) -> Short {
    let upstream = house.settings.upstream.as_ref().filter(|upstream| upstream.takes_heads());
    let Some(upstream) = upstream else { return Short::NotMine };
    let Some(plain) = Plain::read(house, upstream, target, fields, by) else { return Short::NotMine };
    let judged = match judge_known(house, &plain.asked()) {
        Ok(verdict) => {
            house.tally.count(Door::Gateway, &verdict);
            if verdict.allowed().is_none() {
                into.response(&refusal_in_bytes(house, &verdict, Door::Gateway, &plain.id));
                return Short::Written;
            }
            Judged::Known(verdict)
        }
        Err(wanting) => match unknown(&plain, wanting) {
            Some(unknown) => Judged::Unknown(Box::new(unknown)),
            None => return Short::NotMine,
        },
    };
    let (house, upstream) = (Arc::clone(house), Arc::clone(upstream));
    Short::Forward(Box::new(Passage { house, upstream, id: plain.id, head: plain.head, judged }))
}

/// Only of tokens something can be wanting.
fn unknown(plain: &Plain<'_>, wanting: NeedsProof) -> Option<Unknown> {
    let Presented::Bearer(token) = plain.token else { return None };
    Some(Unknown { target: plain.target.to_owned(), token: token.to_owned(), from: plain.from, wanting })
}

/// These fields as others know them; nothing if one is none.
pub(super) fn gathered<'f>(fields: impl Iterator<Item = &'f Field<'f>>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    Some(headers)
}
