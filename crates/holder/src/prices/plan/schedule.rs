//! Apps and in-app purchases: one schedule, which is replaced whole.

use super::super::amount::{Amount, Day};
use super::super::current::{Current, Origin, Price};
use super::super::product::{Product, ProductKind};
use super::super::wish::{Others, Wish};
use super::{Change, Plan, Step, Targets, no_base};
use crate::fault::Fault;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A price set by hand, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    point: String,
    amount: Amount,
    currency: String,
    start: Option<Day>,
    end: Option<Day>,
}

/// By territory, in the order of time.
type Entries = BTreeMap<String, Vec<Entry>>;

pub(super) fn plan(
    wish: &Wish,
    current: &Current,
    base: Option<&str>,
    targets: &Targets,
    today: &Day,
) -> Result<Plan, Fault> {
    let base = base.ok_or_else(no_base)?;
    let there = set_by_hand(current, today);
    let mut wanted = there.clone();
    if wish.others == Others::Follow {
        wanted.retain(|territory, _| territory == base || targets.contains_key(territory));
    }
    for (territory, point) in targets {
        let target = Entry {
            point: point.id.clone(),
            amount: point.amount,
            currency: point.currency.clone(),
            start: wish.start.clone(),
            end: None,
        };
        let before = there.get(territory).cloned().unwrap_or_else(|| pinned(current, territory, today));
        wanted.insert(territory.clone(), from_then_on(before, target));
    }
    if !wanted.contains_key(base) {
        let pinned = pinned(current, base, today);
        if pinned.is_empty() {
            return Err(Fault::new(format!("there is no price in {base} yet"), "say `price`"));
        }
        wanted.insert(base.to_owned(), pinned);
    }
    let is_done = wanted == there && current.base.as_deref() == Some(base);
    let (changes, notes) = changes(current, &there, &wanted, base, today);
    let steps = if is_done { Vec::new() } else { vec![step(&current.product, base, &wanted)] };
    Ok(Plan { product: current.product.clone(), changes, notes, steps })
}

/// What was set and is not over. What has begun can't be said to begin: it holds since ever.
fn set_by_hand(current: &Current, today: &Day) -> Entries {
    let mut all = Entries::new();
    let is_over = |price: &&Price| price.end.as_ref().is_some_and(|end| end <= today);
    for price in current.prices.iter().filter(|price| price.origin == Origin::Manual && !is_over(price)) {
        let start = price.start.clone().filter(|start| start > today);
        let entry = Entry { start, ..entry(price) };
        all.entry(price.territory.clone()).or_default().push(entry);
    }
    all.values_mut().for_each(|entries| entries.sort_by(|a, b| a.start.cmp(&b.start)));
    all
}

/// Where the price follows the base until then, it must be set to stay what it is.
fn pinned(current: &Current, territory: &str, today: &Day) -> Vec<Entry> {
    current
        .on(territory, today)
        .map(|price| Entry { start: None, end: None, ..entry(price) })
        .into_iter()
        .collect()
}

fn entry(price: &Price) -> Entry {
    Entry {
        point: price.point.clone(),
        amount: price.amount,
        currency: price.currency.clone(),
        start: price.start.clone(),
        end: price.end.clone(),
    }
}

/// What was there until the target begins, then the target for ever.
fn from_then_on(before: Vec<Entry>, target: Entry) -> Vec<Entry> {
    let Some(start) = target.start.clone() else { return vec![target] };
    let mut all: Vec<Entry> = before
        .into_iter()
        .filter(|entry| entry.start.as_ref().is_none_or(|begins| *begins < start))
        .collect();
    if let Some(last) = all.last_mut() {
        if last.end.as_ref().is_none_or(|end| *end >= start) && last.point == target.point {
            last.end = None;
            return all;
        }
        if last.end.as_ref().is_none_or(|end| *end > start) {
            last.end = Some(start);
        }
    }
    all.push(target);
    all
}

fn changes(
    current: &Current,
    there: &Entries,
    wanted: &Entries,
    base: &str,
    today: &Day,
) -> (Vec<Change>, Vec<String>) {
    let territories: BTreeSet<&String> = there.keys().chain(wanted.keys()).collect();
    let (mut changes, mut notes) = (Vec::new(), Vec::new());
    for territory in territories {
        let (old, new) = (there.get(territory), wanted.get(territory));
        if old == new {
            continue;
        }
        let today = current.on(territory, today);
        let last = new.and_then(|entries| entries.last());
        let currency = last.map(|entry| entry.currency.clone()).or_else(|| Some(today?.currency.clone()));
        changes.push(Change {
            territory: territory.clone(),
            currency: currency.unwrap_or_default(),
            from: today.map(|price| price.amount),
            to: last.map(|entry| entry.amount),
            start: last.and_then(|entry| entry.start.clone()),
        });
        let begins = |entry: &&Entry| entry.start.is_some();
        let stays = |entry: &&Entry| new.is_some_and(|new| new.iter().any(|it| it.start == entry.start));
        for gone in old.into_iter().flatten().filter(begins).filter(|entry| !stays(entry)) {
            let start = gone.start.as_ref().map(Day::as_str).unwrap_or_default();
            notes.push(format!(
                "{} {} in {territory} from {start} on is given up",
                gone.amount, gone.currency
            ));
        }
    }
    if current.base.as_deref().is_some_and(|old| old != base) {
        notes.push(format!("prices that nobody sets follow {base} from now on"));
    } else if changes.iter().any(|change| change.territory == base) {
        notes.push(format!("prices that nobody sets follow the one in {base}"));
    }
    (changes, notes)
}

fn step(product: &Product, base: &str, wanted: &Entries) -> Step {
    let kind = product.kind;
    let all: Vec<_> = wanted.values().flatten().collect();
    let name = |place: usize| format!("${{price{place}}}");
    let named: Vec<Value> =
        (0..all.len()).map(|place| json!({ "type": kind.prices(), "id": name(place) })).collect();
    let included: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(place, entry)| {
            let mut relations = json!({ kind.point(): to(kind.points(), &entry.point) });
            if kind == ProductKind::InAppPurchase {
                relations["inAppPurchaseV2"] = to(kind.resource(), &product.id);
            }
            let day = |day: &Option<Day>| day.as_ref().map(|day| day.as_str().to_owned());
            json!({
                "type": kind.prices(), "id": name(place),
                "attributes": { "startDate": day(&entry.start), "endDate": day(&entry.end) },
                "relationships": relations,
            })
        })
        .collect();
    let body = json!({
        "data": {
            "type": kind.schedules(),
            "relationships": {
                kind.relation(): to(kind.resource(), &product.id),
                "baseTerritory": to("territories", base),
                "manualPrices": { "data": named },
            },
        },
        "included": included,
    });
    let count = if all.len() == 1 { "1 price".to_owned() } else { format!("{} prices", all.len()) };
    let what = format!("{}: a schedule with base {base} and {count}", product.name);
    Step { what, method: "POST", path: format!("/v1/{}", kind.schedules()), body: Some(body) }
}

fn to(kind: &str, id: &str) -> Value {
    json!({ "data": { "type": kind, "id": id } })
}
