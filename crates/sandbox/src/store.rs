//! What the sandbox remembers: one SQLite file. All SQL of this crate stands here and below.
//!
//! Resources are kept as the text in which they are answered; beside them stand their links to one another, and
//! those of their attributes that lists are filtered or sorted by, so that a page is found by walking an index.

mod aside;
mod due;
mod filter;
mod list;
mod order;
mod pool;
mod revoked;
mod uploads;

pub(crate) use filter::Filter;
pub(crate) use list::{After, Listed, Origin, Wanted};
pub(crate) use order::Order;
pub(crate) use revoked::Revoked;
pub(crate) use uploads::Upload;

use crate::fault::Fault;
use pool::Pool;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

const SCHEMA: &str = include_str!("store/schema.sql");
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -32768; PRAGMA mmap_size = 268435456;";

/// The store.
pub(crate) struct Store {
    writer: Mutex<Connection>,
    readers: Pool,
    /// How often it was written.
    writes: AtomicU64,
}

/// A resource, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its place among all.
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The app that it belongs to, if to one.
    pub(crate) app: Option<String>,
    /// Its attributes, as JSON text.
    pub(crate) attributes: String,
}

/// One end of a relation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    pub(crate) kind: String,
    pub(crate) id: String,
}

/// A resource that is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct ToKeep<'k> {
    pub(crate) kind: &'k str,
    pub(crate) id: &'k str,
    pub(crate) app: Option<&'k str>,
    pub(crate) attributes: &'k str,
    pub(crate) hidden: Option<&'k str>,
    /// What lists are filtered and sorted by.
    pub(crate) facets: Vec<(&'k str, &'k Value)>,
}

/// The store of one team, being read.
pub(crate) struct Reading<'c> {
    connection: &'c Connection,
    team: &'c str,
}

/// The store of one team, being changed: all of it or nothing.
pub(crate) struct Writing<'c>(Reading<'c>);

impl Store {
    /// Opens what is kept at this path, or begins anew.
    ///
    /// # Errors
    /// If it can't be opened.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        make_private(path)?;
        let writer = Connection::open(path)?;
        writer.execute_batch(SETTINGS)?;
        writer.execute_batch(SCHEMA)?;
        order::prepare(&writer)?;
        Ok(Self { writer: Mutex::new(writer), readers: Pool::of(path), writes: AtomicU64::default() })
    }

    /// Reads, at one moment.
    pub(crate) fn read<T>(
        &self,
        team: &str,
        work: impl FnOnce(&Reading<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.readers.with(|connection| {
            let moment = connection.unchecked_transaction()?;
            work(&Reading { connection: &moment, team })
        })
    }

    /// Changes, whole or not at all.
    pub(crate) fn write<T>(
        &self,
        team: &str,
        work: impl FnOnce(&Writing<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let done = work(&Writing(Reading { connection: &transaction, team }))?;
        transaction.commit()?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(done)
    }

    /// Does the work on a team that nobody is, and takes it back: whether it could be done.
    pub(crate) fn rehearse(&self, work: impl FnOnce(&Writing<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        work(&Writing(Reading { connection: &transaction, team: "" }))?;
        Ok(transaction.rollback()?)
    }

    /// How often it was written since it was opened.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// All teams that have something here.
    pub(crate) fn teams(&self) -> Result<Vec<String>, Fault> {
        self.readers.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT team FROM teams ORDER BY team")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Makes the file before SQLite does, for its owner alone; what SQLite puts beside it has the same mode.
fn make_private(path: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|fault| Fault::Broken(fault.to_string()))
}

const COLUMNS: &str = "r.number, r.type, r.id, r.app, r.attributes";

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        number: row.get(0)?,
        kind: row.get(1)?,
        id: row.get(2)?,
        app: row.get(3)?,
        attributes: row.get(4)?,
    })
}

impl Reading<'_> {
    /// Which team's store this is.
    pub(crate) const fn team(&self) -> &str {
        self.team
    }

    /// Whether this team has been here.
    pub(crate) fn knows_team(&self) -> Result<bool, Fault> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM teams WHERE team = ?1")?;
        Ok(statement.exists([self.team])?)
    }

    /// The resource of this type and id.
    pub(crate) fn find(&self, kind: &str, id: &str) -> Result<Option<Kept>, Fault> {
        let sql = "SELECT r.number, r.type, r.id, r.app, r.attributes FROM resources r
            WHERE r.team = ?1 AND r.type = ?2 AND r.id = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![self.team, kind, id], kept).optional()?)
    }

    /// What of a resource is never shown.
    pub(crate) fn hidden(&self, number: i64) -> Result<Option<String>, Fault> {
        let mut statement =
            self.connection.prepare_cached("SELECT hidden FROM resources WHERE number = ?1")?;
        Ok(statement.query_row([number], |row| row.get(0)).optional()?.flatten())
    }

    /// What a relation that is written down at a resource leads to, in order.
    pub(crate) fn targets(&self, owner: i64, name: &str) -> Result<Vec<End>, Fault> {
        let sql = "SELECT target_type, target_id FROM links WHERE owner = ?1 AND name = ?2
            ORDER BY place, target_type, target_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![owner, name], end)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first that refers to a resource by this relation.
    pub(crate) fn first_that_refers(&self, to: &End, owner: &str, name: &str) -> Result<Option<Kept>, Fault> {
        let wanted = Wanted { most: 1, ..Wanted::from(Origin::Referring { to, kind: owner, by: name }) };
        Ok(self.list(&wanted)?.kept.pop())
    }

    /// A page of a list.
    pub(crate) fn list(&self, wanted: &Wanted<'_>) -> Result<Listed, Fault> {
        list::page(self.connection, self.team, wanted)
    }

    /// All resources, in the order in which they were made.
    pub(crate) fn all(&self) -> Result<Vec<Kept>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM resources r WHERE r.team = ?1 ORDER BY r.number");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([self.team], kept)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every relation that is written down at a resource, with what it leads to.
    pub(crate) fn all_targets(&self, owner: i64) -> Result<Vec<(String, End)>, Fault> {
        let sql = "SELECT name, target_type, target_id FROM links WHERE owner = ?1 ORDER BY name, place";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement
            .query_map([owner], |row| Ok((row.get(0)?, End { kind: row.get(1)?, id: row.get(2)? })))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl<'c> std::ops::Deref for Writing<'c> {
    type Target = Reading<'c>;

    fn deref(&self) -> &Reading<'c> {
        &self.0
    }
}

