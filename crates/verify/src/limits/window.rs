//! A rolling window.

use crate::clock::Awake;
use std::collections::VecDeque;
use std::time::Duration;

/// Counts what was let through in the last `SPAN` milliseconds, in steps of `STEP`.
///
/// A request counts until `SPAN` has passed since the end of its step. So in no stretch of `SPAN` is
/// there ever more than the limit. Memory is that of the steps in which something passed.
#[derive(Debug, Default)]
pub(crate) struct Window<const SPAN: u64, const STEP: u64> {
    /// Steps in which something passed, and how much; in order.
    steps: VecDeque<(u64, u32)>,
    sum: u32,
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
        // Who read the clock first may come second: then it counts as the later.
        let step = now / STEP;
        match self.steps.back_mut() {
            Some((last, count)) if *last >= step => *count += 1,
            _ => self.steps.push_back((step, 1)),
        }
        self.sum += 1;
        Ok(left)
    }

    /// How many count at this moment.
    pub(crate) fn count(&mut self, now: Awake) -> u32 {
        self.forget(now.as_millis());
        self.sum
    }

    fn forget(&mut self, now: u64) {
        while let Some((step, count)) = self.steps.front()
            && Self::end(*step) <= now
        {
            self.sum -= count;
            self.steps.pop_front();
        }
    }

    /// How long until fewer than `limit` count.
    fn wait(&self, limit: u32, now: u64) -> Duration {
        let mut sum = self.sum;
        for (step, count) in &self.steps {
            sum -= count;
            if sum < limit {
                return Duration::from_millis(Self::end(*step).saturating_sub(now));
            }
        }
        Duration::from_millis(SPAN)
    }

    /// From when on what passed in a step counts no more.
    const fn end(step: u64) -> u64 {
        step.saturating_add(1).saturating_mul(STEP).saturating_add(SPAN)
    }
}
