//! Restoring a backup: everything is replaced in one transaction, and the ledger lives on under a
//! new epoch, so that no server and no replica can mistake it for the one that it has read.
//!
//! The file is read twice: first to check it whole (its checksums, the ledger's chain, every
//! event), then to write it. What it lacks by design (sealed halves, sessions, links, remembered
//! answers) is gone afterwards, and so are recovery codes: each is good once, and nobody knows any
//! more which were used.

mod checked;
mod revocations;

pub use revocations::{NotRevoked, Revocations, RevocationsFault, Revoked, RevokedHow};

use crate::authority::Authority;
use crate::backup::{BackupFault, Progress};
use crate::failure::Failure;
use crate::ledger::Alongside;
use crate::start::{Settings, open_store};
use crate::store::tables::{
    answers, backup, challenges, halves, installation, links, recovery_codes, sessions,
};
use crate::store::{Head, LedgerRow, Position, Statement, Store, StoreFault, all_of};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use checked::Checked;
use counterfoil_core::event::{Actor, Entry, Event, Stream};
use counterfoil_core::id::EpochId;
use counterfoil_core::time::Timestamp;
use std::path::Path;
use std::time::Duration;

/// How far the clock may be behind the backup's last event.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// What was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the ledger ends now, in its new epoch.
    pub head: Head,
    /// Revocations after this moment may be missing: the backup was made then.
    pub revocations_missing_since: Timestamp,
    /// Where the ledger ended that was replaced, if there was one.
    pub replaced: Option<Head>,
}

/// Why nothing was restored. The store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    /// The file is no backup, or not whole.
    #[error(transparent)]
    Backup(#[from] BackupFault),
    /// There is something that would be lost.
    #[error(
        "there is a ledger here already, with {events} events. To throw it away for the backup, add --replace"
    )]
    NotEmpty {
        /// How many.
        events: u64,
    },
    /// The clock is behind.
    #[error(
        "this machine's clock is {behind_seconds} seconds behind the backup's last event. Set the clock, then try again"
    )]
    ClockBehind {
        /// By how much.
        behind_seconds: u64,
    },
    /// The file was changed while it was restored.
    #[error("the backup was changed while it was being restored; nothing was restored")]
    Changed,
    /// The store can't be opened or written.
    #[error(transparent)]
    Store(StoreFault),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreFault> for RestoreFault {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Unexpected(backup::UNCHANGED_FILE) => Self::Changed,
            other => Self::Store(other),
        }
    }
}

/// Restores a backup into the store of these settings. Whoever serves it notices the new epoch and
/// reads everything anew.
///
/// # Errors
/// If the file is not whole, the store is not empty (unless `replace` says that it may be thrown
/// away), or can't be written. Nothing has changed then.
pub async fn restore(
    settings: &Settings,
    from: &Path,
    replace: bool,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, RestoreFault> {
    let backup = Checked::read(from, progress)?;
    let now = settings.clock.now();
    let behind = backup.state.latest().since(now);
    if behind > CLOCK_TOLERANCE {
        return Err(RestoreFault::ClockBehind { behind_seconds: behind.as_secs() });
    }
    let store = open_store(settings).await?;
    let replaced = replaceable(store.as_ref(), replace).await?;
    let (head, last) = life_goes_on(&backup, now)?;
    let mut kept = kept_of_store(store.as_ref()).await.unwrap_or_default();
    kept.push(recovery_codes::void_all());
    let statements = backup.statements(head, &last, kept)?;
    store.replace(Box::new(statements)).await?;
    store.forget_erased().await?;
    Ok(Restored { head, revocations_missing_since: backup.header.made_at, replaced })
}

impl Authority {
    /// Goes on with an older copy of the ledger that stands in the place of the one that was seen,
    /// as the operator wants it: under a new epoch, and without what the time between may have
    /// used up (halves that wait, sessions, links, remembered answers, recovery codes).
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn adopt_ledger(&self) -> Result<Restored, Failure> {
        let epoch = EpochId::from_random(self.random()?);
        let missing_since = self.ledger().state()?.latest();
        let event = Event::LedgerRestored { epoch, revocations_missing_since: missing_since };
        let side = [vec![backup::next_epoch(epoch)], ended_by_restore()].concat();
        let adopted = self.ledger().append(Stream::Installation, Actor::Operator, |_| {
            Ok((vec![event.clone()], Alongside { claims: Vec::new(), side: side.clone() }))
        });
        adopted.await?;
        self.store().forget_erased().await?;
        self.note_witness();
        let head = self.ledger().state()?.head();
        Ok(Restored { head, revocations_missing_since: missing_since, replaced: None })
    }
}

/// What no other life of the ledger may use.
fn ended_by_restore() -> Vec<Statement> {
    vec![
        halves::erase_all(),
        sessions::end_all(),
        links::end_all(),
        challenges::end_all(),
        answers::forget_all(),
        recovery_codes::void_all(),
    ]
}

/// What would be lost. A store that can't be read any more is lost already.
async fn replaceable(store: &dyn Store, replace: bool) -> Result<Option<Head>, RestoreFault> {
    let head = match store.head().await {
        Err(StoreFault::Corrupt(_)) if replace => return Ok(None),
        head => head?,
    };
    let is_empty = head.position == Position::default() || is_only_begun(store, head).await?;
    if !is_empty && !replace {
        return Err(RestoreFault::NotEmpty { events: head.position.0 });
    }
    Ok(Some(head).filter(|_| !is_empty))
}

/// Whether nothing has happened but what a first start writes.
async fn is_only_begun(store: &dyn Store, head: Head) -> Result<bool, RestoreFault> {
    const FIRST_EVENTS: u64 = 2;
    if head.position.0 > FIRST_EVENTS {
        return Ok(false);
    }
    let rows = store.rows_after(Position::default(), 2).await?;
    Ok(rows.iter().all(|row| row.stream == Stream::Installation.to_string()))
}

/// The seal key that this installation has stays its own: no backup tells of one.
async fn kept_of_store(store: &dyn Store) -> Result<Vec<Statement>, StoreFault> {
    let keys: Vec<halves::SealKey> = all_of(store.read(halves::seal_keys()).await?)?;
    let name = keys.last().map(|key| installation::set("seal-key", &key.kek));
    Ok(keys.iter().map(halves::add_seal_key).chain(name).collect())
}

/// The event with which the restored ledger goes on, and where it ends with it.
fn life_goes_on(backup: &Checked, now: Timestamp) -> Result<(Head, LedgerRow), RestoreFault> {
    let mut random = [0; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| Failure::Fault("this machine gives no random bytes".into()))?;
    let epoch = EpochId::from_random(random);
    let before = backup.state.head();
    let event = Event::LedgerRestored { epoch, revocations_missing_since: backup.header.made_at };
    let bytes = Entry { of: Stream::Installation, at: now, by: Actor::Operator, event }.to_bytes();
    let head = Head { epoch, position: before.position.next(), hash: before.hash.of_next(&bytes) };
    let row = LedgerRow {
        position: head.position,
        stream: Stream::Installation.to_string(),
        version: backup.state.installation_version() + 1,
        bytes,
        hash: head.hash,
    };
    Ok((head, row))
}
