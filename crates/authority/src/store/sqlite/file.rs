//! The files on the disk: made for us alone, and noticed when others are put in their place.

use super::connection::{open_reader, read};
use crate::store::statement::all_of;
use crate::store::{Head, LedgerRow, Position, StoreFault, append};
use rusqlite::Connection;
use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many of the newest rows are hashed again when something else wrote the file.
const ROWS_LOOKED_AT: u64 = 200;

/// The database's files, as they were when it was opened.
///
/// In WAL mode nothing but a checkpoint writes the main file. So if it changes and none of our
/// checkpoints did it, either another process of ours did, or somebody copied another database
/// over it; the latter shows in that a fresh connection does not find the newest row we know.
pub(super) struct DatabaseFile {
    path: PathBuf,
    seen: Mutex<Seen>,
}

struct Seen {
    files: [(u64, u64); 2],
    written: (i64, i64, u64),
    known: Head,
    replaced: bool,
}

/// Makes the file if there is none, readable by us alone.
pub(super) fn make_private(path: &Path) -> Result<(), StoreFault> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    file.and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o600)))
        .map_err(|error| unreadable(path, &error))
}

impl DatabaseFile {
    /// Remembers the files that are open now.
    pub(super) fn of(path: &Path) -> Result<Self, StoreFault> {
        let known = append::read_head(read(&open_reader(path)?, &append::head())?)?;
        let main = metadata(path)?;
        let files = [identity(&main), identity(&metadata(&log_of(path))?)];
        let seen = Seen { files, written: written(&main), known, replaced: false };
        Ok(Self { path: path.to_owned(), seen: Mutex::new(seen) })
    }

    /// Fails with `Corrupt` if the files at the path are not those that were opened, or hold
    /// something else. Once that was so, it stays so.
    pub(super) fn check(&self) -> Result<(), StoreFault> {
        let mut seen = self.lock();
        if seen.replaced || self.was_replaced(&seen)? {
            seen.replaced = true;
            return Err(replaced());
        }
        let written = written(&metadata(&self.path)?);
        if seen.written != written {
            if let Err(fault) = self.look_inside(&seen.known) {
                tracing::error!(%fault, "the database's file was changed by something else");
                seen.replaced = matches!(fault, StoreFault::Corrupt(_));
                return Err(fault);
            }
            seen.written = written;
        }
        Ok(())
    }

    /// Runs a checkpoint, which writes the main file, so that [`check`](Self::check) knows it as
    /// ours. Refused if the file is not ours any more.
    pub(super) fn checkpoint<T>(&self, run: impl FnOnce() -> T) -> Result<T, StoreFault> {
        self.check()?;
        let mut seen = self.lock();
        let outcome = run();
        seen.written = written(&metadata(&self.path)?);
        Ok(outcome)
    }

    /// Remembers where the ledger ends, as far as is known.
    pub(super) fn note(&self, head: Head) {
        let known = &mut self.lock().known;
        if head.epoch != known.epoch || head.position > known.position {
            *known = head;
        }
    }

    fn was_replaced(&self, seen: &Seen) -> Result<bool, StoreFault> {
        for (path, opened) in [self.path.clone(), log_of(&self.path)].iter().zip(seen.files) {
            match fs::metadata(path) {
                Ok(found) if identity(&found) == opened => {}
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
                Err(error) => return Err(unreadable(path, &error)),
            }
        }
        Ok(false)
    }

    /// A ledger of another epoch is for the callers to notice: a restore begins one.
    fn look_inside(&self, known: &Head) -> Result<(), StoreFault> {
        let fresh = open_reader(&self.path)?;
        let found = append::read_head(read(&fresh, &append::head())?)?;
        if found.epoch == known.epoch && !holds(&fresh, known)? {
            return Err(replaced());
        }
        check_rows(&fresh, &found)?;
        let verdict = fresh.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?;
        if verdict == "ok" { Ok(()) } else { Err(StoreFault::Corrupt(verdict)) }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this ledger has the row where we know that it once ended.
fn holds(connection: &Connection, known: &Head) -> Result<bool, StoreFault> {
    if known.position == Position(0) {
        return Ok(true);
    }
    let before = Position(known.position.0 - 1);
    let rows = all_of::<LedgerRow>(read(connection, &append::rows_after(before, 1))?)?;
    Ok(rows.first().is_some_and(|row| row.position == known.position && row.hash == known.hash))
}

/// Hashes the newest rows again.
fn check_rows(connection: &Connection, head: &Head) -> Result<(), StoreFault> {
    let first = head.position.0.saturating_sub(ROWS_LOOKED_AT);
    let statement = append::rows_after(Position(first), ROWS_LOOKED_AT as usize);
    let rows = all_of::<LedgerRow>(read(connection, &statement)?)?;
    let follows =
        |pair: &[LedgerRow]| matches!(pair, [row, next] if row.hash.of_next(&next.bytes) == next.hash);
    if rows.windows(2).all(follows) { Ok(()) } else { Err(replaced()) }
}

fn replaced() -> StoreFault {
    StoreFault::Corrupt("its file was replaced while it was open".into())
}

fn metadata(path: &Path) -> Result<Metadata, StoreFault> {
    fs::metadata(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> StoreFault {
    StoreFault::Unavailable(format!("{}: {error}", path.display()))
}

fn identity(of: &Metadata) -> (u64, u64) {
    (of.dev(), of.ino())
}

/// What changes when the file is written.
fn written(of: &Metadata) -> (i64, i64, u64) {
    (of.mtime(), of.mtime_nsec(), of.len())
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
