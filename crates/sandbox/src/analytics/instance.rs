//! Of which reports, days, weeks and months there are figures.

use crate::dates::Day;
use crate::engine::attributes_of;
use crate::fault::Fault;
use crate::store::{Kept, Reading};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::SystemTime;

/// For how many days there is anything.
const MEMORY: i64 = 400;

/// How much an instance covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Granularity {
    #[serde(rename = "d")]
    Daily,
    #[serde(rename = "w")]
    Weekly,
    #[serde(rename = "m")]
    Monthly,
}

/// A report of one day, week or month.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) report: Kept,
    pub(super) granularity: Granularity,
    /// On which day it was made: the next after a day or a week, the fifth after a month.
    pub(super) processed: Day,
}

/// A part of an instance.
pub(super) struct Segment {
    pub(super) instance: Instance,
    pub(super) number: usize,
}

/// What the id of an instance or a segment says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    /// Of which report.
    r: String,
    g: Granularity,
    /// When it was processed.
    p: i64,
    /// Which segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<usize>,
}

impl Granularity {
    const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
        }
    }

    /// Whether something is made on this day. The first of 1970 was a Thursday.
    const fn is_made_on(self, day: Day) -> bool {
        match self {
            Self::Daily => true,
            Self::Weekly => (day.0 + 3).rem_euclid(7) == 0,
            Self::Monthly => day.civil().2 == 5,
        }
    }

    /// For how many days before its request there is something, of one that goes on and of one that does not.
    const fn memory(self) -> (i64, i64) {
        match self {
            Self::Daily => (7, 30),
            Self::Weekly => (28, 182),
            Self::Monthly => (92, 365),
        }
    }

    const fn segments(self) -> usize {
        match self {
            Self::Daily | Self::Weekly => 1,
            Self::Monthly => 2,
        }
    }
}

impl Instance {
    /// All of a report, the last first.
    pub(super) fn all(reading: &Reading<'_>, now: SystemTime, report: &Kept) -> Result<Vec<Self>, Fault> {
        let asked = Asked::of(reading, now, report)?;
        let each = Granularity::ALL.into_iter().flat_map(|granularity| {
            let (first, last) = asked.range(granularity);
            let days = (first.0..=last.0).rev().map(Day).filter(move |day| granularity.is_made_on(*day));
            days.map(move |processed| Self { report: report.clone(), granularity, processed })
        });
        Ok(each.collect())
    }

    /// The instance of this id; nothing if there is none.
    pub(super) fn read(reading: &Reading<'_>, now: SystemTime, id: &str) -> Result<Option<Self>, Fault> {
        match Name::read(id).filter(|name| name.n.is_none()) {
            Some(name) => Self::named(reading, now, &name),
            None => Ok(None),
        }
    }

    fn named(reading: &Reading<'_>, now: SystemTime, name: &Name) -> Result<Option<Self>, Fault> {
        let Some(report) = reading.find(super::REPORTS, &name.r)? else { return Ok(None) };
        let (first, last) = Asked::of(reading, now, &report)?.range(name.g);
        let processed = Day(name.p);
        let is_there = (first..=last).contains(&processed) && name.g.is_made_on(processed);
        Ok(is_there.then_some(Self { report, granularity: name.g, processed }))
    }

    pub(super) fn id(&self) -> String {
        self.name(None).written()
    }

    fn name(&self, segment: Option<usize>) -> Name {
        Name { r: self.report.id.clone(), g: self.granularity, p: self.processed.0, n: segment }
    }

    pub(super) fn segments(&self) -> Vec<Segment> {
        (0..self.granularity.segments()).map(|number| Segment { instance: self.clone(), number }).collect()
    }

    /// The first and the last day that it covers.
    pub(super) const fn span(&self) -> (Day, Day) {
        let before = Day(self.processed.0 - 1);
        match self.granularity {
            Granularity::Daily => (before, before),
            Granularity::Weekly => (Day(self.processed.0 - 7), before),
            Granularity::Monthly => {
                let (year, month, _) = self.processed.civil();
                let last = Day(Day::of_civil(year, month, 1).0 - 1);
                let (year, month, _) = last.civil();
                (Day::of_civil(year, month, 1), last)
            }
        }
    }
}

impl Segment {
    /// The segment of this id; nothing if there is none.
    pub(super) fn read(reading: &Reading<'_>, now: SystemTime, id: &str) -> Result<Option<Self>, Fault> {
        let Some(name) = Name::read(id) else { return Ok(None) };
        let Some(number) = name.n.filter(|number| *number < name.g.segments()) else { return Ok(None) };
        Ok(Instance::named(reading, now, &name)?.map(|instance| Self { instance, number }))
    }

    pub(super) fn id(&self) -> String {
        self.instance.name(Some(self.number)).written()
    }

    /// Whether this line of the instance, counted from 0, stands in this segment.
    pub(super) const fn holds(&self, line: usize) -> bool {
        line % self.instance.granularity.segments() == self.number
    }
}

impl Name {
    fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads an id; one that was written otherwise is none.
    fn read(id: &str) -> Option<Self> {
        let name: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        (name.written() == id).then_some(name)
    }
}

/// What a request says of when there is something.
struct Asked {
    goes_on: bool,
    day: Day,
    today: Day,
}

impl Asked {
    fn of(reading: &Reading<'_>, now: SystemTime, report: &Kept) -> Result<Self, Fault> {
        let today = Day::of(now);
        let end = reading.targets(report.number, "request")?.into_iter().next();
        let request = match end {
            Some(end) => reading.find(&end.kind, &end.id)?,
            None => None,
        };
        let Some(request) = request else { return Ok(Self { goes_on: false, day: today, today }) };
        let goes_on = attributes_of(&request)?.get("accessType").is_some_and(|it| it == "ONGOING");
        let hidden: Value = reading
            .hidden(request.number)?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let day = hidden["createdDate"].as_str().and_then(|text| Day::read(text.get(..10)?));
        Ok(Self { goes_on, day: day.unwrap_or(today), today })
    }

    /// On which days something can have been made.
    fn range(&self, granularity: Granularity) -> (Day, Day) {
        let (ongoing, once) = granularity.memory();
        let (before, last) = if self.goes_on { (ongoing, self.today) } else { (once, self.day) };
        (Day((self.day.0 - before).max(self.today.0 - MEMORY)), last)
    }
}
