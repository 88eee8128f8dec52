//! What stands in a segment: the same each time, and that of a week or a month the sum of its days.

use super::catalogue::{Cell, Level};
use super::instance::Segment;
use crate::dates::Day;
use crate::reports::drawn;

/// In which countries apps are used.
const COUNTRIES: &[&str] = &["US", "GB", "DE", "FR", "JP", "CA"];

/// Of which app a report is.
pub(super) struct App<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
}

/// The text of a segment, its head first.
pub(super) fn written(level: &Level, app: &App<'_>, segment: &Segment) -> String {
    let head: Vec<&str> = level.columns().map(|(name, _)| *name).collect();
    let mut text = head.join("\t");
    text.push('\n');
    let each = COUNTRIES.iter().flat_map(|country| (0..level.report.lines).map(move |line| (*country, line)));
    for (place, (country, line)) in each.enumerate() {
        if segment.holds(place) {
            text.push_str(&Line { level, app, segment, country, line }.written());
            text.push('\n');
        }
    }
    text
}

struct Line<'l> {
    level: &'l Level,
    app: &'l App<'l>,
    segment: &'l Segment,
    country: &'l str,
    line: usize,
}

impl Line<'_> {
    fn written(&self) -> String {
        let mut count = 0;
        let cells = self.level.columns().map(|(name, cell)| self.cell(name, *cell, &mut count));
        cells.collect::<Vec<_>>().join("\t")
    }

    fn cell(&self, name: &str, cell: Cell, count: &mut u64) -> String {
        match cell {
            Cell::Date => self.segment.instance.span().0.to_string(),
            Cell::Title => self.app.title.replace(['\t', '\n', '\r'], " "),
            Cell::AppId => self.app.id.to_owned(),
            Cell::Country => self.country.to_owned(),
            Cell::Always(text) => text.to_owned(),
            Cell::OneOf(texts) => (*texts.get(self.line % texts.len().max(1)).unwrap_or(&"")).to_owned(),
            Cell::Detail => String::new(),
            Cell::Count(most) => {
                *count = self.sum(name, most);
                count.to_string()
            }
            Cell::Fewer => count.div_ceil(2).to_string(),
            Cell::Seconds(each) => (*count * each).to_string(),
            Cell::Cents(each) => format!("{}.{:02}", *count * each / 100, *count * each % 100),
        }
    }

    /// The sum of a count over the days.
    fn sum(&self, name: &str, most: u64) -> u64 {
        let (first, last) = self.segment.instance.span();
        (first.0..=last.0).map(Day).map(|day| self.of_day(name, most, day)).sum()
    }

    /// Standard and detailed report say the same.
    fn of_day(&self, name: &str, most: u64, day: Day) -> u64 {
        let report = self.level.report.category;
        drawn(&format!("{report} {name} {} {} {} {}", self.app.id, self.country, self.line, day.0)) % most
    }
}
