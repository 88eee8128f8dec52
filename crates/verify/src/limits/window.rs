//! A rolling window.

use crate::clock::Awake;
use std::collections::VecDeque;
use std::time::Duration;

/// Counts what was let through in the last `SPAN` milliseconds, in steps of `STEP`.
///
/// A request counts until `SPAN` has passed since the end of its step. So in no stretch of `SPAN` is
/// there ever more than the limit. Memory is that of the steps in which something passed.
///
/// The latest step stands apart from the others: nearly all requests fall into it, and touch nothing else.
#[derive(Debug, Default)]
pub(crate) struct Window<const SPAN: u64, const STEP: u64> {
    /// How many count.
    sum: u32,
    latest: Step,
    /// From when on the oldest step counts no more.
    end_of_oldest: u64,
    /// The steps before, in order.
    earlier: VecDeque<Step>,
}

/// A step in which something passed, and how much.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    number: u64,
    passed: u32,
}

/// Nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    /// When something will be.
    pub(crate) retry_after: Duration,
}

impl<const SPAN: u64, const STEP: u64> Window<SPAN, STEP> {
    /// Lets one through if there are fewer than `limit`, and says how many more may follow at once.
    pub(crate) fn spend(&mut self, limit: u32, now: Awake) -> Result<u32, Full> {
        let now = now.as_millis();
        self.forget(now);
        let Some(left) = limit.checked_sub(self.sum).and_then(|left| left.checked_sub(1)) else {
            return Err(Full { retry_after: self.wait(limit, now) });
        };
        self.begin(now / STEP);
        self.latest.passed += 1;
        self.sum += 1;
        Ok(left)
    }

    /// How many count at this moment.
    pub(crate) fn count(&mut self, now: Awake) -> u32 {
        self.forget(now.as_millis());
        self.sum
    }

    /// Makes a step the latest. Who read the clock first may come second: then it counts as the later.
    fn begin(&mut self, number: u64) {
        if self.sum == 0 {
            self.end_of_oldest = Self::end(number);
        } else if number <= self.latest.number {
            return;
        } else {
            self.earlier.push_back(self.latest);
        }
        self.latest = Step { number, passed: 0 };
    }

    fn forget(&mut self, now: u64) {
        while self.sum > 0 && self.end_of_oldest <= now {
            let oldest = self.earlier.pop_front().unwrap_or_else(|| std::mem::take(&mut self.latest));
            self.sum -= oldest.passed;
            self.end_of_oldest = Self::end(self.earlier.front().unwrap_or(&self.latest).number);
        }
    }

    /// How long until fewer than `limit` count.
    fn wait(&self, limit: u32, now: u64) -> Duration {
        let mut sum = self.sum;
        for step in self.steps() {
            sum -= step.passed;
            if sum < limit {
                return Duration::from_millis(Self::end(step.number).saturating_sub(now));
            }
        }
        Duration::from_millis(SPAN)
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.earlier.iter().chain([&self.latest])
    }

    /// From when on what passed in a step counts no more.
    const fn end(number: u64) -> u64 {
        number.saturating_add(1).saturating_mul(STEP).saturating_add(SPAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: u64 = 1000;
    const STEP: u64 = 10;

    fn at(millis: u64) -> Awake {
        Awake::after_start(Duration::from_millis(millis))
    }

    /// The same, by keeping everything that ever passed.
    #[derive(Default)]
    struct Naive(Vec<u64>);

    impl Naive {
        fn count(&self, now: u64) -> usize {
            self.0.iter().filter(|passed| (*passed / STEP + 1) * STEP + SPAN > now).count()
        }

        /// Millisecond by millisecond.
        fn wait(&self, limit: usize, now: u64) -> u64 {
            (0..).find(|waited| self.count(now + waited) < limit).unwrap()
        }
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_span_and_what_is_said_to_be_left_is_exact(
            pauses in proptest::collection::vec(prop_oneof![0..5_u64, 0..400_u64], 1..120),
            limits in proptest::collection::vec(0..9_u32, 1..120),
        ) {
            let (mut window, mut naive, mut now) = (Window::<SPAN, STEP>::default(), Naive::default(), 0);
            let mut limit = 5;
            for (number, pause) in pauses.iter().enumerate() {
                now += pause;
                // Sometimes another catalog says otherwise.
                if number % 10 == 9 {
                    limit = limits[number % limits.len()];
                }
                let before = naive.count(now);
                prop_assert_eq!(window.count(at(now)), u32::try_from(before).unwrap());
                match window.spend(limit, at(now)) {
                    Ok(left) => {
                        naive.0.push(now);
                        prop_assert_eq!(before + 1 + left as usize, limit as usize);
                    }
                    Err(full) if limit > 0 => {
                        prop_assert!(before >= limit as usize);
                        prop_assert_eq!(full.retry_after.as_millis(), u128::from(naive.wait(limit as usize, now)));
                    }
                    Err(full) => prop_assert!(full.retry_after > Duration::ZERO),
                }
            }
            for begin in &naive.0 {
                let within = naive.0.iter().filter(|passed| (*begin..begin + SPAN).contains(*passed)).count();
                prop_assert!(within <= 9);
            }
        }

        #[test]
        fn in_no_stretch_of_the_span_do_more_pass_than_one_limit_allows(
            pauses in proptest::collection::vec(prop_oneof![0..3_u64, 0..300_u64], 1..200),
            limit in 1..12_u32,
        ) {
            let (mut window, mut passed, mut now) = (Window::<SPAN, STEP>::default(), Vec::new(), 0);
            for pause in pauses {
                now += pause;
                if window.spend(limit, at(now)).is_ok() {
                    passed.push(now);
                }
            }
            for begin in &passed {
                let within = passed.iter().filter(|one| (*begin..begin + SPAN).contains(*one)).count();
                prop_assert!(within <= limit as usize, "{within}");
            }
        }
    }

    #[test]
    fn who_read_the_clock_first_and_comes_second_counts_as_the_later() {
        let mut window = Window::<SPAN, STEP>::default();
        assert_eq!(window.spend(2, at(500)), Ok(1));
        assert_eq!(window.spend(2, at(400)), Ok(0));
        assert_eq!(window.spend(2, at(1509)), Err(Full { retry_after: Duration::from_millis(1) }));
        assert_eq!(window.spend(2, at(1510)), Ok(1));
    }
}
