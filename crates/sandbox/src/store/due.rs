//! What is to happen to resources by itself, once its time has come.

use super::{COLUMNS, Kept, Reading, Writing, kept};
use crate::fault::Fault;
use rusqlite::{OptionalExtension, params};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
fn millis(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Reading<'_> {
    /// Whether the time of anything has come.
    pub(crate) fn is_due(&self, now: SystemTime) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM due WHERE team = ?1 AND at <= ?2 LIMIT 1";
        Ok(self.connection.prepare_cached(sql)?.exists(params![self.team, millis(now)])?)
    }

    /// The resource in this place among all.
    pub(crate) fn numbered(&self, number: i64) -> Result<Option<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM resources r WHERE r.team = ?1 AND r.number = ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params![self.team, number], kept).optional()?)
    }
}

impl Writing<'_> {
    /// Notes that something is to happen to a resource then. There is one such time for each; a new one takes the
    /// place of the old.
    pub(crate) fn due_at(&self, number: i64, at: SystemTime) -> Result<(), Fault> {
        self.run(
            "INSERT OR REPLACE INTO due (number, team, at) VALUES (?1, ?2, ?3)",
            params![number, self.team, millis(at)],
        )?;
        Ok(())
    }

    /// The resource whose time has come first; it is forgotten that anything was to happen to it.
    pub(crate) fn take_due(&self, now: SystemTime) -> Result<Option<Kept>, Fault> {
        let sql = "SELECT number FROM due WHERE team = ?1 AND at <= ?2 ORDER BY at, number LIMIT 1";
        let first =
            self.connection.prepare_cached(sql)?.query_row(params![self.team, millis(now)], |row| row.get(0));
        let Some(number) = first.optional()? else { return Ok(None) };
        self.run("DELETE FROM due WHERE number = ?1", params![number])?;
        self.numbered(number)
    }
}
