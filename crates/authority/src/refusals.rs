//! Why requests were refused: so that a team's admin can look up what a holder was told.
//!
//! Of tokens that proved themselves the last thousand of a team are kept for thirty days, whichever server
//! refused. Of those that did not, anybody can claim to be anybody: they are counted and sampled apart, in
//! memory only.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::all_of;
use crate::store::tables::refusals::{self, MOST_OF_A_TEAM};
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::Refusal;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

pub use crate::store::tables::refusals::Refused;

/// For how long refusals are kept.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many are written at a time.
const MOST_AT_ONCE: usize = 1_000;
/// How many wait while the store can't be reached; the oldest go first.
const MOST_WAITING: usize = 20_000;

/// What is not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    waiting: tokio::sync::Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    refused: VecDeque<(u64, IssuerId, Refused)>,
}

impl Authority {
    /// The last refusals of a team's proven tokens, newest first: a thousand at most. Those that another
    /// server gave in the last seconds may be missing.
    ///
    /// # Errors
    /// If the store can't be written or read.
    pub async fn refusals(&self, team: IssuerId, most: u32) -> Result<Vec<Refused>, Failure> {
        self.flush_refusals().await?;
        Ok(all_of(self.store().read(refusals::of_team(team, most.min(MOST_OF_A_TEAM))).await?)?)
    }

    /// A few of the latest attempts at this server that claimed one of a team's keys and proved nothing.
    ///
    /// # Errors
    /// If there is no such team.
    pub fn unproven_attempts(&self, team: IssuerId) -> Result<Vec<Refusal>, Failure> {
        let team = self.ledger().team(team)?;
        let is_ours = |key: KeyId| team.keys.contains_key(&key);
        let sample = self.verifier().unproven_attempts().sample;
        Ok(sample.into_iter().rev().filter(|attempt| attempt.key.is_some_and(is_ours)).collect())
    }

    /// Writes down what was refused since the last time.
    ///
    /// # Errors
    /// If the store did not take it; it is tried again next time.
    pub async fn flush_refusals(&self) -> Result<(), Failure> {
        let mut waiting = self.refusals.waiting.lock().await;
        for (team, refusal) in self.verifier().take_refusals() {
            waiting.add(team, refusal);
        }
        while !waiting.refused.is_empty() {
            let some = waiting.refused.len().min(MOST_AT_ONCE);
            let written = waiting.refused.iter().take(some);
            let teams: BTreeSet<IssuerId> = written.clone().map(|(_, team, _)| *team).collect();
            let keep = |(number, team, refused): &(u64, IssuerId, Refused)| {
                refusals::keep(&self.server, *number, *team, refused)
            };
            let statements = written.map(keep).chain(teams.into_iter().map(refusals::trim)).collect();
            self.store().write(statements).await?;
            waiting.refused.drain(..some);
        }
        Ok(())
    }
}

impl Waiting {
    fn add(&mut self, team: IssuerId, refusal: Refusal) {
        let Some(refused) = kept(refusal) else { return };
        if self.refused.len() == MOST_WAITING {
            self.refused.pop_front();
        }
        self.last += 1;
        self.refused.push_back((self.last, team, refused));
    }
}

fn kept(refusal: Refusal) -> Option<Refused> {
    let Refusal { at, key, reason, method, path, request_id, from } = refusal;
    Some(Refused {
        key: key?,
        at,
        reason: reason.name().to_owned(),
        method: method.into(),
        path: path.into(),
        request_id: request_id.into(),
        address: from.into(),
    })
}

/// From when on refusals are kept.
pub(crate) fn kept_since(now: Timestamp) -> Timestamp {
    now.minus(KEPT)
}
