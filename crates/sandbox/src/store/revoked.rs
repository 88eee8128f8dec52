//! Certificates that are good no more.

use super::{Store, Writing};
use crate::fault::Fault;
use rusqlite::params;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The serial number of a certificate in hexadecimal digits, and since when it is good no more.
pub(crate) type Revoked = (String, SystemTime);

impl Store {
    /// All certificates that are good no more, of all teams.
    pub(crate) fn revoked(&self) -> Result<Vec<Revoked>, Fault> {
        self.readers.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT serial, at FROM revoked ORDER BY at, serial")?;
            let rows = statement.query_map([], |row| {
                let at: i64 = row.get(1)?;
                Ok((row.get(0)?, UNIX_EPOCH + Duration::from_secs(at.unsigned_abs())))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Writing<'_> {
    /// Notes that a certificate is good no more.
    pub(crate) fn revoke(&self, serial: &str, now: SystemTime) -> Result<(), Fault> {
        let at = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        self.run("INSERT OR IGNORE INTO revoked (serial, at) VALUES (?1, ?2)", params![serial, at])?;
        Ok(())
    }
}
