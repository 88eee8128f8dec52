//! App Store Server Notifications, version 2: what happened is written down with the change itself, posted afterwards
//! to the URL that the app names in App Store Connect, and looked up here.
//!
//! Each is posted once. An app that names no URL has no notifications.

mod courier;

use super::claims::{ENVIRONMENT, Transaction};
use super::customers::Customer;
use super::query::Parameters;
use super::refusal::Refusal;
use super::{Desk, Said};
use crate::fault::Fault;
use crate::ids;
use crate::store::{Reading, Writing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::ops::ControlFlow;

pub(crate) use courier::{Parcel, send};

/// How long notifications are kept.
const KEPT: i64 = 180 * 24 * 3_600_000;
/// How many of them are kept of an app; the oldest make room.
const MOST_KEPT: u32 = 10_000;
/// How many of them a page has at most.
const PAGE: usize = 20;
const TEST: &str = "TEST";
/// The types and subtypes that Apple sends; the sandbox sends some of them.
const TYPES: &[&str] = &[
    "CONSUMPTION_REQUEST",
    "DID_CHANGE_RENEWAL_PREF",
    "DID_CHANGE_RENEWAL_STATUS",
    "DID_FAIL_TO_RENEW",
    "DID_RENEW",
    "EXPIRED",
    "EXTERNAL_PURCHASE_TOKEN",
    "GRACE_PERIOD_EXPIRED",
    "METADATA_UPDATE",
    "MIGRATION",
    "OFFER_REDEEMED",
    "ONE_TIME_CHARGE",
    "PRICE_CHANGE",
    "PRICE_INCREASE",
    "REFUND",
    "REFUND_DECLINED",
    "REFUND_REVERSED",
    "RENEWAL_EXTENDED",
    "RENEWAL_EXTENSION",
    "RESCIND_CONSENT",
    "REVOKE",
    "SUBSCRIBED",
    TEST,
];
const SUBTYPES: &[&str] = &[
    "ACCEPTED",
    "ACTIVE_TOKEN_REMINDER",
    "AUTO_RENEW_DISABLED",
    "AUTO_RENEW_ENABLED",
    "BILLING_RECOVERY",
    "BILLING_RETRY",
    "CREATED",
    "DOWNGRADE",
    "FAILURE",
    "GRACE_PERIOD",
    "INITIAL_BUY",
    "PENDING",
    "PRICE_INCREASE",
    "PRODUCT_NOT_FOR_SALE",
    "RESUBSCRIBE",
    "SUMMARY",
    "UNREPORTED",
    "UPGRADE",
    "VOLUNTARY",
];

/// What is told.
#[derive(Clone, Copy)]
pub(super) struct Event {
    pub(super) kind: &'static str,
    pub(super) subtype: Option<&'static str>,
    /// Why a refund is asked for.
    pub(super) reason: Option<&'static str>,
}

impl Event {
    pub(super) const fn new(kind: &'static str) -> Self {
        Self { kind, subtype: None, reason: None }
    }
}

/// A notification, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Notification {
    kind: String,
    subtype: Option<String>,
    customer: Option<u32>,
    /// What it says; it is signed whenever it is shown.
    claims: Value,
    attempts: Vec<Attempt>,
}

/// That it was posted, and what became of that.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Attempt {
    #[serde(rename = "attemptDate")]
    date: i64,
    #[serde(rename = "sendAttemptResult")]
    result: String,
}

const SUCCESS: &str = "SUCCESS";

/// Tells what happened to a purchase.
pub(super) fn tell_of(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    event: Event,
    customer: &Customer,
    purchase: u32,
) -> Result<Vec<Parcel>, Fault> {
    let Some(purchase) = customer.purchase(purchase) else { return Ok(Vec::new()) };
    let teller = desk.teller();
    let transaction = Transaction { customer, purchase, paid: purchase.last(desk.now) };
    let mut data = of_app(desk);
    data["signedTransactionInfo"] = teller.transaction(&transaction)?.into();
    if let Some(standing) = purchase.standing(desk.now) {
        data["signedRenewalInfo"] = teller.renewal(customer, purchase, &standing)?.into();
        data["status"] = standing.status.number().into();
    }
    if let Some(reason) = event.reason {
        data["consumptionRequestReason"] = reason.into();
    }
    tell(desk, writing, event, Some(customer.number), ("data", data))
}

