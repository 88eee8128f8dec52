//! The sandbox's table of prices. It is arithmetic, and made up: docs/sandbox.md says how. What it keeps of the real
//! one is its form: a price point for each tier and territory, those of one tier being equal to one another, with
//! amounts as people write them in each currency.

use super::territories::Territory;

/// What is kept back of what is left after tax, in hundredths; of subscriptions after a year, and otherwise.
const COMMISSION: i64 = 30;
const COMMISSION_YEAR_2: i64 = 15;

/// A tier: 0 is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tier(pub(crate) u32);

/// How a currency is written: what a dollar is in it (in thousandths), and in what steps prices end.
struct Currency {
    code: &'static str,
    per_dollar: i64,
    ending: Ending,
}

/// How prices of a currency end. All amounts are hundredths.
#[derive(Clone, Copy)]
enum Ending {
    /// `4.99`
    Ninety,
    /// Whole amounts, in steps that grow with the amount: `600`, `1500`.
    Whole(i64),
}

const CURRENCIES: &[Currency] = &[
    Currency { code: "USD", per_dollar: 1_000, ending: Ending::Ninety },
    Currency { code: "AED", per_dollar: 3_670, ending: Ending::Ninety },
    Currency { code: "AUD", per_dollar: 1_530, ending: Ending::Ninety },
    Currency { code: "BRL", per_dollar: 5_400, ending: Ending::Ninety },
    Currency { code: "CAD", per_dollar: 1_380, ending: Ending::Ninety },
    Currency { code: "CHF", per_dollar: 880, ending: Ending::Whole(50) },
    Currency { code: "CLP", per_dollar: 940_000, ending: Ending::Whole(10_000) },
    Currency { code: "CNY", per_dollar: 7_100, ending: Ending::Whole(100) },
    Currency { code: "COP", per_dollar: 4_100_000, ending: Ending::Whole(10_000) },
    Currency { code: "CZK", per_dollar: 23_000, ending: Ending::Whole(1_000) },
    Currency { code: "DKK", per_dollar: 6_900, ending: Ending::Whole(100) },
    Currency { code: "EGP", per_dollar: 48_000, ending: Ending::Ninety },
    Currency { code: "EUR", per_dollar: 920, ending: Ending::Ninety },
    Currency { code: "GBP", per_dollar: 790, ending: Ending::Ninety },
    Currency { code: "HKD", per_dollar: 7_800, ending: Ending::Whole(100) },
    Currency { code: "HUF", per_dollar: 360_000, ending: Ending::Whole(10_000) },
    Currency { code: "IDR", per_dollar: 15_800_000, ending: Ending::Whole(100_000) },
    Currency { code: "ILS", per_dollar: 3_700, ending: Ending::Ninety },
    Currency { code: "INR", per_dollar: 84_000, ending: Ending::Whole(1_000) },
    Currency { code: "JPY", per_dollar: 150_000, ending: Ending::Whole(1_000) },
    Currency { code: "KRW", per_dollar: 1_380_000, ending: Ending::Whole(10_000) },
    Currency { code: "KZT", per_dollar: 480_000, ending: Ending::Whole(10_000) },
    Currency { code: "MXN", per_dollar: 18_000, ending: Ending::Whole(1_000) },
    Currency { code: "MYR", per_dollar: 4_500, ending: Ending::Ninety },
    Currency { code: "NGN", per_dollar: 1_600_000, ending: Ending::Whole(10_000) },
    Currency { code: "NOK", per_dollar: 10_800, ending: Ending::Whole(100) },
    Currency { code: "NZD", per_dollar: 1_680, ending: Ending::Ninety },
    Currency { code: "PEN", per_dollar: 3_750, ending: Ending::Ninety },
    Currency { code: "PHP", per_dollar: 57_000, ending: Ending::Whole(1_000) },
    Currency { code: "PKR", per_dollar: 278_000, ending: Ending::Whole(5_000) },
    Currency { code: "PLN", per_dollar: 4_000, ending: Ending::Ninety },
    Currency { code: "QAR", per_dollar: 3_640, ending: Ending::Ninety },
    Currency { code: "RON", per_dollar: 4_600, ending: Ending::Ninety },
    Currency { code: "RUB", per_dollar: 90_000, ending: Ending::Whole(1_000) },
    Currency { code: "SAR", per_dollar: 3_750, ending: Ending::Ninety },
    Currency { code: "SEK", per_dollar: 10_500, ending: Ending::Whole(100) },
    Currency { code: "SGD", per_dollar: 1_340, ending: Ending::Ninety },
    Currency { code: "THB", per_dollar: 34_000, ending: Ending::Whole(1_000) },
    Currency { code: "TRY", per_dollar: 34_000, ending: Ending::Ninety },
    Currency { code: "TWD", per_dollar: 32_000, ending: Ending::Whole(1_000) },
    Currency { code: "TZS", per_dollar: 2_600_000, ending: Ending::Whole(10_000) },
    Currency { code: "VND", per_dollar: 25_000_000, ending: Ending::Whole(100_000) },
    Currency { code: "ZAR", per_dollar: 18_000, ending: Ending::Ninety },
];

