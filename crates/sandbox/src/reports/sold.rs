//! What was sold, by arithmetic on vendor, app, territory and day.

use super::days::Span;
use super::drawn;
use crate::dates::Day;
use crate::engine::{House, attributes_of, end_of};
use crate::fault::Fault;
use crate::rules::price_table::{Tier, written};
use crate::rules::territories;
use crate::rules::worked_out::Point;
use crate::store::{Kept, Origin, Reading, Wanted};
use serde_json::{Map, Value};

/// Where something is sold, and in which region of finance reports that is.
pub(super) const MARKETS: &[(&str, &str, &str)] = &[
    ("USA", "US", "US"),
    ("GBR", "GB", "GB"),
    ("DEU", "DE", "EU"),
    ("FRA", "FR", "EU"),
    ("JPN", "JP", "JP"),
    ("CAN", "CA", "CA"),
];
/// What is sold in a market on the best of days.
const MOST_A_DAY: u64 = 40;

/// What was sold of one thing in one market.
pub(super) struct Sale {
    pub(super) title: String,
    pub(super) sku: String,
    pub(super) apple_id: String,
    pub(super) version: String,
    pub(super) units: u64,
    /// What one brings, and what one costs.
    pub(super) proceeds: String,
    pub(super) price: String,
    /// What all of them bring, in hundredths.
    pub(super) brought: i64,
    pub(super) currency: &'static str,
    pub(super) country: &'static str,
    pub(super) region: &'static str,
    /// Of a subscription: its group, and how long it lasts.
    pub(super) group: String,
    pub(super) period: String,
    pub(super) app_title: String,
    pub(super) app_id: String,
}

/// What was sold of the team's apps, market by market, be it nothing.
pub(super) fn apps(
    house: &House<'_>,
    reading: &Reading<'_>,
    vendor: &str,
    span: &Span,
) -> Result<Vec<Sale>, Fault> {
    Ok(apps_in_each(house, reading, vendor, &[*span])?.pop().unwrap_or_default())
}

/// The same, in each of several times.
pub(super) fn apps_in_each(
    house: &House<'_>,
    reading: &Reading<'_>,
    vendor: &str,
    spans: &[Span],
) -> Result<Vec<Vec<Sale>>, Fault> {
    let mut all: Vec<Vec<Sale>> = spans.iter().map(|_| Vec::new()).collect();
    for app in all_of(house, reading, "apps")? {
        let tier = tier_of_app(reading, &app)?;
        let values = attributes_of(&app)?;
        let text = |name: &str| cell(&values, name);
        let (title, sku) = (text("name"), text("sku"));
        for (all, span) in all.iter_mut().zip(spans) {
            let sales = MARKETS.iter().filter_map(|market| sold(vendor, &app.id, tier, market, *span));
            all.extend(sales.map(|sale| Sale {
                app_title: title.clone(),
                app_id: app.id.clone(),
                apple_id: app.id.clone(),
                version: "1.0".to_owned(),
                title: title.clone(),
                sku: sku.clone(),
                ..sale
            }));
        }
    }
    Ok(all)
}

/// What was sold of the team's subscriptions, market by market, be it nothing.
pub(super) fn subscriptions(
    house: &House<'_>,
    reading: &Reading<'_>,
    vendor: &str,
    span: &Span,
) -> Result<Vec<Sale>, Fault> {
    let mut all = Vec::new();
    for subscription in all_of(house, reading, "subscriptions")? {
        let Some(app) = &subscription.app else { continue };
        let app_title = house.find(reading, "apps", app).and_then(|app| attributes_of(&app))?;
        let app_title = cell(&app_title, "name");
        let group = reading.targets(subscription.number, "group")?.into_iter().next().map(|end| end.id);
        let values = attributes_of(&subscription)?;
        let text = |name: &str| cell(&values, name);
        for (tier, market) in subscription_markets(reading, &subscription)? {
            let Some(sale) = sold(vendor, &subscription.id, tier, market, *span) else { continue };
            all.push(Sale {
                title: text("name"),
                sku: text("productId"),
                apple_id: subscription.id.clone(),
                group: group.clone().unwrap_or_default(),
                period: text("subscriptionPeriod"),
                app_title: app_title.clone(),
                app_id: app.clone(),
                ..sale
            });
        }
    }
    Ok(all)
}

/// The text of an attribute, as it can stand in a report.
pub(super) fn cell(values: &Map<String, Value>, name: &str) -> String {
    let text = values.get(name).and_then(Value::as_str).unwrap_or_default();
    text.replace(['\t', '\n', '\r'], " ")
}

pub(super) fn all_of(house: &House<'_>, reading: &Reading<'_>, kind: &str) -> Result<Vec<Kept>, Fault> {
    let wanted = Wanted { apps: house.apps, most: 10_000, ..Wanted::from(Origin::All { kind }) };
    Ok(reading.list(&wanted)?.kept)
}

/// The first price that the app's schedule sets; free, if there is none.
fn tier_of_app(reading: &Reading<'_>, app: &Kept) -> Result<Tier, Fault> {
    let free = Tier(0);
    let Some(schedule) = reading.first_that_refers(&end_of(app), "appPriceSchedules", "app")? else {
        return Ok(free);
    };
    let Some(price) = reading.first_that_refers(&end_of(&schedule), "appPrices", "schedule")? else {
        return Ok(free);
    };
    let points = reading.targets(price.number, "appPricePoint")?;
    Ok(points.first().and_then(|end| Point::read(&end.id)?.tier()).unwrap_or(free))
}

type Market = (&'static str, &'static str, &'static str);

fn subscription_markets(
    reading: &Reading<'_>,
    subscription: &Kept,
) -> Result<Vec<(Tier, &'static Market)>, Fault> {
    let to = end_of(subscription);
    let origin = Origin::Referring { to: &to, kind: "subscriptionPrices", by: "subscription" };
    let mut all = Vec::new();
    for price in reading.list(&Wanted::from(origin))?.kept {
        let points = reading.targets(price.number, "subscriptionPricePoint")?;
        let Some(point) = points.first().and_then(|end| Point::read(&end.id)) else { continue };
        let market = MARKETS.iter().find(|(territory, ..)| *territory == point.t);
        all.extend(point.tier().zip(market));
    }
    Ok(all)
}

/// What was sold in a market, be it nothing.
fn sold(vendor: &str, id: &str, tier: Tier, market: &Market, span: Span) -> Option<Sale> {
    let (territory_id, country, region) = market;
    let territory = territories::of(territory_id)?;
    let units: u64 = span.days().map(|day| units(vendor, id, territory_id, day)).sum();
    let (proceeds, price) = (tier.proceeds(territory)?, tier.customer_price(territory)?);
    Some(Sale {
        title: String::new(),
        sku: String::new(),
        apple_id: String::new(),
        version: String::new(),
        units,
        proceeds: written(proceeds),
        price: written(price),
        brought: proceeds * i64::try_from(units).unwrap_or(i64::MAX),
        currency: territory.currency,
        country,
        region,
        group: String::new(),
        period: String::new(),
        app_title: String::new(),
        app_id: String::new(),
    })
}

fn units(vendor: &str, id: &str, territory: &str, day: Day) -> u64 {
    drawn(&format!("{vendor} {id} {territory} {}", day.0)) % MOST_A_DAY
}
