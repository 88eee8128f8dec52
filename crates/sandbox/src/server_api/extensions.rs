//! Longer periods: of one subscription, and of everyone's at once.

use super::claims::ENVIRONMENT;
use super::customers::{Customer, Extension, Purchase};
use super::identifiers::Given;
use super::notifications::{self, Event, Parcel};
use super::refusal::Refusal;
use super::renewals::Status;
use super::transactions::text;
use super::{Desk, Said};
use crate::fault::Fault;
use crate::ids;
use crate::rules::territories;
use crate::store::Writing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DAYS: std::ops::RangeInclusive<u64> = 1..=90;
/// 0 undeclared, 1 to please, 2 other, 3 an outage.
const MOST_REASON: u64 = 3;
const LONGEST_IDENTIFIER: usize = 128;
/// How many a subscription may have in a year.
const MOST_A_YEAR: usize = 2;
const YEAR: i64 = 365 * 24 * 3_600_000;

/// What both kinds of request say.
struct Asked {
    days: u32,
    request: String,
}

impl Asked {
    fn read(body: &Value) -> Result<Self, Refusal> {
        let days = body["extendByDays"].as_u64().filter(|days| DAYS.contains(days));
        let days = days.and_then(|days| u32::try_from(days).ok()).ok_or(Refusal::ExtendByDays)?;
        let reason = body["extendReasonCode"].as_u64().filter(|reason| *reason <= MOST_REASON);
        reason.ok_or(Refusal::ExtendReasonCode)?;
        let request = text(body, "requestIdentifier").filter(|request| request.len() <= LONGEST_IDENTIFIER);
        Ok(Self { days, request: request.ok_or(Refusal::RequestIdentifier)?.to_owned() })
    }
}

/// Makes the period of one subscription longer. The same request again changes nothing more.
pub(super) fn one(desk: &Desk<'_>, id: &str) -> Result<Said, Fault> {
    let given = Given::read(id, &desk.app.id).map_err(|refusal| match refusal {
        Refusal::TransactionId => Refusal::OriginalTransactionId,
        _ => Refusal::OriginalNotFound,
    })?;
    let Given::Transaction(id) = given else { return Err(Refusal::OriginalNotFound.into()) };
    let asked = Asked::read(&desk.body()?)?;
    let (body, parcels) = desk.write(|writing| {
        let customer = desk.customer(writing, id.customer)?;
        let mut customer = customer.filter(|_| id.renewal == 0).ok_or(Refusal::OriginalNotFound)?;
        let purchase = customer.purchase_mut(id.purchase).ok_or(Refusal::OriginalNotFound)?;
        let is_known = purchase.extended.iter().any(|extension| extension.request == asked.request);
        if !is_known {
            extend(purchase, &asked, desk.now)?;
        }
        let number = purchase.number;
        let last = purchase.last(desk.now);
        let renewal = purchase.id(&desk.app.id, id.customer, last.renewal);
        desk.keep(writing, &customer)?;
        let parcels = match is_known {
            true => Vec::new(),
            false => extended(desk, writing, &customer, number)?,
        };
        let body = json!({
            "originalTransactionId": id.to_string(),
            "webOrderLineItemId": renewal.web_order_line_item(),
            "success": true,
            "effectiveDate": last.ends,
        });
        Ok((body, parcels))
    })?;
    Ok(Said::ok(&body).and(parcels))
}

/// Makes the current period of a subscription longer, if that may be.
fn extend(purchase: &mut Purchase, asked: &Asked, now: i64) -> Result<(), Refusal> {
    let standing = purchase.standing(now).ok_or(Refusal::ExtensionIneligible)?;
    if standing.status != Status::Active {
        return Err(Refusal::ExtensionIneligible);
    }
    if purchase.shared {
        return Err(Refusal::FamilyExtension);
    }
    let recent = purchase.extended.iter().filter(|extension| now - extension.at < YEAR);
    if recent.count() >= MOST_A_YEAR {
        return Err(Refusal::MaxExtension);
    }
    purchase.extended.push(Extension {
        renewal: standing.last.renewal,
        days: asked.days,
        at: now,
        request: asked.request.clone(),
    });
    Ok(())
}

fn extended(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    customer: &Customer,
    purchase: u32,
) -> Result<Vec<Parcel>, Fault> {
    notifications::tell_of(desk, writing, Event::new("RENEWAL_EXTENDED"), customer, purchase)
}

/// What became of a request for everyone.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    product: String,
    at: i64,
    succeeded: u32,
    failed: u32,
}

