//! What becomes of a subscription as time goes by: periods that were paid, the end, the tries to be paid. All of it is
//! worked out from the purchase and the clock.

use super::customers::{Fate, ProductKind, Purchase};
use super::identifiers::MOST;
use crate::dates::Day;
use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 3_600_000;
/// How long a subscription goes on while its renewal is not paid, where the app allows it.
const GRACE: i64 = 16 * DAY;
/// For how long the renewal is tried.
const RETRY: i64 = 60 * DAY;

/// How long a subscription lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Period {
    Weeks(i64),
    Months(i64),
}

impl Period {
    pub(super) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "ONE_WEEK" => Self::Weeks(1),
            "ONE_MONTH" => Self::Months(1),
            "TWO_MONTHS" => Self::Months(2),
            "THREE_MONTHS" => Self::Months(3),
            "SIX_MONTHS" => Self::Months(6),
            "ONE_YEAR" => Self::Months(12),
            _ => return None,
        })
    }

    /// When a period that begins then is over: at the same time of the same day of a later month, or of its last.
    pub(super) fn after(self, begin: i64) -> i64 {
        self.away(begin, 1)
    }

    /// When a period began that is over then, but for the days by which months differ.
    pub(super) fn before(self, end: i64) -> i64 {
        self.away(end, -1)
    }

    fn away(self, from: i64, times: i64) -> i64 {
        match self {
            Self::Weeks(count) => from + times * count * 7 * DAY,
            Self::Months(count) => {
                let (day, of_day) = (from.div_euclid(DAY), from.rem_euclid(DAY));
                let (year, month, of_month) = Day(day).civil();
                let months = year * 12 + month - 1 + times * count;
                let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
                let first = Day::of_civil(year, month, 1).0;
                let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                let length = Day::of_civil(next_year, next_month, 1).0 - first;
                (first + of_month.min(length) - 1) * DAY + of_day
            }
        }
    }
}

/// A period that was paid; of anything but a subscription, the purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paid {
    pub(super) renewal: u32,
    pub(super) begins: i64,
    /// When it is over; of a subscription only.
    pub(super) ends: Option<i64>,
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) last: Paid,
    pub(super) renews: bool,
    /// Why it is over: 1 the customer ended it, 2 it was not paid.
    pub(super) intent: Option<u8>,
    pub(super) is_retried: bool,
    pub(super) grace_until: Option<i64>,
}

/// The state of a subscription, by the numbers of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active = 1,
    Expired = 2,
    Retry = 3,
    Grace = 4,
    Revoked = 5,
}

impl Status {
    pub(super) const fn number(self) -> u8 {
        self as u8
    }
}

impl Purchase {
    /// Every period that was paid until now, the first first. There is always one.
    pub(super) fn paid(&self, now: i64) -> Vec<Paid> {
        let mut all = Vec::new();
        let mut begins = self.at;
        for renewal in 0..=MOST {
            let ends = self.product.period.map(|period| period.after(begins) + self.extension(renewal));
            all.push(Paid { renewal, begins, ends });
            match ends {
                Some(ends) if ends <= now && self.goes_on(renewal) => begins = ends,
                _ => break,
            }
        }
        all
    }

    /// The last of them.
    pub(super) fn last(&self, now: i64) -> Paid {
        let first = Paid { renewal: 0, begins: self.at, ends: None };
        self.paid(now).pop().unwrap_or(first)
    }

    fn goes_on(&self, after: u32) -> bool {
        let last = match self.fate {
            Fate::Renews => MOST,
            Fate::Ends { with, .. } => with,
            Fate::Fails { after, .. } => after,
        };
        after < last && self.revocation(after).is_none()
    }

    fn extension(&self, renewal: u32) -> i64 {
        let of_it = self.extended.iter().filter(|extension| extension.renewal == renewal);
        of_it.map(|extension| i64::from(extension.days) * DAY).sum()
    }

