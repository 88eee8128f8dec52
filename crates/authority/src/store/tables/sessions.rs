//! Who is signed in.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// A session; of its secret, only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Who it is.
    pub who: Who,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// Until when it is good at the longest.
    pub expires_at: Timestamp,
}

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The operator of the installation.
    Operator,
    /// A person.
    Person(PersonId),
}

statements! {
    OPEN = "INSERT INTO sessions (hash, person_id, created_at, last_seen, expires_at) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT hash, person_id, created_at, last_seen, expires_at FROM sessions
        WHERE hash = $1 AND expires_at > $2";
    TOUCH = "UPDATE sessions SET last_seen = $1 WHERE hash = $2 AND last_seen < $1";
    END = "DELETE FROM sessions WHERE hash = $1";
    END_ALL_OF = "DELETE FROM sessions WHERE person_id = $1";
    END_ALL_OF_OPERATOR = "DELETE FROM sessions WHERE person_id IS NULL";
    END_ALL = "DELETE FROM sessions";
    PURGE = "DELETE FROM sessions WHERE expires_at < $1 OR last_seen < $2";
}

/// Opens a session.
#[must_use]
pub fn open(session: &Session) -> Statement {
    let person = match session.who {
        Who::Operator => None,
        Who::Person(person) => Some(person),
    };
    let values = vec![
        session.hash.into(),
        person.into(),
        session.created_at.into(),
        session.last_seen.into(),
        session.expires_at.into(),
    ];
    Statement::new(OPEN, values).expecting_one("a new session")
}

/// Finds a session that has not expired. Whether it was idle for too long, the caller says.
#[must_use]
pub fn find(hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(FIND, vec![hash.into(), now.into()])
}

/// Notes that a session was used.
#[must_use]
pub fn touch(hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(TOUCH, vec![now.into(), hash.into()])
}

/// Ends a session, if there is one.
#[must_use]
pub fn end(hash: [u8; 32]) -> Statement {
    Statement::new(END, vec![hash.into()])
}

/// Ends all sessions of one person or of the operator.
#[must_use]
pub fn end_all_of(who: Who) -> Statement {
    match who {
        Who::Operator => Statement::new(END_ALL_OF_OPERATOR, vec![]),
        Who::Person(person) => Statement::new(END_ALL_OF, vec![person.into()]),
    }
}

/// Ends all sessions: what a restore does.
#[must_use]
pub fn end_all() -> Statement {
    Statement::new(END_ALL, vec![])
}

/// Removes sessions that have expired, or were last used before `idle_since`.
#[must_use]
pub fn purge(now: Timestamp, idle_since: Timestamp) -> Statement {
    Statement::new(PURGE, vec![now.into(), idle_since.into()])
}

impl TryFrom<Row> for Session {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            hash: row.array(0)?,
            who: row.maybe_id(1)?.map_or(Who::Operator, Who::Person),
            created_at: row.time(2)?,
            last_seen: row.time(3)?,
            expires_at: row.time(4)?,
        })
    }
}
