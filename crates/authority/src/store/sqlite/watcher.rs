//! Notices what other processes write.

use super::connection::{open_reader, read};
use crate::store::{Position, StoreFault, append};
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::watch;

/// How often it looks. Looking costs a read of shared memory unless something was written.
const PAUSE: Duration = Duration::from_millis(50);

/// A thread that looks whether the ledger has grown, until this is dropped.
pub(super) struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts it.
    pub(super) fn start(path: &Path, grown: watch::Sender<Position>) -> Result<Self, StoreFault> {
        let connection = open_reader(path)?;
        let (stop, stopped) = channel();
        let thread = Builder::new()
            .name("ledger-watcher".into())
            .spawn(move || watch_until(&stopped, &connection, &grown))
            .map_err(|error| StoreFault::Unavailable(error.to_string()))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn watch_until(stopped: &Receiver<()>, connection: &Connection, grown: &watch::Sender<Position>) {
    let mut last = None;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PAUSE) {
        match data_version(connection) {
            Ok(version) if last != Some(version) => {
                if let Err(fault) = tell(connection, grown) {
                    tracing::debug!(%fault, "the ledger's head could not be read");
                    continue;
                }
                last = Some(version);
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the database could not be looked at"),
        }
    }
}

/// Changes whenever another connection has committed.
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

fn tell(connection: &Connection, grown: &watch::Sender<Position>) -> Result<(), StoreFault> {
    let found = append::read_head(read(connection, &append::head())?)?.position;
    grown.send_if_modified(|position| std::mem::replace(position, found) != found);
    Ok(())
}