/// Tells something, in a member of its own.
pub(super) fn tell(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    event: Event,
    customer: Option<u32>,
    said: (&'static str, Value),
) -> Result<Vec<Parcel>, Fault> {
    let uuid = ids::uuid();
    let Some(parcel) = parcel(desk, writing, event, customer, said, &uuid)? else { return Ok(Vec::new()) };
    Ok(vec![parcel])
}

fn parcel(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    event: Event,
    customer: Option<u32>,
    (member, content): (&'static str, Value),
    uuid: &str,
) -> Result<Option<Parcel>, Fault> {
    let Some(url) = &desk.app.url else { return Ok(None) };
    let mut claims = json!({
        "notificationType": event.kind,
        "notificationUUID": uuid,
        "version": "2.0",
        "signedDate": desk.now,
    });
    claims[member] = content;
    if let Some(subtype) = event.subtype {
        claims["subtype"] = subtype.into();
    }
    let signed = desk.call.signer.sign(&claims)?;
    let notification = Notification {
        kind: event.kind.to_owned(),
        subtype: event.subtype.map(str::to_owned),
        customer,
        claims,
        attempts: Vec::new(),
    };
    let (shelf, key) = (shelf(desk), key(desk.now, uuid));
    writing.clear_shelf_before(&shelf, &key_of_time(desk.now - KEPT))?;
    writing.put_aside(&shelf, &key, &notification)?;
    writing.clear_shelf_but_last(&shelf, MOST_KEPT)?;
    let body = json!({ "signedPayload": signed }).to_string();
    Ok(Some(Parcel { url: url.clone(), shelf, key, body, date: desk.now }))
}

fn of_app(desk: &Desk<'_>) -> Value {
    json!({
        "appAppleId": desk.app.apple_id(),
        "bundleId": desk.app.bundle,
        "bundleVersion": "1",
        "environment": ENVIRONMENT,
    })
}

/// Posts a notification that says nothing.
pub(super) fn test(desk: &Desk<'_>) -> Result<Said, Fault> {
    let uuid = ids::uuid();
    let said = || ("data", of_app(desk));
    let parcel = desk.write(|writing| parcel(desk, writing, Event::new(TEST), None, said(), &uuid))?;
    let parcel = parcel.ok_or(Refusal::NoNotificationUrl)?;
    let token = format!("{uuid}_{}", desk.now);
    Ok(Said::ok(&json!({ "testNotificationToken": token })).and(vec![parcel]))
}

/// What became of it.
pub(super) fn tested(desk: &Desk<'_>, token: &str) -> Result<Said, Fault> {
    let (uuid, date) = token.split_once('_').ok_or(Refusal::TestNotificationToken)?;
    let uuid = ids::read_uuid(uuid).ok_or(Refusal::TestNotificationToken)?;
    let date: i64 = date.parse().map_err(|_| Refusal::TestNotificationToken)?;
    let kept: Option<Notification> = desk.read(|reading| reading.aside(&shelf(desk), &key(date, &uuid)))?;
    let kept = kept.filter(|kept| kept.kind == TEST && !kept.attempts.is_empty());
    Ok(Said::ok(&shown(desk, &kept.ok_or(Refusal::TestNotificationNotFound)?)?))
}

fn shown(desk: &Desk<'_>, kept: &Notification) -> Result<Value, Fault> {
    Ok(json!({
        "signedPayload": desk.call.signer.sign(&kept.claims)?,
        "sendAttempts": kept.attempts,
        "firstSendAttemptResult": kept.attempts.first().map(|attempt| &attempt.result),
    }))
}

/// What of the history is asked for.
struct Wanted {
    start: i64,
    end: i64,
    kind: Option<String>,
    subtype: Option<String>,
    only_failures: bool,
    transaction: Option<String>,
}

impl Wanted {
    fn read(body: &Value, now: i64) -> Result<Self, Refusal> {
        let start = body["startDate"].as_i64().ok_or(Refusal::StartDate)?;
        let end = body["endDate"].as_i64().ok_or(Refusal::EndDate)?;
        if start >= end {
            return Err(Refusal::StartAfterEnd);
        }
        if start < now - KEPT {
            return Err(Refusal::StartTooFarInPast);
        }
        let kind = word(&body["notificationType"], TYPES)?;
        let subtype = word(&body["notificationSubtype"], SUBTYPES)?;
        let transaction = match &body["transactionId"] {
            Value::Null => None,
            id => Some(id.as_str().ok_or(Refusal::TransactionId)?.to_owned()),
        };
        if subtype.is_some() && kind.is_none() {
            return Err(Refusal::NotificationType);
        }
        if transaction.is_some() && kind.is_some() {
            return Err(Refusal::MultipleFilters);
        }
        let only_failures = match &body["onlyFailures"] {
            Value::Null => false,
            flag => flag.as_bool().ok_or(Refusal::BadRequest)?,
        };
        Ok(Self { start, end, kind, subtype, only_failures, transaction })
    }

    fn holds(&self, kept: &Notification, customer: Option<u32>) -> bool {
        let is_success = kept.attempts.iter().any(|attempt| attempt.result == SUCCESS);
        !kept.attempts.is_empty()
            && (customer.is_none() || kept.customer == customer)
            && self.kind.as_ref().is_none_or(|kind| *kind == kept.kind)
            && (self.subtype.is_none() || self.subtype == kept.subtype)
            && !(self.only_failures && is_success)
    }
}

fn word(value: &Value, words: &[&str]) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(word) if words.contains(&word.as_str()) => Ok(Some(word.clone())),
        _ => Err(Refusal::NotificationType),
    }
}

