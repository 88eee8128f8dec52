//! What can be told without asking anybody: where the key comes from, its file, its text, its ids, its claims.

use super::Check;
use super::told::claims_of;
use crate::custody::Means;
use crate::fault::Fault;
use crate::mint::{self, Order};
use crate::pem::{self, Repair};
use crate::sources::{self, Chosen, Fetched, HeldKey, Source, Wanted, what_is_it};
use counterfoil_core::catalog::{Catalog, KeyKind};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;

/// What came of it.
pub struct Examined {
    /// The checks, in order.
    pub checks: Vec<Check>,
    /// The key, if all of it could be read.
    pub key: Option<HeldKey>,
    /// What was taken, if anything was.
    pub chosen: Option<Chosen>,
}

/// Examines the key that would be taken.
#[must_use]
pub fn examine_key(
    wanted: &Wanted,
    means: &Means<'_>,
    order: &Order,
    catalog: &Catalog,
    now: Timestamp,
) -> Examined {
    let chosen = match sources::choose(wanted, means.surroundings) {
        Ok(chosen) => chosen,
        Err(fault) => {
            let check = Check::of_fault("source", &fault, "a source that names a private key");
            return Examined { checks: vec![check], key: None, chosen: None };
        }
    };
    let mut checks = vec![source(&chosen)];
    let fetched = fetched(&chosen.source, means, &mut checks);
    let half = fetched.as_ref().and_then(|fetched| half(fetched, &mut checks));
    let id = key_id(&chosen.source, fetched.as_ref(), &mut checks);
    let issuer = issuer_id(&chosen.source, fetched.as_ref(), order, catalog, &mut checks);
    let file_prefix = chosen.source.file_name().map(|(prefix, _)| prefix);
    let key = match (half, id, issuer) {
        (Some(half), Some(id), Ok(issuer)) => Some(HeldKey { id, issuer, half, file_prefix }),
        _ => None,
    };
    checks.extend(key.as_ref().map(|key| minted(key, order, catalog, now)).unwrap_or_default());
    Examined { checks, key, chosen: Some(chosen) }
}

fn source(chosen: &Chosen) -> Check {
    let others = match chosen.others.as_slice() {
        [] => String::new(),
        others => format!("; also seen: {}", others.join(", ")),
    };
    Check::good(
        "source",
        format!("{}{others}", chosen.source.name),
        "the first source that names a private key",
    )
}

fn fetched(source: &Source, means: &Means<'_>, checks: &mut Vec<Check>) -> Option<Fetched> {
    match source.fetch(means) {
        Ok(fetched) => {
            checks.extend(fetched.warnings.iter().map(|warning| {
                let open = Check::open("custody", warning.message(), "only its owner can read it");
                open.with_hint(warning.hint())
            }));
            Some(fetched)
        }
        Err(fault) => {
            checks.push(Check::of_fault("custody", &fault, "a private key in its place"));
            None
        }
    }
}

const PEM: &str = "one PEM block `PRIVATE KEY`, lines ending in LF: the .p8 file as it was downloaded";

fn half(fetched: &Fetched, checks: &mut Vec<Check>) -> Option<PrivateHalf> {
    match pem::read_half(fetched.bytes.as_slice()) {
        Ok((half, repairs)) => {
            checks.extend(repairs.iter().map(repair));
            if repairs.is_empty() {
                checks.push(Check::good("pem", "an undamaged P-256 private key", PEM));
            }
            Some(half)
        }
        Err(fault) => {
            checks.push(Check::of_fault("pem", &Fault::from(fault).of(&fetched.place), PEM));
            None
        }
    }
}

/// This program undoes it; the next one says "invalid key".
fn repair(repair: &Repair) -> Check {
    let text = repair.to_string();
    let (what, mend) = text.split_once("; ").unwrap_or((&text, "store it as it was downloaded"));
    let check =
        Check::bad("pem", what, PEM, format!("{mend}; it is repaired here, other programs refuse it"));
    if *repair == Repair::NoLastNewline { Check { ok: Some(true), ..check } } else { check }
}

