//! Following the ledger: what other processes write, this one knows within a second.
//!
//! A notification is a hint; reading the head again and again is the guarantee.

use crate::authority::Authority;
use crate::start::{catalog_in_force, read_all};
use crate::store::{Head, Position, StoreFault};
use counterfoil_verify::Awake;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How often a server says that it lives.
const REPORT: Duration = Duration::from_secs(10);
/// For how long events are let gather before the head is read: many commits, one look.
const TOGETHER: Duration = Duration::from_millis(10);
/// How often the note of how far the ledger was seen is written, at most.
const NOTE: Duration = Duration::from_secs(1);
/// How long nothing is read at most.
const POLL: Duration = Duration::from_millis(500);
/// How long to wait after the store could not be read.
const RETRY: Duration = Duration::from_millis(250);

/// How long to wait while the ledger can't be trusted: reading it anew takes time.
const RETRY_STOPPED: Duration = Duration::from_secs(5);

/// How the ledger in the store stands to the one in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Same,
    Ahead,
    OtherEpoch,
    Behind,
    OtherRow,
}

impl Authority {
    pub(crate) fn start_tasks(self: &Arc<Self>) {
        let follow = Arc::clone(self);
        let flush = Arc::clone(self);
        let keep_house = Arc::clone(self);
        let lend = Arc::clone(self);
        let tasks = [
            tokio::spawn(async move { follow.follow().await }),
            tokio::spawn(async move { flush.flush_usage_for_ever().await }),
            tokio::spawn(async move { keep_house.keep_house().await }),
            tokio::spawn(async move { lend.lend_for_ever().await }),
        ];
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    }

    async fn follow(&self) {
        let mut known = Position::default();
        let mut reported = Instant::now();
        let (mut noted, mut noted_at) = (known, Instant::now());
        loop {
            self.store().wait_after(known, POLL).await;
            tokio::time::sleep(TOGETHER).await;
            if reported.elapsed() > REPORT {
                reported = Instant::now();
                if let Err(why) = self.report_as_living().await {
                    tracing::warn!(%why, "The other servers can't be told that this one lives");
                }
            }
            match self.follow_once().await {
                Ok(position) => {
                    known = position;
                    if noted != known && noted_at.elapsed() > NOTE {
                        (noted, noted_at) = (known, Instant::now());
                        self.note_witness();
                    }
                }
                Err(why) => {
                    tracing::warn!(%why, "The ledger could not be followed; trying again");
                    tokio::time::sleep(if self.ledger.is_stopped() { RETRY_STOPPED } else { RETRY }).await;
                }
            }
        }
    }

    /// One look at the head, and what follows from it.
    ///
    /// # Errors
    /// If the store could not be read, or the ledger has stopped.
    pub async fn follow_once(&self) -> Result<Position, crate::Failure> {
        let began = Awake::read();
        // What is known must be older than what is found: it may grow while the head is read.
        let known = self.ledger.known_head();
        let found = match self.store().head().await {
            Err(StoreFault::Corrupt(why)) => {
                self.ledger.stop(why.clone());
                return Err(crate::Failure::LedgerStopped(why));
            }
            found => found?,
        };
        match standing(known, found) {
            Standing::Same | Standing::Ahead if self.ledger.is_stopped() => self.read_anew(found).await?,
            Standing::Same => self.follow_catalog().await?,
            Standing::Ahead => {
                self.ledger.catch_up().await?;
                self.follow_catalog().await?;
            }
            Standing::OtherEpoch => self.take_up_epoch(known, found).await?,
            Standing::Behind => self.ledger.stop(format!(
                "the ledger in the database ends at position {}, but it was at {} already: an older copy was put in its place. To go on with it knowingly, run `counterfoil ledger adopt`",
                found.position, known.position
            )),
            Standing::OtherRow => self.ledger.stop(format!(
                "the ledger in the database has another row at position {}: it is not the one this server has read. To go on with it knowingly, run `counterfoil ledger adopt`",
                found.position
            )),
        }
        self.ledger.heard_at(began);
        Ok(self.ledger.known_head().position)
    }

    /// Another epoch that goes on from what was read is read like any other event. Until any other is
    /// read, nothing is answered from the one before.
    async fn take_up_epoch(&self, known: Head, found: Head) -> Result<(), crate::Failure> {
        if found.position > known.position && self.ledger.catch_up().await.is_ok() {
            return self.follow_catalog().await;
        }
        self.ledger.stop(format!("another epoch of the ledger began, {}, and was not read yet", found.epoch));
        self.read_anew(found).await
    }

    /// Another epoch (somebody restored a backup and said so), or the ledger that was missed is
    /// back: everything is read from the beginning.
    async fn read_anew(&self, found: Head) -> Result<(), crate::Failure> {
        let state = read_all(self.store(), found)
            .await
            .map_err(|fault| crate::Failure::LedgerStopped(fault.to_string()))?;
        let missing_since =
            state.revocations_missing_since().map(counterfoil_core::time::Timestamp::as_millis);
        self.ledger.reload(state);
        tracing::warn!(epoch = %found.epoch, position = found.position.0, revocations_missing_since = missing_since,
            "The ledger was read anew from the beginning");
        self.follow_catalog().await
    }

    /// Takes up the catalog that the ledger names, if it is another than before.
    pub(crate) async fn follow_catalog(&self) -> Result<(), crate::Failure> {
        let in_force = self.ledger.state()?.catalog().cloned();
        if in_force.as_ref().is_some_and(|in_force| self.ledger.uses(&in_force.fingerprint)) {
            return Ok(());
        }
        let catalog = catalog_in_force(self.store().as_ref(), in_force.as_ref(), None)
            .await
            .map_err(|fault| crate::Failure::LedgerStopped(fault.to_string()))?;
        tracing::info!(catalog = catalog.name, "Another catalog is in force");
        self.ledger.use_catalog(Arc::new(catalog));
        Ok(())
    }
}

fn standing(known: Head, found: Head) -> Standing {
    if found.epoch != known.epoch {
        Standing::OtherEpoch
    } else if found.position < known.position {
        Standing::Behind
    } else if found.position > known.position {
        Standing::Ahead
    } else if found.hash == known.hash {
        Standing::Same
    } else {
        Standing::OtherRow
    }
}
