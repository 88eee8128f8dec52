//! What keys were used for at verifiers elsewhere, which they tell with their replica's credential.
//!
//! Their word is taken for how often, not for what there is: a key is one of the ledger's and of that team, and a
//! family of paths one of the catalog's, so that whatever they say, the tables stay as small as if it had happened
//! here.

use super::OTHER;
use super::flush::place_of;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::state::State;
use crate::store::StoreFault;
use crate::store::tables::usage::{self, Count, LastExpiry, LastUsed};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{self as verify, MOST_REPORTED, UsageReport, Use};
use std::time::Duration;

/// How far back a report may reach: well within the time for which it is remembered which batches were counted, so
/// that none is counted again after that.
const OLDEST: Duration = Duration::from_secs(6 * 24 * 3600);
/// How far ahead of ours the clock of a verifier may be.
const AHEAD: Duration = Duration::from_secs(10 * 60);
/// The longest that a token may be good for, whatever a catalog says.
const LONGEST_TOKEN: Duration = Duration::from_secs(367 * 24 * 3600);
/// An hour, of which uses are counted, in milliseconds.
const HOUR: i64 = 3_600_000;
/// How often one way of use may have been taken within an hour.
const MOST_USES: u64 = 1 << 32;

/// Why a report can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitReport {
    /// It names its run in no way that could be told apart from others.
    #[error("`instance` must be 8 to 64 letters, digits or -")]
    Instance,
    /// The first batch is number 1.
    #[error("`batch` must be a number from 1")]
    Batch,
    /// It is too long.
    #[error("at most {MOST_REPORTED} rows are taken at a time")]
    TooLong,
}

/// Whose report it is, which batch of theirs, and what may be counted of it.
#[derive(Debug)]
struct Batch {
    of: String,
    number: u64,
    counts: Vec<Count>,
    used: Vec<LastUsed>,
    expiries: Vec<LastExpiry>,
}

impl Authority {
    /// Counts what a replica tells, once, however often it tells it. What is about no key of ours, or from too long
    /// ago, is left out.
    ///
    /// # Errors
    /// If the store did not take it; nothing of it is counted then.
    pub async fn count_elsewhere(
        &self,
        replica: &str,
        report: UsageReport,
    ) -> Result<Result<(), UnfitReport>, Failure> {
        let now = self.now();
        let judged = {
            let (state, catalog) = (self.ledger().state()?, self.catalog());
            Seen { state: &state, catalog: &catalog, now }.batch(replica, report)
        };
        let batch = match judged {
            Ok(batch) => batch,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let Batch { of, number, counts, used, expiries } = batch;
        match self.store().write(usage::flush(&of, number, &counts, &used, &expiries, now)).await {
            Ok(_) | Err(StoreFault::Unexpected(usage::COUNTED_ALREADY)) => Ok(Ok(())),
            Err(fault) => Err(fault.into()),
        }
    }
}

/// What a report is judged by.
struct Seen<'s> {
    state: &'s State,
    catalog: &'s Catalog,
    now: Timestamp,
}

impl Seen<'_> {
    fn batch(&self, replica: &str, report: UsageReport) -> Result<Batch, UnfitReport> {
        let rows = report.rows();
        let UsageReport { instance, batch: number, uses, last, expiries } = report;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(8..=64).contains(&instance.len()) || !instance.bytes().all(is_plain) {
            return Err(UnfitReport::Instance);
        }
        if number == 0 || i64::try_from(number).is_err() {
            return Err(UnfitReport::Batch);
        }
        if rows > MOST_REPORTED {
            return Err(UnfitReport::TooLong);
        }
        let mut counts: Vec<Count> = uses.iter().filter_map(|used| self.count(used)).collect();
        counts.sort_unstable_by(|one, other| place_of(one).cmp(&place_of(other)));
        let mut used: Vec<LastUsed> = last.into_iter().filter_map(|last| self.last(last)).collect();
        used.sort_unstable_by_key(|used| used.key);
        let mut expiries: Vec<LastExpiry> =
            expiries.into_iter().filter_map(|expiry| self.expiry(expiry)).collect();
        expiries.sort_unstable_by_key(|expiry| expiry.key);
        Ok(Batch { of: format!("replica:{replica}:{instance}"), number, counts, used, expiries })
    }

    fn count(&self, used: &Use) -> Option<Count> {
        let team = self.state.team(used.team)?;
        let is_ours = team.keys.contains_key(&used.key);
        let is_recent = (self.now.minus(OLDEST)..=self.now.plus(AHEAD)).contains(&used.since);
        let is_an_hour = used.since.as_millis().rem_euclid(HOUR) == 0;
        let is_counted = (1..=MOST_USES).contains(&used.count);
        (is_ours && is_recent && is_an_hour && is_counted).then(|| Count::from(self.known(used)))
    }

    /// By names that the catalog has; what it does not have is something else.
    fn known(&self, used: &Use) -> Use {
        let group = used.group.as_ref().and_then(|group| self.catalog.group(group.as_str()));
        let is_family =
            |path: &str| group.is_some_and(|group| group.paths.iter().any(|own| own.as_str() == path));
        let family = if is_family(&used.family) { used.family.clone() } else { OTHER.to_owned() };
        Use { group: group.map(|group| group.name.clone()), family, ..used.clone() }
    }

    fn last(&self, verify::LastUse { key, at }: verify::LastUse) -> Option<LastUsed> {
        let is_recent = at >= self.now.minus(OLDEST);
        (self.has(key) && is_recent).then(|| LastUsed { key, at: at.min(self.now) })
    }

    fn expiry(&self, verify::LastExpiry { key, at }: verify::LastExpiry) -> Option<LastExpiry> {
        self.has(key).then(|| LastExpiry { key, at: at.min(self.now.plus(LONGEST_TOKEN)) })
    }

    fn has(&self, key: KeyId) -> bool {
        self.state.team_of_key(key).is_some()
    }
}
