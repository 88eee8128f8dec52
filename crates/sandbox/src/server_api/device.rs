//! What a customer would do on a device. The App Store Server API has no such paths: these are the sandbox's own, below
//! `/inApps/sandbox/`, for whoever holds a key that opens the rest.

use super::claims::{Transaction, ownership};
use super::customers::{Customer, Fate, Product, Purchase, Revocation};
use super::demonstration::STOREFRONTS;
use super::identifiers::{Given, MOST, TransactionId, app_transaction_id};
use super::notifications::{self, Event};
use super::products;
use super::refusal::Refusal;
use super::renewals::Status;
use super::transactions::text;
use super::{Desk, Said};
use crate::fault::Fault;
use crate::ids;
use crate::store::Writing;
use serde_json::{Value, json};

/// How many of one thing may be bought at once.
const QUANTITIES: std::ops::RangeInclusive<u32> = 1..=10;
const FULL: Refusal = Refusal::Because("There is no room for more; `counterfoil sandbox reset` makes some.");
/// Why customers ask for refunds.
const REASONS: &[&str] =
    &["UNINTENDED_PURCHASE", "FULFILLMENT_ISSUE", "UNSATISFIED_WITH_PURCHASE", "LEGAL", "OTHER"];

/// Who the app's customers are, and what they have bought.
pub(super) fn customers(desk: &Desk<'_>) -> Result<Said, Fault> {
    let all = desk.read(|reading| desk.customers(reading))?;
    let shown: Vec<Value> = all.iter().map(|customer| shown(desk, customer)).collect();
    Ok(Said::ok(&json!({ "customers": shown })))
}

fn shown(desk: &Desk<'_>, customer: &Customer) -> Value {
    let of = |purchase: &Purchase| {
        let last = purchase.id(&desk.app.id, customer.number, purchase.last(desk.now).renewal);
        json!({
            "productId": purchase.product.id,
            "type": purchase.product.kind.words(),
            "originalTransactionId": last.original().to_string(),
            "transactionId": last.to_string(),
            "orderId": last.order(),
            "inAppOwnershipType": ownership(purchase),
            "status": purchase.standing(desk.now).map(|standing| standing.status.number()),
        })
    };
    let purchases: Vec<Value> = customer.purchases.iter().map(of).collect();
    json!({
        "customer": customer.number,
        "about": customer.about,
        "storefront": customer.storefront,
        "appTransactionId": app_transaction_id(&desk.app.id, customer.number),
        "purchases": purchases,
    })
}

/// Somebody buys something: the customer of this number, or one who is new.
pub(super) fn buy(desk: &Desk<'_>) -> Result<Said, Fault> {
    let body = desk.body()?;
    let asked = Asked::read(&body)?;
    desk.write(|writing| {
        let mut customer = buyer(desk, writing, &body["customer"])?;
        let all = products::all(writing, &desk.app, &customer.storefront)?;
        let product = all.into_iter().find(|known| known.id == asked.product).ok_or(Refusal::ProductId)?;
        let event = bought(&customer, &product, desk.now)?;
        let purchase = customer.buys(product, desk.now).ok_or(FULL)?;
        purchase.quantity = asked.quantity;
        purchase.token = asked.token;
        purchase.finished = asked.finished;
        let number = purchase.number;
        done(desk, writing, event, &customer, number)
    })
}

/// What a purchase asks for.
struct Asked<'b> {
    product: &'b str,
    quantity: u32,
    token: Option<String>,
    finished: bool,
}

