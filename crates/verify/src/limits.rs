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
    until: Option<Awake>,
    /// Let through since this was last asked.
    spent: u32,
    /// Refused for want of a loan since this was last asked.
    wanting: bool,
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

    /// Whether nothing would be lost with it.
    pub(crate) fn is_idle(&mut self, now: Awake) -> bool {
        match self {
            Self::Own(hour) => hour.count(now) == 0,
            Self::Lent(lent) => lent.available(now) == 0 && lent.spent == 0 && !lent.wanting,
        }
    }
}

impl Lent {
    pub(crate) fn lend(&mut self, loan: Loan, now: Awake) {
        self.left = self.available(now).saturating_add(loan.requests);
        // Of two loans the earlier end counts: what is void early is never spent late.
        self.until = Some(match self.until {
            Some(until) if self.left > loan.requests => until.min(loan.until),
            _ => loan.until,
        });
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
                Charge::Passed(Quota { limit, remaining: left.min(limit) })
            }
            None => {
                self.wanting = true;
                let quota = Quota { limit, remaining: 0 };
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

    fn lend(budget: &mut Budget, requests: u32, until: u64, now: u64) {
        let Budget::Lent(lent) = budget else { panic!("not lent") };
        lent.lend(Loan { requests, until: at(until) }, at(now));
    }

    #[test]
    fn what_is_lent_is_spent_and_no_more() {
        let mut budget = Budget::new(Budgets::Lent);
        assert_eq!(passes(&mut budget, at(0)), None);
        lend(&mut budget, 2, 60, 0);
        assert_eq!(passes(&mut budget, at(1)), Some(1));
        lend(&mut budget, 1, 60, 1);
        assert_eq!(passes(&mut budget, at(2)), Some(1));
        assert_eq!(passes(&mut budget, at(3)), Some(0));
        let refused = Charge::Refused {
            retry_after: RENEWAL,
            by: LimitedBy::Lease,
            quota: Quota { limit: LIMIT, remaining: 0 },
        };
        assert_eq!(budget.charge(LIMIT, at(3)), refused);
    }

    #[test]
    fn what_is_left_of_a_loan_is_void_at_its_end_also_when_another_follows() {
        let mut budget = Budget::new(Budgets::Lent);
        lend(&mut budget, 5, 60, 0);
        assert_eq!(passes(&mut budget, at(60)), None);
        lend(&mut budget, 2, 120, 60);
        assert_eq!(passes(&mut budget, at(61)), Some(1));
        lend(&mut budget, 3, 90, 61);
        assert_eq!(passes(&mut budget, at(90)), None);
    }

    #[test]
    fn an_account_tells_what_was_spent_once_and_whether_more_is_wanted() {
        let mut budget = Budget::new(Budgets::Lent);
        lend(&mut budget, 1, 60, 0);
        passes(&mut budget, at(1));
        passes(&mut budget, at(1));
        let Budget::Lent(lent) = &mut budget else { panic!("not lent") };
        assert_eq!(lent.take_account(at(1)), (1, 0, true));
        assert_eq!(lent.take_account(at(1)), (0, 0, false));
    }
}
