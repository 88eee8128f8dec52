//! Prices: schedules of apps and in-app purchases with a base territory, and prices of subscriptions by territory.

use super::worked_out::{Point, page, worked_out};
use crate::dates::Day;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::Ends;
use crate::fault::{EntityCode, Fault};
use crate::query::Query;
use crate::store::{End, Kept, Listed, Origin, Reading, Wanted, Writing};
use crate::table::{Relation, ResourceType};
use serde_json::{Value, json};

/// How many manual prices a schedule can have.
const MOST_PRICES: usize = 2000;

/// From when until when a price holds: from ever, and for ever, if nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: Option<Day>,
    end: Option<Day>,
}

impl Span {
    fn of(values: &serde_json::Map<String, Value>) -> Result<Self, Fault> {
        let day = |name: &str| match values.get(name).and_then(Value::as_str) {
            None => Ok(None),
            Some(text) => Day::read(text).map(Some).ok_or_else(|| {
                Fault::attribute(EntityCode::AttributeInvalid, name, "There is no such day in the calendar")
            }),
        };
        Ok(Self { start: day("startDate")?, end: day("endDate")? })
    }

    fn overlaps(self, other: Self) -> bool {
        let begins_before_end = |a: Self, b: Self| match (a.start, b.end) {
            (Some(start), Some(end)) => start < end,
            _ => true,
        };
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// A schedule's id is that of what it is the schedule of.
pub(super) fn schedule(_house: &House<'_>, kind: &ResourceType, draft: &mut Draft) -> Result<(), Fault> {
    let whole = kind.wholes().find_map(|part| draft.entity.one(&part.name));
    draft.id = whole.map(|end| end.id.clone());
    match draft.entity.relations.get("manualPrices").map_or(0, |ends| ends.all().len()) {
        0 => Err(Fault::relation(
            EntityCode::RelationshipRequired,
            "manualPrices",
            "A schedule needs a price for its base territory at least",
        )),
        count if count > MOST_PRICES => {
            let detail = format!("A schedule has {MOST_PRICES} prices at most");
            Err(Fault::relation(EntityCode::RelationshipInvalid, "manualPrices", detail))
        }
        _ => Ok(()),
    }
}

/// The relation by which a price of this type names its point.
fn point_relation(kind: &str) -> &'static str {
    if kind == "appPrices" { "appPricePoint" } else { "inAppPurchasePricePoint" }
}

/// A price's territory is that of its point.
pub(super) fn price(
    house: &House<'_>,
    _writing: &Writing<'_>,
    kind: &ResourceType,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let span = Span::of(&draft.attributes)?;
    if let (Some(start), Some(end)) = (span.start, span.end)
        && end <= start
    {
        return Err(Fault::attribute(
            EntityCode::AttributeInvalid,
            "endDate",
            "It must be later than startDate",
        ));
    }
    if span.start.is_some_and(|start| start < Day::of(house.now)) {
        return Err(Fault::attribute(
            EntityCode::AttributeInvalid,
            "startDate",
            "It must not be in the past",
        ));
    }
    let point = point_of(draft, point_relation(&kind.name))?;
    let territory = End { kind: "territories".to_owned(), id: point.t };
    draft.entity.relations.insert("territory".to_owned(), Ends::One(Some(territory)));
    draft.attributes.insert("manual".to_owned(), true.into());
    Ok(())
}

fn point_of(draft: &Draft, relation: &str) -> Result<Point, Fault> {
    let end = draft.entity.one(relation);
    end.and_then(|end| Point::read(&end.id)).ok_or_else(|| {
        Fault::relation(EntityCode::RelationshipInvalid, relation, "There is no such price point")
    })
}

/// A whole schedule: every price is of its own resource, none overlaps another of its territory, and the base
/// territory has one at all times.
pub(super) fn check_schedule(_house: &House<'_>, writing: &Writing<'_>, kept: &Kept) -> Result<(), Fault> {
    let invalid =
        |detail: String| Err(Fault::relation(EntityCode::RelationshipInvalid, "manualPrices", detail));
    let Some(base) = base_territory(writing, kept)? else { return Ok(()) };
    let all = manual_prices(writing, kept)?;
    for (place, (point, span)) in all.iter().enumerate() {
        if point.s != kept.id {
            return invalid(format!("The price point {} belongs to another resource", point.id()));
        }
        let clash = all.iter().skip(place + 1).find(|(other, at)| other.t == point.t && at.overlaps(*span));
        if clash.is_some() {
            return invalid(format!("Two prices in {} hold at the same time", point.t));
        }
    }
    if !is_covered(all.iter().filter(|(point, _)| point.t == base).map(|(_, span)| *span).collect()) {
        return invalid(format!("The base territory {base} must have a price at all times"));
    }
    Ok(())
}

/// Whether spans that don't overlap hold from ever for ever.
fn is_covered(mut spans: Vec<Span>) -> bool {
    spans.sort_unstable_by_key(|span| span.start);
    let joins = spans.windows(2).all(|two| matches!(two, [a, b] if a.end.is_some() && a.end == b.start));
    let (first, last) = (spans.first(), spans.last());
    joins && first.is_some_and(|span| span.start.is_none()) && last.is_some_and(|span| span.end.is_none())
}

/// Every schedule has one that was not made by fixtures.
fn base_territory(reading: &Reading<'_>, schedule: &Kept) -> Result<Option<String>, Fault> {
    Ok(reading.targets(schedule.number, "baseTerritory")?.into_iter().next().map(|end| end.id))
}

/// The prices that somebody has set, and when they hold.
fn manual_prices(reading: &Reading<'_>, schedule: &Kept) -> Result<Vec<(Point, Span)>, Fault> {
    let kind = if schedule.kind == "appPriceSchedules" { "appPrices" } else { "inAppPurchasePrices" };
    let to = end_of(schedule);
    let origin = Origin::Referring { to: &to, kind, by: "schedule" };
    let listed = reading.list(&Wanted { most: MOST_PRICES, ..Wanted::from(origin) })?;
    let mut all = Vec::new();
    for price in listed.kept {
        let ends = reading.targets(price.number, point_relation(kind))?;
        // Nothing but fixtures makes a price without one.
        if let Some(point) = ends.first().and_then(|end| Point::read(&end.id)) {
            all.push((point, Span::of(&attributes_of(&price)?)?));
        }
    }
    Ok(all)
}

/// The prices that follow from the base territory's, wherever nobody has set one.
pub(super) fn automatic(
    _house: &House<'_>,
    reading: &Reading<'_>,
    schedule: &Kept,
    relation: &Relation,
    query: &Query,
) -> Result<Listed, Fault> {
    let base = base_territory(reading, schedule)?;
    let manual = manual_prices(reading, schedule)?;
    let wanted = query.given.get("territory");
    let mut all = Vec::new();
    for territory in super::territories::ALL.iter() {
        let is_set = manual.iter().any(|(point, _)| point.t == territory.id);
        if is_set || wanted.is_some_and(|ids| !ids.iter().any(|id| id == territory.id)) {
            continue;
        }
        for (point, span) in manual.iter().filter(|(point, _)| base.as_ref() == Some(&point.t)) {
            let Some(tier) = point.tier() else { continue };
            let id = Point::new(&schedule.id, territory.id, tier).id();
            let day = |day: Option<Day>| day.map(|day| day.to_string());
            let attributes =
                json!({ "manual": false, "startDate": day(span.start), "endDate": day(span.end) });
            all.push(worked_out(&relation.to, id, schedule.app.clone(), &attributes));
        }
    }
    Ok(page(all.into_iter(), query))
}

/// What the relations of a price that follows from another lead to.
pub(super) fn of_automatic(owner: &Kept, relation: &Relation) -> Option<End> {
    let point = Point::read(&owner.id)?;
    match relation.name.as_str() {
        "territory" => Some(End { kind: "territories".to_owned(), id: point.t }),
        name if name == point_relation(&owner.kind) => {
            Some(End { kind: relation.to.clone(), id: owner.id.clone() })
        }
        _ => None,
    }
}

/// A subscription's price in one territory: at once if there was none, else from a day to come.
pub(super) fn subscription_price(
    house: &House<'_>,
    writing: &Writing<'_>,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let point = point_of(draft, "subscriptionPricePoint")?;
    let subscription = draft.entity.one("subscription").cloned();
    let Some(subscription) = subscription.filter(|subscription| subscription.id == point.s) else {
        let detail = "The price point belongs to another subscription";
        return Err(Fault::relation(EntityCode::RelationshipInvalid, "subscriptionPricePoint", detail));
    };
    if draft.entity.one("territory").is_some_and(|given| given.id != point.t) {
        let detail = format!("The price point is one of {}", point.t);
        return Err(Fault::relation(EntityCode::RelationshipInvalid, "territory", detail));
    }
    let span = Span::of(&draft.attributes)?;
    if span.start.is_some_and(|start| start <= Day::of(house.now)) {
        let detail = "It must be in the future; leave it out for a price that holds at once";
        return Err(Fault::attribute(EntityCode::AttributeInvalid, "startDate", detail));
    }
    let there = prices_in(writing, &subscription, &point.t)?;
    let same = there.iter().find(|price| {
        attributes_of(price).is_ok_and(|values| {
            values.get("startDate").and_then(Value::as_str) == draft.entity.text("startDate")
        })
    });
    match (same, span.start) {
        (Some(same), None) => {
            // Whoever has subscribed may keep what they pay.
            if draft.attributes.get("preserveCurrentPrice") == Some(&Value::Bool(true)) {
                let kind = house.kind(&same.kind)?;
                let mut values = attributes_of(same)?;
                values.insert("preserved".to_owned(), true.into());
                values.insert("startDate".to_owned(), Value::Null);
                house.rewrite(writing, kind, same, &values)?;
            } else {
                house.forget(writing, same)?;
            }
        }
        (Some(_), Some(start)) => {
            let detail = format!("There is a price from {start} on in {} already; delete it first", point.t);
            return Err(Fault::state("ENTITY_STATE_INVALID", detail));
        }
        (None, Some(_)) if there.is_empty() => {
            let detail = format!("There is no price in {} yet: the first holds at once", point.t);
            return Err(Fault::attribute(EntityCode::AttributeInvalid, "startDate", detail));
        }
        (None, _) => {}
    }
    let territory = End { kind: "territories".to_owned(), id: point.t };
    draft.entity.relations.insert("territory".to_owned(), Ends::One(Some(territory)));
    Ok(())
}

/// A subscription's prices in a territory that are not only kept for old subscribers.
fn prices_in(reading: &Reading<'_>, subscription: &End, territory: &str) -> Result<Vec<Kept>, Fault> {
    let origin = Origin::Referring { to: subscription, kind: "subscriptionPrices", by: "subscription" };
    let filter = crate::store::Filter::Refers("territory".to_owned(), vec![territory.to_owned()]);
    let wanted = Wanted { filters: vec![filter], ..Wanted::from(origin) };
    let all = reading.list(&wanted)?.kept;
    let is_current = |price: &Kept| {
        attributes_of(price).is_ok_and(|values| values.get("preserved") != Some(&Value::Bool(true)))
    };
    Ok(all.into_iter().filter(is_current).collect())
}

/// Only a price that does not hold yet can be taken back.
pub(super) fn before_delete(_writing: &Writing<'_>, kept: &Kept) -> Result<(), Fault> {
    let has_start = attributes_of(kept)?.get("startDate").is_some_and(Value::is_string);
    if has_start {
        Ok(())
    } else {
        Err(Fault::state("ENTITY_STATE_INVALID", "Only a price that begins in the future can be deleted"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: Option<i64>, end: Option<i64>) -> Span {
        Span { start: start.map(Day), end: end.map(Day) }
    }

    #[test]
    fn spans_overlap_where_both_hold() {
        for (a, b, overlaps) in [
            (span(None, None), span(Some(3), None), true),
            (span(None, Some(3)), span(Some(3), None), false),
            (span(None, Some(4)), span(Some(3), None), true),
            (span(Some(1), Some(2)), span(Some(5), Some(6)), false),
        ] {
            assert_eq!((a.overlaps(b), b.overlaps(a)), (overlaps, overlaps), "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_base_must_be_covered_from_ever_for_ever() {
        assert!(is_covered(vec![span(None, None)]));
        assert!(is_covered(vec![span(Some(3), None), span(None, Some(3))]));
        assert!(!is_covered(vec![]));
        assert!(!is_covered(vec![span(Some(3), None)]));
        assert!(!is_covered(vec![span(None, Some(3))]));
        assert!(!is_covered(vec![span(None, Some(3)), span(Some(4), None)]));
    }
}
