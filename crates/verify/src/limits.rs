//! Limits on requests: of a key in any sixty minutes, of an app in any second.

mod seconds;
mod window;

pub(crate) use seconds::Seconds;
pub(crate) use window::{Full, Window};

use crate::clock::Awake;
use crate::verdict::{LimitedBy, Quota};
use std::time::Duration;

/// Sixty minutes, counted in steps of five seconds: a request counts for sixty minutes and at most
/// five seconds more. So there are never more than the limit in any sixty minutes, and what is said
/// to be left is left.
pub(crate) type Hour = Window<3_600_000, 5_000>;

/// Whose a key's budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budgets {
    /// This verifier's alone.
    Own,
    /// Shared with others: this verifier spends what it is lent.
    Lent,
}

/// What this verifier is lent of a budget that several share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// How many requests it may let through…
    pub requests: u32,
    /// …until then. What is left afterwards is void.
    pub until: Awake,
    /// How many more are there if nobody but this verifier is lent any. They can't be spent before they are
    /// lent, but are told as left.
    pub behind: Option<u32>,
}

/// What a key has left, at one service.
#[derive(Debug)]
pub(crate) enum Budget {
    Own(Hour),
    Lent(Lent),
}

/// What was lent and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Lent {
    left: u32,
    behind: u32,
    until: Option<Awake>,
    /// Let through since this was last asked.
    spent: u32,
    /// Refused for want of a loan since this was last asked.
    wanting: bool,
    /// Until when nothing is left of the hour that could be lent.
    dry_until: Option<Awake>,
}

/// What came of asking for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charge {
    Passed(Quota),
    Refused { retry_after: Duration, by: LimitedBy, quota: Quota },
}

/// How long a loan is waited for.
const RENEWAL: Duration = Duration::from_secs(1);

impl Budget {
    pub(crate) fn new(budgets: Budgets) -> Self {
        match budgets {
            Budgets::Own => Self::Own(Hour::default()),
            Budgets::Lent => Self::Lent(Lent::default()),
        }
    }

    /// Takes one request off, if there is one left.
    pub(crate) fn charge(&mut self, limit: u32, now: Awake) -> Charge {
        match self {
            Self::Own(hour) => match hour.spend(limit, now) {
                Ok(remaining) => Charge::Passed(Quota { limit, remaining }),
                Err(Full { retry_after }) => {
                    let quota = Quota { limit, remaining: 0 };
                    Charge::Refused { retry_after, by: LimitedBy::Hour, quota }
                }
            },
            Self::Lent(lent) => lent.charge(limit, now),
        }
    }

    /// How many more would pass. Where nothing is lent, more is wanted from here on: that may not be all there is.
    pub(crate) fn left(&mut self, limit: u32, now: Awake) -> u32 {
        match self {
            Self::Own(hour) => limit.saturating_sub(hour.count(now)),
            Self::Lent(lent) => match lent.available(now) {
                0 => {
                    lent.wanting = true;
                    0
                }
                left => left.saturating_add(lent.behind).min(limit),
            },
        }
    }

    /// Whether nothing would be lost with it.
    pub(crate) fn is_idle(&mut self, now: Awake) -> bool {
        match self {
            Self::Own(hour) => hour.count(now) == 0,
            Self::Lent(lent) => lent.available(now) == 0 && lent.spent == 0 && !lent.wanting,
        }
    }
}

impl Lent {
    /// Puts a loan in the place of the last, whose rest is void, and tells what was let through since that
    /// was last asked.
    pub(crate) fn lend(&mut self, Loan { requests, until, behind }: Loan) -> u32 {
        let spent = self.spent;
        // The rest of the last loan goes back to where this one came from.
        let behind = behind.map_or(0, |behind| behind.saturating_add(self.left));
        *self = Self { left: requests, behind, until: Some(until), ..Self::default() };
        spent
    }

    /// Nothing can be lent until then.
    pub(crate) fn run_dry(&mut self, until: Awake) {
        self.dry_until = Some(until);
    }

    /// What was let through, what is left, and whether more is wanted, since this was last asked.
    pub(crate) fn take_account(&mut self, now: Awake) -> (u32, u32, bool) {
        let wanting = std::mem::take(&mut self.wanting);
        (std::mem::take(&mut self.spent), self.available(now), wanting)
    }

