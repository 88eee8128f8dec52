//! Whether an answer of the feed is one that can be taken in. All of it is looked at before any of it is.

use super::Trouble;
use crate::fact::{ChainHash, News, Place, Position, Snapshot};
use counterfoil_core::catalog::Catalog;
use serde::de::DeserializeOwned;

/// Reads an answer.
///
/// # Errors
/// What is not understood: a kind of fact or a member that is not known here may be a rule that is not
/// known here, and is never passed over.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|fault| Trouble::NotUnderstood(fault.to_string()))
}

/// Where a snapshot stands, if it may take the place of what was read up to `known`.
///
/// # Errors
/// A server that has read less of the same ledger than we have would un-revoke what was revoked since.
pub(super) fn snapshot(snapshot: &Snapshot, known: Option<Place>) -> Result<Place, Trouble> {
    let Snapshot { epoch, head, through, .. } = snapshot;
    let hash = through.hash.ok_or_else(|| does_not_follow("a snapshot has no hash"))?;
    let place = Place { epoch: *epoch, position: through.position, hash };
    let known = known.filter(|known| known.epoch == place.epoch);
    if place.position != *head {
        return Err(does_not_follow("a snapshot does not go as far as the ledger"));
    }
    match known {
        Some(known) if known.position > place.position => {
            Err(Trouble::Behind { theirs: place.position, ours: known.position })
        }
        _ => Ok(place),
    }
}

/// Where news lead to from `known`, if they follow on it: no fact twice, none out of order, none from beyond
/// what the answer says it goes to.
///
/// # Errors
/// What does not follow.
pub(super) fn news(news: &News, known: Place) -> Result<Place, Trouble> {
    let News { epoch, head, through, facts, .. } = news;
    if *epoch != known.epoch {
        return Err(Trouble::OtherLedger);
    }
    if *head < known.position {
        return Err(Trouble::Behind { theirs: *head, ours: known.position });
    }
    if through.position < known.position || through.position > *head {
        return Err(does_not_follow("it goes to another position than it should"));
    }
    let mut last = known.position;
    for fact in facts {
        if fact.position <= last || fact.position > through.position {
            return Err(does_not_follow("its facts are not in order"));
        }
        last = fact.position;
    }
    let hash = hash(through.hash, through.position, known)?;
    Ok(Place { epoch: *epoch, position: through.position, hash })
}

/// At a new position a hash must be told; at the old one it must be the old one.
fn hash(told: Option<ChainHash>, position: Position, known: Place) -> Result<ChainHash, Trouble> {
    match told {
        Some(told) if position == known.position && told != known.hash => Err(Trouble::OtherLedger),
        Some(told) => Ok(told),
        None if position == known.position => Ok(known.hash),
        None => Err(does_not_follow("it tells no hash of where it goes to")),
    }
}

/// The catalog of this text, if its fingerprint is the one that the ledger names.
///
/// # Errors
/// A text that is no catalog to this release, or another one.
pub(super) fn catalog(text: &str, fingerprint: &str) -> Result<Catalog, Trouble> {
    let catalog = Catalog::parse(text).map_err(|faults| Trouble::Catalog(faults.to_string()))?;
    let found = catalog.fingerprint().to_string();
    if found == fingerprint {
        Ok(catalog)
    } else {
        Err(Trouble::Catalog(format!("its fingerprint is {found}, and the ledger names {fingerprint}")))
    }
}

