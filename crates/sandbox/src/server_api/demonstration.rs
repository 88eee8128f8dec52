//! The customers that an app has when it is first asked about: one for each state that a server must cope with.

use super::customers::{Customer, Fate, Product, ProductKind, Revocation};

const DAY: i64 = 24 * 3_600_000;

/// Storefronts of the demonstration; products are priced for each.
pub(super) const STOREFRONTS: &[&str] = &["USA", "DEU", "JPN"];

/// What can be bought, in one storefront.
pub(super) struct Shop {
    pub(super) storefront: &'static str,
    pub(super) products: Vec<Product>,
}

/// The customers, as they have become until now. `shops` are those of [`STOREFRONTS`], in that order.
pub(super) fn customers(shops: &[Shop], now: i64) -> Vec<Customer> {
    let mut all = Vec::new();
    for (number, (about, place, plant)) in (1..).zip(CUSTOMERS) {
        let Some(shop) = shops.get(*place) else { continue };
        let mut customer = Customer {
            number,
            about: (*about).to_owned(),
            storefront: shop.storefront.to_owned(),
            since: now - 1_000 * DAY,
            purchases: Vec::new(),
        };
        plant(&mut customer, shop, now);
        all.push(customer);
    }
    all
}

type Plant = fn(&mut Customer, &Shop, i64);

/// What each is there for, in which shop it buys, and what.
const CUSTOMERS: &[(&str, usize, Plant)] = &[
    ("A subscription that renews, two consumables, and something for ever", 0, steady),
    ("A long history, of several pages", 1, long),
    ("A subscription that is cancelled and still paid for", 0, cancelled),
    ("A subscription that the customer let end", 2, ended),
    ("A subscription whose renewal was not paid: in the grace period", 0, grace),
    ("A subscription whose renewal was not paid: tried again", 1, retry),
    ("A subscription and a consumable that were refunded", 0, refunded),
    ("A subscription had by Family Sharing", 0, shared),
];

fn steady(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 100 * DAY, Fate::Renews);
    for days in [40, 9] {
        buy(customer, shop, ProductKind::Consumable, now - days * DAY);
    }
    buy(customer, shop, ProductKind::NonConsumable, now - 30 * DAY);
}

fn long(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 900 * DAY, Fate::Renews);
    for number in 0..25 {
        buy(customer, shop, ProductKind::Consumable, now - (890 - number * 30) * DAY);
    }
}

fn cancelled(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 5 * DAY, Fate::Ends { with: 0, decided: now - 2 * DAY });
}

fn ended(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 400 * DAY, Fate::Ends { with: 0, decided: now - 396 * DAY });
}

fn grace(customer: &mut Customer, shop: &Shop, now: i64) {
    unpaid(customer, shop, now - 3 * DAY, true);
}

fn retry(customer: &mut Customer, shop: &Shop, now: i64) {
    unpaid(customer, shop, now - 20 * DAY, false);
}

/// A subscription whose first period was over then.
fn unpaid(customer: &mut Customer, shop: &Shop, over: i64, grace: bool) {
    let period = monthly(shop).and_then(|product| product.period);
    let begin = period.map_or(over, |period| period.before(over));
    subscribe(customer, shop, begin, Fate::Fails { after: 0, grace });
}

fn refunded(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 6 * DAY, Fate::Renews);
    buy(customer, shop, ProductKind::Consumable, now - 12 * DAY);
    for (place, purchase) in customer.purchases.iter_mut().enumerate() {
        let reason = u8::from(place == 0);
        purchase.revoked.push(Revocation { renewal: 0, at: now - 4 * DAY + i64::from(reason), reason });
    }
}

fn shared(customer: &mut Customer, shop: &Shop, now: i64) {
    subscribe(customer, shop, now - 100 * DAY, Fate::Renews);
    for purchase in &mut customer.purchases {
        purchase.shared = true;
    }
}

/// The shop's subscription for a month, or its first.
fn monthly(shop: &Shop) -> Option<&Product> {
    let is_monthly = |product: &&Product| product.period == super::renewals::Period::read("ONE_MONTH");
    let mut subscriptions = shop.products.iter().filter(|product| product.kind == ProductKind::AutoRenewable);
    shop.products.iter().find(is_monthly).or_else(|| subscriptions.next())
}

fn subscribe(customer: &mut Customer, shop: &Shop, at: i64, fate: Fate) {
    let Some(product) = monthly(shop).cloned() else { return };
    if let Some(purchase) = customer.buys(product, at) {
        purchase.fate = fate;
    }
}

fn buy(customer: &mut Customer, shop: &Shop, kind: ProductKind, at: i64) {
    let product = shop.products.iter().find(|product| product.kind == kind).cloned();
    product.and_then(|product| customer.buys(product, at));
}
