//! What holders of keys were told when they were refused, for their teams' eyes.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;

/// How many refusals of a team are kept.
pub const MOST_OF_A_TEAM: u32 = 1000;

/// A refusal of a token that proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
    /// Why, in the verdict's word.
    pub reason: String,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The request's id; empty if it had none.
    pub request_id: String,
    /// The client's address as far as it is kept.
    pub address: String,
}

statements! {
    KEEP = "INSERT INTO refusals
        (server, number, team, key_id, refused_at, reason, method, path, request_id, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    OF_TEAM = "SELECT key_id, refused_at, reason, method, path, request_id, address FROM refusals
        WHERE team = $1 ORDER BY refused_at DESC, server, number DESC LIMIT $2";
    TRIM = "DELETE FROM refusals WHERE team = $1 AND refused_at <
        (SELECT r.refused_at FROM refusals r WHERE r.team = $1 ORDER BY r.refused_at DESC LIMIT 1 OFFSET $2)";
    PURGE = "DELETE FROM refusals WHERE refused_at < $1";
}

/// Keeps a refusal under the server's own number. Repeated, it is kept once.
#[must_use]
pub fn keep(server: &str, number: u64, team: IssuerId, refused: &Refused) -> Statement {
    let values = vec![
        server.into(),
        number.into(),
        team.into(),
        refused.key.into(),
        refused.at.into(),
        refused.reason.as_str().into(),
        refused.method.as_str().into(),
        refused.path.as_str().into(),
        refused.request_id.as_str().into(),
        refused.address.as_str().into(),
    ];
    Statement::new(KEEP, values)
}

/// A team's refusals, newest first.
#[must_use]
pub fn of_team(team: IssuerId, most: u32) -> Statement {
    Statement::new(OF_TEAM, vec![team.into(), i64::from(most).into()])
}

/// Forgets what is more than is kept of a team.
#[must_use]
pub fn trim(team: IssuerId) -> Statement {
    Statement::new(TRIM, vec![team.into(), i64::from(MOST_OF_A_TEAM - 1).into()])
}

/// Forgets refusals from before this moment.
#[must_use]
pub fn purge(before: Timestamp) -> Statement {
    Statement::new(PURGE, vec![before.into()])
}

impl TryFrom<Row> for Refused {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            key: row.id(0)?,
            at: row.time(1)?,
            reason: row.text(2)?.to_owned(),
            method: row.text(3)?.to_owned(),
            path: row.text(4)?.to_owned(),
            request_id: row.text(5)?.to_owned(),
            address: row.text(6)?.to_owned(),
        })
    }
}
