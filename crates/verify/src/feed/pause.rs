//! How long to wait before the feed is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(50);
/// Well below what makes a view stale, so that a server that is back is found in time.
const LONGEST: Duration = Duration::from_secs(1);
/// For what only a newer release, or another server, will mend.
const PATIENT: Duration = Duration::from_secs(15);

/// Waits twice as long each time, and never quite as long as others do: many verifiers that lost one server do
/// not come back to it at the same moment.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
}

impl Pause {
    pub(super) const fn is_over(&mut self) {
        self.failures = 0;
    }

    pub(super) fn next(&mut self, is_lasting: bool) -> Duration {
        let longest = if is_lasting { PATIENT } else { LONGEST };
        let whole = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(longest);
        self.failures = self.failures.saturating_add(1);
        shortened(whole, RandomState::new().hash_one(self.failures))
    }
}

/// Between half and all of it.
fn shortened(whole: Duration, random: u64) -> Duration {
    let thousandths = u32::try_from(random % 501).unwrap_or(0);
    whole / 1000 * (1000 - thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_begin_anew_after_an_answer() {
        let mut pause = Pause::default();
        for whole in [50, 100, 200, 400, 800, 1000, 1000] {
            let found = pause.next(false).as_millis();
            assert!((whole / 2..=whole).contains(&found), "{found} of {whole}");
        }
        pause.is_over();
        assert!(pause.next(false) <= SHORTEST);
    }

    #[test]
    fn what_lasts_is_tried_seldom() {
        let mut pause = Pause { failures: 20 };
        assert!(pause.next(true) >= PATIENT / 2);
    }

    #[test]
    fn a_pause_is_shortened_by_up_to_half() {
        let whole = Duration::from_secs(1);
        assert_eq!(shortened(whole, 0), whole);
        assert_eq!(shortened(whole, 500), whole / 2);
        assert_eq!(shortened(whole, 501), whole);
    }
}
