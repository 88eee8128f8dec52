//! When the write-ahead log is carried over into the main file, and when it is emptied.
//!
//! SQLite's own checkpoints ignore a failed sync. Ours end the process, as a failed commit does:
//! a page that the system has lost would be believed to be in the main file.

use super::connection::PATIENCE;
use super::file::DatabaseFile;
use super::log_room::LogRoom;
use super::watcher::data_version;
use super::{Figures, count};
use crate::store::StoreFault;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many pages the log may hold before it is carried over, 32 MB: most pages were written several times by then,
/// and are carried over once.
const LONG: u64 = 8000;
/// How long after an erasure the log is emptied, so that nothing erased stands in it.
const ERASED_FOR: Duration = Duration::from_secs(20);
/// How often it is looked whether another process has written, which may be an erasure too.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How long emptying waits for who reads the log, and how soon it is tried again.
const WAIT_FOR_READERS: Duration = Duration::from_millis(200);
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What is known of the log.
pub(super) struct Checkpoints {
    pages: Arc<AtomicU64>,
    empty_by: Option<Instant>,
    look_at: Instant,
    others: i64,
    room: LogRoom,
    figures: Arc<Figures>,
}

impl Checkpoints {
    /// Follows the log of this connection.
    pub(super) fn of(connection: &mut Connection, figures: Arc<Figures>) -> Result<Self, StoreFault> {
        let pages = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut Wal, pages: std::ffi::c_int| {
            counter.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let others = data_version(connection)?;
        let (look_at, room) = (Instant::now() + LOOK_EVERY, LogRoom::of(connection)?);
        Ok(Self { pages, empty_by: None, look_at, others, room, figures })
    }

    /// Something was erased: the log is emptied soon.
    pub(super) fn erased(&mut self) {
        self.empty_by.get_or_insert_with(|| Instant::now() + ERASED_FOR);
    }

    /// When there is something to do at the latest.
    pub(super) fn due(&self) -> Instant {
        self.empty_by.map_or(self.look_at, |at| at.min(self.look_at))
    }

    /// Does what is due.
    pub(super) fn when_due(&mut self, connection: &Connection, file: &DatabaseFile) {
        let now = Instant::now();
        if self.look_at <= now {
            self.look_at = now + LOOK_EVERY;
            self.look_for_others(connection);
        }
        if self.empty_by.is_some_and(|at| at <= now)
            && let Err(fault) = self.truncate(connection, file)
        {
            self.empty_by = Some(now + TRY_AGAIN);
            tracing::warn!(%fault, "the write-ahead log still holds what was erased; trying again");
        }
    }

    /// Keeps the log short, though with room for what comes next, and does what is due though writes keep coming.
    pub(super) fn after_writing(&mut self, connection: &Connection, file: &DatabaseFile) {
        if self.pages.load(Ordering::Relaxed) >= LONG {
            // So that it is not tried after each commit while somebody reads an old view.
            self.pages.store(0, Ordering::Relaxed);
            if let Err(fault) = self.run("PRAGMA wal_checkpoint(PASSIVE)", connection, file) {
                tracing::warn!(%fault, "the write-ahead log could not be carried over");
            }
        }
        if self.due() <= Instant::now() {
            self.when_due(connection, file);
        }
        self.room.keep(self.pages.load(Ordering::Relaxed), connection, file);
    }

    /// Leaves no log behind, if nobody else needs it.
    pub(super) fn on_closing(&mut self, connection: &Connection, file: &DatabaseFile) {
        if let Err(fault) = self.truncate(connection, file) {
            tracing::debug!(%fault, "the write-ahead log was not emptied on closing");
        }
    }

    /// Empties the log now.
    pub(super) fn truncate(
        &mut self,
        connection: &Connection,
        file: &DatabaseFile,
    ) -> Result<(), StoreFault> {
        connection.busy_timeout(WAIT_FOR_READERS)?;
        let outcome = self.run("PRAGMA wal_checkpoint(TRUNCATE)", connection, file);
        connection.busy_timeout(PATIENCE)?;
        if outcome? {
            self.empty_by = None;
            self.pages.store(0, Ordering::Relaxed);
            self.room.emptied();
            Ok(())
        } else {
            Err(StoreFault::Unavailable("somebody still reads the write-ahead log".into()))
        }
    }

    fn look_for_others(&mut self, connection: &Connection) {
        match data_version(connection) {
            Ok(version) if version != self.others => {
                self.others = version;
                self.erased();
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the database could not be looked at"),
        }
    }

    /// Whether the checkpoint was whole.
    fn run(
        &self,
        pragma: &'static str,
        connection: &Connection,
        file: &DatabaseFile,
    ) -> Result<bool, StoreFault> {
        count(&self.figures.checkpoints);
        let outcome = file.checkpoint(|| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)))?;
        if let Err(error) = &outcome
            && error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
        {
            tracing::error!(%error, "the disk failed in a checkpoint: stopping, since nobody knows what it holds");
            std::process::abort();
        }
        Ok(outcome? == 0)
    }
}
