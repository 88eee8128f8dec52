//! Connections that read, each used by one caller at a time.

use super::address::Address;
use super::connection::{Connected, Fault, HEAD_PATIENCE, LONG_PATIENCE, PATIENCE};
use crate::store::{CommitFault, Row, Snapshot, Statement, StoreFault, append, queue};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most connections that read at once; who comes later waits.
const MOST: usize = 8;

/// The connections that read.
pub(super) struct Readers {
    address: Address,
    idle: Mutex<Vec<Connected>>,
    permits: Semaphore,
}

impl Readers {
    /// None yet; they are opened as needed.
    pub(super) fn new(address: Address) -> Self {
        Self { address, idle: Mutex::new(Vec::new()), permits: Semaphore::new(MOST) }
    }

    /// Reads the head: how fresh a server's view is hangs on it. An idle connection that does not answer
    /// soon is given up, and those beside it, for a fresh one.
    pub(super) async fn read_soon(&self, statement: &Statement) -> Result<Vec<Row>, StoreFault> {
        self.read_within(statement, HEAD_PATIENCE).await
    }

    /// Reads a few rows.
    pub(super) async fn read(&self, statement: &Statement) -> Result<Vec<Row>, StoreFault> {
        self.read_within(statement, PATIENCE).await
    }

    /// Reads many rows.
    pub(super) async fn read_many(&self, statement: &Statement) -> Result<Vec<Row>, StoreFault> {
        self.read_within(statement, LONG_PATIENCE).await
    }

    /// Opens a view that does not change while others write, on a connection of its own.
    pub(super) async fn snapshot(&self) -> Result<PostgresSnapshot, StoreFault> {
        let mut connection = Connected::to(&self.address).await?;
        connection.command("SET idle_in_transaction_session_timeout = 0").await?;
        connection.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        // The view begins with the first read.
        connection.one(&append::head(), HEAD_PATIENCE).await?;
        Ok(PostgresSnapshot(connection))
    }

    /// A connection that lay idle may have ended meanwhile: then a fresh one is asked, once. A
    /// read changes nothing, so asking twice is harmless.
    async fn read_within(&self, statement: &Statement, patience: Duration) -> Result<Vec<Row>, StoreFault> {
        let _permit = self.permit().await?;
        let idle = self.lock().pop().filter(|connection| !connection.is_closed());
        if let Some(connection) = idle {
            match self.ask(connection, statement, patience).await {
                Err(Fault::Engine(error)) if error.as_db_error().is_none() => self.lock().clear(),
                Err(Fault::Late) if patience <= HEAD_PATIENCE => self.lock().clear(),
                answer => return expected(statement, answer?),
            }
        }
        let fresh = Connected::to(&self.address).await?;
        expected(statement, self.ask(fresh, statement, patience).await?)
    }

    /// A connection that failed is not used again.
    async fn ask(
        &self,
        mut connection: Connected,
        statement: &Statement,
        patience: Duration,
    ) -> Result<(Vec<Row>, u64), Fault> {
        let found = connection.one(statement, patience).await?;
        self.lock().push(connection);
        Ok(found)
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, StoreFault> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.acquire()).await;
        permit
            .map_err(|_| StoreFault::Unavailable("too many reads are waiting".into()))?
            .map_err(|_| queue::closed())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connected>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection within a transaction that reads.
pub(super) struct PostgresSnapshot(Connected);

#[async_trait]
impl Snapshot for PostgresSnapshot {
    async fn read(&mut self, statement: Statement) -> Result<Vec<Row>, StoreFault> {
        let found = self.0.one(&statement, LONG_PATIENCE).await?;
        expected(&statement, found)
    }
}

fn expected(statement: &Statement, (rows, count): (Vec<Row>, u64)) -> Result<Vec<Row>, StoreFault> {
    if statement.is_met_by(count) { Ok(rows) } else { Err(CommitFault::Unexpected(statement.name()).into()) }
}
