//! Recovery codes: their hashes.

use crate::store::statement::{Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// What using a code needs.
pub const AN_UNUSED_CODE: &str = "a recovery code that was not used yet";

statements! {
    ADD = "INSERT INTO recovery_codes (hash, person_id, created_at) VALUES ($1, $2, $3)";
    USE = "DELETE FROM recovery_codes WHERE hash = $1 AND person_id = $2";
    COUNT = "SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1";
    VOID = "DELETE FROM recovery_codes";
    REMOVE_ALL = "DELETE FROM recovery_codes WHERE person_id = $1";
}

/// Makes a code good.
#[must_use]
pub fn add(hash: &str, person: PersonId, now: Timestamp) -> Statement {
    Statement::new(ADD, vec![hash.into(), person.into(), now.into()]).expecting_one("a new recovery code")
}

/// Uses a code up. Undone with everything around it unless it is good: of many who use one together, one is let
/// in.
#[must_use]
pub fn use_up(hash: &str, person: PersonId) -> Statement {
    Statement::new(USE, vec![hash.into(), person.into()]).expecting_one(AN_UNUSED_CODE)
}

/// Ends everybody's codes: what a restore does, since it can't know which were used meanwhile.
#[must_use]
pub fn void_all() -> Statement {
    Statement::new(VOID, vec![])
}

/// How many codes a person has left.
#[must_use]
pub fn count(person: PersonId) -> Statement {
    Statement::new(COUNT, vec![person.into()])
}

/// Ends all codes of a person.
#[must_use]
pub fn remove_all(person: PersonId) -> Statement {
    Statement::new(REMOVE_ALL, vec![person.into()])
}