    fn charge(&mut self, limit: u32, now: Awake) -> Charge {
        match self.available(now).checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.spent = self.spent.saturating_add(1);
                Charge::Passed(Quota { limit, remaining: left.saturating_add(self.behind).min(limit) })
            }
            None => {
                let quota = Quota { limit, remaining: 0 };
                let wait = self.dry_until.map_or(Duration::ZERO, |until| until.since(now));
                if !wait.is_zero() {
                    return Charge::Refused { retry_after: wait, by: LimitedBy::Hour, quota };
                }
                self.wanting = true;
                Charge::Refused { retry_after: RENEWAL, by: LimitedBy::Lease, quota }
            }
        }
    }

    fn available(&self, now: Awake) -> u32 {
        if self.until.is_some_and(|until| now < until) { self.left } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = 3600;

    fn at(seconds: u64) -> Awake {
        Awake::after_start(Duration::from_secs(seconds))
    }

    fn passes(budget: &mut Budget, now: Awake) -> Option<u32> {
        match budget.charge(LIMIT, now) {
            Charge::Passed(quota) => Some(quota.remaining),
            Charge::Refused { .. } => None,
        }
    }

    fn lend(budget: &mut Budget, requests: u32, until: u64, behind: impl Into<Option<u32>>) -> u32 {
        let Budget::Lent(lent) = budget else { panic!("not lent") };
        lent.lend(Loan { requests, until: at(until), behind: behind.into() })
    }

    fn refused(retry_after: Duration, by: LimitedBy) -> Charge {
        Charge::Refused { retry_after, by, quota: Quota { limit: LIMIT, remaining: 0 } }
    }

    #[test]
    fn what_is_lent_is_spent_and_no_more() {
        let mut budget = Budget::new(Budgets::Lent);
        assert_eq!(passes(&mut budget, at(0)), None);
        assert_eq!(lend(&mut budget, 2, 60, None), 0);
        assert_eq!(passes(&mut budget, at(1)), Some(1));
        assert_eq!(lend(&mut budget, 2, 60, None), 1);
        assert_eq!(passes(&mut budget, at(2)), Some(1));
        assert_eq!(passes(&mut budget, at(3)), Some(0));
        assert_eq!(budget.charge(LIMIT, at(3)), refused(RENEWAL, LimitedBy::Lease));
    }

    #[test]
    fn what_nobody_else_will_be_lent_is_told_as_left_and_not_spent() {
        let mut budget = Budget::new(Budgets::Lent);
        lend(&mut budget, 2, 60, 100);
        assert_eq!(passes(&mut budget, at(1)), Some(101));
        assert_eq!(passes(&mut budget, at(1)), Some(100));
        assert_eq!(passes(&mut budget, at(1)), None);
        lend(&mut budget, 5, 60, 90);
        assert_eq!(passes(&mut budget, at(1)), Some(94));
        lend(&mut budget, 5, 60, 85);
        assert_eq!(passes(&mut budget, at(1)), Some(93), "what came back is told as left too");
        lend(&mut budget, 1, 60, u32::MAX);
        assert_eq!(passes(&mut budget, at(1)), Some(LIMIT));
    }

    #[test]
    fn what_is_left_of_a_loan_is_void_at_its_end_also_when_another_follows() {
        let mut budget = Budget::new(Budgets::Lent);
        lend(&mut budget, 5, 60, None);
        assert_eq!(passes(&mut budget, at(60)), None);
        lend(&mut budget, 2, 120, None);
        assert_eq!(passes(&mut budget, at(61)), Some(1));
        lend(&mut budget, 1, 150, None);
        assert_eq!(passes(&mut budget, at(121)), Some(0));
        assert_eq!(passes(&mut budget, at(121)), None);
    }

    #[test]
    fn who_was_told_that_the_hour_is_used_up_says_when_there_will_be_more_and_wants_nothing_before() {
        let mut budget = Budget::new(Budgets::Lent);
        let Budget::Lent(lent) = &mut budget else { panic!("not lent") };
        lent.run_dry(at(90));
        assert_eq!(budget.charge(LIMIT, at(30)), refused(Duration::from_secs(60), LimitedBy::Hour));
        let Budget::Lent(lent) = &mut budget else { panic!("not lent") };
        assert_eq!(lent.take_account(at(30)), (0, 0, false));
        assert_eq!(budget.charge(LIMIT, at(90)), refused(RENEWAL, LimitedBy::Lease));
        assert_eq!(lend(&mut budget, 1, 200, None), 0);
        assert_eq!(passes(&mut budget, at(91)), Some(0));
    }

    #[test]
    fn an_account_tells_what_was_spent_once_and_whether_more_is_wanted() {
        let mut budget = Budget::new(Budgets::Lent);
        lend(&mut budget, 1, 60, None);
        passes(&mut budget, at(1));
        passes(&mut budget, at(1));
        let Budget::Lent(lent) = &mut budget else { panic!("not lent") };
        assert_eq!(lent.take_account(at(1)), (1, 0, true));
        assert_eq!(lent.take_account(at(1)), (0, 0, false));
    }
}
