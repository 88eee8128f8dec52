//! The file of a backup: records of checked length and content, the same for every engine.
//!
//! After the first line come records: a length (4 bytes, the high byte first), that many bytes,
//! and 32 bytes of SHA-256 over the digest of the record before and those bytes. So no record can
//! be changed, moved, left out or cut off unnoticed. The first record is the header, the last one
//! the end.

mod values;

use crate::store::{ChainHash, Position, Value};
use aws_lc_rs::digest::{Context, SHA256};
use counterfoil_core::id::EpochId;
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// The first line.
const FIRST: &[u8] = b"counterfoil backup\n";
/// The form of the file that this release writes, and the newest that it reads.
pub(crate) const FORM: u32 = 1;
/// The longest record.
const LONGEST: usize = 64 << 20;

const HEADER: u8 = 1;
const PART: u8 = 2;
const ROW: u8 = 3;
const END: u8 = 4;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The form of the file.
    pub form: u32,
    /// Which life of the ledger it is of.
    pub epoch: EpochId,
    /// How far the ledger goes in it.
    pub position: Position,
    /// The hash of the ledger's last row, in hex.
    pub hash: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// One record.
#[derive(Debug)]
pub(crate) enum Record {
    /// The first one.
    Header(Header),
    /// From here on the rows are of this table.
    Part(String),
    /// A row.
    Row(Vec<Value>),
    /// The last one: how many rows there were.
    End(u64),
}

/// Why a file can't be restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// It can't be read.
    #[error("the backup can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this file is no backup of Counterfoil")]
    NoBackup,
    /// A newer release made it.
    #[error(
        "the backup has form {found}, and this release reads up to {FORM}: restore it with a newer release"
    )]
    Newer {
        /// Its form.
        found: u32,
    },
    /// It ends too early.
    #[error("the backup is cut off at byte {at}: it was not written or not copied to its end")]
    CutOff {
        /// Where.
        at: u64,
    },
    /// It is not what was written.
    #[error("the backup was changed or damaged: the record at byte {at} does not fit its checksum")]
    Altered {
        /// Where.
        at: u64,
    },
    /// It goes on after its end.
    #[error("the backup goes on after its last record, at byte {at}")]
    Trailing {
        /// Where.
        at: u64,
    },
    /// Its records are whole, but make no backup.
    #[error("the backup is malformed: {0}")]
    Malformed(String),
}

/// Writes records.
pub(crate) struct Writer<W> {
    to: W,
    digest: [u8; 32],
    rows: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    pub(crate) fn begin(mut to: W, header: &Header) -> io::Result<Self> {
        to.write_all(FIRST)?;
        let mut writer = Self { to, digest: digest(&[0; 32], FIRST), rows: 0 };
        writer.record(HEADER, &serde_json::to_vec(header)?)?;
        Ok(writer)
    }

    /// Begins a table.
    pub(crate) fn part(&mut self, name: &str) -> io::Result<()> {
        self.record(PART, name.as_bytes())
    }

    /// Writes a row.
    pub(crate) fn row(&mut self, values: &[Value]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(256);
        values.iter().for_each(|value| values::encode(value, &mut bytes));
        self.rows += 1;
        self.record(ROW, &bytes)
    }

    /// How many rows were written.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file, and gives back what it was written to.
    pub(crate) fn end(mut self) -> io::Result<W> {
        let rows = self.rows.to_be_bytes();
        self.record(END, &rows)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn record(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len() + 1)
            .ok()
            .filter(|length| *length as usize <= LONGEST)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a row is too long for a backup"))?;
        let payload = [&[kind], bytes].concat();
        self.digest = digest(&self.digest, &payload);
        self.to.write_all(&length.to_be_bytes())?;
        self.to.write_all(&payload)?;
        self.to.write_all(&self.digest)
    }
}

/// Reads records, each checked before it is handed out.
pub(crate) struct Reader<R> {
    from: R,
    digest: [u8; 32],
    at: u64,
    rows: u64,
}

impl<R: Read> Reader<R> {
    /// Begins to read a file.
    pub(crate) fn begin(from: R) -> Result<(Self, Header), BackupFault> {
        let mut reader = Self { from, digest: digest(&[0; 32], FIRST), at: 0, rows: 0 };
        let mut first = [0; FIRST.len()];
        reader.fill(&mut first).map_err(|fault| match fault {
            BackupFault::CutOff { .. } => BackupFault::NoBackup,
            fault => fault,
        })?;
        if first != FIRST {
            return Err(BackupFault::NoBackup);
        }
        match reader.next()? {
            Record::Header(header) if header.form > FORM => Err(BackupFault::Newer { found: header.form }),
            Record::Header(header) => Ok((reader, header)),
            _ => Err(BackupFault::Malformed("it does not begin with its header".into())),
        }
    }

