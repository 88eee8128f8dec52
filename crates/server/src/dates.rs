//! Dates as the API writes them: ISO 8601 in UTC, whole seconds, since several clients' readers stumble over
//! a fraction.

use counterfoil_core::time::Timestamp;

/// `2026-11-21T13:40:01Z`.
#[must_use]
pub fn written(at: Timestamp) -> String {
    let seconds = at.as_seconds();
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A time as [`written`] writes it, with or without parts of a second, or a [`day`].
#[must_use]
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let Some((date, time)) = text.split_once('T') else { return day(text) };
    let time = time.strip_suffix('Z')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let two = |at: usize, limit: i64| {
        let digits = time.get(at..at + 2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits?.parse().ok().filter(|number: &i64| *number <= limit)
    };
    let is_whole = time.len() == 8
        && time.bytes().enumerate().all(|(at, byte)| (at % 3 == 2) == (byte == b':'))
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let second = two(0, 23)? * 3600 + two(3, 59)? * 60 + two(6, 60)?;
    let day = day(date).filter(|_| is_whole)?;
    Some(Timestamp::from_seconds(day.as_seconds() + second))
}

/// When a day began that is written `2026-11-21`, in UTC.
#[must_use]
pub(crate) fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none()
        && [year.len(), month.len(), date.len()] == [4, 2, 2]
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (year, month, date): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, date.parse().ok()?);
    let is_day = is_whole && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&date);
    is_day.then(|| Timestamp::from_seconds(days_since_epoch(year, month, date) * 86_400))
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The other way; after Howard Hinnant's `days_from_civil`.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01, after Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc_with_whole_seconds() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_799_999, "2000-02-29T23:59:59Z"),
            (1_795_268_401_123, "2026-11-21T13:40:01Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(written(Timestamp::from_millis(millis)), expected);
        }
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (text, seconds) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2026-11-21", Some(1_795_219_200)),
            ("2100-03-01", Some(4_107_542_400)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-00-10", None),
            ("2026-1-1", None),
            ("2026-11-21-1", None),
            ("21.11.2026", None),
            ("+026-11-21", None),
            ("", None),
        ] {
            assert_eq!(day(text).map(Timestamp::as_seconds), seconds, "{text}");
            assert_eq!(read(text).map(Timestamp::as_seconds), seconds, "{text}");
        }
    }

    #[test]
    fn a_time_is_read_as_it_is_written_and_nothing_else_is() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21T13:40:01Z", Some(1_795_268_401)),
            ("2026-11-21T13:40:01.123Z", Some(1_795_268_401)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("2026-11-21T13:40:01", None),
            ("2026-11-21T13:40:01+01:00", None),
            ("2026-11-21T13:40:01.Z", None),
            ("2026-11-21T13:40:01.xZ", None),
            ("2026-11-21T13:40Z", None),
            ("2026-11-21T24:00:00Z", None),
            ("2026-11-21T1:040:01Z", None),
            ("2026-11-21T13:4é:01Z", None),
            ("2026-11-21 13:40:01Z", None),
            ("T", None),
        ] {
            assert_eq!(read(text).map(Timestamp::as_seconds), seconds, "{text}");
        }
    }
}
