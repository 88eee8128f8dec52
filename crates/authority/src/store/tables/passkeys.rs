//! Passkeys: their public halves.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its credential id, as base64url.
    pub id: String,
    /// Whose.
    pub person: PersonId,
    /// What its person calls it.
    pub name: String,
    /// Its public half, as COSE writes it.
    pub public_key: Vec<u8>,
    /// How often it has signed, if it counts.
    pub counter: u64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, if it was.
    pub last_used: Option<Timestamp>,
}

/// How many a person may have.
pub const MOST: usize = 20;
/// What adding needs.
pub const A_NEW_PASSKEY: &str = "a passkey that nobody has yet";
/// What changing and removing need.
pub const THE_PASSKEY: &str = "the passkey";
/// What using needs.
pub const A_GROWING_COUNTER: &str = "a passkey whose counter grows";

statements! {
    ADD = "INSERT INTO passkeys (id, person_id, name, public_key, counter, created_at)
        SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT COUNT(*) FROM passkeys WHERE person_id = $2) < 20
        ON CONFLICT DO NOTHING";
    FIND = "SELECT id, person_id, name, public_key, counter, created_at, last_used FROM passkeys WHERE id = $1";
    OF = "SELECT id, person_id, name, public_key, counter, created_at, last_used FROM passkeys
        WHERE person_id = $1 ORDER BY created_at, id";
    USED = "UPDATE passkeys SET counter = $1, last_used = $2
        WHERE id = $3 AND (counter < $1 OR counter = 0 AND $1 = 0)";
    RENAME = "UPDATE passkeys SET name = $1 WHERE id = $2 AND person_id = $3";
    REMOVE = "DELETE FROM passkeys WHERE id = $1 AND person_id = $2";
}

/// Adds a passkey; undone with everything around it if it is known already, or the person has as many
/// as may be.
#[must_use]
pub fn add(passkey: &Passkey) -> Statement {
    let values = vec![
        passkey.id.as_str().into(),
        passkey.person.into(),
        passkey.name.as_str().into(),
        passkey.public_key.as_slice().into(),
        passkey.counter.into(),
        passkey.created_at.into(),
    ];
    Statement::new(ADD, values).expecting_one(A_NEW_PASSKEY)
}

/// Finds a passkey.
#[must_use]
pub fn find(id: &str) -> Statement {
    Statement::new(FIND, vec![id.into()])
}

/// The passkeys of a person, oldest first.
#[must_use]
pub fn of(person: PersonId) -> Statement {
    Statement::new(OF, vec![person.into()])
}

/// Notes a use. Undone with everything around it unless the counter has grown, or never counted.
#[must_use]
pub fn used(id: &str, counter: u64, now: Timestamp) -> Statement {
    Statement::new(USED, vec![counter.into(), now.into(), id.into()]).expecting_one(A_GROWING_COUNTER)
}

/// Gives a person's passkey another name.
#[must_use]
pub fn rename(id: &str, person: PersonId, name: &str) -> Statement {
    Statement::new(RENAME, vec![name.into(), id.into(), person.into()]).expecting_one(THE_PASSKEY)
}

/// Removes a person's passkey.
#[must_use]
pub fn remove(id: &str, person: PersonId) -> Statement {
    Statement::new(REMOVE, vec![id.into(), person.into()]).expecting_one(THE_PASSKEY)
}

impl TryFrom<Row> for Passkey {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.text(0)?.to_owned(),
            person: row.id(1)?,
            name: row.text(2)?.to_owned(),
            public_key: row.bytes(3)?.to_vec(),
            counter: row.count(4)?,
            created_at: row.time(5)?,
            last_used: row.maybe_time(6)?,
        })
    }
}
