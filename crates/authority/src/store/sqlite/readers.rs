//! Connections that read, each used by one thread at a time.

use super::connection::{open_reader, read};
use crate::store::{Snapshot, Statement, StoreFault, append, queue};
use async_trait::async_trait;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The most connections that read at once; who comes later waits.
const MOST: usize = 8;

/// The connections that read.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    /// None yet; they are opened as needed.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()), permits: Semaphore::new(MOST) }
    }

    /// Reads on a thread where waiting is allowed.
    pub(super) async fn run<T: Send + 'static, F: From<StoreFault> + Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, F> + Send + 'static,
    ) -> Result<T, F> {
        let _permit = self.permits.acquire().await.map_err(|_| queue::closed())?;
        let readers = Arc::clone(self);
        spawn_blocking(move || readers.with_connection(work)).await.map_err(|_| queue::closed())?
    }

    /// Reads at once, for what is known to be short.
    pub(super) fn run_here<T, F: From<StoreFault>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, F>,
    ) -> Result<T, F> {
        self.with_connection(work)
    }

    /// Opens a view that does not change while others write.
    pub(super) async fn snapshot(self: &Arc<Self>) -> Result<SqliteSnapshot, StoreFault> {
        let path = self.path.clone();
        let connection = spawn_blocking(move || {
            let connection = open_reader(&path)?;
            connection.execute_batch("BEGIN")?;
            // The view begins with the first read.
            append::read_head(read(&connection, &append::head())?)?;
            Ok::<_, StoreFault>(connection)
        });
        let connection = connection.await.map_err(|_| queue::closed())??;
        Ok(SqliteSnapshot(Some(connection)))
    }

    /// A connection that failed is not used again.
    fn with_connection<T, F: From<StoreFault>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, F>,
    ) -> Result<T, F> {
        let idle = self.lock().pop();
        let connection = idle.map_or_else(|| open_reader(&self.path), Ok)?;
        let outcome = work(&connection)?;
        self.lock().push(connection);
        Ok(outcome)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection within a transaction that reads. None only while a read is under way.
pub(super) struct SqliteSnapshot(Option<Connection>);

#[async_trait]
impl Snapshot for SqliteSnapshot {
    async fn read(&mut self, statement: Statement) -> Result<Vec<crate::store::Row>, StoreFault> {
        let connection = self.0.take().ok_or_else(queue::closed)?;
        let work = spawn_blocking(move || (read(&connection, &statement), connection));
        let (outcome, connection) = work.await.map_err(|_| queue::closed())?;
        self.0 = Some(connection);
        outcome
    }
}