/// The tiers in dollars: from, to and step, in hundredths.
const TIERS: &[(i64, i64, i64)] = &[
    (29, 999, 10),
    (1_049, 4_999, 50),
    (5_099, 19_999, 100),
    (20_499, 49_999, 500),
    (50_999, 99_999, 1_000),
    (109_999, 999_999, 10_000),
];

/// How many tiers there are, the free one among them.
pub(crate) fn tiers() -> u32 {
    let counts = TIERS.iter().map(|(from, to, step)| (to - from) / step + 1);
    u32::try_from(counts.sum::<i64>() + 1).unwrap_or(u32::MAX)
}

impl Tier {
    /// In dollars, in hundredths; nothing if there is no such tier.
    fn dollars(self) -> Option<i64> {
        if self.0 == 0 {
            return Some(0);
        }
        let mut left = i64::from(self.0) - 1;
        for (from, to, step) in TIERS {
            let count = (to - from) / step + 1;
            if left < count {
                return Some(from + left * step);
            }
            left -= count;
        }
        None
    }

    /// Whether there is such a tier.
    pub(crate) fn exists(self) -> bool {
        self.dollars().is_some()
    }

    /// What a customer pays in this territory, in hundredths of its currency, tax included.
    pub(crate) fn customer_price(self, territory: &Territory) -> Option<i64> {
        let dollars = self.dollars()?;
        let currency = CURRENCIES.iter().find(|currency| currency.code == territory.currency)?;
        if dollars == 0 || territory.currency == "USD" {
            return Some(dollars);
        }
        let with_tax = dollars * (100 + i64::from(territory.tax)) / 100;
        Some(rounded(with_tax * currency.per_dollar / 1_000, currency.ending))
    }

    /// What is left for the developer, in hundredths of the territory's currency.
    pub(crate) fn proceeds(self, territory: &Territory) -> Option<i64> {
        self.left(territory, COMMISSION)
    }

    /// The same, of a subscription that is longer than a year.
    pub(crate) fn proceeds_year_2(self, territory: &Territory) -> Option<i64> {
        self.left(territory, COMMISSION_YEAR_2)
    }

    fn left(self, territory: &Territory, commission: i64) -> Option<i64> {
        let without_tax = self.customer_price(territory)? * 100 / (100 + i64::from(territory.tax));
        Some(without_tax * (100 - commission) / 100)
    }
}

/// As people write prices in the currency, never nothing.
fn rounded(amount: i64, ending: Ending) -> i64 {
    match ending {
        Ending::Ninety if amount < 1_000 => ((amount + 5) / 10 * 10 - 1).max(29),
        Ending::Ninety if amount < 10_000 => (amount + 25) / 50 * 50 - 1,
        Ending::Ninety => (amount + 50) / 100 * 100 - 1,
        Ending::Whole(step) => {
            let step = if amount > step * 100 { step * 10 } else { step };
            ((amount + step / 2) / step * step).max(step)
        }
    }
}

/// `4.99`, `600`, `0.0`, as the API writes amounts.
pub(crate) fn written(hundredths: i64) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match (rest / 10, rest % 10) {
        (tens, 0) => format!("{whole}.{tens}"),
        (tens, ones) => format!("{whole}.{tens}{ones}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::territories::{self, ALL};
    use super::*;

    fn price(tier: u32, territory: &str) -> String {
        written(Tier(tier).customer_price(territories::of(territory).unwrap()).unwrap())
    }

    #[test]
    fn prices_are_as_people_write_them() {
        assert_eq!(tiers(), 529);
        for (tier, territory, expected) in [
            (0, "USA", "0.0"),
            (1, "USA", "0.29"),
            (8, "USA", "0.99"),
            (8, "DEU", "1.09"),
            (8, "JPN", "160.0"),
            (48, "USA", "4.99"),
            (48, "GBR", "4.69"),
            (48, "IND", "490.0"),
            (528, "USA", "9999.99"),
        ] {
            assert_eq!(price(tier, territory), expected, "{tier} {territory}");
        }
        assert!(!Tier(529).exists());
    }

    #[test]
    fn every_tier_has_a_price_everywhere_and_a_higher_one_never_costs_less() {
        for territory in ALL.iter() {
            let prices: Vec<i64> =
                (0..tiers()).map(|tier| Tier(tier).customer_price(territory).unwrap()).collect();
            assert!(prices.windows(2).all(|two| two[0] <= two[1]), "{}", territory.id);
            assert!(prices[1] > 0, "{}", territory.id);
            assert!((1..tiers()).all(|tier| Tier(tier).proceeds(territory).unwrap() < prices[tier as usize]));
        }
    }
}
