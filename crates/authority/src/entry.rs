//! A row of the ledger, proven and read: what the fold takes in.

use crate::state::FoldFault;
use crate::store::{ChainHash, LedgerRow, Position, StoreFault};
use counterfoil_core::event::{Entry, EntryReader, Stream};

/// A row of the ledger, seen where it lies.
#[derive(Clone, Copy, Debug)]
pub struct SeenRow<'a> {
    /// Its place.
    pub position: Position,
    /// Whose event it is.
    pub stream: &'a str,
    /// The event's number in its stream.
    pub version: u64,
    /// The event, exactly as it was written.
    pub bytes: &'a [u8],
    /// The chain's hash up to and with this row.
    pub hash: ChainHash,
}

/// A row that is what was written after the row with the hash `before`, and what it says.
#[derive(Clone, Debug)]
pub struct ProvenEntry {
    /// Its place.
    pub position: Position,
    /// The hash of the row before it.
    pub before: ChainHash,
    /// Its own hash.
    pub hash: ChainHash,
    /// The event's number in its stream.
    pub version: u64,
    /// What it says.
    pub entry: Entry,
}

/// Why rows can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// The store did not hand them out.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// One is not what was written, or can't be read.
    #[error(transparent)]
    Row(#[from] FoldFault),
}

impl ProvenEntry {
    /// Proves and reads a row.
    ///
    /// # Errors
    /// If its hash does not continue the chain, it can't be read, or it stands under another stream
    /// than it says.
    pub fn of(before: ChainHash, row: SeenRow<'_>) -> Result<Self, FoldFault> {
        Self::read(&mut EntryReader::default(), before, row)
    }

    #[inline]
    fn read(reader: &mut EntryReader, before: ChainHash, row: SeenRow<'_>) -> Result<Self, FoldFault> {
        if before.of_next(row.bytes) != row.hash {
            return Err(FoldFault::Broken(row.position));
        }
        let entry =
            reader.read(row.bytes).map_err(|fault| FoldFault::Unreadable(row.position, fault.to_string()))?;
        if Stream::try_from(row.stream) != Ok(entry.of) {
            return Err(FoldFault::Misplaced(row.position));
        }
        Ok(Self { position: row.position, before, hash: row.hash, version: row.version, entry })
    }
}

impl<'a> From<&'a LedgerRow> for SeenRow<'a> {
    fn from(row: &'a LedgerRow) -> Self {
        let LedgerRow { position, stream, version, bytes, hash } = row;
        Self { position: *position, stream, version: *version, bytes, hash: *hash }
    }
}

impl From<SeenRow<'_>> for LedgerRow {
    fn from(row: SeenRow<'_>) -> Self {
        let SeenRow { position, stream, version, bytes, hash } = row;
        Self { position, stream: stream.to_owned(), version, bytes: bytes.to_owned(), hash }
    }
}

/// Rows that follow each other, each proven by the one before.
pub(crate) struct Chain {
    before: Option<ChainHash>,
    proven: Vec<ProvenEntry>,
    reader: EntryReader,
}

impl Chain {
    /// The rows after this position, of which there will be about `most`. Unless it is the ledger's
    /// beginning, the row at this position must be taken first: it only lends its hash.
    pub(crate) fn after(position: Position, most: usize) -> Self {
        let before = (position == Position::default()).then(ChainHash::default);
        Self { before, proven: Vec::with_capacity(most), reader: EntryReader::default() }
    }

    /// Takes the next row.
    pub(crate) fn take(&mut self, row: SeenRow<'_>) -> Result<(), FoldFault> {
        if let Some(before) = self.before.replace(row.hash) {
            self.proven.push(ProvenEntry::read(&mut self.reader, before, row)?);
        }
        Ok(())
    }

    /// What was taken.
    pub(crate) fn into_proven(self) -> Vec<ProvenEntry> {
        self.proven
    }
}
