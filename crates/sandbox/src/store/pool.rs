//! Connections that only read.

use super::{SETTINGS, order};
use crate::fault::Fault;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many are kept for whoever reads next.
const MOST_KEPT: usize = 8;

pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    /// Reads by a connection that nobody else reads by meanwhile.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let done = work(&connection);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_KEPT {
            idle.push(connection);
        }
        done
    }

    fn open(&self) -> Result<Connection, Fault> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.execute_batch(SETTINGS)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        order::prepare(&connection)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }
}
