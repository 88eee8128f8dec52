//! Opening connections as they must be, and carrying out statements on them.

use crate::entry::SeenRow;
use crate::store::statement::{Row, Statement, Value};
use crate::store::{ChainHash, CommitFault, Position, StoreFault};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a statement waits for another process that writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The oldest SQLite whose write-ahead log can be trusted.
const OLDEST_GOOD: i32 = 3_051_003;

/// Why a statement did not do what it should.
#[derive(Debug)]
pub(super) enum Fault {
    /// It broke a rule of its own or of the tables; the transaction goes on without it.
    Refused(CommitFault),
    /// SQLite could not do it; the transaction is lost.
    Engine(rusqlite::Error),
}

/// Opens the one connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreFault> {
    refuse_old_library(rusqlite::version_number())?;
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    enter_wal_mode(&connection)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -32000;",
    )?;
    Ok(connection)
}

/// Opens a connection that reads. The file must be there and in use by a writer.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreFault> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
    Ok(connection)
}

/// Carries a statement out and checks what it expects.
pub(super) fn run(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, Fault> {
    let outcome = try_to_run(connection, statement);
    let (rows, count) = outcome.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Fault::Refused(CommitFault::Unexpected(statement.name())),
        _ => Fault::Engine(error),
    })?;
    if statement.is_met_by(count) {
        Ok(rows)
    } else {
        Err(Fault::Refused(CommitFault::Unexpected(statement.name())))
    }
}

/// Carries a read out.
pub(super) fn read(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, StoreFault> {
    Ok(run(connection, statement)?)
}

/// Carries out a read that answers rows of the ledger, and shows each where it lies: a start reads
/// millions of them.
pub(super) fn show_ledger<F: From<StoreFault>>(
    connection: &Connection,
    statement: &Statement,
    mut show: impl FnMut(SeenRow<'_>) -> Result<(), F>,
) -> Result<(), F> {
    let mut prepared = connection.prepare_cached(statement.sql).map_err(StoreFault::from)?;
    let parameters = rusqlite::params_from_iter(&statement.values);
    let mut rows = prepared.query(parameters).map_err(StoreFault::from)?;
    while let Some(row) = rows.next().map_err(StoreFault::from)? {
        let malformed = |_| StoreFault::Corrupt("a row of the ledger is malformed".into());
        show(seen_row(row).map_err(malformed)?)?;
    }
    Ok(())
}

fn seen_row<'a>(row: &'a rusqlite::Row<'_>) -> Result<SeenRow<'a>, Box<dyn std::error::Error>> {
    Ok(SeenRow {
        position: Position(u64::try_from(row.get_ref(0)?.as_i64()?)?),
        stream: row.get_ref(1)?.as_str()?,
        version: u64::try_from(row.get_ref(2)?.as_i64()?)?,
        bytes: row.get_ref(3)?.as_blob()?,
        hash: ChainHash(row.get_ref(4)?.as_blob()?.try_into()?),
    })
}

/// Rows answered, and how many rows were changed or answered.
fn try_to_run(connection: &Connection, statement: &Statement) -> rusqlite::Result<(Vec<Row>, u64)> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let parameters = rusqlite::params_from_iter(&statement.values);
    let columns = prepared.column_count();
    if columns == 0 {
        let changed = prepared.execute(parameters)?;
        return Ok((Vec::new(), changed as u64));
    }
    let rows =
        prepared.query_map(parameters, |row| row_of(row, columns))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let count = rows.len() as u64;
    Ok((rows, count))
}

fn row_of(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let values = (0..columns).map(|column| Ok(Value::from(row.get_ref(column)?)));
    values.collect::<rusqlite::Result<Vec<_>>>().map(Row::new)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, StoreFault> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Whoever closes last must not touch files that may have been replaced under it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Else each read with a limit is planned anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

/// Two processes that do this to a new file at once find it busy, whatever the busy timeout.
fn enter_wal_mode(connection: &Connection) -> Result<(), StoreFault> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(StoreFault::Unfit(format!(
                    "the file system of the database allows no write-ahead log (journal mode {mode})"
                )));
            }
            Err(error) if is_busy(&error) && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn refuse_old_library(version: i32) -> Result<(), StoreFault> {
    if version >= OLDEST_GOOD {
        return Ok(());
    }
    Err(StoreFault::Unfit(format!(
        "the SQLite library has version {version}; its write-ahead log can lose data"
    )))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

impl From<rusqlite::Error> for StoreFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Fault> for StoreFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refused) => refused.into(),
            Fault::Engine(error) => error.into(),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<ValueRef<'_>> for Value {
    /// Real numbers are in no table; one that turns up all the same reads as nothing, which no
    /// getter takes for a number.
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null | ValueRef::Real(_) => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_with_the_write_ahead_log_bug_is_refused() {
        assert!(refuse_old_library(3_051_002).is_err());
        assert!(refuse_old_library(3_051_003).is_ok());
        assert!(refuse_old_library(rusqlite::version_number()).is_ok());
    }
}
