//! Subscriptions: a price of its own in each territory, each set by a call.

use super::super::amount::Day;
use super::super::current::{Current, Price};
use super::super::points::Point;
use super::super::wish::Wish;
use super::{Change, Plan, Step, Targets};
use crate::fault::Fault;
use serde_json::json;

pub(super) fn plan(wish: &Wish, current: &Current, targets: &Targets, today: &Day) -> Result<Plan, Fault> {
    let mut plan =
        Plan { product: current.product.clone(), changes: Vec::new(), notes: Vec::new(), steps: Vec::new() };
    for (territory, target) in targets {
        in_territory(wish, current, territory, target, today, &mut plan)?;
    }
    Ok(plan)
}

fn in_territory(
    wish: &Wish,
    current: &Current,
    territory: &str,
    target: &Point,
    today: &Day,
    plan: &mut Plan,
) -> Result<(), Fault> {
    let now = current.on(territory, today);
    if now.is_none() && wish.start.is_some() {
        return Err(Fault::new(
            format!("there is no price in {territory} yet, and the first holds at once"),
            "leave `start` out for this territory: give it a file of its own",
        ));
    }
    let is_the_one = |price: &Price| price.point == target.id;
    // The price that would hold when the target begins, and what would take its place afterwards.
    let (before, after): (Vec<&Price>, Vec<&Price>) = current
        .after(territory, today)
        .into_iter()
        .partition(|price| wish.start.as_ref().is_some_and(|start| price.start.as_ref() < Some(start)));
    let is_there = match after.first() {
        Some(first) if first.start == wish.start && is_the_one(first) => true,
        _ => before.last().copied().or(now).is_some_and(is_the_one),
    };
    let stays = |price: &Price| is_there && price.start == wish.start && is_the_one(price);
    for gone in after.into_iter().filter(|price| !stays(price)) {
        plan.steps.push(take_back(gone));
        let start = gone.start.as_ref().map(Day::as_str).unwrap_or_default();
        plan.notes
            .push(format!("{} {} in {territory} from {start} on is given up", gone.amount, gone.currency));
    }
    if !is_there {
        plan.steps.push(set(wish, &plan.product.id, territory, target));
        plan.changes.push(Change {
            territory: territory.to_owned(),
            currency: target.currency.clone(),
            from: now.map(|price| price.amount),
            to: Some(target.amount),
            start: wish.start.clone(),
        });
    }
    Ok(())
}

fn take_back(price: &Price) -> Step {
    Step {
        what: format!("{}: no longer {} {}", price.territory, price.amount, price.currency),
        method: "DELETE",
        path: format!("/v1/subscriptionPrices/{}", price.id),
        body: None,
    }
}

fn set(wish: &Wish, subscription: &str, territory: &str, target: &Point) -> Step {
    let to = |kind: &str, id: &str| json!({ "data": { "type": kind, "id": id } });
    let mut attributes = json!({ "preserveCurrentPrice": wish.preserve });
    if let Some(start) = &wish.start {
        attributes["startDate"] = json!(start.as_str());
    }
    let body = json!({
        "data": {
            "type": "subscriptionPrices", "attributes": attributes,
            "relationships": {
                "subscription": to("subscriptions", subscription),
                "territory": to("territories", territory),
                "subscriptionPricePoint": to("subscriptionPricePoints", &target.id),
            },
        },
    });
    Step {
        what: format!("{territory}: {} {}", target.amount, target.currency),
        method: "POST",
        path: "/v1/subscriptionPrices".into(),
        body: Some(body),
    }
}
