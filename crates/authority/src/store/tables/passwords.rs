//! Passwords: their slow hashes.

use crate::store::statement::{Row, Statement, statements};
use crate::store::tables::people::NormalEmail;
use crate::store::{StoreFault, Value};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// Somebody's password, as far as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptPassword {
    /// Whose.
    pub person: PersonId,
    /// The slow hash with its parameters; nothing, if there is no password.
    pub hash: Option<String>,
    /// Whether an authenticator app is enrolled.
    pub has_authenticator: bool,
}

statements! {
    SET = "INSERT INTO passwords (person_id, hash, set_at) VALUES ($1, $2, $3)
        ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at";
    REHASH = "UPDATE passwords SET hash = $1 WHERE person_id = $2 AND hash = $3";
    SET_AT = "SELECT set_at FROM passwords WHERE person_id = $1";
    BY_EMAIL = "SELECT p.id, w.hash, a.enrolled_at FROM persons p
        LEFT JOIN passwords w ON w.person_id = p.id LEFT JOIN authenticators a ON a.person_id = p.id
        WHERE p.email_normal = $1";
    OF = "SELECT p.id, w.hash, a.enrolled_at FROM persons p
        LEFT JOIN passwords w ON w.person_id = p.id LEFT JOIN authenticators a ON a.person_id = p.id
        WHERE p.id = $1";
    REMOVE = "DELETE FROM passwords WHERE person_id = $1";
}

/// Sets a password, whatever it was.
#[must_use]
pub fn set(person: PersonId, hash: &str, now: Timestamp) -> Statement {
    Statement::new(SET, vec![person.into(), hash.as_bytes().into(), now.into()]).erasing()
}

/// Puts another hash of the same password in the place of this one, if it is there still.
#[must_use]
pub fn rehash(person: PersonId, old: &str, new: &str) -> Statement {
    Statement::new(REHASH, vec![new.as_bytes().into(), person.into(), old.as_bytes().into()]).erasing()
}

/// Since when a person has a password; no row, if there is none.
#[must_use]
pub fn set_at(person: PersonId) -> Statement {
    Statement::new(SET_AT, vec![person.into()])
}

/// What signing in with this address needs to know.
#[must_use]
pub fn by_email(email: &NormalEmail) -> Statement {
    Statement::new(BY_EMAIL, vec![email.as_str().into()])
}

/// The same of a person who is known already.
#[must_use]
pub fn of(person: PersonId) -> Statement {
    Statement::new(OF, vec![person.into()])
}

/// Removes a password.
#[must_use]
pub fn remove(person: PersonId) -> Statement {
    Statement::new(REMOVE, vec![person.into()]).expecting_one(THE_PASSWORD).erasing()
}

/// What removing needs.
pub const THE_PASSWORD: &str = "the password";

/// The hash is kept as bytes, which no `Debug` shows.
fn hash_of(row: &Row) -> Result<Option<String>, StoreFault> {
    if row.value(1) == Some(&Value::Null) {
        return Ok(None);
    }
    let text = String::from_utf8(row.bytes(1)?.to_vec());
    text.map(Some).map_err(|_| StoreFault::Corrupt("the hash of a password is no text".into()))
}

impl fmt::Debug for KeptPassword {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[password of {}]", self.person)
    }
}

impl TryFrom<Row> for KeptPassword {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self { person: row.id(0)?, hash: hash_of(&row)?, has_authenticator: row.maybe_time(2)?.is_some() })
    }
}
