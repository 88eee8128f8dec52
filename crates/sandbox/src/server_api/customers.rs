//! An app's customers and what they bought. What follows from a purchase as time goes by (renewals, the end, the
//! tries to be paid) is not kept: it is worked out by the clock.

use super::identifiers::{MOST, TransactionId, number_of};
use crate::dates::Day;
use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 3_600_000;
/// How long a subscription goes on while its renewal is not paid, where the app allows it.
const GRACE: i64 = 16 * DAY;
/// For how long the renewal is tried.
const RETRY: i64 = 60 * DAY;

/// A customer of an app. All times are milliseconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) number: u32,
    /// What there is to try with this one, for people.
    pub(super) about: String,
    pub(super) storefront: String,
    /// Since when this one has the app.
    pub(super) since: i64,
    pub(super) purchases: Vec<Purchase>,
}

/// Something that was bought once; a subscription with all its renewals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Purchase {
    pub(super) number: u32,
    pub(super) product: Product,
    pub(super) at: i64,
    pub(super) quantity: u32,
    /// Had by Family Sharing, not bought.
    pub(super) shared: bool,
    /// Whether the app has marked it as delivered.
    pub(super) finished: bool,
    pub(super) token: Option<String>,
    pub(super) revoked: Vec<Revocation>,
    pub(super) extended: Vec<Extension>,
    pub(super) fate: Fate,
}

/// What was bought, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) kind: ProductKind,
    /// Of a subscription: its group, and how long it lasts.
    pub(super) group: Option<String>,
    pub(super) period: Option<Period>,
    /// In thousandths of the currency.
    pub(super) price: i64,
    pub(super) currency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ProductKind {
    Consumable,
    NonConsumable,
    NonRenewing,
    AutoRenewable,
}

impl ProductKind {
    /// As transactions say it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Consumable => "Consumable",
            Self::NonConsumable => "Non-Consumable",
            Self::NonRenewing => "Non-Renewing Subscription",
            Self::AutoRenewable => "Auto-Renewable Subscription",
        }
    }

    /// As queries say it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Consumable => "CONSUMABLE",
            Self::NonConsumable => "NON_CONSUMABLE",
            Self::NonRenewing => "NON_RENEWABLE",
            Self::AutoRenewable => "AUTO_RENEWABLE",
        }
    }

    pub(super) const ALL: &[Self] =
        &[Self::Consumable, Self::NonConsumable, Self::NonRenewing, Self::AutoRenewable];
}

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

/// That a transaction was taken back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Revocation {
    pub(super) renewal: u32,
    pub(super) at: i64,
    /// 1 for a fault of the app, 0 for any other cause.
    pub(super) reason: u8,
}

/// That a period was made longer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Extension {
    pub(super) renewal: u32,
    pub(super) days: u32,
    pub(super) at: i64,
    pub(super) request: String,
}

/// What becomes of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Renews,
    /// The customer does not want it any longer: it ends with this period. Since when that is known.
    Ends {
        with: u32,
        decided: i64,
    },
    /// After this period the next is never paid; whether the customer goes on for some days nevertheless.
    Fails {
        after: u32,
        grace: bool,
    },
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
    /// Bought just now, by the customer, to go on for ever.
    pub(super) fn new(number: u32, product: Product, at: i64) -> Self {
        Self {
            number,
            product,
            at,
            quantity: 1,
            shared: false,
            finished: true,
            token: None,
            revoked: Vec::new(),
            extended: Vec::new(),
            fate: Fate::Renews,
        }
    }

    pub(super) fn id(&self, app: &str, customer: u32, renewal: u32) -> TransactionId {
        TransactionId { app: number_of(app), customer, purchase: self.number, renewal }
    }

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

    pub(super) fn revocation(&self, renewal: u32) -> Option<&Revocation> {
        self.revoked.iter().find(|revoked| revoked.renewal == renewal)
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

impl Customer {
    pub(super) fn purchase(&self, number: u32) -> Option<&Purchase> {
        self.purchases.iter().find(|purchase| purchase.number == number)
    }

    pub(super) fn purchase_mut(&mut self, number: u32) -> Option<&mut Purchase> {
        self.purchases.iter_mut().find(|purchase| purchase.number == number)
    }

    /// Adds a purchase, if there is room for one more.
    pub(super) fn buys(&mut self, product: Product, at: i64) -> Option<&mut Purchase> {
        let number = self.purchases.iter().map(|purchase| purchase.number).max().unwrap_or(0) + 1;
        (number <= MOST).then(|| self.purchases.push(Purchase::new(number, product, at)))?;
        self.purchases.last_mut()
    }
}

#[cfg(test)]
mod tests {
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
