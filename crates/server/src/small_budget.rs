//! What a key's holder may always do, whatever is left of the key's hour: look at the key, have a token
//! examined, end a key. Bounded by itself, so generously that nobody who means it is kept from it.

use counterfoil_core::id::KeyId;
use counterfoil_verify::verdict::LimitedBy;
use counterfoil_verify::{Awake, Outcome, Reason, Verdict};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many at once.
const AT_ONCE: u32 = 300;
/// How long until there is one more: five a second.
const ONE_MORE: Duration = Duration::from_millis(200);
/// How many keys are kept before those are forgotten that have their whole budget again.
const KEPT: usize = 1024;

/// What is left to each key. Only proven holders are in it.
#[derive(Debug, Default)]
pub(crate) struct SmallBudget(Mutex<Spent>);

#[derive(Debug)]
struct Spent {
    /// When each key has its whole budget again.
    whole_at: HashMap<KeyId, Awake>,
    look_at: usize,
}

impl Default for Spent {
    fn default() -> Self {
        Self { whole_at: HashMap::new(), look_at: KEPT }
    }
}

impl SmallBudget {
    /// Takes one off.
    ///
    /// # Errors
    /// What is answered if there is none.
    pub(crate) fn spend(&self, key: KeyId, now: Awake) -> Result<(), Verdict> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.forget(now);
        let whole_at = spent.whole_at.entry(key).or_insert(now);
        let next = (*whole_at).max(now).plus(ONE_MORE);
        let too_far = next.since(now).saturating_sub(ONE_MORE * AT_ONCE);
        if too_far > Duration::ZERO {
            return Err(limited(too_far));
        }
        *whole_at = next;
        Ok(())
    }
}

impl Spent {
    fn forget(&mut self, now: Awake) {
        if self.whole_at.len() >= self.look_at {
            self.whole_at.retain(|_, whole_at| *whole_at > now);
            self.look_at = (self.whole_at.len() * 2).max(KEPT);
        }
    }
}

const fn limited(retry_after: Duration) -> Verdict {
    Verdict {
        outcome: Outcome::Refused(Reason::Limited { retry_after, by: LimitedBy::Second }),
        service: None,
        by: None,
        quota: None,
        stale_warning: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Awake {
        Awake::after_start(Duration::from_millis(millis))
    }

    fn key(name: &str) -> KeyId {
        KeyId::try_from(name).unwrap()
    }

    #[test]
    fn a_key_has_three_hundred_at_once_and_five_a_second() {
        let (budget, key) = (SmallBudget::default(), key("ABCDE12345"));
        for _ in 0..AT_ONCE {
            assert!(budget.spend(key, at(1000)).is_ok());
        }
        let refused = budget.spend(key, at(1000)).unwrap_err();
        let expected = Reason::Limited { retry_after: ONE_MORE, by: LimitedBy::Second };
        assert_eq!(refused.reason(), Some(expected));
        assert!(budget.spend(key, at(1200)).is_ok());
        assert!(budget.spend(key, at(1200)).is_err());
        assert!(budget.spend(self::key("OTHER12345"), at(1200)).is_ok());
    }

    #[test]
    fn keys_that_have_their_whole_budget_again_are_forgotten() {
        let budget = SmallBudget::default();
        for number in 0..5 * KEPT as u64 {
            budget.spend(key(&format!("K{number:09}")), at(number * 10)).unwrap();
        }
        assert!(budget.0.lock().unwrap().whole_at.len() <= 2 * KEPT);
    }
}
