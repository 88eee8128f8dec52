//! The app that a call is about, and what can be bought in it: App Store Connect's resources, as they are now.

use super::customers::{Product, ProductKind};
use super::renewals::Period;
use crate::engine::{House, attributes_of, end_of};
use crate::fault::Fault;
use crate::rules::price_table::Tier;
use crate::rules::territories;
use crate::rules::worked_out::Point;
use crate::store::{End, Filter, Kept, Origin, Reading, Wanted};
use serde_json::Value;

/// What anything costs for which no price is set.
const USUAL: Tier = Tier(8);
/// How many products of an app are looked at.
const MOST: usize = 1_000;

/// The app that a call is about.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(super) id: String,
    pub(super) bundle: String,
    /// Where its notifications go.
    pub(super) url: Option<String>,
}

impl App {
    /// The team's app that has this bundle id, if it may be seen.
    pub(super) fn find(
        house: &House<'_>,
        reading: &Reading<'_>,
        bundle: &str,
    ) -> Result<Option<Self>, Fault> {
        let wanted = Wanted {
            filters: vec![Filter::Attribute("bundleId".to_owned(), vec![bundle.to_owned().into()])],
            apps: house.apps,
            most: 1,
            ..Wanted::from(Origin::All { kind: "apps" })
        };
        let seen = |kept: &Kept| house.apps.is_none_or(|apps| apps.contains(&kept.id));
        let Some(kept) = reading.list(&wanted)?.kept.pop().filter(seen) else { return Ok(None) };
        let values = attributes_of(&kept)?;
        let url = |name: &str| values.get(name).and_then(Value::as_str).map(str::to_owned);
        let url = url("subscriptionStatusUrlForSandbox").or_else(|| url("subscriptionStatusUrl"));
        Ok(Some(Self { id: kept.id, bundle: bundle.to_owned(), url }))
    }

    /// Its number in the store.
    pub(super) fn apple_id(&self) -> Value {
        self.id.parse::<u64>().map_or_else(|_| Value::from(self.id.as_str()), Value::from)
    }

    fn end(&self) -> End {
        End { kind: "apps".to_owned(), id: self.id.clone() }
    }
}

/// Everything that can be bought in an app, with the prices of this storefront.
pub(super) fn all(reading: &Reading<'_>, app: &App, storefront: &str) -> Result<Vec<Product>, Fault> {
    let mut all = Vec::new();
    for kept in referring(reading, &app.end(), "inAppPurchases", "app")? {
        all.extend(purchase(reading, &kept, storefront)?);
    }
    for group in referring(reading, &app.end(), "subscriptionGroups", "app")? {
        for kept in referring(reading, &end_of(&group), "subscriptions", "group")? {
            all.extend(subscription(reading, &kept, &group.id, storefront)?);
        }
    }
    Ok(all)
}

fn purchase(reading: &Reading<'_>, kept: &Kept, storefront: &str) -> Result<Option<Product>, Fault> {
    let values = attributes_of(kept)?;
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = match text("inAppPurchaseType") {
        "CONSUMABLE" => ProductKind::Consumable,
        "NON_CONSUMABLE" => ProductKind::NonConsumable,
        "NON_RENEWING_SUBSCRIPTION" => ProductKind::NonRenewing,
        _ => return Ok(None),
    };
    let schedule =
        reading.first_that_refers(&end_of(kept), "inAppPurchasePriceSchedules", "inAppPurchase")?;
    let prices = match &schedule {
        Some(schedule) => referring(reading, &end_of(schedule), "inAppPurchasePrices", "schedule")?,
        None => Vec::new(),
    };
    let (price, currency) = price(reading, &prices, "inAppPurchasePricePoint", storefront)?;
    Ok(Some(Product { id: text("productId").to_owned(), kind, group: None, period: None, price, currency }))
}

fn subscription(
    reading: &Reading<'_>,
    kept: &Kept,
    group: &str,
    storefront: &str,
) -> Result<Option<Product>, Fault> {
    let values = attributes_of(kept)?;
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(period) = Period::read(text("subscriptionPeriod")) else { return Ok(None) };
    let prices = referring(reading, &end_of(kept), "subscriptionPrices", "subscription")?;
    let (price, currency) = price(reading, &prices, "subscriptionPricePoint", storefront)?;
    Ok(Some(Product {
        id: text("productId").to_owned(),
        kind: ProductKind::AutoRenewable,
        group: Some(group.to_owned()),
        period: Some(period),
        price,
        currency,
    }))
}

fn referring(reading: &Reading<'_>, to: &End, kind: &str, by: &str) -> Result<Vec<Kept>, Fault> {
    let wanted = Wanted { most: MOST, ..Wanted::from(Origin::Referring { to, kind, by }) };
    Ok(reading.list(&wanted)?.kept)
}

/// What it costs in a storefront, in thousandths, and in which currency: as one of these prices says, else what the
/// first of them is worth there.
fn price(
    reading: &Reading<'_>,
    prices: &[Kept],
    point: &str,
    storefront: &str,
) -> Result<(i64, String), Fault> {
    let mut first = None;
    let mut there = None;
    for price in prices {
        let ends = reading.targets(price.number, point)?;
        let Some(point) = ends.first().and_then(|end| Point::read(&end.id)) else { continue };
        first = first.or(point.tier());
        if point.t == storefront {
            there = point.tier();
        }
    }
    let Some(territory) = territories::of(storefront) else { return Ok((0, "USD".to_owned())) };
    let tier = there.or(first).unwrap_or(USUAL);
    Ok((tier.customer_price(territory).unwrap_or(0) * 10, territory.currency.to_owned()))
}
