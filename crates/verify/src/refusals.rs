//! What was refused lately, and why: of proven tokens, so that a team's admin can look up what a holder
//! was told; of unproven ones apart, since anybody can claim to be anybody.

use crate::clock::Now;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::verdict::{Prover, Reason, Unproven};
use crate::verifier::Request;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How many refusals of a team's proven tokens are kept.
const MOST_OF_A_TEAM: usize = 1000;
/// How many unproven attempts are kept.
const SAMPLE: usize = 100;
/// How far two kept unproven attempts lie apart at least.
const SAMPLE_PACE: Duration = Duration::from_millis(100);
/// How much of a path, a method, an id and an address is kept, in bytes.
const LONGEST: usize = 200;

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// The key: proven, or only claimed.
    pub key: Option<KeyId>,
    /// Why.
    pub reason: Reason,
    /// The method.
    pub method: Box<str>,
    /// The path, without the query: that may hold anything.
    pub path: Box<str>,
    /// The request's id; empty if it had none.
    pub request_id: Box<str>,
    /// The client's address as far as it is kept.
    pub from: Box<str>,
}

/// Attempts by tokens that proved nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnprovenAttempts {
    /// How many there were for each reason.
    pub counts: BTreeMap<&'static str, u64>,
    /// A few of the latest. Their keys are claimed, not proven.
    pub sample: VecDeque<Refusal>,
}

/// The refusals of this verifier.
#[derive(Default)]
pub(crate) struct Refusals {
    teams: papaya::HashMap<IssuerId, Arc<Mutex<OfTeam>>>,
    unproven: Mutex<Attempts>,
}

/// The latest of one team, and how many of them were not taken yet.
#[derive(Default)]
struct OfTeam {
    kept: VecDeque<Refusal>,
    fresh: usize,
}

#[derive(Default)]
struct Attempts {
    told: UnprovenAttempts,
    sampled: Option<crate::clock::Awake>,
}

impl Refusals {
    /// Keeps the refusal of a proven token.
    pub(crate) fn note(&self, by: Prover, reason: Reason, request: &Request<'_>, now: Now) {
        let of_team = self.teams.pin().get_or_insert_with(by.team, Arc::default).clone();
        let refusal = Refusal::of(Some(by.key), reason, request, now);
        let OfTeam { kept, fresh } = &mut *locked(&of_team);
        if kept.len() == MOST_OF_A_TEAM {
            kept.pop_front();
        }
        kept.push_back(refusal);
        *fresh = kept.len().min(*fresh + 1);
    }

    /// Counts an attempt that proved nothing, and keeps a few.
    pub(crate) fn note_unproven(
        &self,
        claimed: Option<KeyId>,
        why: Unproven,
        request: &Request<'_>,
        now: Now,
    ) {
        let mut attempts = locked(&self.unproven);
        *attempts.told.counts.entry(why.name()).or_default() += 1;
        if attempts.sampled.is_some_and(|last| now.awake.since(last) < SAMPLE_PACE) {
            return;
        }
        attempts.sampled = Some(now.awake);
        if attempts.told.sample.len() == SAMPLE {
            attempts.told.sample.pop_front();
        }
        attempts.told.sample.push_back(Refusal::of(claimed, Reason::Unproven(why), request, now));
    }

    /// The latest refusals of a team's proven tokens, newest first.
    pub(crate) fn of_team(&self, team: IssuerId) -> Vec<Refusal> {
        let kept = self.teams.pin().get(&team).cloned();
        kept.map(|kept| locked(&kept).kept.iter().rev().cloned().collect()).unwrap_or_default()
    }

    /// What was kept since this was last asked, of each team the oldest first.
    pub(crate) fn take(&self) -> Vec<(IssuerId, Refusal)> {
        let mut taken = Vec::new();
        for (team, of_team) in &self.teams.pin() {
            let OfTeam { kept, fresh } = &mut *locked(of_team);
            let from = kept.len() - std::mem::take(fresh);
            taken.extend(kept.range(from..).map(|refusal| (*team, refusal.clone())));
        }
        taken
    }

    pub(crate) fn unproven(&self) -> UnprovenAttempts {
        locked(&self.unproven).told.clone()
    }
}

impl Refusal {
    fn of(key: Option<KeyId>, reason: Reason, request: &Request<'_>, now: Now) -> Self {
        let path = request.target.split('?').next().unwrap_or_default();
        Self {
            at: now.wall,
            key,
            reason,
            method: kept(request.method),
            path: kept(path),
            request_id: kept(request.id),
            from: kept(request.from),
        }
    }
}

fn kept(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(LONGEST)].into()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Awake;
    use crate::verifier::Presented;

    fn request(target: &str) -> Request<'_> {
        Request { method: "GET", target, token: Presented::Bearer("secret"), id: "7", from: "192.0.2.0" }
    }

    fn now(millis: u64) -> Now {
        Now { wall: Timestamp::from_seconds(9), awake: Awake::after_start(Duration::from_millis(millis)) }
    }

    fn key() -> KeyId {
        KeyId::try_from("ABCDE12345").unwrap()
    }

    fn team() -> IssuerId {
        IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap()
    }

    #[test]
    fn the_latest_refusals_of_a_team_are_kept_without_query_and_without_token() {
        let refusals = Refusals::default();
        for number in 0..MOST_OF_A_TEAM + 5 {
            let target = format!("/v1/{number}?secret=x");
            refusals.note(Prover { key: key(), team: team() }, Reason::Role, &request(&target), now(0));
        }
        let kept = refusals.of_team(team());
        assert_eq!(kept.len(), MOST_OF_A_TEAM);
        assert_eq!((&*kept[0].path, &*kept[MOST_OF_A_TEAM - 1].path), ("/v1/1004", "/v1/5"));
        assert_eq!(kept[0].reason, Reason::Role);
        assert!(!format!("{kept:?}").contains("secret"));
    }

    #[test]
    fn every_unproven_attempt_is_counted_and_few_are_kept() {
        let refusals = Refusals::default();
        for number in 0..50 {
            let why = if number % 2 == 0 { Unproven::UnknownKey } else { Unproven::Revoked };
            refusals.note_unproven(Some(key()), why, &request("/v1/apps"), now(number * 10));
        }
        let told = refusals.unproven();
        assert_eq!(told.counts, BTreeMap::from([("revoked", 25), ("unknown-key", 25)]));
        assert_eq!(told.sample.len(), 5);
        assert_eq!(refusals.of_team(team()), []);
    }

    #[test]
    fn what_is_kept_of_one_is_bounded() {
        let long = format!("/{}", "é".repeat(LONGEST));
        let refusal = Refusal::of(None, Reason::Role, &request(&long), now(0));
        assert_eq!(refusal.path.len(), LONGEST - 1);
    }
}
