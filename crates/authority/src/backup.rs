//! Backing up: one consistent copy of everything that may leave the house, while writes go on.
//!
//! A backup holds no sealed half, session, link or remembered answer.

mod format;

pub use format::{BackupFault, Header};
pub(crate) use format::{FORM, Reader, Record, Writer};

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::backup::{self, TABLES, Table};
use crate::store::{ChainHash, Head, LedgerRow, Position, Row, Snapshot, Value, all_of};
use counterfoil_core::time::Timestamp;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The part that holds the ledger.
pub(crate) const LEDGER: &str = "ledger";
/// How many rows are read at a time.
const ROWS_AT_ONCE: u32 = 4_096;

/// A backup that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Where the ledger ends in it.
    pub head: Head,
    /// When it was made: what was revoked later is not in it.
    pub made_at: Timestamp,
    /// How many rows it has.
    pub rows: u64,
    /// How long the file is.
    pub bytes: u64,
}

/// How far a backup or a restore has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the ledger and the tables so far.
    pub rows: u64,
    /// Rows of the ledger in all.
    pub ledger_rows: u64,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupFailure {
    /// The file can't be written.
    #[error("the backup can't be written to {path}: {fault}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Authority {
    /// Writes a backup to this file, which is there when it is whole and durable, and not before.
    ///
    /// # Errors
    /// If the store can't be read, its ledger is damaged, or the file can't be written. An earlier
    /// file of that name is left as it was.
    pub async fn backup(
        &self,
        path: &Path,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<BackedUp, BackupFailure> {
        let partial = partial_of(path);
        let at = |fault| BackupFailure::File { path: partial.clone(), fault };
        let file = create(&partial).map_err(at)?;
        let written = self.write_backup(file, &partial, progress).await;
        let done = written.and_then(|done| put_in_place(&partial, path).map(|()| done));
        if done.is_err() {
            let _ = fs::remove_file(&partial);
        }
        done
    }

    async fn write_backup(
        &self,
        file: File,
        path: &Path,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<BackedUp, BackupFailure> {
        let at = |fault| BackupFailure::File { path: path.into(), fault };
        let mut view = self.store().snapshot().await.map_err(Failure::from)?;
        let made_at = self.now();
        let head = backup::read_head(read(view.as_mut(), backup::head()).await?).map_err(Failure::from)?;
        let header = Header {
            form: FORM,
            epoch: head.epoch,
            position: head.position,
            hash: head.hash.to_string(),
            made_at,
        };
        let mut to = Writer::begin(BufWriter::new(file), &header).map_err(at)?;
        let mut copy =
            Copy { view: view.as_mut(), to: &mut to, path, progress, ledger_rows: head.position.0 };
        copy.ledger(head).await?;
        for table in TABLES {
            copy.table(table).await?;
        }
        let rows = to.rows();
        let file =
            to.end().and_then(|to| to.into_inner().map_err(io::IntoInnerError::into_error)).map_err(at)?;
        file.sync_all().map_err(at)?;
        let bytes = file.metadata().map_err(at)?.len();
        Ok(BackedUp { head, made_at, rows, bytes })
    }
}

/// A copy on its way.
struct Copy<'a> {
    view: &'a mut dyn Snapshot,
    to: &'a mut Writer<BufWriter<File>>,
    path: &'a Path,
    progress: &'a mut (dyn FnMut(Progress) + Send),
    ledger_rows: u64,
}

impl Copy<'_> {
    /// Copies the ledger, and checks its chain: a backup of something broken helps nobody.
    async fn ledger(&mut self, head: Head) -> Result<(), BackupFailure> {
        self.part(LEDGER)?;
        let (mut after, mut hash) = (Position::default(), ChainHash::default());
        while after < head.position {
            let rows = read(self.view, backup::ledger_after(after, ROWS_AT_ONCE as usize)).await?;
            let rows: Vec<LedgerRow> = all_of(rows).map_err(Failure::from)?;
            if rows.is_empty() {
                return Err(broken(after.next()).into());
            }
            for row in rows {
                if row.position != after.next() || hash.of_next(&row.bytes) != row.hash {
                    return Err(broken(after.next()).into());
                }
                (after, hash) = (row.position, row.hash);
                self.row(&values_of(row))?;
            }
            self.report();
        }
        if hash == head.hash { Ok(()) } else { Err(broken(head.position).into()) }
    }

    async fn table(&mut self, table: &Table) -> Result<(), BackupFailure> {
        self.part(table.name)?;
        let mut last: Option<Row> = None;
        loop {
            let rows = read(self.view, table.rows_after(last.as_ref(), ROWS_AT_ONCE)).await?;
            let Some(end) = rows.last().cloned() else { return Ok(()) };
            for row in rows {
                self.row(&row.into_values())?;
            }
            last = Some(end);
            self.report();
        }
    }

    fn part(&mut self, name: &str) -> Result<(), BackupFailure> {
        self.to.part(name).map_err(|fault| BackupFailure::File { path: self.path.into(), fault })
    }

    fn row(&mut self, values: &[Value]) -> Result<(), BackupFailure> {
        self.to.row(values).map_err(|fault| BackupFailure::File { path: self.path.into(), fault })
    }

    fn report(&mut self) {
        (self.progress)(Progress { rows: self.to.rows(), ledger_rows: self.ledger_rows });
    }
}

async fn read(view: &mut dyn Snapshot, statement: crate::store::Statement) -> Result<Vec<Row>, Failure> {
    Ok(view.read(statement).await?)
}

fn values_of(row: LedgerRow) -> [Value; 5] {
    [row.position.0.into(), row.stream.into(), row.version.into(), row.bytes.into(), row.hash.0.into()]
}

fn broken(position: Position) -> Failure {
    Failure::LedgerStopped(format!(
        "row {position} of the ledger is missing or is not what was written; run `counterfoil ledger verify`"
    ))
}

fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

/// A fresh file that its owner alone can read. What is left of an earlier try makes way.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
        _ => {}
    }
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn put_in_place(partial: &Path, path: &Path) -> Result<(), BackupFailure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::rename(partial, path)
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|fault| BackupFailure::File { path: path.into(), fault })
}
