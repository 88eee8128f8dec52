//! How many verdicts were given, and which. Counted where every request of every core passes, so each thread
//! has figures of its own, which are added up when somebody asks.

use counterfoil_verify::answer::Door;
use counterfoil_verify::{Outcome, Reason, Verdict};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How many sets of figures there are: threads beyond share them.
const SETS: usize = 16;
/// What verdicts are told apart by.
const NAMES: [&str; 12] = [
    "allowed",
    "ambiguous-path",
    "stale",
    "overloaded",
    "unproven",
    "limited",
    "no-such-path",
    "kind",
    "access",
    "role",
    "app",
    "scope",
];

/// The figures.
#[derive(Default)]
pub(crate) struct Tally {
    sets: [Set; SETS],
}

/// Of one thread, alone on its lines of the cache.
#[derive(Default)]
#[repr(align(128))]
struct Set {
    forward_auth: [AtomicU64; NAMES.len()],
    gateway: [AtomicU64; NAMES.len()],
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SET: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) % SETS);
}

impl Tally {
    pub(crate) fn count(&self, door: Door, verdict: &Verdict) {
        let set = &self.sets[SET.get() % SETS];
        of_door(set, door)[place(verdict)].fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted at a door, by name.
    pub(crate) fn figures(&self, door: Door) -> impl Iterator<Item = (&'static str, u64)> {
        let sum = move |at: usize| {
            self.sets.iter().map(|set| of_door(set, door)[at].load(Ordering::Relaxed)).sum::<u64>()
        };
        NAMES.into_iter().enumerate().map(move |(at, name)| (name, sum(at)))
    }
}

const fn of_door(set: &Set, door: Door) -> &[AtomicU64; NAMES.len()] {
    match door {
        Door::ForwardAuth => &set.forward_auth,
        Door::Gateway => &set.gateway,
    }
}

const fn place(verdict: &Verdict) -> usize {
    match &verdict.outcome {
        Outcome::Allowed(_) => 0,
        Outcome::Refused(reason) => match reason {
            Reason::Ambiguous(_) => 1,
            Reason::Stale { .. } => 2,
            Reason::Overloaded { .. } => 3,
            Reason::Unproven(_) => 4,
            Reason::Limited { .. } => 5,
            Reason::NoSuchPath => 6,
            Reason::Kind => 7,
            Reason::Access(_) => 8,
            Reason::Role => 9,
            Reason::App => 10,
            Reason::Scope => 11,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn refused(reason: Reason) -> Verdict {
        Verdict {
            outcome: Outcome::Refused(reason),
            service: None,
            by: None,
            quota: None,
            stale_warning: None,
        }
    }

    #[test]
    fn verdicts_are_counted_by_door_and_name_over_all_threads() {
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        tally.count(Door::Gateway, &refused(Reason::Role));
                    }
                    tally.count(Door::ForwardAuth, &refused(Reason::Scope));
                });
            }
        });
        let of = |door| tally.figures(door).filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>();
        assert_eq!(of(Door::Gateway), BTreeMap::from([("role", 400)]));
        assert_eq!(of(Door::ForwardAuth), BTreeMap::from([("scope", 4)]));
    }
}
