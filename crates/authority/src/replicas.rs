//! Replicas: verifiers elsewhere that follow the feed with a credential of their own.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::ledger::{Alongside, Rejected};
use crate::secret::{Secret, hash_of};
use crate::store::tables::replicas;
use crate::store::{Position, all_of, first_of};
use counterfoil_core::event::{Actor, Event, Stream};
use counterfoil_core::id::Malformed;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is noted that a replica stands where it stood, at most: one that waits for news asks each second.
const NOTE: Duration = Duration::from_secs(5);

/// What a replica is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaName(String);

/// A replica, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// What it is called.
    pub name: String,
    /// Since when it may read the feed.
    pub created_at: Timestamp,
    /// How far it said it had read.
    pub position: Position,
    /// When it last asked, if ever.
    pub seen_at: Option<Timestamp>,
}

impl Authority {
    /// Lets a replica in. Its credential is answered once and can't be shown again.
    ///
    /// # Errors
    /// If there is a replica of that name, or the store did not take it.
    pub async fn add_replica(&self, name: &ReplicaName) -> Result<Secret, Failure> {
        let secret = Secret::draw(&self.random)?;
        let taken = || Failure::from(Refusal::Taken(Thing::Replica, name.to_string()));
        let side = vec![replicas::add(name.as_str(), secret.hash(), self.now())];
        let added = self.ledger().append(Stream::Installation, Actor::Operator, |state| {
            if state.replicas().contains(name.as_str()) {
                return Err(taken());
            }
            let event = Event::ReplicaAdded { name: name.to_string() };
            Ok((vec![event], Alongside { claims: Vec::new(), side: side.clone() }))
        });
        match added.await {
            Ok(_) => Ok(secret),
            Err(Rejected::Unexpected(_)) => Err(taken()),
            Err(rejected) => Err(rejected.into()),
        }
    }

    /// Shuts a replica out.
    ///
    /// # Errors
    /// If there is none of that name, or the store did not take it.
    pub async fn remove_replica(&self, name: &ReplicaName) -> Result<(), Failure> {
        let side = vec![replicas::remove(name.as_str())];
        let removed = self.ledger().append(Stream::Installation, Actor::Operator, |state| {
            if !state.replicas().contains(name.as_str()) {
                return Err(Refusal::NoSuch(Thing::Replica, name.to_string()).into());
            }
            let event = Event::ReplicaRemoved { name: name.to_string() };
            Ok((vec![event], Alongside { claims: Vec::new(), side: side.clone() }))
        });
        removed.await?;
        Ok(())
    }

    /// All replicas, by name.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn replicas(&self) -> Result<Vec<Replica>, Failure> {
        let rows: Vec<replicas::Replica> = all_of(self.store().read(replicas::all()).await?)?;
        Ok(rows.into_iter().map(Replica::from).collect())
    }

    /// The name of the replica that holds this credential, if there is one.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn authenticate_replica(&self, shown: &str) -> Result<Option<String>, Failure> {
        let row: Option<replicas::Replica> =
            first_of(self.store().read(replicas::by_credential(hash_of(shown))).await?)?;
        Ok(row.map(|row| row.name))
    }

    /// Notes how far a replica has read, and that it asked: at once if it has come further, else every few
    /// seconds.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn report_replica(&self, name: &str, position: Position, at: Timestamp) -> Result<(), Failure> {
        if self.sightings.is_news(name, position, at) {
            self.store().write(vec![replicas::seen(name, position, at)]).await?;
            self.sightings.noted(name, position, at);
        }
        Ok(())
    }
}

/// Which replicas this server saw last, where, and when that was noted.
#[derive(Debug, Default)]
pub(crate) struct Sightings(Mutex<BTreeMap<String, (Position, Timestamp)>>);

impl Sightings {
    fn is_news(&self, name: &str, position: Position, at: Timestamp) -> bool {
        let is_old = |last: &Timestamp| at < *last || at.since(*last) >= NOTE;
        self.all().get(name).is_none_or(|(there, last)| *there != position || is_old(last))
    }

    fn noted(&self, name: &str, position: Position, at: Timestamp) {
        self.all().insert(name.to_owned(), (position, at));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, (Position, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplicaName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for ReplicaName {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let is_good = (1..=60).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed {
                what: "a replica's name",
                rule: "1 to 60 characters of a–z, A–Z, 0–9, . _ and -",
            })
        }
    }
}

impl fmt::Display for ReplicaName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl From<replicas::Replica> for Replica {
    fn from(row: replicas::Replica) -> Self {
        let replicas::Replica { name, created_at, position, seen_at, .. } = row;
        Self { name, created_at, position, seen_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_noted_when_it_has_moved_and_otherwise_every_few_seconds() {
        let sightings = Sightings::default();
        let at = Timestamp::from_seconds;
        assert!(sightings.is_news("edge", Position(4), at(100)));
        sightings.noted("edge", Position(4), at(100));
        for (name, position, seconds, is_news) in [
            ("edge", 4, 104, false),
            ("edge", 4, 105, true),
            ("edge", 5, 101, true),
            ("edge", 3, 101, true),
            ("edge", 4, 99, true),
            ("other", 4, 101, true),
        ] {
            let found = sightings.is_news(name, Position(position), at(seconds));
            assert_eq!(found, is_news, "{name} {position} {seconds}");
        }
    }
}
