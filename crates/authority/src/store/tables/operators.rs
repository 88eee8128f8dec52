//! Who runs the installation.

use crate::store::statement::{Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

statements! {
    ADD = "INSERT INTO operators (person_id, since) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    FIND = "SELECT person_id FROM operators WHERE person_id = $1";
    ALL = "SELECT p.id, p.email, p.first_name, p.last_name, p.created_at, a.proven_at
        FROM operators o JOIN persons p ON p.id = o.person_id
        LEFT JOIN proven_addresses a ON a.person_id = p.id ORDER BY p.email_normal";
    REMOVE = "DELETE FROM operators WHERE person_id = $1";
}

/// Lets a person run the installation.
#[must_use]
pub fn add(person: PersonId, now: Timestamp) -> Statement {
    Statement::new(ADD, vec![person.into(), now.into()])
}

/// A row, if this person runs the installation.
#[must_use]
pub fn find(person: PersonId) -> Statement {
    Statement::new(FIND, vec![person.into()])
}

/// The persons who run the installation, by address.
#[must_use]
pub fn all() -> Statement {
    Statement::new(ALL, vec![])
}

/// Ends that a person runs the installation.
#[must_use]
pub fn remove(person: PersonId) -> Statement {
    Statement::new(REMOVE, vec![person.into()])
}
