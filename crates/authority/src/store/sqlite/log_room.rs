//! Room in the write-ahead log, made before it is needed.
//!
//! The sync of a file that has become longer waits for the file system's journal too, and takes twice as long. So the
//! log is made longer ahead of the commits, by zeros. SQLite takes them for the end of what was written: a frame
//! begins with the number of its page, and no page has the number 0.

use super::file::DatabaseFile;
use crate::store::StoreFault;
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;

/// How much room there is at least when a commit begins: more than most take.
const ENOUGH: u64 = 256 * 1024;
/// By how much the log is made longer at most. Until then it becomes twice as long each time: what is hardly ever
/// written stays short.
const STEP: u64 = 1024 * 1024;
/// How much is written at a time. What is written in larger pieces the system keeps in larger ones, and looks through
/// a whole one for each frame that is written later.
const PIECE: u64 = 4096;
/// What the log holds before its frames, and before each page.
const LOG_HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;

/// How far the log reaches, as far as is known. Whoever asks its file makes its next sync slower.
#[derive(Default)]
pub(super) struct LogRoom {
    end: u64,
    page: u64,
}

impl LogRoom {
    /// For a log of pages as long as this connection's.
    pub(super) fn of(connection: &Connection) -> Result<Self, StoreFault> {
        let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        Ok(Self { end: 0, page: u64::try_from(page).unwrap_or(0) })
    }

    /// The log was emptied.
    pub(super) fn emptied(&mut self) {
        self.end = 0;
    }

    /// Makes room behind this many frames. Without it commits are slower, and nothing else.
    pub(super) fn keep(&mut self, frames: u64, connection: &Connection, file: &DatabaseFile) {
        let used = LOG_HEAD + frames * (FRAME_HEAD + self.page);
        if used + ENOUGH <= self.end {
            return;
        }
        match lengthen(used, connection, file) {
            Ok(end) => self.end = end,
            Err(fault) => {
                // Until the log is emptied, or longer by as much.
                self.end = used + STEP;
                tracing::debug!(%fault, "the write-ahead log was not made longer");
            }
        }
    }
}

/// Nobody else writes the log while we may: what is behind its end then is nobody's.
fn lengthen(used: u64, connection: &Connection, file: &DatabaseFile) -> Result<u64, StoreFault> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let end = file.check().and_then(|()| {
        let fault = |error: io::Error| StoreFault::Unavailable(error.to_string());
        fill(&OpenOptions::new().write(true).open(file.log()).map_err(fault)?, used).map_err(fault)
    });
    connection.prepare_cached("ROLLBACK")?.execute([])?;
    end
}

/// Writes zeros behind the end of the log, and says where it ends then.
fn fill(log: &File, used: u64) -> io::Result<u64> {
    let mut end = log.metadata()?.len();
    let wanted = (used + ENOUGH).max(end + end.min(STEP));
    if end >= used + ENOUGH {
        return Ok(end);
    }
    while end < wanted {
        // Up to the next whole piece first.
        let length = PIECE - end % PIECE;
        log.write_all_at(&[0; PIECE as usize][..length as usize], end)?;
        end += length;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_stays_and_zeros_follow() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&[7; 5000], 0).unwrap();
        let end = fill(&file, 5000).unwrap();
        let mut bytes = vec![1; usize::try_from(end).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        assert!(bytes[..5000].iter().all(|byte| *byte == 7) && bytes[5000..].iter().all(|byte| *byte == 0));
        assert_eq!((end, end % PIECE), (file.metadata().unwrap().len(), 0));
        assert!(end >= 5000 + ENOUGH);
    }

    #[test]
    fn a_log_with_room_stays_as_long_as_it_is() {
        let file = tempfile::tempfile().unwrap();
        let end = fill(&file, 0).unwrap();
        assert_eq!(fill(&file, end - ENOUGH).unwrap(), end);
    }

    #[test]
    fn a_log_grows_by_its_own_length_and_no_more_than_a_step() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(STEP / 2).unwrap();
        assert_eq!(fill(&file, STEP / 2).unwrap(), STEP);
        file.set_len(8 * STEP).unwrap();
        assert_eq!(fill(&file, 8 * STEP).unwrap(), 9 * STEP);
    }
}