fn key_id(source: &Source, fetched: Option<&Fetched>, checks: &mut Vec<Check>) -> Option<KeyId> {
    let expected = "10 characters of A–Z and 0–9";
    let see = "the key id stands beside the key's name, and in the file's name: AuthKey_<ID>.p8";
    let named = source.file_name().map(|(_, id)| id);
    let beside = fetched.and_then(|fetched| fetched.key_id.clone());
    let text = source.key_id.clone().or(beside).or_else(|| named.map(|id| id.to_string()));
    let Some(text) = text else {
        checks.push(Check::bad("keyId", "none", expected, format!("give --key-id; {see}")));
        return None;
    };
    let Ok(id) = KeyId::try_from(text.trim()) else {
        let what = what_is_it(&text).map_or(String::new(), |what| format!(", which looks like {what}"));
        checks.push(Check::bad("keyId", format!("`{}`{what}", shown(&text)), expected, see));
        return None;
    };
    checks.push(match named.filter(|named| *named != id) {
        Some(named) => Check::bad(
            "keyId",
            format!("{id}, and the file's name says {named}"),
            "the key id that belongs to this private half",
            format!("give --key-id {named}, or the file of {id}"),
        ),
        None => Check::good("keyId", id.to_string(), expected),
    });
    Some(id)
}

fn issuer_id(
    source: &Source,
    fetched: Option<&Fetched>,
    order: &Order,
    catalog: &Catalog,
    checks: &mut Vec<Check>,
) -> Result<Option<IssuerId>, ()> {
    let beside = fetched.and_then(|fetched| fetched.issuer_id.clone());
    let prefix = source.file_name().map(|(prefix, _)| prefix);
    let is_of = |kind: &&KeyKind| prefix.as_deref() == Some(kind.file_prefix.trim_end_matches('_'));
    let kind = catalog.kinds.iter().find(is_of);
    let Some(text) = source.issuer_id.clone().or(beside) else {
        checks.push(no_issuer(kind, order));
        return Ok(None);
    };
    let expected = "a UUID, one for the whole team";
    let Ok(issuer) = IssuerId::try_from(text.trim()) else {
        let what = what_is_it(&text).map_or(String::new(), |what| format!(", which looks like {what}"));
        let see = "take it from above the table of keys; it is not the team id of the developer programme";
        checks.push(Check::bad("issuerId", format!("`{}`{what}", shown(&text)), expected, see));
        return Err(());
    };
    checks.push(if kind.is_some_and(|kind| !kind.claims.names_issuer) {
        let found = format!("{issuer}, and a file named as of an individual key");
        Check::bad("issuerId", found, "none for an individual key", "leave the issuer id away")
    } else {
        Check::good("issuerId", issuer.to_string(), expected)
    });
    Ok(Some(issuer))
}

/// Right for an individual key, and for no other.
fn no_issuer(kind: Option<&KeyKind>, order: &Order) -> Check {
    if !kind.is_some_and(|kind| kind.claims.names_issuer) && order.bundle.is_none() {
        return Check::good("issuerId", "none: an individual key", "none for an individual key");
    }
    let kind = kind.map_or("key of a team", |kind| kind.title.as_str());
    Check::bad(
        "issuerId",
        format!("none, and a file named as of a {kind}"),
        "the team's issuer id, unless it is an individual key",
        "give --issuer-id; it stands above the table of keys. For an individual key rename the file to ApiKey_<ID>.p8",
    )
}

/// A token as it would be minted, judged by the rules that a server judges it by.
fn minted(key: &HeldKey, order: &Order, catalog: &Catalog, now: Timestamp) -> Vec<Check> {
    match mint::mint(key, order, catalog, now) {
        Ok(minted) => {
            let wrong = claims_of(&minted.token, key.issuer, catalog, now);
            let wrong: Vec<_> = wrong.into_iter().filter(|check| check.ok == Some(false)).collect();
            if wrong.is_empty() {
                vec![Check::good(
                    "claims",
                    "a token of this key keeps every rule",
                    "what the key's kind claims",
                )]
            } else {
                wrong
            }
        }
        Err(fault) => vec![Check::of_fault("claims", &fault, "what the key's kind claims")],
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(60).collect()
}
