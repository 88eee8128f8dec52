//! How many attempts to sign in went wrong lately. Rows are named by a key of ours.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::time::Timestamp;

/// What is counted under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// The name.
    pub name: [u8; 32],
    /// How many went wrong.
    pub wrong: u32,
    /// When the last one was.
    pub last: Timestamp,
    /// Whether somebody has signed in so.
    pub is_known: bool,
}

/// What counting one more needs: that nobody else has counted meanwhile.
pub const AS_IT_WAS: &str = "a count of attempts as it was read";

/// How many names [`of`] asks for at most.
const NAMES_AT_ONCE: usize = 3;

statements! {
    OF = "SELECT name, wrong, last_at, known FROM sign_in_attempts WHERE name IN ($1, $2, $3)";
    BEGIN = "INSERT INTO sign_in_attempts (name, wrong, last_at, known) VALUES ($1, 1, $2, 0) ON CONFLICT DO NOTHING";
    CHANGE = "UPDATE sign_in_attempts SET wrong = $1, last_at = $2 WHERE name = $3 AND wrong = $4 AND last_at = $5";
    KNOWN = "INSERT INTO sign_in_attempts (name, wrong, last_at, known) VALUES ($1, 0, $2, 1)
        ON CONFLICT (name) DO UPDATE SET wrong = 0, last_at = excluded.last_at, known = 1";
    FORGET = "DELETE FROM sign_in_attempts WHERE name = $1";
    ONE_LESS = "UPDATE sign_in_attempts SET wrong = wrong - 1 WHERE name = $1 AND wrong > 0";
    EVERY = "SELECT name, wrong, last_at, known FROM sign_in_attempts ORDER BY name";
    PURGE = "DELETE FROM sign_in_attempts WHERE last_at < $1 AND (known = 0 OR last_at < $2)";
}

/// What is counted under these names; of more than a few, the first ones are asked for.
#[must_use]
pub fn of(names: &[[u8; 32]]) -> Statement {
    let name = |at: usize| names.get(at).copied().unwrap_or_default().into();
    Statement::new(OF, (0..NAMES_AT_ONCE).map(name).collect())
}

/// All that is counted.
#[must_use]
pub fn every() -> Statement {
    Statement::new(EVERY, vec![])
}

/// Counts the first one. Undone with everything around it if there is a count already.
#[must_use]
pub fn begin(name: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(BEGIN, vec![name.into(), now.into()]).expecting_one(AS_IT_WAS)
}

/// Changes how many and when. Undone with everything around it if somebody else was faster.
#[must_use]
pub fn change(name: [u8; 32], before: (u32, Timestamp), after: (u32, Timestamp)) -> Statement {
    let values = vec![
        i64::from(after.0).into(),
        after.1.into(),
        name.into(),
        i64::from(before.0).into(),
        before.1.into(),
    ];
    Statement::new(CHANGE, values).expecting_one(AS_IT_WAS)
}

/// Notes that somebody has signed in so.
#[must_use]
pub fn known(name: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(KNOWN, vec![name.into(), now.into()])
}

/// Forgets what was counted.
#[must_use]
pub fn forget(name: [u8; 32]) -> Statement {
    Statement::new(FORGET, vec![name.into()])
}

/// Takes one back.
#[must_use]
pub fn one_less(name: [u8; 32]) -> Statement {
    Statement::new(ONE_LESS, vec![name.into()])
}

/// Forgets what was counted before `forgotten`, but who has signed in so only if that was before `remembered`.
#[must_use]
pub fn purge((forgotten, remembered): (Timestamp, Timestamp)) -> Statement {
    Statement::new(PURGE, vec![forgotten.into(), remembered.into()])
}

impl TryFrom<Row> for Attempts {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            name: row.array(0)?,
            wrong: u32::try_from(row.count(1)?).unwrap_or(u32::MAX),
            last: row.time(2)?,
            is_known: row.integer(3)? != 0,
        })
    }
}
