//! Pre-orders, of apps that a territory's availability says can be ordered before they are there.

use super::days::{Span, american};
use super::drawn;
use super::sold::{MARKETS, all_of, cell};
use super::written::{self, DEVELOPER};
use crate::dates::Day;
use crate::engine::{House, attributes_of, end_of};
use crate::fault::Fault;
use crate::store::{Kept, Origin, Reading, Wanted};
use serde_json::Value;

/// For how many days an app can be ordered, if nothing is said of when that began.
const USUAL: i64 = 90;
/// How many order on a day at most, less one; one in so many changes their mind.
const MOST_A_DAY: u64 = 25;
const CHANGE: u64 = 12;

/// An app, where it can be ordered.
struct Offer {
    territory: String,
    country: &'static str,
    first: Day,
    last: Day,
}

pub(super) fn report(
    house: &House<'_>,
    reading: &Reading<'_>,
    vendor: &str,
    span: &Span,
) -> Result<String, Fault> {
    let mut lines = Vec::new();
    for app in all_of(house, reading, "apps")? {
        for offer in offers(reading, &app)? {
            lines.extend(line(vendor, span, &app, &offer)?);
        }
    }
    written::sheet(written::PRE_ORDERS, &lines)
}

fn offers(reading: &Reading<'_>, app: &Kept) -> Result<Vec<Offer>, Fault> {
    let Some(whole) = reading.first_that_refers(&end_of(app), "appAvailabilities", "app")? else {
        return Ok(Vec::new());
    };
    let to = end_of(&whole);
    let origin = Origin::Referring { to: &to, kind: "territoryAvailabilities", by: "appAvailability" };
    let mut all = Vec::new();
    for each in reading.list(&Wanted { most: 1000, ..Wanted::from(origin) })?.kept {
        let ends = reading.targets(each.number, "territory")?;
        let Some(territory) = ends.into_iter().next().map(|end| end.id) else { continue };
        let market = MARKETS.iter().find(|(id, ..)| *id == territory);
        all.extend(market.and_then(|(_, country, _)| offer(&each, territory, country)));
    }
    Ok(all)
}

fn offer(availability: &Kept, territory: String, country: &'static str) -> Option<Offer> {
    let values = attributes_of(availability).ok()?;
    let day = |name: &str| Day::read(values.get(name).and_then(Value::as_str)?);
    let is_offered = values.get("preOrderEnabled") == Some(&Value::Bool(true));
    let last = Day(day("releaseDate").filter(|_| is_offered)?.0 - 1);
    let first = day("preOrderPublishDate").unwrap_or(Day(last.0 - USUAL));
    Some(Offer { territory, country, first, last })
}

/// A line, if it can be ordered in that time.
fn line(vendor: &str, span: &Span, app: &Kept, offer: &Offer) -> Result<Option<String>, Fault> {
    let (first, last) = (span.first.max(offer.first), span.last.min(offer.last));
    if first > last {
        return Ok(None);
    }
    let of = |first: Day, last: Day, what: &str, most: u64| -> u64 {
        let draw = |day: i64| drawn(&format!("{vendor} {} {} {what} {day}", app.id, offer.territory));
        (first.0..=last.0).map(|day| draw(day) % most).sum()
    };
    let ordered = |first, last| of(first, last, "ordered", MOST_A_DAY);
    let canceled = |first, last| of(first, last, "canceled", MOST_A_DAY / CHANGE);
    let values = attributes_of(app)?;
    Ok(Some(format!(
        "APPLE\tUS\t{}\t{DEVELOPER}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\tiPhone\tiOS\tUtilities\t ",
        cell(&values, "sku"),
        cell(&values, "name"),
        american(offer.first),
        american(Day(offer.last.0 + 1)),
        ordered(first, last),
        canceled(first, last),
        ordered(offer.first, last),
        canceled(offer.first, last),
        american(span.first),
        american(span.last),
        offer.country,
        app.id,
    )))
}