    /// The next record. After the end, nothing more may be asked for.
    pub(crate) fn next(&mut self) -> Result<Record, BackupFault> {
        let began = self.at;
        let payload = self.payload()?;
        let record =
            decode(&payload).ok_or_else(|| BackupFault::Malformed(format!("the record at byte {began}")))?;
        match &record {
            Record::Row(_) => self.rows += 1,
            Record::End(rows) if *rows != self.rows => {
                return Err(BackupFault::Malformed(format!("it has {} rows and says {rows}", self.rows)));
            }
            Record::End(_) => self.nothing_follows()?,
            Record::Header(_) | Record::Part(_) => {}
        }
        Ok(record)
    }

    /// What stands for all that was read so far.
    pub(crate) const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    fn payload(&mut self) -> Result<Vec<u8>, BackupFault> {
        let began = self.at;
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 || length > LONGEST {
            return Err(BackupFault::Altered { at: began });
        }
        let mut payload = Vec::new();
        let read = self.from.by_ref().take(length as u64).read_to_end(&mut payload)?;
        self.at += read as u64;
        if read < length {
            return Err(BackupFault::CutOff { at: self.at });
        }
        let mut written = [0; 32];
        self.fill(&mut written)?;
        self.digest = digest(&self.digest, &payload);
        if written == self.digest { Ok(payload) } else { Err(BackupFault::Altered { at: began }) }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupFault> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.from.read(&mut bytes[filled..]) {
                Ok(0) => return Err(BackupFault::CutOff { at: self.at + filled as u64 }),
                Ok(read) => filled += read,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        self.at += filled as u64;
        Ok(())
    }

    fn nothing_follows(&mut self) -> Result<(), BackupFault> {
        match self.from.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(BackupFault::Trailing { at: self.at }),
        }
    }
}

fn digest(before: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(bytes);
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

fn decode(payload: &[u8]) -> Option<Record> {
    let (kind, bytes) = payload.split_first()?;
    match *kind {
        HEADER => serde_json::from_slice(bytes).ok().map(Record::Header),
        PART => String::from_utf8(bytes.to_vec()).ok().map(Record::Part),
        ROW => values::decode(bytes).map(Record::Row),
        END => bytes.try_into().ok().map(|rows| Record::End(u64::from_be_bytes(rows))),
        _ => None,
    }
}

impl Header {
    /// Whether the ledger in the file ends as the header says.
    pub(crate) fn ends_at(&self, position: Position, hash: ChainHash) -> bool {
        self.position == position && self.hash == hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            form: FORM,
            epoch: EpochId::from_random([7; 16]),
            position: Position(2),
            hash: ChainHash::default().to_string(),
            made_at: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![Value::Null, 7_i64.into(), i64::MIN.into(), "é".into(), vec![0, 255].into(), "".into()],
            vec![],
        ]
    }

    fn file() -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), &header()).unwrap();
        writer.part("ledger").unwrap();
        rows().iter().for_each(|row| writer.row(row).unwrap());
        writer.end().unwrap()
    }

    fn read(file: &[u8]) -> Result<Vec<Vec<Value>>, BackupFault> {
        let (mut reader, found) = Reader::begin(file)?;
        assert_eq!(found, header());
        let mut rows = Vec::new();
        loop {
            match reader.next()? {
                Record::Part(name) => assert_eq!(name, "ledger"),
                Record::Row(values) => rows.push(values),
                Record::End(_) => return Ok(rows),
                Record::Header(_) => return Err(BackupFault::Malformed("a second header".into())),
            }
        }
    }

    #[test]
    fn what_was_written_reads_back() {
        assert_eq!(read(&file()).unwrap(), rows());
    }

    #[test]
    fn a_file_cut_off_anywhere_is_refused() {
        let file = file();
        for end in 0..file.len() {
            let fault = read(&file[..end]).unwrap_err();
            let expected = if end < FIRST.len() { "no backup" } else { "cut off" };
            assert!(fault.to_string().contains(expected), "cut at {end}: {fault}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let file = file();
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        let mut file = file();
        let end = file.len() as u64;
        file.push(0);
        assert!(matches!(read(&file), Err(BackupFault::Trailing { at }) if at == end));
    }

    #[test]
    fn a_newer_form_is_refused_by_its_number() {
        let newer = Header { form: FORM + 1, ..header() };
        let file = Writer::begin(Vec::new(), &newer).unwrap().end().unwrap();
        assert!(
            matches!(Reader::begin(file.as_slice()), Err(BackupFault::Newer { found }) if found == FORM + 1)
        );
    }

    #[test]
    fn something_else_is_no_backup() {
        for other in [&b""[..], b"SQLite format 3\0...............", b"counterfoil"] {
            assert!(matches!(Reader::begin(other), Err(BackupFault::NoBackup)));
        }
    }
}
