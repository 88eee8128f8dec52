//! A backup that was read whole and found good, and the statements that write it.

use crate::backup::{BackupFault, Header, LEDGER, Progress, Reader, Record};
use crate::state::State;
use crate::store::tables::backup::{self, TABLES, Table};
use crate::store::{ChainHash, Head, LedgerRow, Position, Statement, Value};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

/// How often progress is told, in rows.
const TELL_EVERY: u64 = 4_096;

/// A backup that was found good.
pub(crate) struct Checked {
    /// What it says of itself.
    pub(crate) header: Header,
    /// What its ledger says.
    pub(crate) state: State,
    file: File,
    digest: [u8; 32],
    streams: Streams,
}

/// The streams, numbered in the order of their first events.
#[derive(Clone, Debug, Default)]
struct Streams {
    numbers: HashMap<String, i64>,
    names: Vec<String>,
}

/// Which rows are being read.
#[derive(Clone, Copy)]
enum Part {
    Ledger,
    Table(&'static Table),
}

impl Checked {
    /// Reads a backup, and checks its checksums, its ledger's chain and all its events.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn read(
        path: &Path,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Self, BackupFault> {
        let mut file = File::open(path)?;
        let (mut reader, header) = Reader::begin(BufReader::new(&mut file))?;
        let mut state = State::empty(header.epoch);
        let mut streams = Streams::default();
        let (mut part, mut rows) = (None, 0_u64);
        loop {
            match reader.next()? {
                Record::Header(_) => return Err(malformed("it has a second header")),
                Record::Part(name) => part = Some(Part::named(&name)?),
                Record::Row(values) => {
                    match part.ok_or_else(|| malformed("a row belongs to no table"))? {
                        Part::Ledger => fold(&mut state, &mut streams, &ledger_row(values)?)?,
                        Part::Table(table) => check_columns(table, &values)?,
                    }
                    rows += 1;
                    if rows.is_multiple_of(TELL_EVERY) {
                        progress(Progress { rows, ledger_rows: header.position.0 });
                    }
                }
                Record::End(_) => break,
            }
        }
        let digest = reader.digest();
        drop(reader);
        let head = state.head();
        if !header.ends_at(head.position, head.hash) || header.epoch != head.epoch {
            return Err(malformed("its ledger does not end where its header says"));
        }
        Ok(Self { header, state, file, digest, streams })
    }

    /// What writes the backup, and one row after its ledger; then what is `kept` of the store.
    ///
    /// Should the file turn out to be other than it was, the last statement fails, which undoes
    /// them all.
    ///
    /// # Errors
    /// If the file can't be read from its beginning again.
    pub(crate) fn statements(
        &self,
        head: Head,
        last: &LedgerRow,
        kept: Vec<Statement>,
    ) -> Result<impl Iterator<Item = Statement> + Send + 'static, BackupFault> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        let (reader, _) = Reader::begin(BufReader::new(file))?;
        let mut streams = self.streams.clone();
        streams.note(&last.stream);
        let before = [backup::begin(&head)].into_iter().chain(streams.statements());
        let after = [backup::ledger_row(last, streams.number(&last.stream)), backup::end(&head)];
        let rows = Rows { reader, streams, digest: self.digest, part: None, is_over: false };
        Ok(before.chain(rows).chain(after).chain(kept))
    }
}

/// The rows of the file, as statements.
struct Rows {
    reader: Reader<BufReader<File>>,
    streams: Streams,
    digest: [u8; 32],
    part: Option<Part>,
    is_over: bool,
}

impl Iterator for Rows {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        while !self.is_over {
            match self.statement() {
                Ok(Some(statement)) => return Some(statement),
                Ok(None) => {}
                Err(fault) => {
                    self.is_over = true;
                    tracing::error!(%fault, "The backup was good when it was checked, and is not any more");
                    return Some(backup::fail());
                }
            }
        }
        None
    }
}

impl Rows {
    fn statement(&mut self) -> Result<Option<Statement>, BackupFault> {
        match self.reader.next()? {
            Record::Part(name) => self.part = Some(Part::named(&name)?),
            Record::Row(values) => {
                return Ok(Some(match self.part.ok_or_else(|| malformed("a row belongs to no table"))? {
                    Part::Table(table) => table.put(values),
                    Part::Ledger => {
                        let row = ledger_row(values)?;
                        backup::ledger_row(&row, self.streams.number(&row.stream))
                    }
                }));
            }
            Record::End(_) if self.reader.digest() != self.digest => {
                return Err(malformed("it is another file"));
            }
            Record::End(_) => self.is_over = true,
            Record::Header(_) => return Err(malformed("it has a second header")),
        }
        Ok(None)
    }
}

impl Part {
    fn named(name: &str) -> Result<Self, BackupFault> {
        if name == LEDGER {
            return Ok(Self::Ledger);
        }
        let table = TABLES.iter().find(|table| table.name == name);
        table
            .map(Self::Table)
            .ok_or_else(|| malformed(&format!("it has a table «{name}», which this release does not know")))
    }
}

impl Streams {
    fn note(&mut self, name: &str) {
        if !self.numbers.contains_key(name) {
            self.names.push(name.to_owned());
            let number = i64::try_from(self.names.len()).unwrap_or(i64::MAX);
            self.numbers.insert(name.to_owned(), number);
        }
    }

    fn number(&self, name: &str) -> i64 {
        self.numbers.get(name).copied().unwrap_or_default()
    }

    fn statements(&self) -> Vec<Statement> {
        self.names.iter().map(|name| backup::stream(self.number(name), name)).collect()
    }
}

fn fold(state: &mut State, streams: &mut Streams, row: &LedgerRow) -> Result<(), BackupFault> {
    state.apply(row).map_err(|fault| malformed(&fault.to_string()))?;
    streams.note(&row.stream);
    Ok(())
}

fn ledger_row(values: Vec<Value>) -> Result<LedgerRow, BackupFault> {
    let wrong = || malformed("a row of its ledger has other columns");
    let values = <[Value; 5]>::try_from(values).map_err(|_| wrong())?;
    let [
        Value::Integer(position),
        Value::Text(stream),
        Value::Integer(version),
        Value::Bytes(bytes),
        Value::Bytes(hash),
    ] = values
    else {
        return Err(wrong());
    };
    Ok(LedgerRow {
        position: Position(u64::try_from(position).map_err(|_| wrong())?),
        stream,
        version: u64::try_from(version).map_err(|_| wrong())?,
        bytes,
        hash: ChainHash(hash.try_into().map_err(|_| wrong())?),
    })
}

fn check_columns(table: &Table, values: &[Value]) -> Result<(), BackupFault> {
    if values.len() == table.columns {
        return Ok(());
    }
    Err(malformed(&format!(
        "a row of its table «{}» has {} columns instead of {}",
        table.name,
        values.len(),
        table.columns
    )))
}

fn malformed(what: &str) -> BackupFault {
    BackupFault::Malformed(what.to_owned())
}
