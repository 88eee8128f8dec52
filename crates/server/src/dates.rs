//! Dates as the API writes and takes them: ISO 8601 in UTC.

pub use counterfoil_core::calendar::written;

use counterfoil_core::calendar;
use counterfoil_core::time::Timestamp;

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
    is_day.then(|| Timestamp::from_seconds(calendar::days(year, month, date) * 86_400))
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
