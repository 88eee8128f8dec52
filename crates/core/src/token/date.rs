//! NumericDate: seconds since 1970, perhaps with a fraction.

use crate::time::Timestamp;

/// Reads a JSON value as it is written. `None` if it is no date: not a number, negative, with an
/// exponent, or more than any clock will ever say. Of a fraction the milliseconds count.
pub(super) fn read(written: &str) -> Option<Timestamp> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, "0"));
    // Fifteen digits hold milliseconds and microseconds mistaken for seconds, which then can be
    // told from nonsense.
    if !are_digits(whole) || !are_digits(fraction) || whole.len() > 15 {
        return None;
    }
    let seconds: i64 = whole.parse().ok()?;
    Some(Timestamp::from_millis(seconds * 1000 + millis(fraction)))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn millis(fraction: &str) -> i64 {
    let digits = fraction.bytes().chain([b'0'; 3]).take(3);
    digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn dates_are_digits_with_at_most_a_fraction() {
        for (written, millis) in [
            ("0", 0),
            ("1795000000", 1_795_000_000_000),
            ("1795000000.5", 1_795_000_000_500),
            ("1795000000.0", 1_795_000_000_000),
            ("1795000000.123999", 1_795_000_000_123),
            ("1795000000.05", 1_795_000_000_050),
            ("999999999999999", 999_999_999_999_999_000),
        ] {
            assert_eq!(read(written), Some(Timestamp::from_millis(millis)), "{written}");
        }
    }

    #[test]
    fn whatever_else_a_json_value_can_be_is_no_date() {
        for written in [
            "-1",
            "-0",
            "1e9",
            "1E9",
            "1.5e9",
            "1795000000e0",
            "1000000000000000",
            "1e400",
            "null",
            "true",
            "\"1\"",
            "[1]",
            "{}",
            "NaN",
            "Infinity",
            "",
            ".",
            "1.",
            ".5",
            " 1",
        ] {
            assert_eq!(read(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn a_number_that_serde_writes_reads_the_same(seconds in 0_u32.., millis in 0_u16..1000) {
            let millis = i64::from(seconds) * 1000 + i64::from(millis);
            let written = format!("{}.{:03}", millis / 1000, millis % 1000);
            prop_assert_eq!(read(&written), Some(Timestamp::from_millis(millis)));
        }

        #[test]
        fn no_text_makes_it_panic(written in ".*") {
            read(&written);
        }
    }
}