impl<'b> Asked<'b> {
    fn read(body: &'b Value) -> Result<Self, Refusal> {
        let quantity = match &body["quantity"] {
            Value::Null => Some(1),
            number => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        let quantity = quantity.filter(|quantity| QUANTITIES.contains(quantity));
        let token = match &body["appAccountToken"] {
            Value::Null => None,
            token => Some(token.as_str().and_then(ids::read_uuid).ok_or(Refusal::AppAccountTokenUuid)?),
        };
        Ok(Self {
            product: text(body, "productId").ok_or(Refusal::ProductId)?,
            quantity: quantity.ok_or(Refusal::Because("quantity must be a number from 1 to 10."))?,
            token,
            finished: body["finished"] != false,
        })
    }
}

/// What is told when somebody buys this; nobody has two subscriptions of a group.
fn bought(customer: &Customer, product: &Product, now: i64) -> Result<Event, Refusal> {
    if product.period.is_none() {
        return Ok(Event::new("ONE_TIME_CHARGE"));
    }
    let of_group = || customer.purchases.iter().filter(|known| known.product.group == product.group);
    let is_active =
        |known: &Purchase| known.standing(now).is_some_and(|standing| standing.status == Status::Active);
    if of_group().any(is_active) {
        return Err(Refusal::Because("The customer has a subscription of this group that is active."));
    }
    let subtype = if of_group().next().is_some() { "RESUBSCRIBE" } else { "INITIAL_BUY" };
    Ok(Event { subtype: Some(subtype), ..Event::new("SUBSCRIBED") })
}

/// The customer who is named, or a new one.
fn buyer(desk: &Desk<'_>, writing: &Writing<'_>, named: &Value) -> Result<Customer, Fault> {
    if !named.is_null() {
        let number = named.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.ok_or(Refusal::Because("customer must be the number of one."))?;
        return Ok(desk.customer(writing, number)?.ok_or(Refusal::AccountNotFound)?);
    }
    let known = desk.customers(writing)?.iter().map(|customer| customer.number).max().unwrap_or(0);
    if known >= MOST {
        return Err(FULL.into());
    }
    Ok(Customer {
        number: known + 1,
        about: "Came to buy something".to_owned(),
        storefront: STOREFRONTS.first().copied().unwrap_or("USA").to_owned(),
        since: desk.now,
        purchases: Vec::new(),
    })
}

/// The money goes back.
pub(super) fn refund(desk: &Desk<'_>) -> Result<Said, Fault> {
    let body = desk.body()?;
    let reason = match &body["revocationReason"] {
        Value::Null => 0,
        number => number
            .as_u64()
            .filter(|number| *number <= 1)
            .ok_or(Refusal::Because("revocationReason must be 0 or 1."))?,
    };
    let id = named(desk, &body, "transactionId")?;
    change(desk, id, Event::new("REFUND"), |purchase| {
        if id.renewal > purchase.last(desk.now).renewal {
            return Err(Refusal::TransactionNotFound);
        }
        if purchase.revocation(id.renewal).is_some() {
            return Err(Refusal::Because("The transaction was refunded before."));
        }
        let reason = u8::try_from(reason).unwrap_or(0);
        purchase.revoked.push(Revocation { renewal: id.renewal, at: desk.now, reason });
        Ok(())
    })
}

/// The customer asks for the money; the app's server is asked how much of it was used.
pub(super) fn ask_for_refund(desk: &Desk<'_>) -> Result<Said, Fault> {
    let body = desk.body()?;
    let asked = body["consumptionRequestReason"].as_str().unwrap_or("OTHER");
    let unknown = Refusal::Because("consumptionRequestReason is none that Apple knows.");
    let reason = REASONS.iter().find(|reason| **reason == asked).ok_or(unknown)?;
    let event = Event { reason: Some(reason), ..Event::new("CONSUMPTION_REQUEST") };
    change(desk, named(desk, &body, "transactionId")?, event, |_| Ok(()))
}

/// The customer does not want the subscription any longer: it ends with the period that is paid.
pub(super) fn cancel(desk: &Desk<'_>) -> Result<Said, Fault> {
    let id = named(desk, &desk.body()?, "originalTransactionId")?;
    let subtype = Some("AUTO_RENEW_DISABLED");
    change(desk, id, Event { subtype, ..Event::new("DID_CHANGE_RENEWAL_STATUS") }, |purchase| {
        let standing = purchase.standing(desk.now).filter(|standing| standing.status == Status::Active);
        let renewing = standing.filter(|standing| standing.renews);
        let with = renewing.ok_or(Refusal::Because("It is no subscription that renews."))?.last.renewal;
        purchase.fate = Fate::Ends { with, decided: desk.now };
        Ok(())
    })
}

fn named(desk: &Desk<'_>, body: &Value, name: &str) -> Result<TransactionId, Refusal> {
    match Given::read(text(body, name).ok_or(Refusal::TransactionId)?, &desk.app.id)? {
        Given::Transaction(id) => Ok(id),
        Given::AppTransaction(_) => Err(Refusal::AppTransactionIdNotSupported),
    }
}

/// Changes a purchase, and tells of it.
fn change(
    desk: &Desk<'_>,
    id: TransactionId,
    event: Event,
    work: impl FnOnce(&mut Purchase) -> Result<(), Refusal>,
) -> Result<Said, Fault> {
    desk.write(|writing| {
        let mut customer = desk.customer(writing, id.customer)?.ok_or(Refusal::TransactionNotFound)?;
        work(customer.purchase_mut(id.purchase).ok_or(Refusal::TransactionNotFound)?)?;
        done(desk, writing, event, &customer, id.purchase)
    })
}

/// Keeps the customer, tells what happened, and answers how the purchase stands now.
fn done(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    event: Event,
    customer: &Customer,
    purchase: u32,
) -> Result<Said, Fault> {
    desk.keep(writing, customer)?;
    let parcels = notifications::tell_of(desk, writing, event, customer, purchase)?;
    let purchase = customer.purchase(purchase).ok_or(Refusal::TransactionNotFound)?;
    let paid = purchase.last(desk.now);
    let id = purchase.id(&desk.app.id, customer.number, paid.renewal);
    let body = json!({
        "customer": customer.number,
        "originalTransactionId": id.original().to_string(),
        "transactionId": id.to_string(),
        "orderId": id.order(),
        "signedTransactionInfo": desk.teller().transaction(&Transaction { customer, purchase, paid })?,
    });
    Ok(Said::ok(&body).and(parcels))
}
