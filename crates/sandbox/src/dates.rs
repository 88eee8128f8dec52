//! Days and moments, in the forms that the API writes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 3600;
const FORM: &str = "2026-11-21";

/// A day of the calendar; days are counted from the first of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    pub(crate) fn of(moment: SystemTime) -> Self {
        Self(i64::try_from(seconds(moment) / DAY).unwrap_or(i64::MAX))
    }

    /// Reads `2026-11-21`; nothing if there is no such day.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() != FORM.len() {
            return None;
        }
        let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let read = Self::of_civil(year, month, day);
        (parts.next().is_none() && read.civil() == (year, month, day)).then_some(read)
    }

    /// By Howard Hinnant's `days_from_civil`: years begin in March, so that leap days come last.
    pub(crate) const fn of_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year - era * 400;
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// Year, month and day.
    pub(crate) const fn civil(self) -> (i64, i64, i64) {
        let from_march = self.0 + 719_468;
        let era = from_march.div_euclid(146_097);
        let of_era = from_march.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// `2026-11-21T19:40:00+00:00`
pub(crate) fn moment(at: SystemTime) -> String {
    let of_day = seconds(at) % DAY;
    format!("{}T{:02}:{:02}:{:02}+00:00", Day::of(at), of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// `2026-11-21T19:40:00.000Z`, as the notary and webhooks write it.
pub(crate) fn zulu(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let whole = moment(at);
    format!("{}.{:03}Z", whole.trim_end_matches("+00:00"), since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (text, days) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-21", 20_778), ("1969-12-31", -1)]
        {
            assert_eq!(Day::read(text), Some(Day(days)), "{text}");
            assert_eq!(Day(days).to_string(), text);
        }
        for text in ["26-1-1", "2026-1-11", "2026-02-29", "2026-13-01", "2026-11", "2026-11-21-1", "x"] {
            assert_eq!(Day::read(text), None, "{text}");
        }
        for day in -800_000..800_000 {
            let (year, month, of_month) = Day(day).civil();
            assert_eq!(Day::of_civil(year, month, of_month), Day(day));
        }
    }

    #[test]
    fn moments_are_written_with_their_zone() {
        assert_eq!(moment(UNIX_EPOCH + Duration::from_secs(1_795_290_001)), "2026-11-21T19:40:01+00:00");
        let moment = UNIX_EPOCH + Duration::from_millis(1_795_290_001_007);
        assert_eq!(zulu(moment), "2026-11-21T19:40:01.007Z");
    }
}
