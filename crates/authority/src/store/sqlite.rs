//! The store in one file, by SQLite: the default, for one machine.
//!
//! One thread writes, and commits as a group whatever waits; a few connections read. Other
//! processes on the machine may write the same file: every transaction reads the ledger's head
//! after it has the lock, and a watcher notices what others wrote.

mod checkpoint;
mod connection;
mod file;
mod log_room;
mod patience;
mod readers;
mod schema;
mod watcher;
mod writer;

use super::append;
use super::queue::{self, Job, Work};
use super::{Answer, Commit, Head, LedgerRow, Position, Row, Snapshot, Statement, Store, StoreFault};
use crate::entry::{Chain, ProvenEntry, ReadFault};
use crate::store::statement::all_of;
use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The store in one file. Dropping it finishes what waits and closes the file.
pub struct Sqlite {
    queue: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<readers::Readers>,
    file: Arc<file::DatabaseFile>,
    grown: watch::Receiver<Position>,
    figures: Arc<Figures>,
    patience: Arc<patience::Patience>,
    _watcher: watcher::Watcher,
}

/// So few rows are read at once, on the caller's thread: they are in memory, just written, and to wake
/// another thread for them takes longer than to read them.
const FEW: usize = 64;

/// What happened, counted.
#[derive(Default)]
struct Figures {
    commits: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
    groups: AtomicU64,
    checkpoints: AtomicU64,
}

impl Sqlite {
    /// Opens the file, or makes it with an empty ledger. Waits for the disk, so not to be called
    /// where that is forbidden.
    ///
    /// # Errors
    /// `Newer` if a later release wrote a schema that this one can't use; `Unfit` if the library
    /// or the file system can't keep the promises; else what went wrong.
    pub fn open(path: &Path) -> Result<Self, StoreFault> {
        file::make_private(path)?;
        let mut connection = connection::open_writer(path)?;
        schema::migrate(&mut connection, super::fresh_epoch()?)?;
        let file = Arc::new(file::DatabaseFile::of(path)?);
        let figures = Arc::new(Figures::default());
        let mut checkpoints = checkpoint::Checkpoints::of(&mut connection, Arc::clone(&figures))?;
        // A process that was killed may have left erased bytes in the log.
        checkpoints.on_closing(&connection, &file);
        let head = append::read_head(connection::read(&connection, &append::head())?)?;
        let (grown, watched) = watch::channel(head.position);
        let watcher = watcher::Watcher::start(path, grown.clone())?;
        let patience = Arc::new(patience::Patience::of_this_machine());
        let (queue, jobs) = sync_channel(queue::MOST_WAITING);
        let (checked, counted) = (Arc::clone(&file), Arc::clone(&figures));
        let writer = writer::Writer {
            connection,
            file: checked,
            checkpoints,
            queue: jobs,
            grown,
            figures: counted,
            patience: Arc::clone(&patience),
        };
        let writer = Builder::new()
            .name("ledger-writer".into())
            .spawn(move || writer.work())
            .map_err(|error| StoreFault::Unavailable(error.to_string()))?;
        let readers = Arc::new(readers::Readers::new(path.to_owned()));
        Ok(Self {
            queue: Some(queue),
            writer: Some(writer),
            readers,
            file,
            grown: watched,
            figures,
            patience,
            _watcher: watcher,
        })
    }

    /// Hands a job to the writer, or refuses it at once.
    fn hand_in(&self, job: Job) {
        let Some(queue) = &self.queue else { return job.refuse(queue::closed().into()) };
        match queue.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => job.refuse(queue::full().into()),
            Err(TrySendError::Disconnected(job)) => job.refuse(queue::closed().into()),
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        statement: Statement,
        read: impl FnOnce(Vec<Row>) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        self.readers.run(move |connection| read(connection::read(connection, &statement)?)).await
    }
}

#[async_trait]
impl Store for Sqlite {
    fn commit(&self, commit: Commit) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Job::Work(Work::Commit(Box::new(commit), reply)));
        Answer::by(answer, self.patience.for_an_answer())
    }

    async fn head(&self) -> Result<Head, StoreFault> {
        let file = Arc::clone(&self.file);
        let read = move |connection: &rusqlite::Connection| {
            file.check()?;
            let head = append::read_head(connection::read(connection, &append::head())?)?;
            file.note(head);
            Ok(head)
        };
        self.readers.run(read).await
    }

    async fn rows_after(&self, after: Position, most: usize) -> Result<Vec<LedgerRow>, StoreFault> {
        let read = move |connection: &rusqlite::Connection| {
            let mut rows = Vec::new();
            connection::show_ledger(connection, &append::rows_after(after, most), |row| {
                rows.push(row.into());
                Ok::<_, StoreFault>(())
            })?;
            append::without_gaps(after, rows)
        };
        if most <= FEW { self.readers.run_here(read) } else { self.readers.run(read).await }
    }

    async fn proven_after(&self, after: Position, most: usize) -> Result<Vec<ProvenEntry>, ReadFault> {
        let read = move |connection: &rusqlite::Connection| {
            let (first, count) = append::with_the_row_at(after, most);
            let mut chain = Chain::after(after, most);
            connection::show_ledger(connection, &append::rows_after(first, count), |row| {
                Ok::<_, ReadFault>(chain.take(row)?)
            })?;
            Ok(chain.into_proven())
        };
        self.readers.run(read).await
    }

    async fn stream_before(
        &self,
        stream: &str,
        before: u64,
        most: usize,
    ) -> Result<Vec<LedgerRow>, StoreFault> {
        self.ask(append::stream_before(stream, before, most), all_of).await
    }

    async fn claimed(&self, name: &str) -> Result<Option<String>, StoreFault> {
        self.ask(append::claim(name), |rows| append::read_claim(&rows)).await
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
        self.ask(statement, Ok).await
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
        let Figures { commits, writes, refused, groups, checkpoints } = &*self.figures;
        [
            ("commits", commits),
            ("writes", writes),
            ("refused", refused),
            ("groups", groups),
            ("checkpoints", checkpoints),
        ]
        .map(|(name, figure)| (name, figure.load(Ordering::Relaxed)))
        .to_vec()
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

fn count(figure: &AtomicU64) {
    figure.fetch_add(1, Ordering::Relaxed);
}