    /// How it stands; nothing, if it is no subscription that renews itself.
    pub(super) fn standing(&self, now: i64) -> Option<Standing> {
        let last = self.last(now);
        let ends = last.ends.filter(|_| self.product.kind == ProductKind::AutoRenewable)?;
        let wanted = !matches!(self.fate, Fate::Ends { .. });
        let over = Standing {
            status: Status::Expired,
            last,
            renews: false,
            intent: Some(1),
            is_retried: false,
            grace_until: None,
        };
        Some(match self.fate {
            _ if self.revocation(last.renewal).is_some() => {
                Standing { status: Status::Revoked, intent: None, ..over }
            }
            _ if now < ends => Standing { status: Status::Active, renews: wanted, intent: None, ..over },
            Fate::Fails { grace: true, .. } if now < ends + GRACE => Standing {
                status: Status::Grace,
                renews: true,
                intent: Some(2),
                is_retried: true,
                grace_until: Some(ends + GRACE),
                ..over
            },
            Fate::Fails { .. } if now < ends + RETRY => {
                Standing { status: Status::Retry, renews: true, intent: Some(2), is_retried: true, ..over }
            }
            Fate::Fails { .. } => Standing { intent: Some(2), ..over },
            Fate::Renews | Fate::Ends { .. } => over,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::customers::{Extension, Product, Revocation};
    use super::*;

    /// Noon of this day.
    fn noon(day: &str) -> i64 {
        Day::read(day).unwrap().0 * DAY + DAY / 2
    }

    fn monthly(at: &str) -> Purchase {
        let product = Product {
            id: "plus".to_owned(),
            kind: ProductKind::AutoRenewable,
            group: Some("7".to_owned()),
            period: Some(Period::Months(1)),
            price: 990,
            currency: "USD".to_owned(),
        };
        Purchase::new(1, product, noon(at))
    }

    #[test]
    fn a_period_ends_on_the_same_day_of_a_later_month_or_on_its_last() {
        for (period, begin, end) in [
            ("ONE_WEEK", "2026-11-21", "2026-11-28"),
            ("ONE_MONTH", "2026-11-21", "2026-12-21"),
            ("ONE_MONTH", "2026-12-31", "2027-01-31"),
            ("ONE_MONTH", "2027-01-31", "2027-02-28"),
            ("THREE_MONTHS", "2026-11-30", "2027-02-28"),
            ("SIX_MONTHS", "2026-08-31", "2027-02-28"),
            ("ONE_YEAR", "2024-02-29", "2025-02-28"),
        ] {
            let period = Period::read(period).unwrap();
            assert_eq!(period.after(noon(begin)), noon(end), "{begin} {period:?}");
        }
        assert_eq!(Period::Months(1).before(noon("2026-11-18")), noon("2026-10-18"));
        assert_eq!(Period::read("ONE_DAY"), None);
    }

    #[test]
    fn a_subscription_renews_itself_as_time_goes_by() {
        let plus = monthly("2026-08-21");
        for (day, renewals) in [("2026-08-21", 0), ("2026-09-20", 0), ("2026-09-21", 1), ("2026-11-21", 3)] {
            assert_eq!(plus.last(noon(day)).renewal, renewals, "{day}");
        }
        let paid = plus.paid(noon("2026-11-22"));
        assert!(paid.windows(2).all(|two| two[0].ends == Some(two[1].begins)), "{paid:?}");
        assert_eq!(plus.last(i64::MAX / 4).renewal, MOST, "there is an end to it");
    }

    #[test]
    fn how_it_stands_follows_from_its_fate_and_the_clock() {
        use Status::{Active, Expired, Grace, Retry};
        let ends = Fate::Ends { with: 0, decided: noon("2026-08-25") };
        let fails = |grace| Fate::Fails { after: 0, grace };
        for (fate, day, status, renews, intent) in [
            (Fate::Renews, "2026-11-21", Active, true, None),
            (ends, "2026-09-20", Active, false, None),
            (ends, "2026-09-21", Expired, false, Some(1)),
            (fails(true), "2026-09-20", Active, true, None),
            (fails(true), "2026-09-22", Grace, true, Some(2)),
            (fails(true), "2026-10-07", Retry, true, Some(2)),
            (fails(false), "2026-09-22", Retry, true, Some(2)),
            (fails(false), "2026-11-20", Expired, false, Some(2)),
        ] {
            let standing = Purchase { fate, ..monthly("2026-08-21") }.standing(noon(day)).unwrap();
            let found = (standing.status, standing.renews, standing.intent);
            assert_eq!(found, (status, renews, intent), "{fate:?} {day}");
        }
    }

    #[test]
    fn an_extension_moves_all_that_comes_after_it() {
        let mut plus = monthly("2026-08-21");
        plus.extended.push(Extension { renewal: 1, days: 10, at: 0, request: "x".to_owned() });
        let ends: Vec<_> = plus.paid(noon("2026-11-15")).iter().map(|paid| paid.ends.unwrap()).collect();
        assert_eq!(ends, [noon("2026-09-21"), noon("2026-10-31"), noon("2026-11-30")]);
    }

    #[test]
    fn what_was_taken_back_does_not_renew() {
        let mut plus = monthly("2026-08-21");
        plus.revoked.push(Revocation { renewal: 1, at: noon("2026-10-01"), reason: 1 });
        let standing = plus.standing(noon("2026-11-21")).unwrap();
        assert_eq!((standing.status, standing.last.renewal), (Status::Revoked, 1));
    }
}
