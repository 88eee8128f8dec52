//! The prices that can be chosen.

use super::amount::Amount;
use super::current::included;
use super::product::{Product, ProductKind, rows};
use super::store::Store;
use crate::fault::Fault;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many territories are asked for at once: each has hundreds of points.
const AT_A_TIME: usize = 8;

/// A price that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) id: String,
    pub(super) amount: Amount,
    pub(super) currency: String,
}

/// Each by its territory.
pub(super) type Points = BTreeMap<String, Vec<Point>>;

/// All points of a product in these territories.
pub(super) fn points(
    store: &mut Store<'_, '_>,
    product: &Product,
    territories: &[String],
) -> Result<Points, Fault> {
    let mut all = Points::new();
    for some in territories.chunks(AT_A_TIME) {
        let filter = format!("filter[territory]={}&include=territory&limit=8000", some.join(","));
        gather_in(&store.list(&format!("{}?{filter}", product.points_path()))?, &mut all);
    }
    Ok(all)
}

/// The points elsewhere that are equal to this one.
pub(super) fn equal(store: &mut Store<'_, '_>, kind: ProductKind, point: &str) -> Result<Points, Fault> {
    let version = if kind == ProductKind::App { "v3" } else { "v1" };
    let mut all = Points::new();
    let path = format!("/{version}/{}/{point}/equalizations?include=territory&limit=200", kind.points());
    gather_in(&store.list(&path)?, &mut all);
    Ok(all)
}

fn gather_in(document: &Value, all: &mut Points) {
    let included = included(document);
    for row in rows(document) {
        let territory = row["relationships"]["territory"]["data"]["id"].as_str();
        let amount = row["attributes"]["customerPrice"].as_str().and_then(Amount::read);
        let (Some(territory), Some(amount), Some(id)) = (territory, amount, row["id"].as_str()) else {
            continue;
        };
        let currency = included.get(&("territories", territory)).and_then(|it| it["currency"].as_str());
        let currency = currency.unwrap_or_default().to_owned();
        all.entry(territory.to_owned()).or_default().push(Point { id: id.to_owned(), amount, currency });
    }
}

/// The point of exactly this price.
///
/// # Errors
/// There is none; the nearest are named.
pub(super) fn of_amount<'p>(points: &'p Points, territory: &str, amount: Amount) -> Result<&'p Point, Fault> {
    let there = points.get(territory).map(Vec::as_slice).unwrap_or_default();
    if there.is_empty() {
        return Err(Fault::new(
            format!("there are no prices in {territory}"),
            "territories have three letters, as `counterfoil request GET /v1/territories --all` lists them",
        ));
    }
    let below = there.iter().filter(|point| point.amount < amount).max_by_key(|point| point.amount);
    let above = there.iter().filter(|point| point.amount > amount).min_by_key(|point| point.amount);
    there.iter().find(|point| point.amount == amount).ok_or_else(|| {
        let near: Vec<_> = below
            .into_iter()
            .chain(above)
            .map(|point| format!("{} {}", point.amount, point.currency))
            .collect();
        Fault::new(
            format!("{amount} is no price that can be chosen in {territory}"),
            format!("the nearest: {}", near.join(" and ")),
        )
    })
}
