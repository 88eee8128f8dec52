//! Amounts of money and days, as App Store Connect writes them.

use crate::dates;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// An amount of some currency, exactly: thousandths. `4.99`, `490.0` and `490` are what the API and people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i64);

impl Amount {
    /// Reads an amount; nothing if it is none, or finer than thousandths.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str, most| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 12) || !is_number(part, 3) {
            return None;
        }
        let part: i64 = format!("{part:0<3}").parse().ok()?;
        Some(Self(whole.parse::<i64>().ok()? * 1000 + part))
    }

    /// For arithmetic with rates, which are not exact either: 15 digits at most, which a double has.
    #[must_use]
    pub fn as_number(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// `4.99`, `490`.
impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 1000, self.0 % 1000);
        let text = match (part, part % 10) {
            (0, _) => format!("{whole}"),
            (_, 0) => format!("{whole}.{:02}", part / 10),
            _ => format!("{whole}.{part:03}"),
        };
        out.pad(&text)
    }
}

/// A day, as `2027-01-01`. Days are ordered as their texts are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

impl Day {
    /// Reads a day; nothing if there is none of that name.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let at = dates::of_json(&format!("{text}T00:00:00Z"))?;
        (Self::of(at).0 == text).then(|| Self(text.to_owned()))
    }

    /// The day on which `at` lies, in UTC.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let written = dates::written(at);
        Self(written.split('T').next().unwrap_or_default().to_owned())
    }

    /// As the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_written_as_people_do() {
        for (text, written) in [
            ("4.99", Some("4.99")),
            ("490.0", Some("490")),
            ("490", Some("490")),
            ("0.5", Some("0.50")),
            ("1.125", Some("1.125")),
            ("0.0", Some("0")),
            ("", None),
            (".99", None),
            ("4.", None),
            ("-1", None),
            ("4,99", None),
            ("1.2345", None),
            ("1e3", None),
            ("9999999999999", None),
        ] {
            assert_eq!(Amount::read(text).map(|amount| amount.to_string()).as_deref(), written, "{text}");
        }
        assert_eq!(Amount::read("4.990"), Amount::read("4.99"));
        assert!(Amount::read("10") > Amount::read("9.99"));
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for (text, is_day) in [
            ("2027-01-01", true),
            ("2028-02-29", true),
            ("2027-02-29", false),
            ("2027-13-01", false),
            ("2027-1-1", false),
            ("tomorrow", false),
            ("", false),
        ] {
            assert_eq!(Day::read(text).is_some(), is_day, "{text}");
        }
        assert_eq!(Day::of(Timestamp::from_seconds(1_795_289_400)).as_str(), "2026-11-21");
    }
}
