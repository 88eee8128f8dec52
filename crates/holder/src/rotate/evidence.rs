//! What has to be seen before the old key may go.

use super::state::State;
use crate::blast_radius::Calls;
use crate::dates;
use crate::keys::Listed;
use crate::mint::span;
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// The least that is waited for, unless a time is given.
const LEAST: Duration = Duration::from_secs(600);
const HOUR: u64 = 3600;
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

/// The longest time, in seconds, that may have lain between two uses that were counted by the hour: from the beginning
/// of one hour to the end of the next one in which it was used.
pub(super) fn longest_gap(calls: &[Calls]) -> u64 {
    let mut hours: Vec<_> = calls.iter().filter_map(|calls| dates::of_json(&calls.since)).collect();
    hours.sort_unstable();
    hours.dedup();
    let gaps = hours.windows(2).map(|pair| pair[1].since(pair[0]).as_secs() + HOUR);
    gaps.max().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_289_400;

    fn state(settle: Option<u64>, longest_gap: u64, looked: &[i64]) -> State {
        let mut state: State = serde_json::from_value(serde_json::json!({
            "old": "2X9R4HXF34", "new": "7K2M5NPQ8R", "state": "settling", "server": "", "nickname": "",
            "kind": "TEAM", "roles": [], "oldPublic": null, "newPublic": null, "local": false, "with": null,
            "byHand": false, "idempotencyKey": "", "askedSince": 0, "destinations": [], "settle": settle,
            "oldLastUsed": null, "longestGap": longest_gap, "looked": []
        }))
        .unwrap();
        state.looked = looked.iter().map(|ago| NOW - ago).collect();
        state
    }

    /// A key that was used so many seconds ago.
    fn key(id: &str, used: Option<i64>) -> Listed {
        let used = used.map(|ago| dates::written(Timestamp::from_seconds(NOW - ago)));
        let told = serde_json::json!({"id": id, "nickname": "", "keyType": "TEAM", "isActive": true, "lastUsed": used});
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn the_old_key_goes_when_the_new_one_is_used_and_it_rests() {
        for (settle, gap, looked, old, new, is_settled) in [
            (None, 0, &[][..], Some(601), Some(5), true),
            (None, 0, &[], Some(599), Some(5), false),
            (None, 0, &[], None, Some(5), true),
            (None, 0, &[], Some(601), None, false),
            (None, 7200, &[], Some(7199), Some(5), false),
            (None, 7200, &[], Some(7200), Some(5), true),
            (Some(60), 7200, &[], Some(60), Some(5), true),
            (None, 0, &[7], Some(601), Some(5), false),
            (None, 0, &[8], Some(601), Some(5), true),
            (None, 0, &[300, 5], Some(601), Some(302), false),
        ] {
            let mut state = state(settle, gap, looked);
            let (old, new) = (key("2X9R4HXF34", old), key("7K2M5NPQ8R", new));
            let said = settled(&mut state, &old, &new, Timestamp::from_seconds(NOW));
            assert_eq!(said.is_ok(), is_settled, "{settle:?} {gap} {looked:?} {old:?} {new:?}: {said:?}");
        }
    }

    #[test]
    fn what_was_counted_by_the_hour_tells_the_longest_gap_there_may_have_been() {
        let calls = |hours: &[i64]| -> Vec<Calls> {
            let row = |hour: &i64| Calls {
                since: dates::written(Timestamp::from_seconds(NOW + hour * 3600)),
                span: "HOUR".into(),
                group: None,
                access: "READ".into(),
                path: "other".into(),
                outcome: "ALLOWED".into(),
                requests: 1,
            };
            hours.iter().map(row).collect()
        };
        for (hours, longest) in
            [(&[][..], 0), (&[3], 0), (&[3, 3], 0), (&[3, 4], 2), (&[9, 0, 0, 2], 8), (&[0, 24, 48, 49], 25)]
        {
            assert_eq!(longest_gap(&calls(hours)), longest * HOUR, "{hours:?}");
        }
    }

    #[test]
    fn a_gap_between_two_uses_that_were_seen_makes_it_wait_as_long() {
        let mut state = state(None, 0, &[]);
        let new = key("7K2M5NPQ8R", Some(1));
        for (used, longest) in [(9000, 0), (2000, 7000), (1000, 7000)] {
            let _ = settled(&mut state, &key("2X9R4HXF34", Some(used)), &new, Timestamp::from_seconds(NOW));
            assert_eq!(state.longest_gap, longest, "{used}");
        }
        assert_eq!(span_of(&state), Duration::from_secs(7000));
    }
}
