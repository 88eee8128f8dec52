//! The use of a key over thirty days, as bars: what was let through, and what was refused for what sort of reason.

use crate::console::Moment;
use counterfoil_authority::usage::{Outcome, UsageRow};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How many days are shown, today included.
const DAYS: usize = 30;
/// How wide a day is, its gap included, and how high the bars may be.
const STEP: u64 = 20;
const BAR: u64 = 14;
const HEIGHT: u64 = 120;

/// The sorts of outcomes, from the foot of a bar to its top: a class, and words.
pub(super) const SORTS: [(&str, &str); 4] = [
    ("allowed", "Allowed"),
    ("forbidden", "Refused: the key may not do it"),
    ("limited", "Refused: too many requests"),
    ("unproven", "Refused: the token was not good"),
];

/// The use of a key over thirty days.
pub(super) struct Chart {
    pub(super) days: Vec<Day>,
    /// The most requests of a day: the top of the chart.
    pub(super) most: u64,
    pub(super) totals: [u64; 4],
    pub(super) width: u64,
    pub(super) height: u64,
}

/// A day of the chart.
pub(super) struct Day {
    pub(super) at: Moment,
    pub(super) counts: [u64; 4],
    pub(super) bars: Vec<Bar>,
}

/// A piece of a day's bar.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
}

impl Chart {
    /// Of what was counted, up to now.
    pub(super) fn of(rows: &[UsageRow], now: Timestamp) -> Self {
        let first = first_day(now);
        let mut counts = [[0_u64; 4]; DAYS];
        for row in rows.iter().filter(|row| row.since >= first) {
            let day = usize::try_from(row.since.since(first).as_secs() / DAY.as_secs()).unwrap_or(DAYS);
            if let Some(count) = counts.get_mut(day).and_then(|day| day.get_mut(sort(row.outcome))) {
                *count += row.count;
            }
        }
        let most = counts.iter().map(|day| day.iter().sum()).max().unwrap_or_default();
        let mut totals = [0; 4];
        for day in &counts {
            totals.iter_mut().zip(day).for_each(|(total, count)| *total += count);
        }
        let days = counts.iter().zip(0_u32..).map(|(counts, number)| Day {
            at: first.plus(DAY * number).into(),
            counts: *counts,
            bars: bars(u64::from(number), counts, most),
        });
        Self { days: days.collect(), most, totals, width: STEP * DAYS as u64, height: HEIGHT }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.most == 0
    }

    pub(super) fn total(&self) -> u64 {
        self.totals.iter().sum()
    }

    /// The chart in a sentence, for who does not see it.
    pub(super) fn sentence(&self) -> String {
        let parts = SORTS.iter().zip(self.totals).filter(|(_, total)| *total > 0);
        let parts: Vec<String> = parts.map(|((_, words), total)| format!("{words}: {total}")).collect();
        format!(
            "{} requests in {DAYS} days, at most {} on a day. {}.",
            self.total(),
            self.most,
            parts.join("; ")
        )
    }

    /// The sorts with how often each was, for the key beside the chart.
    pub(super) fn legend(&self) -> Vec<(&'static str, &'static str, u64)> {
        SORTS.iter().zip(self.totals).map(|((class, words), total)| (*class, *words, total)).collect()
    }

    /// The days on which anything was asked for, newest first.
    pub(super) fn busy(&self) -> impl Iterator<Item = &Day> {
        self.days.iter().rev().filter(|day| day.counts.iter().any(|count| *count > 0))
    }
}

/// When the first day of the chart began, in UTC.
fn first_day(now: Timestamp) -> Timestamp {
    let today = now.as_seconds().div_euclid(86_400) * 86_400;
    Timestamp::from_seconds(today - 86_400 * (DAYS as i64 - 1))
}

/// Where among [`SORTS`] an outcome stands.
pub(super) const fn sort(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Allowed => 0,
        Outcome::Forbidden => 1,
        Outcome::Limited => 2,
        Outcome::Refused => 3,
    }
}

/// The pieces of a day's bar, one above the other; what is there at all is seen.
fn bars(number: u64, counts: &[u64; 4], most: u64) -> Vec<Bar> {
    let mut foot = HEIGHT;
    let mut bars = Vec::new();
    for ((class, _), count) in SORTS.iter().zip(counts).filter(|(_, count)| **count > 0) {
        let height = (count * HEIGHT / most.max(1)).max(2).min(foot);
        foot -= height;
        bars.push(Bar { class, x: number * STEP + (STEP - BAR) / 2, y: foot, width: BAR, height });
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_authority::usage::Span;
    use counterfoil_core::catalog::Access;

    const NOW: Timestamp = Timestamp::from_millis(1_795_268_401_123);

    fn used(days_ago: u64, outcome: Outcome, count: u64) -> UsageRow {
        UsageRow {
            since: NOW.minus(DAY * u32::try_from(days_ago).unwrap()),
            span: Span::Hour,
            group: None,
            access: Access::Read,
            family: "/v1/apps".into(),
            outcome,
            count,
        }
    }

    #[test]
    fn uses_stand_at_their_days_and_older_ones_are_left_out() {
        let rows = [
            used(0, Outcome::Allowed, 30),
            used(0, Outcome::Limited, 10),
            used(29, Outcome::Refused, 1),
            used(30, Outcome::Allowed, 1000),
        ];
        let chart = Chart::of(&rows, NOW);
        assert_eq!(chart.days.len(), 30);
        assert_eq!(chart.days[29].counts, [30, 0, 10, 0]);
        assert_eq!(chart.days[0].counts, [0, 0, 0, 1]);
        assert_eq!((chart.most, chart.total(), chart.totals), (40, 41, [30, 0, 10, 1]));
        assert_eq!(chart.days[29].at.day(), "21 Nov 2026");
        let said = "41 requests in 30 days, at most 40 on a day. Allowed: 30; Refused: too many requests: 10; Refused: the token was not good: 1.";
        assert_eq!(chart.sentence(), said);
    }

    #[test]
    fn bars_stand_on_the_ground_within_the_chart_and_none_is_invisible() {
        let rows = [
            used(0, Outcome::Allowed, 1_000_000),
            used(0, Outcome::Forbidden, 1),
            used(3, Outcome::Refused, 1),
        ];
        let chart = Chart::of(&rows, NOW);
        for day in &chart.days {
            let mut foot = HEIGHT;
            for bar in &day.bars {
                assert_eq!(bar.y + bar.height, foot);
                assert!(bar.x + bar.width <= chart.width);
                foot = bar.y;
            }
        }
        assert_eq!(chart.days[26].bars.len(), 1);
        assert!(chart.days[26].bars[0].height >= 2);
    }

    #[test]
    fn a_key_that_was_not_used_has_an_empty_chart() {
        let chart = Chart::of(&[], NOW);
        assert!(chart.is_empty() && chart.busy().next().is_none());
    }
}
