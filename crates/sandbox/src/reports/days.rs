//! Of which days a report is.

use crate::dates::Day;
use crate::fault::Fault;
use std::time::SystemTime;

/// For how many days before today there are figures.
const MEMORY: i64 = 400;

/// How much a report covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The first and the last day of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Frequency {
    pub(super) const WORDS: &[&str] = &["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

    pub(super) fn read(word: &str) -> Self {
        match word {
            "WEEKLY" => Self::Weekly,
            "MONTHLY" => Self::Monthly,
            "YEARLY" => Self::Yearly,
            _ => Self::Daily,
        }
    }

    const fn form(self) -> &'static str {
        match self {
            Self::Daily => "a day such as 2026-11-20",
            Self::Weekly => "a Sunday such as 2026-11-15, which ends the week",
            Self::Monthly => "a month such as 2026-10",
            Self::Yearly => "a year such as 2025",
        }
    }
}

impl Span {
    /// What this date means at this frequency; the latest that is over, if there is none.
    ///
    /// # Errors
    /// If the date is of another form, or there are no figures for it.
    pub(super) fn asked(frequency: Frequency, date: Option<&str>, now: SystemTime) -> Result<Self, Fault> {
        let today = Day::of(now);
        let span = match date {
            Some(date) => Self::read(frequency, date).ok_or_else(|| {
                let why = format!("'{date}' does not go with the frequency; it must be {}", frequency.form());
                Fault::BadCombination { name: "filter[reportDate]".to_owned(), why }
            })?,
            None => Self::latest(frequency, today),
        };
        let is_known = span.last < today && span.last.0 >= today.0 - MEMORY;
        if is_known { Ok(span) } else { Err(Fault::NoFigures) }
    }

    fn read(frequency: Frequency, date: &str) -> Option<Self> {
        match frequency {
            Frequency::Daily => Day::read(date).map(|day| Self { first: day, last: day }),
            Frequency::Weekly => Day::read(date).filter(|day| is_sunday(*day)).map(week_until),
            Frequency::Monthly => Day::read(&format!("{date}-01")).map(month_of),
            Frequency::Yearly => {
                let first = Day::read(&format!("{date}-01-01"))?;
                Some(Self { first, last: Day::read(&format!("{date}-12-31"))? })
            }
        }
    }

    fn latest(frequency: Frequency, today: Day) -> Self {
        let yesterday = Day(today.0 - 1);
        match frequency {
            Frequency::Daily => Self { first: yesterday, last: yesterday },
            Frequency::Weekly => {
                let back = (0..7).find(|back| is_sunday(Day(yesterday.0 - back))).unwrap_or(0);
                week_until(Day(yesterday.0 - back))
            }
            Frequency::Monthly => {
                let (year, month, _) = today.civil();
                month_of(Day(Day::of_civil(year, month, 1).0 - 1))
            }
            Frequency::Yearly => {
                let (year, _, _) = today.civil();
                Self { first: Day::of_civil(year - 1, 1, 1), last: Day::of_civil(year - 1, 12, 31) }
            }
        }
    }

    pub(super) fn days(self) -> impl Iterator<Item = Day> {
        (self.first.0..=self.last.0).map(Day)
    }
}

/// The first of 1970 was a Thursday.
const fn is_sunday(day: Day) -> bool {
    (day.0 + 4).rem_euclid(7) == 0
}

fn week_until(sunday: Day) -> Span {
    Span { first: Day(sunday.0 - 6), last: sunday }
}

fn month_of(day: Day) -> Span {
    let (year, month, _) = day.civil();
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Span { first: Day::of_civil(year, month, 1), last: Day(Day::of_civil(next_year, next, 1).0 - 1) }
}

/// `11/20/2026`, as reports write days.
pub(super) fn american(day: Day) -> String {
    let (year, month, of_month) = day.civil();
    format!("{month:02}/{of_month:02}/{year}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn asked(frequency: Frequency, date: Option<&str>) -> Result<(String, String), Fault> {
        let now = UNIX_EPOCH + Duration::from_secs(20_778 * 24 * 3600 + 3600);
        Span::asked(frequency, date, now).map(|span| (span.first.to_string(), span.last.to_string()))
    }

    #[test]
    fn a_date_means_what_its_frequency_says() {
        for (frequency, date, first, last) in [
            (Frequency::Daily, Some("2026-11-20"), "2026-11-20", "2026-11-20"),
            (Frequency::Daily, None, "2026-11-20", "2026-11-20"),
            (Frequency::Weekly, Some("2026-11-15"), "2026-11-09", "2026-11-15"),
            (Frequency::Weekly, None, "2026-11-09", "2026-11-15"),
            (Frequency::Monthly, Some("2026-02"), "2026-02-01", "2026-02-28"),
            (Frequency::Monthly, None, "2026-10-01", "2026-10-31"),
            (Frequency::Yearly, None, "2025-01-01", "2025-12-31"),
        ] {
            let found = asked(frequency, date).unwrap();
            assert_eq!(found, (first.to_owned(), last.to_owned()), "{frequency:?} {date:?}");
        }
    }

    #[test]
    fn other_forms_are_refused_and_other_times_have_no_figures() {
        for (frequency, date) in [
            (Frequency::Daily, "2026-11"),
            (Frequency::Weekly, "2026-11-16"),
            (Frequency::Monthly, "2026-11-01"),
            (Frequency::Yearly, "26"),
        ] {
            assert!(matches!(asked(frequency, Some(date)), Err(Fault::BadCombination { .. })), "{date}");
        }
        for (frequency, date) in [
            (Frequency::Daily, "2026-11-21"),
            (Frequency::Daily, "2024-01-01"),
            (Frequency::Monthly, "2026-11"),
        ] {
            assert!(matches!(asked(frequency, Some(date)), Err(Fault::NoFigures)), "{date}");
        }
    }
}