/// Makes the periods of all subscribers of a product longer; the same request again changes nothing more.
pub(super) fn all(desk: &Desk<'_>) -> Result<Said, Fault> {
    let body = desk.body()?;
    let asked = Asked::read(&body)?;
    let request = ids::read_uuid(&asked.request).ok_or(Refusal::RequestIdentifier)?;
    let product = text(&body, "productId").ok_or(Refusal::ProductId)?;
    let storefronts = storefronts(&body["storefrontCountryCodes"])?;
    let parcels = desk.write(|writing| {
        if writing.aside::<Done>(&shelf(desk), &request)?.is_some() {
            return Ok(Vec::new());
        }
        let products = super::products::all(writing, &desk.app, "USA")?;
        let is_known = |id: &str| products.iter().any(|known| known.id == id && known.period.is_some());
        if !is_known(product) {
            return Err(Refusal::ProductId.into());
        }
        let (done, mut parcels) = each(desk, writing, &asked, product, storefronts.as_deref())?;
        writing.put_aside(&shelf(desk), &request, &done)?;
        parcels.extend(summary(desk, writing, &request, &done, storefronts.as_deref())?);
        Ok(parcels)
    })?;
    Ok(Said::ok(&json!({ "requestIdentifier": asked.request })).and(parcels))
}

/// Every storefront, if none is named.
fn storefronts(value: &Value) -> Result<Option<Vec<String>>, Refusal> {
    let all = match value {
        Value::Null => return Ok(None),
        Value::Array(all) if all.is_empty() => return Err(Refusal::EmptyStorefronts),
        Value::Array(all) => all,
        _ => return Err(Refusal::Storefront),
    };
    let read = |one: &Value| {
        let known = one.as_str().filter(|code| territories::of(code).is_some());
        known.map(str::to_owned).ok_or(Refusal::Storefront)
    };
    all.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn each(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    asked: &Asked,
    product: &str,
    storefronts: Option<&[String]>,
) -> Result<(Done, Vec<Parcel>), Fault> {
    let mut done = Done { product: product.to_owned(), at: desk.now, succeeded: 0, failed: 0 };
    let mut parcels = Vec::new();
    for mut customer in desk.customers(writing)? {
        if storefronts.is_some_and(|some| !some.contains(&customer.storefront)) {
            continue;
        }
        let mut told = Vec::new();
        for purchase in &mut customer.purchases {
            let standing = purchase.standing(desk.now).filter(|_| purchase.product.id == product);
            if standing.is_none_or(|standing| standing.status != Status::Active) || purchase.shared {
                continue;
            }
            told.push((purchase.number, extend(purchase, asked, desk.now).is_ok()));
        }
        desk.keep(writing, &customer)?;
        for (purchase, is_longer) in told {
            *(if is_longer { &mut done.succeeded } else { &mut done.failed }) += 1;
            let failed = Event { subtype: Some("FAILURE"), ..Event::new("RENEWAL_EXTENSION") };
            parcels.extend(match is_longer {
                true => extended(desk, writing, &customer, purchase)?,
                false => notifications::tell_of(desk, writing, failed, &customer, purchase)?,
            });
        }
    }
    Ok((done, parcels))
}

fn summary(
    desk: &Desk<'_>,
    writing: &Writing<'_>,
    request: &str,
    done: &Done,
    storefronts: Option<&[String]>,
) -> Result<Vec<Parcel>, Fault> {
    let mut summary = json!({
        "environment": ENVIRONMENT,
        "appAppleId": desk.app.apple_id(),
        "bundleId": desk.app.bundle,
        "productId": done.product,
        "requestIdentifier": request,
        "succeededCount": done.succeeded,
        "failedCount": done.failed,
    });
    if let Some(storefronts) = storefronts {
        summary["storefrontCountryCodes"] = storefronts.into();
    }
    let event = Event { subtype: Some("SUMMARY"), ..Event::new("RENEWAL_EXTENSION") };
    notifications::tell(desk, writing, event, None, ("summary", summary))
}

/// What became of it. Here it is done as soon as it is asked for.
pub(super) fn status(desk: &Desk<'_>, product: &str, request: &str) -> Result<Said, Fault> {
    let key = ids::read_uuid(request).ok_or(Refusal::RequestIdentifier)?;
    let done: Option<Done> = desk.read(|reading| reading.aside(&shelf(desk), &key))?;
    let done = done.filter(|done| done.product == product).ok_or(Refusal::StatusRequestNotFound)?;
    Ok(Said::ok(&json!({
        "requestIdentifier": request,
        "complete": true,
        "completeDate": done.at,
        "succeededCount": done.succeeded,
        "failedCount": done.failed,
    })))
}

fn shelf(desk: &Desk<'_>) -> String {
    format!("extensions/{}", desk.app.id)
}
