//! What keys are used for.
//!
//! The verifier counts them in memory; they are written down in batches every few
//! seconds. A batch carries the server and a number, so that one that is repeated because nobody
//! knows what became of it can't count twice. A crash loses the last seconds, and doubles nothing.

mod elsewhere;
mod flush;
mod words;

pub use counterfoil_verify::{OTHER, UseOutcome as Outcome};
pub use elsewhere::UnfitReport;

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::usage;
use crate::store::{all_of, first_of};
use counterfoil_core::catalog::Access;
use counterfoil_core::id::{GroupName, KeyId};
use counterfoil_core::time::Timestamp;
use flush::Flusher;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted and not written down yet.
#[derive(Debug, Default)]
pub struct Usage {
    not_counted: AtomicU64,
    flusher: tokio::sync::Mutex<Flusher>,
}

/// How often a key was used in one way within one hour or day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// When the hour or day began.
    pub since: Timestamp,
    /// Whether an hour or a day is counted.
    pub span: Span,
    /// The group of endpoints, if the path belongs to one.
    pub group: Option<GroupName>,
    /// Reading or writing.
    pub access: Access,
    /// The family of paths: the pattern of the catalog, or [`OTHER`].
    pub family: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
}

/// Over what time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// An hour: the last 90 days.
    Hour,
    /// A day: 13 months.
    Day,
}

impl Authority {
    /// When a key was last used, as far as this server knows or any has written down.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn last_used(&self, key: KeyId) -> Result<Option<Timestamp>, Failure> {
        let row: Option<usage::LastUsed> = first_of(self.store().read(usage::last_used(key)).await?)?;
        Ok(row.map(|row| row.at).max(self.last_used_here(key)))
    }

    /// Until when the longest-lived token may be used that was seen of a key: its own expiry, as far as any server has
    /// written it down, which is some seconds later. Nothing, if none was seen, or the last one is over.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn tokens_seen_until(&self, key: KeyId) -> Result<Option<Timestamp>, Failure> {
        let row: Option<usage::LastExpiry> = first_of(self.store().read(usage::last_expiry(key)).await?)?;
        Ok(row.map(|row| row.at).filter(|at| *at > self.now()))
    }

    /// When several keys were last used. A key that was never used is not among the answers.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn last_used_of(&self, keys: &[KeyId]) -> Result<HashMap<KeyId, Timestamp>, Failure> {
        let mut found: HashMap<KeyId, Timestamp> = HashMap::with_capacity(keys.len());
        for some in keys.chunks(usage::KEYS_AT_ONCE) {
            let rows: Vec<usage::LastUsed> = all_of(self.store().read(usage::last_used_of(some)).await?)?;
            found.extend(rows.into_iter().map(|row| (row.key, row.at)));
        }
        for key in keys {
            if let Some(at) = found.get(key).copied().max(self.last_used_here(*key)) {
                found.insert(*key, at);
            }
        }
        Ok(found)
    }

    /// What a key was used for since this moment, as far as it is written down: by the hour, and
    /// by the day for what is older.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn usage_of(&self, key: KeyId, since: Timestamp) -> Result<Vec<UsageRow>, Failure> {
        let days: Vec<usage::Count> = all_of(self.store().read(usage::days_of(key, since)).await?)?;
        let hours: Vec<usage::Count> = all_of(self.store().read(usage::hours_of(key, since)).await?)?;
        let days = days.into_iter().map(|count| row_of(count, Span::Day));
        let hours = hours.into_iter().map(|count| row_of(count, Span::Hour));
        Ok(days.chain(hours).flatten().collect())
    }

    /// Adds up old hours into days, and forgets days that are too old.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn roll_up(&self) -> Result<(), Failure> {
        self.store().write(usage::roll_up(self.now())).await?;
        Ok(())
    }

    /// How many uses could not be counted for want of room.
    #[must_use]
    pub fn uses_not_counted(&self) -> u64 {
        self.usage.not_counted.load(Ordering::Relaxed)
    }

    fn last_used_here(&self, key: KeyId) -> Option<Timestamp> {
        self.verifier().last_used(key)
    }
}

/// A row that a newer release wrote in words that this one does not know is left out.
fn row_of(count: usage::Count, span: Span) -> Option<UsageRow> {
    let usage::Count { since, group, access, family, outcome, count, .. } = count;
    Some(UsageRow {
        since,
        span,
        group: if group.is_empty() { None } else { Some(GroupName::try_from(group.as_str()).ok()?) },
        access: words::access_named(&access)?,
        family,
        outcome: words::outcome_named(&outcome)?,
        count,
    })
}
