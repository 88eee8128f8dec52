//! What would change if a wish came true, and by which calls.

mod schedule;
mod subscription;

use super::amount::{Amount, Day};
use super::current::Current;
use super::points::{Point, equal, of_amount, points};
use super::product::{Product, ProductKind};
use super::store::Store;
use super::wish::{Others, Territory, Wish};
use crate::fault::Fault;
use serde_json::Value;
use std::collections::BTreeMap;

/// What would change of one product.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which product.
    pub product: Product,
    /// What would cost something else.
    pub changes: Vec<Change>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// The calls that bring it about, in order.
    pub steps: Vec<Step>,
}

/// A price that would be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub territory: String,
    /// In which currency.
    pub currency: String,
    /// What it costs today; none: nothing was set.
    pub from: Option<Amount>,
    /// What it would cost; none: it would follow the base.
    pub to: Option<Amount>,
    /// From when; none: at once.
    pub start: Option<Day>,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does, for people.
    pub what: String,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// What is sent.
    pub body: Option<Value>,
}

/// By its territory, the price that is wished for there.
type Targets = BTreeMap<String, Point>;

/// Looks at everything and changes nothing.
///
/// # Errors
/// There is no such product, territory or price, or the wish contradicts itself.
pub fn plan(store: &mut Store<'_, '_>, wish: &Wish, today: &Day) -> Result<Plan, Fault> {
    let product = Product::find(store, &wish.id)?;
    let name = format!("{} {}", product.kind.name(), product.id);
    check(wish, &product, today).map_err(|fault| fault.of(&name))?;
    let current = Current::read(store, product)?;
    let base = wish.base.as_ref().map(Territory::as_str).or(current.base.as_deref()).map(str::to_owned);
    let targets = targets(store, wish, &current, base.as_deref(), today).map_err(|fault| fault.of(&name))?;
    let made = match current.product.kind {
        ProductKind::Subscription => subscription::plan(wish, &current, &targets, today),
        ProductKind::App | ProductKind::InAppPurchase => {
            schedule::plan(wish, &current, base.as_deref(), &targets, today)
        }
    };
    made.map_err(|fault| fault.of(&name))
}

fn check(wish: &Wish, product: &Product, today: &Day) -> Result<(), Fault> {
    let is_subscription = product.kind == ProductKind::Subscription;
    if wish.start.as_ref().is_some_and(|start| start <= today) {
        return Err(Fault::new(
            "its start is not in the future",
            "leave `start` out for a price that holds at once",
        ));
    }
    if wish.preserve && !is_subscription {
        return Err(Fault::new(
            "it has no subscribers whose price could be preserved",
            "leave `preserve` out",
        ));
    }
    if wish.others == Others::Follow && wish.start.is_some() && !is_subscription {
        return Err(Fault::new(
            "others can begin to follow the base at once only",
            "leave `start` out, or name the territories",
        ));
    }
    if wish.base.as_ref().is_some_and(|base| wish.price.is_some() && wish.territories.contains_key(base)) {
        return Err(Fault::new("the price of the base territory is there twice", "say it once, as `price`"));
    }
    Ok(())
}

fn targets(
    store: &mut Store<'_, '_>,
    wish: &Wish,
    current: &Current,
    base: Option<&str>,
    today: &Day,
) -> Result<Targets, Fault> {
    let mut wanted: BTreeMap<String, Amount> =
        wish.territories.iter().map(|(territory, amount)| (territory.as_str().to_owned(), *amount)).collect();
    if let Some(price) = wish.price {
        wanted.insert(base.ok_or_else(no_base)?.to_owned(), price);
    }
    let territories: Vec<String> = wanted.keys().cloned().collect();
    let points = points(store, &current.product, &territories)?;
    let mut targets = Targets::new();
    for (territory, amount) in wanted {
        let point = of_amount(&points, &territory, amount)?.clone();
        targets.insert(territory, point);
    }
    if wish.others == Others::Follow && current.product.kind == ProductKind::Subscription {
        follow(store, current, base.ok_or_else(no_base)?, &mut targets, today)?;
    }
    Ok(targets)
}

/// Subscriptions follow nothing by themselves: each territory is given the equal of the base's price.
fn follow(
    store: &mut Store<'_, '_>,
    current: &Current,
    base: &str,
    targets: &mut Targets,
    today: &Day,
) -> Result<(), Fault> {
    let wished = targets.get(base).map(|point| point.id.clone());
    let point = wished.or_else(|| Some(current.on(base, today)?.point.clone())).ok_or_else(|| {
        Fault::new(format!("there is no price in {base} that others could follow"), "say `price`")
    })?;
    for (territory, equals) in equal(store, current.product.kind, &point)? {
        if let Some(equal) = equals.into_iter().next() {
            targets.entry(territory).or_insert(equal);
        }
    }
    Ok(())
}

fn no_base() -> Fault {
    Fault::new("it has no base territory", "name one, such as base = \"USA\"")
}

#[cfg(test)]
mod tests;
