//! Resources that are worked out, not kept: territories, price points, and the prices that follow from others.

use super::derived;
use super::memberships;
use super::price_table::{Tier, tiers, written};
use super::prices;
use super::territories::{self, Territory};
use crate::engine::House;
use crate::fault::Fault;
use crate::query::Query;
use crate::store::{After, Kept, Listed, Reading};
use crate::table::Relation;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) const TERRITORIES: &str = "territories";

/// The types of price points, with the types whose resources have them.
const POINTS: &[(&str, &str)] = &[
    ("appPricePoints", "apps"),
    ("inAppPurchasePricePoints", "inAppPurchases"),
    ("subscriptionPricePoints", "subscriptions"),
];

/// What the id of a price point says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Of which resource.
    pub(crate) s: String,
    /// Where.
    pub(crate) t: String,
    /// Which tier.
    pub(crate) p: String,
}

impl Point {
    pub(crate) fn new(of: &str, territory: &str, tier: Tier) -> Self {
        Self { s: of.to_owned(), t: territory.to_owned(), p: (10_000 + tier.0).to_string() }
    }

    pub(crate) fn read(id: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()
    }

    pub(crate) fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!({ "s": self.s, "t": self.t, "p": self.p }).to_string())
    }

    pub(crate) fn tier(&self) -> Option<Tier> {
        let number: u32 = self.p.parse().ok()?;
        number.checked_sub(10_000).map(Tier).filter(|tier| tier.exists())
    }

    pub(crate) fn territory(&self) -> Option<&'static Territory> {
        territories::of(&self.t)
    }
}

/// The type whose resources have price points of this type.
fn has_points(kind: &str) -> Option<&'static str> {
    POINTS.iter().find(|(points, _)| *points == kind).map(|(_, owner)| *owner)
}

/// A resource that is worked out; nothing if its type is kept, or there is none.
pub(crate) fn find(reading: &Reading<'_>, kind: &str, id: &str) -> Result<Option<Kept>, Fault> {
    if kind == TERRITORIES {
        return Ok(territories::of(id).map(territory));
    }
    if let Some(found) = derived::find(reading, kind, id)? {
        return Ok(Some(found));
    }
    let Some(owner) = has_points(kind) else { return Ok(None) };
    let Some(point) = Point::read(id).filter(|point| point.id() == id) else { return Ok(None) };
    Ok(reading.find(owner, &point.s)?.and_then(|owner| price_point(kind, &owner, &point)))
}

/// All of a type, if it is worked out.
pub(crate) fn all(kind: &str, query: &Query) -> Option<Listed> {
    (kind == TERRITORIES).then(|| page(territories::ALL.iter().map(territory), query))
}

/// What a relation leads to, if it or its end is worked out.
pub(crate) fn follow(
    house: &House<'_>,
    reading: &Reading<'_>,
    owner: &Kept,
    relation: &Relation,
    query: &Query,
) -> Result<Option<Listed>, Fault> {
    if has_points(&owner.kind).is_some() {
        return of_point(house, reading, owner, relation, query).map(Some);
    }
    if owner.number == 0
        && let Some(end) = prices::of_automatic(owner, relation)
    {
        return Ok(Some(page(find(reading, &end.kind, &end.id)?.into_iter(), query)));
    }
    let found = match derived::follow(reading, owner, relation, query)? {
        Some(found) => Some(found),
        None => memberships::follow(house, reading, owner, relation)?,
    };
    if let Some(found) = found {
        return Ok(Some(page(found.into_iter(), query)));
    }
    match relation.name.as_str() {
        "appPricePoints" | "pricePoints" => Ok(Some(points_of(owner, relation, query))),
        "automaticPrices" => prices::automatic(house, reading, owner, relation, query).map(Some),
        _ if relation.to == TERRITORIES || has_points(&relation.to).is_some() => {
            let ends = reading.targets(owner.number, &relation.name)?;
            let found: Result<Vec<Option<Kept>>, Fault> =
                ends.iter().map(|end| find(reading, &end.kind, &end.id)).collect();
            Ok(Some(page(found?.into_iter().flatten(), query)))
        }
        _ => Ok(None),
    }
}

