//! How old a team lets its keys become. This is a reminder: it opens nothing and ends nothing, and no verdict asks
//! for it.

use crate::id::Malformed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How old a key may become before it is due for rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RotationAge {
    /// So many days.
    Days(u16),
    /// However old.
    Never,
}

/// The most days that a team may set: ten years.
const MOST_DAYS: u16 = 3_650;

impl RotationAge {
    /// Whether a key of this age is due.
    #[must_use]
    pub const fn is_over(self, age: Duration) -> bool {
        match self {
            Self::Days(days) => age.as_secs() >= days as u64 * 24 * 3600,
            Self::Never => false,
        }
    }
}

impl Default for RotationAge {
    fn default() -> Self {
        Self::Days(365)
    }
}

impl fmt::Display for RotationAge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(out, "{days}"),
            Self::Never => out.write_str("never"),
        }
    }
}

impl TryFrom<&str> for RotationAge {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let malformed =
            Malformed { what: "an age for rotation", rule: "1 to 3650 days, or \u{201c}never\u{201d}" };
        match text.trim() {
            "never" => Ok(Self::Never),
            days => match days.parse() {
                Ok(days @ 1..=MOST_DAYS) => Ok(Self::Days(days)),
                _ => Err(malformed),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_some_days_or_never() {
        for (typed, age) in [
            ("365", RotationAge::Days(365)),
            (" 1 ", RotationAge::Days(1)),
            ("3650", RotationAge::Days(3650)),
            ("never", RotationAge::Never),
        ] {
            assert_eq!(RotationAge::try_from(typed), Ok(age));
            assert_eq!(RotationAge::try_from(age.to_string().as_str()), Ok(age));
        }
        for typed in ["", "0", "-1", "3651", "1.5", "a year", "99999999999999999999"] {
            assert!(RotationAge::try_from(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn a_key_is_due_from_the_day_it_is_that_old() {
        let day = Duration::from_secs(24 * 3600);
        let age = RotationAge::Days(2);
        assert_eq!([day * 2 - Duration::from_secs(1), day * 2].map(|old| age.is_over(old)), [false, true]);
        assert!(!RotationAge::Never.is_over(day * 100_000));
    }
}
