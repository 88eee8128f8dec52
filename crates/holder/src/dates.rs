//! Dates as HTTP and JSON write them.

pub use counterfoil_core::calendar::written;

use crate::fault::Fault;
use crate::mint::span;
use counterfoil_core::calendar;
use counterfoil_core::time::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What JSON says: `2026-11-21T19:30:00Z`, in UTC, with or without parts of a second.
#[must_use]
pub fn of_json(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = *date.split('-').collect::<Vec<_>>() else { return None };
    let [hour, minute, second] = *time.split(':').collect::<Vec<_>>() else { return None };
    let number = |text: &str, limit: i64| text.parse().ok().filter(|number| (0..=limit).contains(number));
    let days = calendar::days(number(year, 9999)?, number(month, 12)?, number(day, 31)?);
    let second = second.split('.').next()?;
    let second = number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some(Timestamp::from_seconds(days * 86_400 + second))
}

/// A moment in the past as people type it: `2026-11-21`, `2026-11-21T19:30:00Z` (both in UTC), or how long ago it
/// was, as in `7d`.
///
/// # Errors
/// It is none of these, or lies ahead.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    let hint = "write it as 2026-11-21, 2026-11-21T19:30:00Z (UTC), or 7d for seven days ago";
    let date = if text.contains('T') { of_json(text) } else { of_json(&format!("{text}T00:00:00Z")) };
    let at = date.or_else(|| span::read(text).ok().map(|ago| now.minus(ago)));
    let at = at.ok_or_else(|| Fault::new(format!("`{text}` is no moment in the past"), hint))?;
    if at > now {
        return Err(Fault::new(format!("{} lies ahead", written(at)), hint));
    }
    Ok(at)
}

/// What a `Date` header says: `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers write today.
#[must_use]
pub fn of_http(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let [day, month, year, time, "GMT"] = *rest.split(' ').collect::<Vec<_>>() else { return None };
    let [hour, minute, second] = *time.split(':').collect::<Vec<_>>() else { return None };
    let number = |text: &str, limit: i64| text.parse().ok().filter(|number| (0..=limit).contains(number));
    let month = MONTHS.iter().position(|name| *name == month)?;
    let days = calendar::days(number(year, 9999)?, i64::try_from(month).ok()? + 1, number(day, 31)?);
    let second = number(hour, 23)? * 3600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some(Timestamp::from_seconds(days * 86_400 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_read() {
        for (seconds, iso, http) in [
            (0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "2000-02-28T23:59:59Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (1_709_164_800, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 GMT"),
            (1_795_289_400, "2026-11-21T19:30:00Z", "Sat, 21 Nov 2026 19:30:00 GMT"),
        ] {
            assert_eq!(written(Timestamp::from_seconds(seconds)), iso);
            assert_eq!(of_http(http), Some(Timestamp::from_seconds(seconds)), "{http}");
            assert_eq!(of_json(iso), Some(Timestamp::from_seconds(seconds)), "{iso}");
        }
    }

    #[test]
    fn a_moment_in_the_past_is_a_date_or_how_long_ago_it_was() {
        let now = Timestamp::from_seconds(1_795_289_400);
        for (text, seconds) in [
            ("2026-11-21", Some(1_795_219_200)),
            ("2026-11-21T19:29:59Z", Some(1_795_289_399)),
            ("2026-11-21T19:30:00.5Z", Some(1_795_289_400)),
            ("90s", Some(1_795_289_310)),
            ("7d", Some(1_795_289_400 - 7 * 86_400)),
            ("2026-11-22", None),
            ("2026-11-21T19:30:01Z", None),
            ("2026-11-21T20:30:00+01:00", None),
            ("21.11.2026", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(since(text, now).ok().map(Timestamp::as_seconds), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "now", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT"]
        {
            assert_eq!(of_http(text), None, "{text}");
        }
    }
}
