//! What has to be seen before the old key may go.

use super::state::State;
use crate::dates;
use crate::keys::Listed;
use crate::mint::span;
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// The least that is waited for, unless a time is given.
const LEAST: Duration = Duration::from_secs(600);
/// Dates are cut down to whole seconds, and the way takes its time.
const NEAR: i64 = 2;

/// Whether both keys were seen to have settled, or what is still missing. Learns from what it sees.
pub(super) fn settled(state: &mut State, old: &Listed, new: &Listed, now: Timestamp) -> Result<(), String> {
    learn(state, old);
    if !old.is_active {
        return Ok(());
    }
    if !is_in_use(state, new) {
        return Err(format!("waiting until {} is used by somebody", new.id));
    }
    let settle = span_of(state);
    let idle = last_used(old).map_or(settle, |used| now.since(used));
    if idle < settle {
        let rest = Duration::from_secs((settle - idle).as_secs() + 1);
        return Err(format!(
            "{} is in use; {} must rest for another {}",
            new.id,
            old.id,
            span::written(rest)
        ));
    }
    Ok(())
}

/// How long the old key has to rest.
pub(super) fn span_of(state: &State) -> Duration {
    let observed = Duration::from_secs(state.longest_gap).max(LEAST);
    state.settle.map_or(observed, Duration::from_secs)
}

/// How long to the next look.
pub(super) fn pause(state: &State) -> Duration {
    (span_of(state) / 10).clamp(Duration::from_millis(500), Duration::from_secs(60))
}

/// A gap is what lies between two uses that were both seen.
fn learn(state: &mut State, old: &Listed) {
    let before = state.old_last_used.as_deref().and_then(dates::of_json);
    if let (Some(before), Some(after)) = (before, last_used(old)) {
        state.longest_gap = state.longest_gap.max(after.since(before).as_secs());
    }
    state.old_last_used.clone_from(&old.last_used);
}

/// A use that was not a look of ours.
fn is_in_use(state: &State, new: &Listed) -> bool {
    let ours = |used: Timestamp| state.looked.iter().any(|at| (used.as_seconds() - at).abs() <= NEAR);
    last_used(new).is_some_and(|used| !ours(used))
}

fn last_used(key: &Listed) -> Option<Timestamp> {
    dates::of_json(key.last_used.as_deref()?)
}
