//! What a product costs, as App Store Connect tells it.

use super::amount::{Amount, Day};
use super::product::{Product, ProductKind, rows};
use super::store::Store;
use crate::fault::Fault;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody set it.
    Manual,
    /// It follows the base territory's.
    Automatic,
    /// Only those who had subscribed before still pay it.
    Preserved,
}

/// A price in one territory, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Its own id.
    pub id: String,
    /// Where.
    pub territory: String,
    /// In which currency.
    pub currency: String,
    /// The price point.
    pub point: String,
    /// What a customer pays.
    pub amount: Amount,
    /// Since when; none: since ever.
    pub start: Option<Day>,
    /// Until when; none: for ever.
    pub end: Option<Day>,
    /// Where it comes from.
    pub origin: Origin,
}

/// All prices of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Whose they are.
    pub product: Product,
    /// The territory that others follow; subscriptions have none.
    pub base: Option<String>,
    /// All.
    pub prices: Vec<Price>,
}

impl Current {
    /// Asks for them.
    ///
    /// # Errors
    /// The server refuses.
    pub fn read(store: &mut Store<'_, '_>, product: Product) -> Result<Self, Fault> {
        let Some(path) = product.schedule_path() else { return Self::of_subscription(store, product) };
        let Some(schedule) = store.find(&path)?.filter(|found| found["data"].is_object()) else {
            return Ok(Self { product, base: None, prices: Vec::new() });
        };
        let id = schedule["data"]["id"].as_str().unwrap_or_default();
        let own = format!("/v1/{}/{id}", product.kind.schedules());
        let base = store.find(&format!("{own}/baseTerritory"))?.unwrap_or_default();
        let base = base["data"]["id"].as_str().map(str::to_owned);
        let query = format!("include={},territory&limit=200", product.kind.point());
        let mut prices = Vec::new();
        for list in ["manualPrices", "automaticPrices"] {
            let found = store.list(&format!("{own}/{list}?{query}"))?;
            prices.extend(read(&found, product.kind)?);
        }
        Ok(Self { product, base, prices })
    }

    fn of_subscription(store: &mut Store<'_, '_>, product: Product) -> Result<Self, Fault> {
        let path = format!("{}/prices?include={},territory&limit=200", product.path(), product.kind.point());
        let prices = read(&store.list(&path)?, product.kind)?;
        Ok(Self { product, base: None, prices })
    }

    /// The territories that have a price.
    #[must_use]
    pub fn territories(&self) -> BTreeSet<&str> {
        self.prices.iter().map(|price| price.territory.as_str()).collect()
    }

    /// What somebody who buys on that day pays there: of those that have begun and not ended, the latest.
    #[must_use]
    pub fn on(&self, territory: &str, day: &Day) -> Option<&Price> {
        let holds = |price: &&Price| {
            price.start.as_ref().is_none_or(|start| start <= day)
                && price.end.as_ref().is_none_or(|end| end > day)
        };
        self.there(territory).filter(holds).max_by(|a, b| a.start.cmp(&b.start))
    }

    /// What begins there after that day, in order.
    #[must_use]
    pub fn after(&self, territory: &str, day: &Day) -> Vec<&Price> {
        let begins = |price: &&Price| price.start.as_ref().is_some_and(|start| start > day);
        let mut all: Vec<_> = self.there(territory).filter(begins).collect();
        all.sort_by(|a, b| a.start.cmp(&b.start));
        all
    }

    fn there(&self, territory: &str) -> impl Iterator<Item = &Price> {
        self.prices
            .iter()
            .filter(move |price| price.territory == territory && price.origin != Origin::Preserved)
    }
}

fn read(document: &Value, kind: ProductKind) -> Result<Vec<Price>, Fault> {
    let included = included(document);
    let strange = || Fault::new("the server's list of prices can't be understood", "report this, please");
    rows(document).iter().map(|row| price(row, kind, &included).ok_or_else(strange)).collect()
}

type Included<'d> = BTreeMap<(&'d str, &'d str), &'d Value>;

pub(super) fn included(document: &Value) -> Included<'_> {
    let all = document["included"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter_map(|one| Some(((one["type"].as_str()?, one["id"].as_str()?), &one["attributes"])))
        .collect()
}

fn price(row: &Value, kind: ProductKind, included: &Included<'_>) -> Option<Price> {
    let to = |name: &str| row["relationships"][name]["data"]["id"].as_str();
    let day = |name: &str| row["attributes"][name].as_str().and_then(Day::read);
    let (point, territory) = (to(kind.point())?, to("territory")?);
    let currency = included.get(&("territories", territory)).and_then(|it| it["currency"].as_str());
    let origin = if row["attributes"]["preserved"] == true {
        Origin::Preserved
    } else if row["attributes"]["manual"] == false {
        Origin::Automatic
    } else {
        Origin::Manual
    };
    Some(Price {
        id: row["id"].as_str()?.to_owned(),
        territory: territory.to_owned(),
        currency: currency.unwrap_or_default().to_owned(),
        point: point.to_owned(),
        amount: Amount::read(included.get(&(kind.points(), point))?["customerPrice"].as_str()?)?,
        start: day("startDate"),
        end: day("endDate"),
        origin,
    })
}
