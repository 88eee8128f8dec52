//! Times on pages: in UTC, which a module puts into the reader's zone.

use crate::dates;
use counterfoil_core::time::Timestamp;
use std::fmt;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time on a page; shown, it is `21 Nov 2026, 19:30 UTC`. In a template:
/// `<time datetime="{{ at.iso() }}">{{ at }}</time>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Moment {
    /// `2026-11-21T19:30:00Z`.
    pub(crate) fn iso(&self) -> String {
        dates::written(self.0)
    }

    /// `21 Nov 2026`.
    pub(crate) fn day(&self) -> String {
        let iso = self.iso();
        let mut parts = iso.split('T').next().unwrap_or_default().split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let month = month.and_then(|month| month.parse::<usize>().ok()).unwrap_or_default();
        let name = month.checked_sub(1).and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
        format!("{} {name} {}", day.unwrap_or_default().trim_start_matches('0'), year.unwrap_or_default())
    }

    fn minute(&self) -> String {
        self.iso().split('T').nth(1).and_then(|time| time.get(..5)).unwrap_or_default().to_owned()
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, {} UTC", self.day(), self.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_people_write_dates() {
        for (millis, words, day) in [
            (1_795_268_401_123, "21 Nov 2026, 13:40 UTC", "21 Nov 2026"),
            (0, "1 Jan 1970, 00:00 UTC", "1 Jan 1970"),
        ] {
            let moment = Moment(Timestamp::from_millis(millis));
            assert_eq!((moment.to_string().as_str(), moment.day().as_str()), (words, day));
        }
    }
}
