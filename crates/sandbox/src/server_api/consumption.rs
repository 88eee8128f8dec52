//! What an app's server tells about a purchase whose refund was asked for. It is checked, and then forgotten: nobody
//! here decides on refunds.

use super::customers::ProductKind;
use super::identifiers::Given;
use super::refusal::Refusal;
use super::{Desk, Said};
use crate::fault::Fault;
use crate::ids;
use http::StatusCode;
use serde_json::Value;

/// The numbers of the first version: each member, the most it may be, and what is said if it is not.
const NUMBERS: &[(&str, u64, Refusal)] = &[
    ("accountTenure", 7, Refusal::AccountTenure),
    ("consumptionStatus", 3, Refusal::ConsumptionStatus),
    ("deliveryStatus", 5, Refusal::DeliveryStatus),
    ("lifetimeDollarsPurchased", 7, Refusal::DollarsPurchased),
    ("lifetimeDollarsRefunded", 7, Refusal::DollarsRefunded),
    ("platform", 2, Refusal::Platform),
    ("playTime", 7, Refusal::PlayTime),
    ("userStatus", 4, Refusal::UserStatus),
];
const REFUND_PREFERENCES_V1: u64 = 3;

const DELIVERED: &str = "DELIVERED";
const UNDELIVERED: &[&str] = &[
    "UNDELIVERED_QUALITY_ISSUE",
    "UNDELIVERED_WRONG_ITEM",
    "UNDELIVERED_SERVER_OUTAGE",
    "UNDELIVERED_OTHER",
];
const REFUND_PREFERENCES: &[&str] = &["DECLINE", "GRANT_FULL", "GRANT_PRORATED"];
/// All of it, in thousandths of a hundredth.
const WHOLE: u64 = 100_000;

/// For consumables and subscriptions that renew themselves.
pub(super) fn v1(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let kind = kind_of(desk, id)?;
    if !matches!(kind, ProductKind::Consumable | ProductKind::AutoRenewable) {
        return Err(Refusal::TypeNotSupported.into());
    }
    let body = desk.body()?;
    consented(&body)?;
    for (name, most, refusal) in NUMBERS {
        body[*name].as_u64().filter(|number| number <= most).ok_or(*refusal)?;
    }
    let token = body["appAccountToken"].as_str();
    token
        .filter(|token| token.is_empty() || ids::read_uuid(token).is_some())
        .ok_or(Refusal::AppAccountToken)?;
    let preference = &body["refundPreference"];
    let is_good = preference.as_u64().is_some_and(|number| number <= REFUND_PREFERENCES_V1);
    accepted(preference.is_null() || is_good)
}

/// For anything that can be bought.
pub(super) fn v2(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let kind = kind_of(desk, id)?;
    let body = desk.body()?;
    consented(&body)?;
    let delivery = body["deliveryStatus"].as_str().unwrap_or_default();
    if delivery != DELIVERED && !UNDELIVERED.contains(&delivery) {
        return Err(Refusal::DeliveryStatus.into());
    }
    let (consumed, preference) = (&body["consumptionPercentage"], &body["refundPreference"]);
    let is_percentage = consumed.as_u64().is_some_and(|share| share <= WHOLE);
    let is_preference = preference.as_str().is_some_and(|word| REFUND_PREFERENCES.contains(&word));
    // What was not delivered can't have been used; of a subscription the share is known without being told.
    let fits = match consumed.as_u64() {
        Some(share) if delivery != DELIVERED => share == 0,
        Some(_) => kind != ProductKind::AutoRenewable || preference != "GRANT_PRORATED",
        None => true,
    };
    accepted((consumed.is_null() || is_percentage) && (preference.is_null() || is_preference) && fits)
}

fn kind_of(desk: &Desk<'_>, id: &str) -> Result<ProductKind, Fault> {
    let (given, customer) = desk.read(|reading| desk.customer_of(reading, id))?;
    let Given::Transaction(id) = given else { return Err(Refusal::AppTransactionIdNotSupported.into()) };
    let purchase = customer.purchase(id.purchase).ok_or(Refusal::TransactionNotFound)?;
    Ok(purchase.product.kind)
}

fn consented(body: &Value) -> Result<(), Refusal> {
    if body["customerConsented"] != true {
        return Err(Refusal::CustomerConsented);
    }
    body["sampleContentProvided"].as_bool().map(drop).ok_or(Refusal::SampleContent)
}

fn accepted(is_good: bool) -> Result<Said, Fault> {
    if is_good { Ok(Said::nothing(StatusCode::ACCEPTED)) } else { Err(Refusal::BadRequest.into()) }
}
