//! How long a server asks to wait.

use super::Answer;
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// More than this and a number is a point in time, in milliseconds; App Store Server API writes such.
const FIRST_MILLIS: u64 = 100_000_000_000;
/// …or in seconds.
const FIRST_SECONDS: u64 = 1_000_000_000;

/// What `Retry-After` asks for: seconds, a UNIX time in milliseconds or seconds, or a date.
#[must_use]
pub fn asked_to_wait(answer: &Answer, now: Timestamp) -> Option<Duration> {
    read(answer.header("retry-after")?.trim(), now)
}

fn read(text: &str, now: Timestamp) -> Option<Duration> {
    let until = match text.parse::<u64>() {
        Ok(number) if number >= FIRST_MILLIS => Timestamp::from_millis(i64::try_from(number).ok()?),
        Ok(number) if number >= FIRST_SECONDS => Timestamp::from_seconds(i64::try_from(number).ok()?),
        Ok(seconds) => return Some(Duration::from_secs(seconds)),
        Err(_) => crate::dates::of_http(text)?,
    };
    Some(until.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_retry_after_is_read() {
        let now = Timestamp::from_seconds(1_795_289_400);
        for (text, seconds) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("1795289412000", Some(12)),
            ("1795289412", Some(12)),
            ("Sat, 21 Nov 2026 19:30:12 GMT", Some(12)),
            ("Sat, 21 Nov 2026 19:29:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(read(text, now).map(|wait| wait.as_secs()), seconds, "{text}");
        }
    }
}
