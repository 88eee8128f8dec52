//! Revocations that a restored ledger lacks, taken from an export of the audit.

use crate::authority::{Authority, Request};
use crate::failure::Failure;
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::{IssuerId, KeyId, Remark};
use serde_json::Value;
use std::collections::HashSet;
use std::io::{self, Read};

/// The longest export that is read.
const LONGEST: u64 = 1 << 30;
/// The event that is looked for.
const KEY_REVOKED: &str = "KEY_REVOKED";

/// A revocation of the export, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which key.
    pub key: KeyId,
    /// Whose key, if it is known here.
    pub team: Option<IssuerId>,
    /// What became of it.
    pub how: RevokedHow,
}

/// What became of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokedHow {
    /// The key was active, and is revoked now.
    Now,
    /// It was revoked already.
    Already,
    /// No such key is known here.
    Unknown,
}

/// The revocations that an export of the audit tells of.
#[derive(Debug)]
pub struct Revocations(Vec<Told>);

impl Revocations {
    /// Reads an export whole, so that a bad one is noticed before anything is done.
    ///
    /// # Errors
    /// If it can't be read, or is no export.
    pub fn read(from: impl Read) -> Result<Self, RevocationsFault> {
        let mut text = String::new();
        from.take(LONGEST).read_to_string(&mut text)?;
        read(&text).map(Self)
    }
}

/// Why an export can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RevocationsFault {
    /// The export can't be read.
    #[error("the audit export can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is no export.
    #[error(
        "the audit export can't be read: {0}. A document of /v1/auditEvents is wanted, an array of its entries, or one entry a line"
    )]
    Malformed(String),
    /// A revocation in it names no key.
    #[error("entry {0} of the audit export is a {KEY_REVOKED} that names no key")]
    NoKey(usize),
}

/// A key could not be revoked. Those before it are.
#[derive(Debug, thiserror::Error)]
#[error("the key {key} could not be revoked: {failure}")]
pub struct NotRevoked {
    /// Which key.
    pub key: KeyId,
    /// Why.
    pub failure: Failure,
}

/// A revocation as an export tells of it.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    key: KeyId,
    reason: RevocationReason,
    remark: Option<Remark>,
}

impl Authority {
    /// Revokes, as the operator, what an export of the audit says was revoked and is active here:
    /// what a restore may have lost.
    ///
    /// # Errors
    /// If a key can't be revoked, those before it are.
    pub async fn apply_revocations(&self, revocations: Revocations) -> Result<Vec<Revoked>, NotRevoked> {
        let mut done = Vec::new();
        for told in revocations.0 {
            let key = told.key;
            done.push(self.apply_one(told).await.map_err(|failure| NotRevoked { key, failure })?);
        }
        Ok(done)
    }

    async fn apply_one(&self, told: Told) -> Result<Revoked, Failure> {
        let key = told.key;
        let found = self
            .ledger()
            .state()?
            .team_of_key(key)
            .map(|team| (team.id, team.keys.get(&key).is_some_and(|key| key.is_active())));
        Ok(match found {
            None => Revoked { key, team: None, how: RevokedHow::Unknown },
            Some((team, false)) => Revoked { key, team: Some(team), how: RevokedHow::Already },
            Some((team, true)) => {
                self.revoke(team, &Request::by(Actor::Operator), vec![key], told.reason, told.remark).await?;
                Revoked { key, team: Some(team), how: RevokedHow::Now }
            }
        })
    }
}

/// The revocations of an export, in its order, each key once.
fn read(text: &str) -> Result<Vec<Told>, RevocationsFault> {
    let (mut revocations, mut known) = (Vec::new(), HashSet::new());
    for (at, entry) in entries(text)?.iter().enumerate() {
        if let Some(details) = details_of_revocation(entry) {
            let told = told(entry, details).ok_or(RevocationsFault::NoKey(at + 1))?;
            if known.insert(told.key) {
                revocations.push(told);
            }
        }
    }
    Ok(revocations)
}