/// What the relations of a price point lead to: all is said by its id.
fn of_point(
    house: &House<'_>,
    reading: &Reading<'_>,
    owner: &Kept,
    relation: &Relation,
    query: &Query,
) -> Result<Listed, Fault> {
    let none = || page(std::iter::empty(), query);
    let Some(point) = Point::read(&owner.id) else { return Ok(none()) };
    if relation.to == TERRITORIES {
        return Ok(page(point.territory().map(territory).into_iter(), query));
    }
    if !matches!(relation.name.as_str(), "equalizations" | "adjustedEqualizations") {
        let whole = house.find(reading, &relation.to, &point.s)?;
        return Ok(page(std::iter::once(whole), query));
    }
    let Some(of) = has_points(&owner.kind) else { return Ok(none()) };
    let (Some(whole), Some(tier)) = (reading.find(of, &point.s)?, point.tier()) else { return Ok(none()) };
    let others = wanted_territories(query).filter(|it| it.id != point.t);
    let equal = others.filter_map(|it| price_point(&owner.kind, &whole, &Point::new(&point.s, it.id, tier)));
    Ok(page(equal, query))
}

/// The price points of a resource: every tier in every territory that is asked for.
fn points_of(owner: &Kept, relation: &Relation, query: &Query) -> Listed {
    let territories: Vec<&Territory> = wanted_territories(query).collect();
    let count = u32::try_from(territories.len()).unwrap_or(u32::MAX);
    let total = i64::from(count) * i64::from(tiers());
    let first = offset(query);
    let numbered = (first..).take_while(|place| i64::try_from(*place).is_ok_and(|place| place < total));
    let some = numbered.take(query.limit).filter_map(|place| {
        let tiers = usize::try_from(tiers()).unwrap_or(usize::MAX);
        let tier = Tier(u32::try_from(place % tiers).unwrap_or(u32::MAX));
        let territory = territories.get(place / tiers)?;
        price_point(&relation.to, owner, &Point::new(&owner.id, territory.id, tier))
    });
    let kept: Vec<Kept> = some.collect();
    let passed = first + kept.len();
    let next = i64::try_from(passed).is_ok_and(|passed| passed < total).then_some(After::Offset(passed));
    Listed { kept, next, total }
}

fn wanted_territories(query: &Query) -> impl Iterator<Item = &'static Territory> {
    let wanted = query.given.get("territory").cloned();
    territories::ALL
        .iter()
        .filter(move |it| wanted.as_ref().is_none_or(|ids| ids.iter().any(|id| id == it.id)))
}

fn offset(query: &Query) -> usize {
    match query.after {
        Some(After::Offset(offset)) => offset,
        _ => 0,
    }
}

/// A page of a list that is short enough to be worked out whole.
pub(crate) fn page(all: impl Iterator<Item = Kept>, query: &Query) -> Listed {
    let all: Vec<Kept> = all.collect();
    let (first, count) = (offset(query), all.len());
    let limit = if query.limit == 0 { count } else { query.limit };
    let kept: Vec<Kept> = all.into_iter().skip(first).take(limit).collect();
    let passed = first + kept.len();
    let next = (passed < count && !kept.is_empty()).then_some(After::Offset(passed));
    Listed { kept, next, total: i64::try_from(count).unwrap_or(i64::MAX) }
}

/// A resource that is not kept.
pub(crate) fn worked_out(
    kind: &str,
    id: String,
    app: Option<String>,
    attributes: &serde_json::Value,
) -> Kept {
    Kept { number: 0, kind: kind.to_owned(), id, app, attributes: attributes.to_string() }
}

pub(super) fn territory(territory: &Territory) -> Kept {
    let attributes = json!({ "currency": territory.currency });
    worked_out(TERRITORIES, territory.id.to_owned(), None, &attributes)
}

fn price_point(kind: &str, owner: &Kept, point: &Point) -> Option<Kept> {
    let (tier, territory) = (point.tier()?, point.territory()?);
    let mut attributes = json!({
        "customerPrice": written(tier.customer_price(territory)?),
        "proceeds": written(tier.proceeds(territory)?),
    });
    if kind == "subscriptionPricePoints" {
        attributes["proceedsYear2"] = written(tier.proceeds_year_2(territory)?).into();
    }
    Some(worked_out(kind, point.id(), owner.app.clone(), &attributes))
}
