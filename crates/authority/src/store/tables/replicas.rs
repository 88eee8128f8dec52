//! Verifiers elsewhere that follow the feed.

use crate::store::statement::{Row, Statement, statements};
use crate::store::{Position, StoreFault};
use counterfoil_core::time::Timestamp;

/// A replica; of its credential, only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its credential.
    pub credential_hash: [u8; 32],
    /// Since when it may read the feed.
    pub created_at: Timestamp,
    /// How far it said it had read.
    pub position: Position,
    /// When it last asked, if ever.
    pub seen_at: Option<Timestamp>,
}

statements! {
    ADD = "INSERT INTO replicas (name, credential_hash, created_at, position) VALUES ($1, $2, $3, 0)
        ON CONFLICT DO NOTHING";
    ALL = "SELECT name, credential_hash, created_at, position, seen_at FROM replicas ORDER BY name";
    BY_CREDENTIAL = "SELECT name, credential_hash, created_at, position, seen_at FROM replicas
        WHERE credential_hash = $1";
    SEEN = "UPDATE replicas SET position = $1, seen_at = $2 WHERE name = $3";
    REMOVE = "DELETE FROM replicas WHERE name = $1";
}

/// Lets a replica in; undone if there is one of that name.
#[must_use]
pub fn add(name: &str, credential_hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(ADD, vec![name.into(), credential_hash.into(), now.into()])
        .expecting_one("a name no replica has")
}

/// All replicas, by name.
#[must_use]
pub fn all() -> Statement {
    Statement::new(ALL, vec![])
}

/// Finds the replica that holds this credential.
#[must_use]
pub fn by_credential(credential_hash: [u8; 32]) -> Statement {
    Statement::new(BY_CREDENTIAL, vec![credential_hash.into()])
}

/// Notes how far a replica has read.
#[must_use]
pub fn seen(name: &str, position: Position, now: Timestamp) -> Statement {
    Statement::new(SEEN, vec![position.0.into(), now.into(), name.into()])
}

/// Shuts a replica out.
#[must_use]
pub fn remove(name: &str) -> Statement {
    Statement::new(REMOVE, vec![name.into()]).expecting_one("the replica")
}

impl TryFrom<Row> for Replica {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            name: row.text(0)?.to_owned(),
            credential_hash: row.array(1)?,
            created_at: row.time(2)?,
            position: Position(row.count(3)?),
            seen_at: row.maybe_time(4)?,
        })
    }
}
