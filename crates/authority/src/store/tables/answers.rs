//! Answers that are given again to a repeated request.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::time::Timestamp;

/// For how long an answer is kept, in hours.
pub const KEPT_HOURS: u64 = 24;

/// An answer, without anything that could not be built again: ids and a status, never a half or
/// a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// SHA-256 over team, caller, method, path and key of the request.
    pub scope: [u8; 32],
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
    /// The answer's ids and status, as JSON.
    pub answer: String,
    /// Since when.
    pub created_at: Timestamp,
}

statements! {
    KEEP = "INSERT INTO answers (scope, body_hash, answer, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    FIND = "SELECT scope, body_hash, answer, created_at FROM answers WHERE scope = $1 AND created_at > $2";
    FORGET_OLD = "DELETE FROM answers WHERE scope = $1 AND created_at <= $2";
    FORGET_ALL = "DELETE FROM answers";
    PURGE = "DELETE FROM answers WHERE created_at <= $1";
}

/// Keeps an answer; in the commit that it tells of. Undone with it if a twin was faster. An
/// answer of the same scope that is no longer good makes way.
#[must_use]
pub fn keep(answer: &Answer) -> [Statement; 2] {
    let values = vec![
        answer.scope.into(),
        answer.body_hash.into(),
        answer.answer.as_str().into(),
        answer.created_at.into(),
    ];
    [
        Statement::new(FORGET_OLD, vec![answer.scope.into(), horizon(answer.created_at).into()]),
        Statement::new(KEEP, values).expecting_one("a request that was not answered yet"),
    ]
}

/// Finds an answer that is still good.
#[must_use]
pub fn find(scope: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(FIND, vec![scope.into(), horizon(now).into()])
}

/// Forgets all answers: what a restore does.
#[must_use]
pub fn forget_all() -> Statement {
    Statement::new(FORGET_ALL, vec![])
}

/// Removes the answers that are no longer good.
#[must_use]
pub fn purge(now: Timestamp) -> Statement {
    Statement::new(PURGE, vec![horizon(now).into()])
}

fn horizon(now: Timestamp) -> Timestamp {
    now.minus(std::time::Duration::from_secs(KEPT_HOURS * 3600))
}

impl TryFrom<Row> for Answer {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            scope: row.array(0)?,
            body_hash: row.array(1)?,
            answer: row.text(2)?.to_owned(),
            created_at: row.time(3)?,
        })
    }
}
