//! What is kept of a team beside its resources: documents on shelves, found by their keys and walked in their order.

use super::{Reading, Writing};
use crate::fault::Fault;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Reading<'_> {
    /// The document that lies on this shelf under this key.
    pub(crate) fn aside<T: DeserializeOwned>(&self, shelf: &str, key: &str) -> Result<Option<T>, Fault> {
        let sql = "SELECT document FROM aside WHERE team = ?1 AND shelf = ?2 AND key = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let text: Option<String> =
            statement.query_row(params![self.team, shelf, key], |row| row.get(0)).optional()?;
        text.map(|text| read(shelf, key, &text)).transpose()
    }

    /// Every document of a shelf with its key, in the keys' order.
    pub(crate) fn shelf<T: DeserializeOwned>(&self, shelf: &str) -> Result<Vec<(String, T)>, Fault> {
        let sql = "SELECT key, document FROM aside WHERE team = ?1 AND shelf = ?2 ORDER BY key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.team, shelf])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (key, text): (String, String) = (row.get(0)?, row.get(1)?);
            let document = read(shelf, &key, &text)?;
            all.push((key, document));
        }
        Ok(all)
    }
}

impl Writing<'_> {
    /// Puts a document there, in the place of one that lies there.
    pub(crate) fn put_aside<T: Serialize>(&self, shelf: &str, key: &str, document: &T) -> Result<(), Fault> {
        let text = serde_json::to_string(document).map_err(|fault| Fault::Broken(fault.to_string()))?;
        self.run(
            "INSERT INTO aside (team, shelf, key, document) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (team, shelf, key) DO UPDATE SET document = excluded.document",
            params![self.team, shelf, key, text],
        )?;
        Ok(())
    }

    /// Throws away what stands before this key on a shelf.
    pub(crate) fn clear_shelf_before(&self, shelf: &str, key: &str) -> Result<(), Fault> {
        self.run(
            "DELETE FROM aside WHERE team = ?1 AND shelf = ?2 AND key < ?3",
            params![self.team, shelf, key],
        )?;
        Ok(())
    }
}

fn read<T: DeserializeOwned>(shelf: &str, key: &str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|fault| Fault::Broken(format!("{shelf}/{key}: {fault}")))
}
