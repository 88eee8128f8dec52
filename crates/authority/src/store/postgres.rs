//! The store in PostgreSQL, for several servers on one database.
//!
//! One task writes, and commits as a group whatever waits, under the lock of the ledger's head
//! row: whoever holds it is alone in the whole installation. A few connections read. Another task
//! notices what other servers wrote.

mod address;
mod connection;
mod readers;
mod schema;
mod value;
mod watcher;
mod writer;

use super::append;
use super::queue::{self, Job, Work};
use super::{Answer, Commit, Head, LedgerRow, Position, Row, Snapshot, Statement, Store, StoreFault};
use crate::store::statement::all_of;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The store in PostgreSQL. Dropping it lets the writer finish what waits.
pub struct Postgres {
    queue: mpsc::Sender<Job>,
    readers: readers::Readers,
    grown: watch::Receiver<Position>,
    figures: Arc<Figures>,
    watcher: JoinHandle<()>,
}

/// What happened, counted.
#[derive(Default)]
struct Figures {
    commits: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
    groups: AtomicU64,
    retries: AtomicU64,
    connects: AtomicU64,
}

impl Postgres {
    /// Connects to the database of this URL, and makes the tables with an empty ledger if there
    /// are none.
    ///
    /// # Errors
    /// `Newer` if a later release wrote a schema that this one can't use; `Unfit` if the database
    /// or its URL can't be used; else what went wrong. None of them shows the password.
    pub async fn open(url: &str) -> Result<Self, StoreFault> {
        let address = address::Address::parse(url)?;
        let mut connection = connection::Connected::to(&address).await?;
        schema::migrate(&mut connection, super::fresh_epoch()?).await?;
        let head = append::read_head(connection.one(&append::head(), connection::HEAD_PATIENCE).await?.0)?;
        let (grown, watched) = watch::channel(head.position);
        let (queue, jobs) = mpsc::channel(queue::MOST_WAITING);
        let (figures, committed) = (Arc::new(Figures::default()), Arc::new(Notify::new()));
        let writer = writer::Writer {
            address: address.clone(),
            connection: Some(connection),
            queue: jobs,
            grown: grown.clone(),
            committed: Arc::clone(&committed),
            figures: Arc::clone(&figures),
            rest: writer::Rest::default(),
        };
        tokio::spawn(writer.work());
        let watcher = tokio::spawn(watcher::watch(address.clone(), grown, committed));
        Ok(Self { queue, readers: readers::Readers::new(address), grown: watched, figures, watcher })
    }

    /// Hands a job to the writer, or refuses it at once.
    fn hand_in(&self, job: Job) {
        match self.queue.try_send(job) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(job)) => job.refuse(queue::full().into()),
            Err(mpsc::error::TrySendError::Closed(job)) => job.refuse(queue::closed().into()),
        }
    }
}

#[async_trait]
impl Store for Postgres {
    fn commit(&self, commit: Commit) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Job::Work(Work::Commit(Box::new(commit), reply)));
        Answer::by(answer, Duration::ZERO)
    }

    async fn head(&self) -> Result<Head, StoreFault> {
        append::read_head(self.readers.read_soon(&append::head()).await?)
    }

    async fn rows_after(&self, after: Position, most: usize) -> Result<Vec<LedgerRow>, StoreFault> {
        append::read_rows_after(after, self.readers.read_many(&append::rows_after(after, most)).await?)
    }

    async fn stream_before(
        &self,
        stream: &str,
        before: u64,
        most: usize,
    ) -> Result<Vec<LedgerRow>, StoreFault> {
        all_of(self.readers.read_many(&append::stream_before(stream, before, most)).await?)
    }

    async fn claimed(&self, name: &str) -> Result<Option<String>, StoreFault> {
        append::read_claim(&self.readers.read(&append::claim(name)).await?)
    }

    async fn wait_after(&self, after: Position, patience: Duration) {
        let mut grown = self.grown.clone();
        let wait = grown.wait_for(|position| *position > after);
        // Whether it grew or the patience ended, the caller reads.
        drop(tokio::time::timeout(patience, wait).await);
    }

    async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreFault> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Job::Work(Work::Write(statements, reply)));
        answer.await.map_err(|_| queue::closed())?
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreFault> {
        self.readers.read_many(&statement).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreFault> {
        Ok(Box::new(self.readers.snapshot().await?))
    }

    async fn replace(&self, statements: queue::Replacement) -> Result<(), StoreFault> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Job::Replace(statements, reply));
        answer.await.map_err(|_| queue::closed())?
    }

    async fn forget_erased(&self) -> Result<(), StoreFault> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Job::Forget(reply));
        answer.await.map_err(|_| queue::closed())?
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        let Figures { commits, writes, refused, groups, retries, connects } = &*self.figures;
        [
            ("commits", commits),
            ("writes", writes),
            ("refused", refused),
            ("groups", groups),
            ("retries", retries),
            ("connects", connects),
        ]
        .map(|(name, figure)| (name, figure.load(Ordering::Relaxed)))
        .to_vec()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}
