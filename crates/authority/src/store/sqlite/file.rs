//! The files on the disk: made for us alone, and noticed when others are put in their place.

use super::connection::{open_reader, read};
use crate::store::statement::all_of;
use crate::store::{Head, LedgerRow, Position, StoreFault, append};
use rusqlite::Connection;
#[cfg(target_os = "linux")]
use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
#[cfg(target_os = "linux")]
use rustix::io::Errno;
use std::fs::{self, OpenOptions};
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
    log: PathBuf,
    seen: Mutex<Seen>,
}

struct Seen {
    main: Identity,
    log: Identity,
    written: Written,
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
        let log = log_of(path);
        let opened = |path: &Path| identity(path).map_err(|error| unreadable(path, &error));
        let seen =
            Seen { main: opened(path)?, log: opened(&log)?, written: written(path)?, known, replaced: false };
        Ok(Self { path: path.to_owned(), log, seen: Mutex::new(seen) })
    }

    /// Where the write-ahead log is.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// Fails with `Corrupt` if the files at the path are not those that were opened, or hold
    /// something else. Once that was so, it stays so.
    pub(super) fn check(&self) -> Result<(), StoreFault> {
        let mut seen = self.lock();
        if seen.replaced || self.was_replaced(&seen)? {
            seen.replaced = true;
            return Err(replaced());
        }
        let written = written(&self.path)?;
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
        seen.written = written(&self.path)?;
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
        for (path, opened) in [(&self.path, seen.main), (&self.log, seen.log)] {
            match identity(path) {
                Ok(found) if found == opened => {}
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

fn unreadable(path: &Path, error: &io::Error) -> StoreFault {
    StoreFault::Unavailable(format!("{}: {error}", path.display()))
}

/// Device and number of a file.
type Identity = (u64, u64);

/// Which file this is, and nothing else of it: on Linux, whoever asks when a file was written makes its next write
/// put down a finer time than the last, and each sync of our log would wait for that too.
#[cfg(target_os = "linux")]
fn identity(path: &Path) -> io::Result<Identity> {
    match statx(CWD, path, AtFlags::empty(), StatxFlags::INO) {
        Ok(found) => Ok((makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino)),
        Err(Errno::NOSYS) => looked_up(path),
        Err(error) => Err(error.into()),
    }
}

/// Which file this is.
#[cfg(not(target_os = "linux"))]
fn identity(path: &Path) -> io::Result<Identity> {
    looked_up(path)
}

fn looked_up(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// When it was written, and how long it is.
type Written = (i64, i64, u64);

/// What changes when the file is written.
fn written(path: &Path) -> Result<Written, StoreFault> {
    let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    Ok((found.mtime(), found.mtime_nsec(), found.len()))
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
