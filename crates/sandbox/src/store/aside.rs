//! What is kept of a team beside its resources: documents on shelves, found by their keys and walked in their order.

use super::{Reading, Writing};
use crate::fault::Fault;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::ControlFlow;

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

    /// Hands over the documents of a shelf with their keys, in the keys' order: from one key to before another, until
    /// `take` breaks off. What comes after that is not read.
    pub(crate) fn walk_shelf<T: DeserializeOwned>(
        &self,
        shelf: &str,
        from: &str,
        before: &str,
        mut take: impl FnMut(String, T) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let sql = "SELECT key, document FROM aside
            WHERE team = ?1 AND shelf = ?2 AND key >= ?3 AND key < ?4 ORDER BY key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.team, shelf, from, before])?;
        while let Some(row) = rows.next()? {
            let (key, text): (String, String) = (row.get(0)?, row.get(1)?);
            let document = read(shelf, &key, &text)?;
            if take(key, document).is_break() {
                break;
            }
        }
        Ok(())
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

    /// Throws away the first of a shelf, so that no more than the last so many are left.
    pub(crate) fn clear_shelf_but_last(&self, shelf: &str, most: u32) -> Result<(), Fault> {
        self.run(
            "DELETE FROM aside WHERE team = ?1 AND shelf = ?2 AND key <= (SELECT key FROM aside
                WHERE team = ?1 AND shelf = ?2 ORDER BY key DESC LIMIT 1 OFFSET ?3)",
            params![self.team, shelf, most],
        )?;
        Ok(())
    }
}

fn read<T: DeserializeOwned>(shelf: &str, key: &str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|fault| Fault::Broken(format!("{shelf}/{key}: {fault}")))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    const SHELF: &str = "shelf";

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("sandbox.db")).unwrap();
        let fill = |writing: &Writing<'_>| {
            for key in ["a", "b", "c", "d"] {
                writing.put_aside(SHELF, key, &1)?;
            }
            writing.put_aside(SHELF, "e", &"no number")?;
            writing.put_aside("another", "a", &1)
        };
        store.write("team", fill).unwrap();
        store.write("other", fill).unwrap();
        (folder, store)
    }

    fn keys(store: &Store, team: &str, shelf: &str) -> Vec<String> {
        let all = store.read(team, |reading| reading.shelf::<serde_json::Value>(shelf)).unwrap();
        all.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_shelf_is_walked_between_two_keys_until_somebody_has_enough() {
        let (_folder, store) = store();
        for (from, before, most, met) in [
            ("", "e", 9, vec!["a", "b", "c", "d"]),
            ("b", "d", 9, vec!["b", "c"]),
            ("b\0", "e", 9, vec!["c", "d"]),
            ("", "z", 4, vec!["a", "b", "c", "d"]),
            ("c", "z", 1, vec!["c"]),
            ("d", "b", 9, vec![]),
        ] {
            let mut found = Vec::new();
            let take = |key, _: u32| {
                found.push(key);
                if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            store.read("team", |reading| reading.walk_shelf(SHELF, from, before, take)).unwrap();
            assert_eq!(found, met, "from {from:?} to {before:?}");
        }
        let all =
            |reading: &Reading<'_>| reading.walk_shelf(SHELF, "", "z", |_, _: u32| ControlFlow::Continue(()));
        let fault = store.read("team", all).unwrap_err().to_string();
        assert!(fault.contains("shelf/e: "), "{fault}");
    }

    #[test]
    fn the_last_of_a_shelf_are_left_and_other_shelves_stay() {
        let (_folder, store) = store();
        for (most, left) in
            [(6, vec!["a", "b", "c", "d", "e"]), (5, vec!["a", "b", "c", "d", "e"]), (2, vec!["d", "e"])]
        {
            store.write("team", |writing| writing.clear_shelf_but_last(SHELF, most)).unwrap();
            assert_eq!(keys(&store, "team", SHELF), left, "{most}");
        }
        assert_eq!(keys(&store, "team", "another"), ["a"]);
        assert_eq!(keys(&store, "other", SHELF).len(), 5);
    }
}
