//! Files that are uploaded in parts.

use super::{Reading, Store, Writing};
use crate::fault::Fault;
use rusqlite::{OptionalExtension, params};

/// A file that was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// What its addresses are made of: who knows it may upload, and look.
    pub(crate) token: String,
    /// Of which team.
    pub(crate) team: String,
    /// The place of its resource among all.
    pub(crate) number: i64,
    /// How many bytes it has.
    pub(crate) size: u64,
    /// Whether parts are still taken.
    pub(crate) is_open: bool,
}

const COLUMNS: &str = "SELECT token, team, number, size, is_open FROM uploads";

fn upload(row: &rusqlite::Row<'_>) -> rusqlite::Result<Upload> {
    let size: i64 = row.get(3)?;
    Ok(Upload {
        token: row.get(0)?,
        team: row.get(1)?,
        number: row.get(2)?,
        size: size.unsigned_abs(),
        is_open: row.get(4)?,
    })
}

impl Store {
    /// The file that has this token, of whichever team.
    pub(crate) fn upload(&self, token: &str) -> Result<Option<Upload>, Fault> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE token = ?1"))?;
            Ok(statement.query_row([token], upload).optional()?)
        })
    }
}

impl Reading<'_> {
    /// The file of a resource.
    pub(crate) fn upload_of(&self, number: i64) -> Result<Option<Upload>, Fault> {
        let mut statement = self.connection.prepare_cached(&format!("{COLUMNS} WHERE number = ?1"))?;
        Ok(statement.query_row([number], upload).optional()?)
    }

    /// Shows the parts of a file, in order, with their numbers.
    pub(crate) fn each_part(&self, token: &str, mut show: impl FnMut(u64, &[u8])) -> Result<(), Fault> {
        let sql = "SELECT part, bytes FROM upload_parts WHERE token = ?1 ORDER BY part";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([token])?;
        while let Some(row) = rows.next()? {
            let part: i64 = row.get(0)?;
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            show(part.unsigned_abs(), bytes);
        }
        Ok(())
    }
}

impl Writing<'_> {
    /// How many bytes the files of the team have that are kept or waited for.
    pub(crate) fn bytes_of_uploads(&self) -> Result<u64, Fault> {
        let sql = "SELECT COALESCE(SUM(size), 0) FROM uploads u WHERE team = ?1
            AND (is_open OR EXISTS (SELECT 1 FROM upload_parts p WHERE p.token = u.token))";
        let mut statement = self.connection.prepare_cached(sql)?;
        let sum: i64 = statement.query_row([self.team], |row| row.get(0))?;
        Ok(sum.unsigned_abs())
    }

    /// Reserves a file of so many bytes for a resource.
    pub(crate) fn reserve(&self, number: i64, token: &str, size: u64) -> Result<(), Fault> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        self.run(
            "INSERT INTO uploads (token, number, team, size, is_open) VALUES (?1, ?2, ?3, ?4, 1)",
            params![token, number, self.team, size],
        )?;
        Ok(())
    }

    /// Keeps a part; one that comes again takes the place of what came before.
    pub(crate) fn put_part(&self, token: &str, part: u64, bytes: &[u8]) -> Result<(), Fault> {
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        self.run(
            "INSERT OR REPLACE INTO upload_parts (token, part, bytes) VALUES (?1, ?2, ?3)",
            params![token, part, bytes],
        )?;
        Ok(())
    }

    /// Takes no more parts of a file, and lets go of those there are unless they are to be kept.
    pub(crate) fn close_upload(&self, token: &str, keeps_parts: bool) -> Result<(), Fault> {
        self.run("UPDATE uploads SET is_open = 0 WHERE token = ?1", params![token])?;
        if !keeps_parts {
            self.run("DELETE FROM upload_parts WHERE token = ?1", params![token])?;
        }
        Ok(())
    }
}
