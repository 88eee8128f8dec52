//! The servers that work on this ledger now, and which level of its format they can read.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::time::Timestamp;

/// A server, as it reports itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Drawn anew at each start.
    pub id: String,
    /// What people call it: its host and process.
    pub name: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it last reported.
    pub seen_at: Timestamp,
    /// The highest level of the ledger's format that it reads.
    pub reads_level: u64,
}

statements! {
    REPORT = "INSERT INTO servers (id, name, started_at, seen_at, reads_level) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
    SEEN_SINCE = "SELECT id, name, started_at, seen_at, reads_level FROM servers
        WHERE seen_at >= $1 ORDER BY started_at, id";
    GONE = "DELETE FROM servers WHERE id = $1";
    PURGE = "DELETE FROM servers WHERE seen_at < $1";
}

/// Reports a server as living.
#[must_use]
pub fn report(server: &Server) -> Statement {
    let values = vec![
        server.id.as_str().into(),
        server.name.as_str().into(),
        server.started_at.into(),
        server.seen_at.into(),
        server.reads_level.into(),
    ];
    Statement::new(REPORT, values)
}

/// The servers that reported since this moment, oldest first.
#[must_use]
pub fn seen_since(moment: Timestamp) -> Statement {
    Statement::new(SEEN_SINCE, vec![moment.into()])
}

/// Removes a server that has ended.
#[must_use]
pub fn gone(id: &str) -> Statement {
    Statement::new(GONE, vec![id.into()])
}

/// Removes servers that have not reported since this moment.
#[must_use]
pub fn purge(before: Timestamp) -> Statement {
    Statement::new(PURGE, vec![before.into()])
}

impl TryFrom<Row> for Server {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.text(0)?.to_owned(),
            name: row.text(1)?.to_owned(),
            started_at: row.time(2)?,
            seen_at: row.time(3)?,
            reads_level: row.count(4)?,
        })
    }
}
