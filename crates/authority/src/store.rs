//! The store: the ledger and the side tables, behind one trait.
//!
//! The comments of [`Store`] are contracts. [`sqlite`] and [`postgres`] keep them, and one
//! suite of tests holds both to them. All SQL stands below this module.

pub mod postgres;
pub mod sqlite;
pub mod tables;

mod append;
mod migrations;
mod queue;
mod statement;

pub use queue::Answer;
pub use statement::{Expects, Row, Statement, Value, all_of, first_of};

use crate::entry::{Chain, ProvenEntry, ReadFault};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use counterfoil_core::id::{EpochId, KeyId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A place in the ledger: 1 is the first event, 0 stands before it. Positions have no gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Nearly every row's bytes, with the hash before them, are hashed where they need no memory of their own.
const SHORT_ROW: usize = 512;

/// SHA-256 over the previous row's hash and the row's bytes; all zeros before the first row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// The hash of a row of these bytes, standing after the row with this hash.
    #[must_use]
    pub fn of_next(self, bytes: &[u8]) -> Self {
        let mut short = [0; SHORT_ROW];
        let Some(all) = short.get_mut(..self.0.len() + bytes.len()) else {
            return Self::over(&[&self.0, bytes].concat());
        };
        let (first, second) = all.split_at_mut(self.0.len());
        first.copy_from_slice(&self.0);
        second.copy_from_slice(bytes);
        Self::over(all)
    }

    fn over(all: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, all).as_ref());
        Self(hash)
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// Where the ledger ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which life of the ledger this is.
    pub epoch: EpochId,
    /// The last row's position.
    pub position: Position,
    /// The last row's hash.
    pub hash: ChainHash,
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its place.
    pub position: Position,
    /// Whose event it is: a team's issuer id, or `installation`.
    pub stream: String,
    /// The event's number in its stream, counted from 1.
    pub version: u64,
    /// The event, exactly as it was written.
    pub bytes: Vec<u8>,
    /// The chain's hash up to and with this row.
    pub hash: ChainHash,
}

/// Something that may be had once, for ever and across teams: a key id, a public half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed, such as `key:ABCDE12345` or `half:<thumbprint>`.
    pub name: String,
    /// What it belongs to from now on, such as the key id.
    pub subject: String,
}

impl Claim {
    /// What is claimed with a key's id.
    #[must_use]
    pub fn name_of(key: KeyId) -> String {
        format!("key:{key}")
    }
}

/// Everything that one decision changes; it happens whole or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// What the decision was made on: the epoch, and one row that the decider has seen (its
    /// position and hash). A ledger that does not hold that row is another ledger.
    pub seen: Head,
    /// Whose events these are.
    pub stream: String,
    /// How many events the stream had when this was decided.
    pub expected_version: u64,
    /// The events' bytes, in order. At least one.
    pub events: Vec<Vec<u8>>,
    /// What must not be taken yet, and is from now on.
    pub claims: Vec<Claim>,
    /// Side writes that belong to the events.
    pub side: Vec<Statement>,
}

/// Where a commit's events stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The position of its last event.
    pub last: Position,
    /// The rows of its events, as they are durable in the ledger.
    pub rows: Vec<LedgerRow>,
}

/// Why a commit did not happen. In every case but [`CommitFault::Unknown`] nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFault {
    /// The stream has other events by now: catch up and decide again.
    #[error("the team has changed since this was decided")]
    Conflict,
    /// The claim of this index is taken.
    #[error("claim number {0} is taken")]
    ClaimTaken(usize),
    /// A side write's expectation, by its name, was not met.
    #[error("the side write «{0}» found other rows than it needs")]
    Unexpected(&'static str),
    /// This is not the ledger that was decided on: another epoch, a shorter one, or another row.
    #[error("the ledger in the store is not the one this server has read")]
    OtherLedger,
    /// The store could not be reached or could not write; it may be tried again.
    #[error("the store did not take the write: {0}")]
    Unavailable(String),
    /// The connection broke while committing: it may have happened. Whoever needs to know reads
    /// the ledger.
    #[error("the store went away while committing: {0}")]
    Unknown(String),
}

/// Why the store could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// It could not be reached, or is too busy; it may be tried again.
    #[error("the store can't be reached: {0}")]
    Unavailable(String),
    /// What it holds can't be right, or the file was replaced under us.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// It was written by a newer release whose schema this one can't use.
    #[error(
        "the store has schema {found}, newer than the {known} this release can use: start the newer release"
    )]
    Newer {
        /// The schema's number in the store.
        found: i64,
        /// The newest that this release knows.
        known: i64,
    },
    /// A setting of the database makes it unfit, such as `fsync=off`.
    #[error("{0}")]
    Unfit(String),
    /// A side write's expectation, by its name, was not met; nothing was written.
    #[error("the side write «{0}» found other rows than it needs")]
    Unexpected(&'static str),
}