impl Writing<'_> {
    /// Notes that a team has been here.
    pub(crate) fn know_team(&self) -> Result<(), Fault> {
        self.run("INSERT OR IGNORE INTO teams (team) VALUES (?1)", params![self.team])?;
        Ok(())
    }

    /// Keeps a new resource; answers its place among all.
    pub(crate) fn keep(&self, new: &ToKeep<'_>) -> Result<i64, Fault> {
        self.run(
            "INSERT INTO resources (team, type, id, app, attributes, hidden) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![self.team, new.kind, new.id, new.app, new.attributes, new.hidden],
        )?;
        let number = self.connection.last_insert_rowid();
        self.keep_facets(number, new)?;
        self.run(
            "INSERT INTO counts (team, type, count) VALUES (?1, ?2, 1)
                ON CONFLICT (team, type) DO UPDATE SET count = count + 1",
            params![self.team, new.kind],
        )?;
        Ok(number)
    }

    /// Keeps a resource's new attributes.
    pub(crate) fn change(&self, number: i64, new: &ToKeep<'_>) -> Result<(), Fault> {
        self.run(
            "UPDATE resources SET attributes = ?1, hidden = COALESCE(?2, hidden) WHERE number = ?3",
            params![new.attributes, new.hidden, number],
        )?;
        self.run("DELETE FROM facets WHERE number = ?1", params![number])?;
        self.keep_facets(number, new)
    }

    fn keep_facets(&self, number: i64, new: &ToKeep<'_>) -> Result<(), Fault> {
        for (name, value) in &new.facets {
            self.run(
                "INSERT OR IGNORE INTO facets (team, type, name, value, number) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![self.team, new.kind, name, facet(value), number],
            )?;
        }
        Ok(())
    }

    /// Forgets a resource, its links and every link to it.
    pub(crate) fn forget(&self, gone: &Kept) -> Result<(), Fault> {
        self.run(
            "DELETE FROM links WHERE team = ?1 AND target_type = ?2 AND target_id = ?3",
            params![self.team, gone.kind, gone.id],
        )?;
        self.run("DELETE FROM links WHERE owner = ?1", params![gone.number])?;
        self.run("DELETE FROM facets WHERE number = ?1", params![gone.number])?;
        self.run("DELETE FROM resources WHERE number = ?1", params![gone.number])?;
        self.run(
            "UPDATE counts SET count = count - 1 WHERE team = ?1 AND type = ?2",
            params![self.team, gone.kind],
        )?;
        Ok(())
    }

    /// Says that a relation leads there too; where it does already, it stays where it is in the order.
    pub(crate) fn link(&self, owner: &Kept, name: &str, place: usize, to: &End) -> Result<(), Fault> {
        self.run(
            "INSERT OR IGNORE INTO links (owner, name, place, target_type, target_id, team, owner_type)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![owner.number, name, index(place), to.kind, to.id, self.team, owner.kind],
        )?;
        Ok(())
    }

    /// Says in which place of the order a link stands.
    pub(crate) fn place(&self, owner: i64, name: &str, place: usize) -> Result<(), Fault> {
        self.run(
            "UPDATE links SET place = ?1 WHERE owner = ?2 AND name = ?3",
            params![index(place), owner, name],
        )?;
        Ok(())
    }

    /// Ends a relation to one.
    pub(crate) fn unlink(&self, owner: i64, name: &str, to: &End) -> Result<(), Fault> {
        self.run(
            "DELETE FROM links WHERE owner = ?1 AND name = ?2 AND target_type = ?3 AND target_id = ?4",
            params![owner, name, to.kind, to.id],
        )?;
        Ok(())
    }

    /// Ends a relation to all.
    pub(crate) fn unlink_all(&self, owner: i64, name: &str) -> Result<(), Fault> {
        self.run("DELETE FROM links WHERE owner = ?1 AND name = ?2", params![owner, name])?;
        Ok(())
    }

    /// Forgets everything of the team.
    pub(crate) fn forget_team(&self) -> Result<(), Fault> {
        for sql in [
            "DELETE FROM links WHERE team = ?1",
            "DELETE FROM facets WHERE team = ?1",
            "DELETE FROM resources WHERE team = ?1",
            "DELETE FROM counts WHERE team = ?1",
            "DELETE FROM aside WHERE team = ?1",
            "DELETE FROM teams WHERE team = ?1",
        ] {
            self.run(sql, params![self.team])?;
        }
        Ok(())
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, Fault> {
        Ok(self.connection.prepare_cached(sql)?.execute(values)?)
    }
}

fn end(row: &rusqlite::Row<'_>) -> rusqlite::Result<End> {
    Ok(End { kind: row.get(0)?, id: row.get(1)? })
}

fn index(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A value, as lists are filtered and sorted by it. Nothing stands before everything.
fn facet(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => String::new().into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Number(number) => number.as_i64().map_or_else(|| number.to_string().into(), Into::into),
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}