fn entries(text: &str) -> Result<Vec<Value>, RevocationsFault> {
    let mut entries = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value.map_err(|fault| RevocationsFault::Malformed(fault.to_string()))? {
            Value::Array(array) => entries.extend(array),
            Value::Object(mut object) => match object.remove("data") {
                Some(Value::Array(array)) => entries.extend(array),
                Some(one) => entries.push(one),
                None => entries.push(Value::Object(object)),
            },
            _ => return Err(RevocationsFault::Malformed("it holds something else than objects".into())),
        }
    }
    Ok(entries)
}

/// What an entry says of a revocation; nothing, if it is of something else.
///
/// An entry has its `kind` and `details` as they are or within `attributes`; a row of the ledger
/// has its `event`.
fn details_of_revocation(entry: &Value) -> Option<&Value> {
    let attributes = entry.get("attributes").unwrap_or(entry);
    if attributes.get("kind").and_then(Value::as_str) == Some(KEY_REVOKED) {
        return Some(attributes.get("details").unwrap_or(attributes));
    }
    entry.get("event").and_then(|event| event.get(KEY_REVOKED))
}

fn told(entry: &Value, details: &Value) -> Option<Told> {
    let text = |name| details.get(name).and_then(Value::as_str);
    let related = || entry.pointer("/relationships/key/data/id").and_then(Value::as_str);
    let key = ["key", "keyId", "apiKey"].into_iter().find_map(text).or_else(related)?;
    let reason = ["reason", "revocationReason"].into_iter().find_map(text);
    Some(Told {
        key: KeyId::try_from(key).ok()?,
        reason: reason.and_then(|name| name.try_into().ok()).unwrap_or(RevocationReason::Unspecified),
        remark: text("remark").and_then(|remark| remark.try_into().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compromised(key: &str) -> Told {
        Told { key: key.try_into().unwrap(), reason: RevocationReason::KeyCompromised, remark: None }
    }

    #[test]
    fn revocations_are_found_in_every_form_of_an_export() {
        let document = r#"{"data":[{"type":"auditEvents","id":"7","attributes":{"kind":"KEY_REVOKED","date":"2026-11-21T00:00:00Z",
            "actor":{"type":"OPERATOR"},"details":{"key":"ABCDE12345","reason":"KEY_COMPROMISED"}}}],"links":{}}"#;
        let array = r#"[{"kind":"KEY_REVOKED","details":{"keyId":"ABCDE12345","revocationReason":"KEY_COMPROMISED"}}]"#;
        let lines = "{\"kind\":\"KEY_DOWNLOADED\",\"details\":{\"key\":\"ZZZZZ12345\"}}\n\
            {\"kind\":\"KEY_REVOKED\",\"details\":{\"key\":\"ABCDE12345\",\"reason\":\"KEY_COMPROMISED\"}}\n";
        let ledger = r#"{"of":"x","at":1,"by":"OPERATOR","event":{"KEY_REVOKED":{"key":"ABCDE12345","reason":"KEY_COMPROMISED","remark":null}}}"#;
        for export in [document, array, lines, ledger] {
            assert_eq!(read(export).unwrap(), [compromised("ABCDE12345")], "{export}");
        }
    }

    #[test]
    fn a_key_that_is_told_twice_is_revoked_once() {
        let twice = r#"[{"kind":"KEY_REVOKED","details":{"key":"ABCDE12345","reason":"KEY_COMPROMISED"}},
            {"kind":"KEY_REVOKED","details":{"key":"ABCDE12345"}}]"#;
        assert_eq!(read(twice).unwrap(), [compromised("ABCDE12345")]);
    }

    #[test]
    fn what_is_no_export_is_refused_whole() {
        for bad in ["{", "7", "[1", "not json", r#"{"kind":"KEY_REVOKED"} x"#] {
            assert!(matches!(read(bad), Err(RevocationsFault::Malformed(_))), "{bad}");
        }
        let nameless = r#"[{"kind":"KEY_GENERATED"},{"kind":"KEY_REVOKED","details":{}}]"#;
        assert!(matches!(read(nameless), Err(RevocationsFault::NoKey(2))));
        assert!(read("").unwrap().is_empty());
    }
}