pub(super) fn does_not_follow(why: &str) -> Trouble {
    Trouble::DoesNotFollow(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::id::EpochId;
    use serde_json::{Value, json};

    const EPOCH: &str = "0b5f6542-96fe-1a63-e053-0824d011072a";
    const OTHER: &str = "1b5f6542-96fe-1a63-e053-0824d011072a";
    const TEAM: &str = "57246542-96fe-1a63-e053-0824d011072a";

    fn hash_of(byte: u8) -> ChainHash {
        ChainHash([byte; 32])
    }

    fn known() -> Place {
        Place { epoch: EpochId::try_from(EPOCH).unwrap(), position: Position(10), hash: hash_of(10) }
    }

    fn fact(position: u64) -> Value {
        json!({ "position": position, "kind": "TEAM_SUSPENDED", "team": TEAM })
    }

    fn answer(epoch: &str, head: u64, through: u64, hash: Option<u8>, facts: &[u64]) -> News {
        let mut document = json!({
            "epoch": epoch, "head": head, "time": "2026-11-21T13:40:00Z", "age": 3, "catalog": null,
            "through": { "position": through },
            "facts": facts.iter().map(|position| fact(*position)).collect::<Vec<_>>(),
        });
        if let Some(hash) = hash {
            document["through"]["hash"] = hash_of(hash).to_string().into();
        }
        read(document.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn news_that_follow_lead_on() {
        for (given, position, hash) in [
            (answer(EPOCH, 14, 14, Some(14), &[11, 13]), 14, 14),
            (answer(EPOCH, 99, 12, Some(12), &[12]), 12, 12),
            (answer(EPOCH, 14, 14, Some(14), &[]), 14, 14),
            (answer(EPOCH, 10, 10, None, &[]), 10, 10),
            (answer(EPOCH, 10, 10, Some(10), &[]), 10, 10),
        ] {
            let place = Place { position: Position(position), hash: hash_of(hash), ..known() };
            assert_eq!(news(&given, known()), Ok(place));
        }
    }

    #[test]
    fn news_that_do_not_follow_are_not_taken_in() {
        let behind = Trouble::Behind { theirs: Position(9), ours: Position(10) };
        for (given, why) in [
            (answer(OTHER, 14, 14, Some(14), &[]), Trouble::OtherLedger),
            (answer(EPOCH, 10, 10, Some(11), &[]), Trouble::OtherLedger),
            (answer(EPOCH, 9, 9, Some(9), &[]), behind),
            (
                answer(EPOCH, 14, 9, Some(9), &[]),
                does_not_follow("it goes to another position than it should"),
            ),
            (
                answer(EPOCH, 14, 15, Some(15), &[]),
                does_not_follow("it goes to another position than it should"),
            ),
            (answer(EPOCH, 14, 14, None, &[]), does_not_follow("it tells no hash of where it goes to")),
            (answer(EPOCH, 14, 14, Some(14), &[10]), does_not_follow("its facts are not in order")),
            (answer(EPOCH, 14, 14, Some(14), &[12, 12]), does_not_follow("its facts are not in order")),
            (answer(EPOCH, 14, 14, Some(14), &[13, 12]), does_not_follow("its facts are not in order")),
            (answer(EPOCH, 14, 14, Some(14), &[15]), does_not_follow("its facts are not in order")),
        ] {
            assert_eq!(news(&given, known()), Err(why), "{given:?}");
        }
    }

    #[test]
    fn a_snapshot_of_less_than_was_read_takes_nothing_back() {
        let at = |epoch: &str, position: u64, head: u64| -> Snapshot {
            let hash = hash_of(1).to_string();
            let through = json!({ "position": position, "hash": hash });
            let document = json!({ "epoch": epoch, "head": head, "time": "", "age": 0, "catalog": null, "through": through, "teams": [] });
            read(document.to_string().as_bytes()).unwrap()
        };
        for (given, expected) in [
            (at(EPOCH, 9, 9), Err(Trouble::Behind { theirs: Position(9), ours: Position(10) })),
            (at(EPOCH, 10, 10), Ok(Position(10))),
            (at(EPOCH, 11, 12), Err(does_not_follow("a snapshot does not go as far as the ledger"))),
            (at(OTHER, 3, 3), Ok(Position(3))),
        ] {
            assert_eq!(snapshot(&given, Some(known())).map(|place| place.position), expected);
        }
        assert!(snapshot(&at(EPOCH, 9, 9), None).is_ok());
    }

    #[test]
    fn a_fact_of_a_kind_that_is_not_known_is_not_understood() {
        let document = json!({
            "epoch": EPOCH, "head": 11, "time": "", "age": 3, "catalog": null,
            "through": { "position": 11, "hash": hash_of(11).to_string() },
            "facts": [{ "position": 11, "kind": "KEY_PAUSED", "team": TEAM }],
        });
        let trouble = read::<News>(document.to_string().as_bytes()).unwrap_err();
        let Trouble::NotUnderstood(why) = trouble else { panic!("{trouble}") };
        assert!(why.starts_with("the kind of fact KEY_PAUSED is not known to this release"), "{why}");
    }

    #[test]
    fn a_catalog_must_be_the_one_that_the_ledger_names() {
        let (text, fingerprint) =
            (Catalog::appstore().to_toml(), Catalog::appstore().fingerprint().to_string());
        assert!(catalog(&text, &fingerprint).is_ok());
        assert!(matches!(catalog(&text, "9c1e"), Err(Trouble::Catalog(_))));
        assert!(matches!(catalog("name = 7", &fingerprint), Err(Trouble::Catalog(_))));
    }
}