/// Notifications that were posted, a page at a time, the first first.
pub(super) fn history(desk: &Desk<'_>) -> Result<Said, Fault> {
    let wanted = Wanted::read(&desk.body()?, desk.now)?;
    let parameters = Parameters::read(desk.call.query);
    let token = parameters.one("paginationToken", Refusal::PaginationToken)?;
    let after = token.map(|token| read_token(token).ok_or(Refusal::PaginationToken)).transpose()?;
    if after.as_ref().is_some_and(|after| *after < key_of_time(desk.now - KEPT)) {
        return Err(Refusal::PaginationTokenExpired.into());
    }
    let first = key_of_time(wanted.start);
    let from = after.map_or(String::new(), |after| after + "\0").max(first);
    let mut all = desk.read(|reading| page(desk, reading, &wanted, &from))?;
    let has_more = all.len() > PAGE;
    all.truncate(PAGE);
    let shown: Vec<Value> = all.iter().map(|(_, kept)| shown(desk, kept)).collect::<Result<_, _>>()?;
    let mut body = json!({ "notificationHistory": shown, "hasMore": has_more });
    if let Some((last, _)) = all.last().filter(|_| has_more) {
        body["paginationToken"] = URL_SAFE_NO_PAD.encode(last).into();
    }
    Ok(Said::ok(&body))
}

/// The first that are wanted from this key on: those of a page, and one more if there is more.
fn page(
    desk: &Desk<'_>,
    reading: &Reading<'_>,
    wanted: &Wanted,
    from: &str,
) -> Result<Vec<(String, Notification)>, Fault> {
    let transaction = wanted.transaction.as_deref();
    let customer = transaction.map(|id| desk.customer_of(reading, id)).transpose()?;
    let customer = customer.map(|(_, customer)| customer.number);
    let mut page = Vec::new();
    reading.walk_shelf(&shelf(desk), from, &key_of_time(wanted.end), |key, kept| {
        if wanted.holds(&kept, customer) {
            page.push((key, kept));
        }
        if page.len() > PAGE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(page)
}

fn shelf(desk: &Desk<'_>) -> String {
    format!("notifications/{}", desk.app.id)
}

/// Keys are in the order of time.
fn key(at: i64, uuid: &str) -> String {
    format!("{}-{uuid}", key_of_time(at))
}

fn key_of_time(at: i64) -> String {
    format!("{:019}", at.max(0))
}

fn read_token(token: &str) -> Option<String> {
    let key = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (time, uuid) = key.split_once('-')?;
    let is_time = time.len() == 19 && time.bytes().all(|byte| byte.is_ascii_digit());
    (is_time && ids::read_uuid(uuid).is_some()).then_some(key)
}
