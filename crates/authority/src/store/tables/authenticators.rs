//! Authenticator apps: their sealed secrets, and the last code of each that was taken.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// An authenticator app.
#[derive(Clone, PartialEq, Eq)]
pub struct Authenticator {
    /// Whose.
    pub person: PersonId,
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// Which seal key opens it.
    pub kek: String,
    /// The last time step of which a code was taken.
    pub last_step: u64,
    /// Since when.
    pub enrolled_at: Timestamp,
}

/// What taking a code needs.
pub const A_FRESH_CODE: &str = "a code that was not used yet";
/// What removing needs.
pub const THE_AUTHENTICATOR: &str = "the authenticator app";

statements! {
    ENROL = "INSERT INTO authenticators (person_id, sealed, kek_id, last_step, enrolled_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed,
        kek_id = excluded.kek_id, last_step = excluded.last_step, enrolled_at = excluded.enrolled_at";
    OF = "SELECT person_id, sealed, kek_id, last_step, enrolled_at FROM authenticators WHERE person_id = $1";
    TAKE = "UPDATE authenticators SET last_step = $1 WHERE person_id = $2 AND last_step < $1";
    SEALED_BY = "SELECT person_id, sealed, kek_id, last_step, enrolled_at FROM authenticators
        WHERE kek_id = $1 ORDER BY person_id";
    RESEAL = "UPDATE authenticators SET sealed = $1, kek_id = $2 WHERE person_id = $3 AND kek_id = $4";
    REMOVE = "DELETE FROM authenticators WHERE person_id = $1";
}

/// Enrols an app, in the place of the one there was.
#[must_use]
pub fn enrol(app: &Authenticator) -> Statement {
    let values = vec![
        app.person.into(),
        app.sealed.as_slice().into(),
        app.kek.as_str().into(),
        app.last_step.into(),
        app.enrolled_at.into(),
    ];
    Statement::new(ENROL, values).erasing()
}

/// The app of a person.
#[must_use]
pub fn of(person: PersonId) -> Statement {
    Statement::new(OF, vec![person.into()])
}

/// Takes the code of this time step. Undone with everything around it if it, or a later one, was taken before:
/// so of many who show one code together, one is let in.
#[must_use]
pub fn take(person: PersonId, step: u64) -> Statement {
    Statement::new(TAKE, vec![step.into(), person.into()]).expecting_one(A_FRESH_CODE)
}

/// The apps whose secrets this seal key opens.
#[must_use]
pub fn sealed_by(kek: &str) -> Statement {
    Statement::new(SEALED_BY, vec![kek.into()])
}

/// Replaces the sealed secret, if the old seal key sealed it.
#[must_use]
pub fn reseal(person: PersonId, sealed: &[u8], new_kek: &str, old_kek: &str) -> Statement {
    Statement::new(RESEAL, vec![sealed.into(), new_kek.into(), person.into(), old_kek.into()]).erasing()
}

/// Removes an app.
#[must_use]
pub fn remove(person: PersonId) -> Statement {
    Statement::new(REMOVE, vec![person.into()]).expecting_one(THE_AUTHENTICATOR).erasing()
}

/// Removes the app, if there is one.
#[must_use]
pub fn remove_if_any(person: PersonId) -> Statement {
    Statement::new(REMOVE, vec![person.into()]).erasing()
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[authenticator app of {}]", self.person)
    }
}

impl TryFrom<Row> for Authenticator {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            person: row.id(0)?,
            sealed: row.bytes(1)?.to_vec(),
            kek: row.text(2)?.to_owned(),
            last_step: row.count(3)?,
            enrolled_at: row.time(4)?,
        })
    }
}