/// The ledger and the side tables.
///
/// Whatever is acknowledged is durable: on disk for SQLite (`synchronous=FULL`), by
/// `synchronous_commit` for PostgreSQL. A commit whose sync failed ends the process, since
/// nobody can say any more what the disk holds.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Takes a commit in and answers once it is durable or refused.
    ///
    /// Commits of one process are carried out in the order of the calls, so whoever decides
    /// under a lock and calls this under the same lock may decide on what is not durable yet:
    /// if an earlier commit of the stream fails, the later ones fail with `Conflict`. Waiting
    /// commits share one transaction, but each is refused or taken by itself.
    ///
    /// Within the transaction, in this order: `seen` is checked against the head's epoch and the
    /// ledger's row; the stream's version is checked; the claims are taken; the rows are written
    /// at the positions after the head; the side writes are done. Nobody retries in here, except
    /// that a serialization failure or a deadlock of the engine is tried again a few times.
    ///
    /// A queue that is full answers `Unavailable` at once.
    fn commit(&self, commit: Commit) -> Answer;

    /// Where the ledger ends, asked of the primary. Fails with `Corrupt` if the database is no
    /// longer the one that was opened.
    async fn head(&self) -> Result<Head, StoreFault>;

    /// At most `most` rows after `after`, in order and without a gap. Only durable rows.
    async fn rows_after(&self, after: Position, most: usize) -> Result<Vec<LedgerRow>, StoreFault>;

    /// The same rows, proven and read, for whoever reads all there are. An engine that can look at a
    /// row where it lies spares the copy, and so millions of them at a start.
    async fn proven_after(&self, after: Position, most: usize) -> Result<Vec<ProvenEntry>, ReadFault> {
        let (first, count) = append::with_the_row_at(after, most);
        let rows = self.rows_after(first, count).await?;
        let proven = spawn_blocking(move || {
            let mut chain = Chain::after(after, most);
            rows.iter().try_for_each(|row| chain.take(row.into()))?;
            Ok(chain.into_proven())
        });
        proven.await.map_err(|fault| StoreFault::Unavailable(fault.to_string()))?
    }

    /// At most `most` rows of one stream before this version, newest first.
    async fn stream_before(
        &self,
        stream: &str,
        before: u64,
        most: usize,
    ) -> Result<Vec<LedgerRow>, StoreFault>;

    /// The subject of a claim, if it is taken.
    async fn claimed(&self, name: &str) -> Result<Option<String>, StoreFault>;

    /// Returns when the ledger may have grown beyond `after`, or after `patience`. A hint: only
    /// reading tells.
    async fn wait_after(&self, after: Position, patience: Duration);

    /// Does these side writes in one transaction. Durable when it returns. Answers the rows of
    /// each statement (of `RETURNING`), in order. Shares its transaction with waiting commits, under
    /// the same lock. If the connection breaks while committing it answers `Unavailable`, and the
    /// write may have happened: whoever repeats it must be able to bear that.
    async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreFault>;

    /// Reads side tables.
    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreFault>;

    /// A consistent view of everything at this moment, while writes go on.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreFault>;

    /// Replaces everything by what these statements write, in one transaction: the rows of a
    /// backup. The head row is written by the statements too.
    async fn replace(&self, statements: Box<dyn Iterator<Item = Statement> + Send>)
    -> Result<(), StoreFault>;

    /// Makes erased bytes unreadable now rather than within the minute (SQLite: checkpoints and
    /// truncates the write-ahead log). PostgreSQL can't, and returns.
    async fn forget_erased(&self) -> Result<(), StoreFault>;

    /// What `/metrics` shows of the store: names and values, such as commits, groups, retries.
    fn figures(&self) -> Vec<(&'static str, u64)>;
}

/// One consistent view of the store.
#[async_trait]
pub trait Snapshot: Send {
    /// Reads within the view.
    async fn read(&mut self, statement: Statement) -> Result<Vec<Row>, StoreFault>;
}

/// The name of a ledger's new life.
pub(crate) fn fresh_epoch() -> Result<EpochId, StoreFault> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| StoreFault::Unavailable("there is no randomness".into()))?;
    Ok(EpochId::from_random(random))
}
