//! Sign-ons by another provider that have come back.

use crate::store::statement::{Statement, statements};
use counterfoil_core::time::Timestamp;

statements! {
    COME_BACK = "INSERT INTO sign_ons (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    PURGE = "DELETE FROM sign_ons WHERE expires_at < $1";
}

/// What a sign-on that comes back needs: that it has not come back before.
pub const FIRST_TIME: &str = "a sign-on that comes back for the first time";

/// Notes that a sign-on has come back. Undone with everything around it if it had before.
#[must_use]
pub fn come_back(hash: [u8; 32], expires_at: Timestamp) -> Statement {
    Statement::new(COME_BACK, vec![hash.into(), expires_at.into()]).expecting_one(FIRST_TIME)
}

/// Forgets those that could not come back any more anyway.
#[must_use]
pub fn purge(now: Timestamp) -> Statement {
    Statement::new(PURGE, vec![now.into()])
}
