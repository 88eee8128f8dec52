//! Who carries deliveries, and writes down what became of them.

use super::DELIVERIES;
use crate::dates::zulu;
use crate::engine::attributes_of;
use crate::fault::Fault;
use crate::outgoing::{Content, Outcome, Post, Target};
use crate::sandbox::Inner;
use crate::store::{Filter, Kept, Origin, Reading, Wanted};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

const SIGNATURE: HeaderName = HeaderName::from_static("x-apple-signature");
/// How many are collected at a time; the rest is when the next change is made.
const MOST_COLLECTED: usize = 1000;

/// Teams and deliveries that are with the sender. It is held while what is pending is looked up, so that none is sent
/// twice.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<BTreeSet<(String, String)>>);

impl UnderWay {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that is to be made.
struct Pending {
    id: String,
    url: String,
    secret: String,
    payload: String,
}

/// Sends what is pending of a team, and does not wait for it.
pub(crate) fn collect(inner: &Arc<Inner>, team: &str) {
    let mut under_way = inner.under_way.lock();
    let pending = match inner.store.read(team, pending) {
        Ok(pending) => pending,
        Err(fault) => {
            tracing::error!(%fault, team, "Pending deliveries of webhooks can't be looked up");
            return;
        }
    };
    let is_fresh = |pending: &Pending| under_way.insert((team.to_owned(), pending.id.clone()));
    let fresh: Vec<Pending> = pending.into_iter().filter(is_fresh).collect();
    drop(under_way);
    for pending in fresh {
        send(inner, team, pending);
    }
}

fn send(inner: &Arc<Inner>, team: &str, pending: Pending) {
    let Pending { id, url, secret, payload } = pending;
    let to = Target::read(&url);
    let signed = HeaderValue::try_from(signature(&secret, payload.as_bytes()));
    let (sender, of, now) = (Arc::clone(inner), team.to_owned(), (inner.clock)());
    let done: Box<dyn FnOnce(Outcome) + Send> = Box::new(move |outcome| {
        if let Err(fault) = write_down(&sender, &of, &id, &url, now, &outcome) {
            tracing::error!(%fault, team = of, id, "What became of a delivery can't be written down");
        }
        sender.under_way.lock().remove(&(of, id));
    });
    match (to, signed) {
        (Ok(to), Ok(signed)) => {
            let content = Content { fields: vec![(SIGNATURE, signed)], body: Bytes::from(payload) };
            inner.outgoing.send(Post { team: team.to_owned(), to, content, done });
        }
        (Err(why), _) => done(Err(why.to_owned())),
        (_, Err(_)) => done(Err("It can't be signed".to_owned())),
    }
}

/// `hmacsha256=…`, over the body, by the webhook's secret.
fn signature(secret: &str, body: &[u8]) -> String {
    let tag = sign(&Key::new(HMAC_SHA256, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hmacsha256={hex}")
}

fn pending(reading: &Reading<'_>) -> Result<Vec<Pending>, Fault> {
    let filter = Filter::Attribute("deliveryState".to_owned(), vec!["PENDING".to_owned().into()]);
    let origin = Origin::All { kind: DELIVERIES };
    let wanted = Wanted { filters: vec![filter], most: MOST_COLLECTED, ..Wanted::from(origin) };
    let mut all = Vec::new();
    for delivery in reading.list(&wanted)?.kept {
        let (Some(webhook), Some(event)) =
            (referred(reading, &delivery, "webhook")?, referred(reading, &delivery, "event")?)
        else {
            continue;
        };
        let url = text(&webhook, "url")?;
        let hidden = reading.hidden(webhook.number)?.unwrap_or_default();
        let hidden: Value = serde_json::from_str(&hidden).unwrap_or_default();
        all.push(Pending {
            id: delivery.id,
            url,
            secret: hidden["secret"].as_str().unwrap_or_default().to_owned(),
            payload: text(&event, "payload")?,
        });
    }
    Ok(all)
}

fn referred(reading: &Reading<'_>, from: &Kept, name: &str) -> Result<Option<Kept>, Fault> {
    match reading.targets(from.number, name)?.first() {
        Some(end) => reading.find(&end.kind, &end.id),
        None => Ok(None),
    }
}

fn text(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// Writes down what became of a delivery, if that is still there.
fn write_down(
    inner: &Inner,
    team: &str,
    id: &str,
    url: &str,
    sent: SystemTime,
    outcome: &Outcome,
) -> Result<(), Fault> {
    let house = inner.house(None);
    inner.store.write(team, |writing| {
        let Some(delivery) = writing.find(DELIVERIES, id)? else { return Ok(()) };
        let mut values = attributes_of(&delivery)?;
        let (state, why, response) = match outcome {
            Ok(answered) if answered.is_success() => ("SUCCEEDED", Value::Null, shown(outcome)),
            Ok(_) => ("FAILED", "It did not answer with a status of success".into(), shown(outcome)),
            Err(why) => ("FAILED", why.as_str().into(), Value::Null),
        };
        values.insert("deliveryState".to_owned(), state.into());
        values.insert("errorMessage".to_owned(), why);
        values.insert("sentDate".to_owned(), zulu(sent).into());
        values.insert("request".to_owned(), json!({ "url": url }));
        values.insert("response".to_owned(), response);
        house.rewrite(writing, house.kind(DELIVERIES)?, &delivery, &values)
    })
}

fn shown(outcome: &Outcome) -> Value {
    match outcome {
        Ok(answered) => json!({ "httpStatusCode": answered.status, "body": answered.body }),
        Err(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_apples_example() {
        assert_eq!(
            signature("This is my secret", b"Hello, World!"),
            "hmacsha256=7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657"
        );
    }
}
