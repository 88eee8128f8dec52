//! Writing the counts down, each batch once.

use super::words::{name_of_access, name_of_outcome};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::StoreFault;
use crate::store::tables::usage::{self, Count, LastExpiry, LastUsed};
use counterfoil_verify::{self as verify, LastUse, Use};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often counts are written down.
const EVERY: Duration = Duration::from_secs(8);
/// How many rows a batch has at most.
const MOST_ROWS: usize = 2_000;
/// How many batches wait while the store can't be reached; the counts of more stay with the verifier.
const MOST_WAITING: usize = 64;

/// Numbers batches, and keeps those that are not known to be written.
#[derive(Debug, Default)]
pub(crate) struct Flusher {
    last: u64,
    waiting: VecDeque<Batch>,
}

/// Rows with a number. What has a number once keeps it, and its rows.
#[derive(Debug)]
struct Batch {
    number: u64,
    counts: Vec<Count>,
    used: Vec<LastUsed>,
    expiries: Vec<LastExpiry>,
}

impl Authority {
    /// Writes down what was counted; first of all, what could not be written before, under the
    /// same numbers.
    ///
    /// # Errors
    /// If the store did not take it; the same rows are tried again next time.
    pub async fn flush_usage(&self) -> Result<(), Failure> {
        let mut flusher = self.usage.flusher.lock().await;
        if flusher.waiting.len() < MOST_WAITING {
            let taken = self.verifier().take_usage(self.both_clocks());
            self.usage.not_counted.fetch_add(taken.not_counted, Ordering::Relaxed);
            let counts = taken.uses.into_iter().map(Count::from).collect();
            let used = taken.last.into_iter().map(|LastUse { key, at }| LastUsed { key, at }).collect();
            let expiry = |verify::LastExpiry { key, at }| LastExpiry { key, at };
            flusher.enqueue(counts, used, taken.expiries.into_iter().map(expiry).collect());
        }
        while let Some(batch) = flusher.waiting.front() {
            let Batch { number, counts, used, expiries } = batch;
            let statements = usage::flush(self.server(), *number, counts, used, expiries, self.now());
            match self.store().write(statements).await {
                Ok(_) | Err(StoreFault::Unexpected(usage::COUNTED_ALREADY)) => {}
                Err(fault) => return Err(fault.into()),
            }
            flusher.waiting.pop_front();
        }
        Ok(())
    }

    /// Writes down what was counted, every few seconds.
    pub(crate) async fn flush_usage_for_ever(&self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(EVERY).await;
            let refusals = self.flush_refusals().await;
            match self.flush_usage().await.and(refusals) {
                Ok(()) => failing = false,
                Err(failure) if !failing => {
                    failing = true;
                    tracing::warn!(%failure, "Usage could not be written down; it is kept and tried again");
                }
                Err(_) => {}
            }
        }
    }
}

impl From<Use> for Count {
    fn from(used: Use) -> Self {
        let Use { key, team, since, group, access, family, outcome, count } = used;
        Self {
            key,
            since,
            team,
            group: group.map(|group| group.as_str().to_owned()).unwrap_or_default(),
            access: name_of_access(access).to_owned(),
            family,
            outcome: name_of_outcome(outcome).to_owned(),
            count,
        }
    }
}

impl Flusher {
    /// Numbers rows. They are sorted, so that two servers never wait for each other in a circle.
    fn enqueue(&mut self, mut counts: Vec<Count>, mut used: Vec<LastUsed>, mut expiries: Vec<LastExpiry>) {
        counts.sort_unstable_by(|one, other| place_of(one).cmp(&place_of(other)));
        used.sort_unstable_by_key(|used| used.key);
        expiries.sort_unstable_by_key(|seen| seen.key);
        let mut used = used.chunks(MOST_ROWS);
        let mut counts = counts.chunks(MOST_ROWS);
        let mut expiries = expiries.chunks(MOST_ROWS);
        loop {
            let (counts, used, expiries) = (counts.next(), used.next(), expiries.next());
            if counts.is_none() && used.is_none() && expiries.is_none() {
                return;
            }
            self.last += 1;
            self.waiting.push_back(Batch {
                number: self.last,
                counts: counts.unwrap_or_default().to_vec(),
                used: used.unwrap_or_default().to_vec(),
                expiries: expiries.unwrap_or_default().to_vec(),
            });
        }
    }
}

/// The order of the table's key.
pub(super) fn place_of(count: &Count) -> impl Ord + '_ {
    (count.key, count.since, count.team, &count.group, &count.access, &count.family, &count.outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::id::KeyId;
    use counterfoil_core::time::Timestamp;

    #[test]
    fn batches_are_numbered_without_repetition_and_bounded() {
        let mut flusher = Flusher::default();
        let used = |number: usize| LastUsed {
            key: KeyId::try_from(format!("K{number:09}").as_str()).unwrap(),
            at: Timestamp::from_millis(1),
        };
        let expiry = |number: usize| LastExpiry { key: used(number).key, at: Timestamp::from_millis(2) };
        flusher.enqueue(Vec::new(), (0..MOST_ROWS + 1).map(used).collect(), vec![expiry(1)]);
        flusher.enqueue(Vec::new(), vec![used(1)], Vec::new());
        flusher.enqueue(Vec::new(), Vec::new(), (0..MOST_ROWS + 2).map(expiry).collect());
        flusher.enqueue(Vec::new(), Vec::new(), Vec::new());
        let sizes = |batch: &Batch| (batch.number, batch.used.len(), batch.expiries.len());
        let numbers: Vec<(u64, usize, usize)> = flusher.waiting.iter().map(sizes).collect();
        assert_eq!(numbers, [(1, MOST_ROWS, 1), (2, 1, 0), (3, 1, 0), (4, 0, MOST_ROWS), (5, 0, 2)]);
    }
}
