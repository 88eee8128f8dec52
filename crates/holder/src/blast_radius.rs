//! What was done with a key since a chosen moment: its calls, what they changed, and which were refused. For who must
//! tell what a leaked key came to.

use crate::caller::Caller;
use crate::dates;
use crate::fault::Fault;
use crate::http::{Call, Url, taken};
use crate::keys::{Keys, Listed, refusal};
use crate::pages::{Gathered, gather};
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was done with a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlastRadius {
    /// The key.
    pub key: Listed,
    /// Since when; `None`: since it was generated.
    pub since: Option<String>,
    /// Whether somebody ended it by showing to hold its private half; `None` where the acting key may not know.
    pub leaked: Option<bool>,
    /// Its calls, the oldest first.
    pub calls: Vec<Calls>,
    /// What it changed, as the audit tells it, the oldest first; `None` as above.
    pub changes: Option<Vec<Value>>,
    /// Its calls of the last 30 days that were refused, each by itself, the oldest first; `None` as above.
    pub refusals: Option<Vec<Value>>,
}

/// One way of calling in an hour or a day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calls {
    /// When the hour or day began.
    pub since: String,
    /// `HOUR` or `DAY`.
    pub span: String,
    /// The group of endpoints, if the path belongs to one.
    pub group: Option<String>,
    /// `READ` or `WRITE`.
    pub access: String,
    /// The family of paths.
    pub path: String,
    /// What became of them.
    pub outcome: String,
    /// How many.
    pub requests: u64,
}

/// Asks the server at `base` what was done with `id` since then.
///
/// # Errors
/// The server refuses, or there is no such key.
pub fn of(
    caller: &mut Caller<'_>,
    base: &Url,
    id: KeyId,
    since: Option<Timestamp>,
) -> Result<BlastRadius, Fault> {
    let key = Keys::new(caller, base).show(id)?;
    let calls = calls(caller, base, id, since)?;
    let is_since = |resource: &Value| {
        let date = resource.pointer("/attributes/date").and_then(Value::as_str).and_then(dates::of_json);
        since.is_none_or(|since| date.is_some_and(|date| date >= since))
    };
    let mut told = |path: &str| {
        let told = list(caller, base, path)?;
        Ok::<_, Fault>(told.map(|mut told| {
            told.reverse();
            told
        }))
    };
    let ends = told(&format!("/v1/auditEvents?filter[key]={id}&filter[kind]=KEY_REVOKED"))?;
    let only_since = |told: Vec<Value>| told.into_iter().filter(is_since).collect::<Vec<_>>();
    let changes = told(&format!("/v1/auditEvents?filter[actor]={id}&limit=200"))?.map(only_since);
    let refusals = told(&format!("/v1/refusals?filter[key]={id}&limit=200"))?.map(only_since);
    let by_holder = |event: &Value| event.pointer("/attributes/actor/type") == Some(&Value::from("HOLDER"));
    Ok(BlastRadius {
        key,
        since: since.map(dates::written),
        leaked: ends.map(|ends| ends.iter().any(by_holder)),
        calls,
        changes: changes
            .map(|changes| changes.into_iter().filter(|event| !by_holder(event)).map(flat).collect()),
        refusals: refusals.map(|refusals| refusals.into_iter().map(flat).collect()),
    })
}

/// The calls of a key, the oldest first.
///
/// # Errors
/// The server refuses.
pub fn calls(
    caller: &mut Caller<'_>,
    base: &Url,
    id: KeyId,
    since: Option<Timestamp>,
) -> Result<Vec<Calls>, Fault> {
    let since = since.map(|since| format!("&filter[since]={}", dates::written(since))).unwrap_or_default();
    let call = Call::new("GET", base.with(&format!("/v1/apiKeys/{id}/uses?limit=200{since}"))?);
    match gather(caller, &call, &|_, _| {})? {
        Gathered::Whole(mut whole) => rows(&mut whole).into_iter().map(row).collect(),
        Gathered::Stopped(answer) => Err(refusal(&answer)),
    }
}

fn row(mut resource: Value) -> Result<Calls, Fault> {
    serde_json::from_value(taken(&mut resource, "attributes")).map_err(|_| {
        Fault::new("this is not how a Counterfoil server tells calls", "check the URL, or update the server")
    })
}

/// A whole list; nothing, if it is not for this key to read.
fn list(caller: &mut Caller<'_>, base: &Url, path: &str) -> Result<Option<Vec<Value>>, Fault> {
    match gather(caller, &Call::new("GET", base.with(path)?), &|_, _| {})? {
        Gathered::Whole(mut whole) => Ok(Some(rows(&mut whole))),
        Gathered::Stopped(answer) if answer.status == 403 => Ok(None),
        Gathered::Stopped(answer) => Err(refusal(&answer)),
    }
}

fn rows(whole: &mut Value) -> Vec<Value> {
    whole["data"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// A resource's attributes with its id among them.
fn flat(mut resource: Value) -> Value {
    let (mut attributes, id) = (taken(&mut resource, "attributes"), taken(&mut resource, "id"));
    if let Some(attributes) = attributes.as_object_mut() {
        attributes.insert("id".into(), id);
    }
    attributes
}
