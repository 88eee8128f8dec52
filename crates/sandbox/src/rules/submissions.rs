//! What is submitted beside versions, and what is released: purchases, builds for testing, versions that wait.

use super::versions;
use crate::dates::moment;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::fault::{EntityCode, Fault};
use crate::plain::MOST_CODES;
use crate::store::{End, Kept, Origin, Wanted, Writing};
use serde_json::{Map, Value};
use std::time::Duration;

/// How long testers wait until a build is approved.
const BETA_REVIEW: Duration = Duration::from_secs(60);
/// The states in which a purchase can be submitted.
const SUBMITTABLE: &[&str] = &["MISSING_METADATA", "READY_TO_SUBMIT", "DEVELOPER_ACTION_NEEDED", "REJECTED"];
/// The types of submissions of purchases, with the relation to what they submit.
const OF_PURCHASES: &[(&str, &str)] = &[
    ("subscriptionSubmissions", "subscription"),
    ("subscriptionGroupSubmissions", "subscriptionGroup"),
    ("inAppPurchaseSubmissions", "inAppPurchaseV2"),
];

/// What is submitted waits for its review; or the submission is refused.
pub(super) fn of_purchases(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<(), Fault> {
    let by = OF_PURCHASES.iter().find(|(kind, _)| *kind == submission.kind).map_or("", |(_, by)| by);
    let Some(end) = writing.targets(submission.number, by)?.into_iter().next() else { return Ok(()) };
    let whole = house.find(writing, &end.kind, &end.id)?;
    let all = match by {
        "subscriptionGroup" => {
            let origin = Origin::Referring { to: &end, kind: "subscriptions", by: "group" };
            writing.list(&Wanted::from(origin))?.kept
        }
        _ => vec![whole],
    };
    let mut some = Vec::new();
    for purchase in all {
        let values = attributes_of(&purchase)?;
        if SUBMITTABLE.contains(&text(&values, "state")) {
            some.push((purchase, values));
        }
    }
    if some.is_empty() {
        return Err(Fault::state("INVALID_STATE", "There is nothing that can be submitted as it is"));
    }
    for (purchase, mut values) in some {
        values.insert("state".to_owned(), "WAITING_FOR_REVIEW".into());
        house.rewrite(writing, house.kind(&purchase.kind)?, &purchase, &values)?;
    }
    Ok(())
}

fn text<'v>(values: &'v Map<String, Value>, name: &str) -> &'v str {
    values.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A version that waits for its developer is for sale; the one before it is no more.
pub(super) fn release(house: &House<'_>, writing: &Writing<'_>, request: &Kept) -> Result<(), Fault> {
    let Some(end) = writing.targets(request.number, "appStoreVersion")?.into_iter().next() else {
        return Ok(());
    };
    let version = house.find(writing, &end.kind, &end.id)?;
    let state = text(&attributes_of(&version)?, "appVersionState").to_owned();
    if state != "PENDING_DEVELOPER_RELEASE" {
        let detail = format!("A version in state {state} can't be released");
        return Err(Fault::state("INVALID_STATE", detail));
    }
    versions::put_on_sale(house, writing, &version)
}

/// Where pre-orders have ended, an app is there.
pub(super) fn pre_orders_ended(
    house: &House<'_>,
    writing: &Writing<'_>,
    request: &Kept,
) -> Result<(), Fault> {
    for end in writing.targets(request.number, "territoryAvailabilities")? {
        let availability = house.find(writing, &end.kind, &end.id)?;
        let mut values = attributes_of(&availability)?;
        values.insert("preOrderEnabled".to_owned(), false.into());
        values.insert("available".to_owned(), true.into());
        house.rewrite(writing, house.kind(&end.kind)?, &availability, &values)?;
    }
    Ok(())
}

/// The date of a build's submission.
pub(super) fn before_beta(house: &House<'_>, draft: &mut Draft) {
    draft.attributes.insert("submittedDate".to_owned(), moment(house.now).into());
}

/// A build that is submitted waits, and is approved some time later.
pub(super) fn of_build(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<(), Fault> {
    writing.due_at(submission.number, house.now + BETA_REVIEW)?;
    set_external_state(house, writing, submission, "WAITING_FOR_BETA_REVIEW")
}

/// A build's time has come.
pub(super) fn approved(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<(), Fault> {
    let mut values = attributes_of(submission)?;
    values.insert("betaReviewState".to_owned(), "APPROVED".into());
    house.rewrite(writing, house.kind(&submission.kind)?, submission, &values)?;
    set_external_state(house, writing, submission, "BETA_APPROVED")
}

/// Says how far a build has come on its way to testers from outside.
fn set_external_state(
    house: &House<'_>,
    writing: &Writing<'_>,
    submission: &Kept,
    state: &str,
) -> Result<(), Fault> {
    let Some(build) = writing.targets(submission.number, "build")?.into_iter().next() else { return Ok(()) };
    let Some(detail) = writing.first_that_refers(&build, "buildBetaDetails", "build")? else { return Ok(()) };
    let mut values = attributes_of(&detail)?;
    values.insert("externalBuildState".to_owned(), state.into());
    house.rewrite(writing, house.kind(&detail.kind)?, &detail, &values)
}

/// Codes that can be used once are made so many at a time.
pub(super) fn check_codes(draft: &Draft) -> Result<(), Fault> {
    let count = draft.attributes.get("numberOfCodes").and_then(Value::as_i64).unwrap_or_default();
    if (1..=MOST_CODES).contains(&count) {
        return Ok(());
    }
    let why = format!("It must be a number from 1 to {MOST_CODES}");
    Err(Fault::attribute(EntityCode::AttributeInvalid, "numberOfCodes", why))
}

/// Codes that were made count with their offer.
pub(super) fn codes_made(house: &House<'_>, writing: &Writing<'_>, codes: &Kept) -> Result<(), Fault> {
    let Some(end) = writing.targets(codes.number, "offerCode")?.into_iter().next() else { return Ok(()) };
    let offer = house.find(writing, &end.kind, &end.id)?;
    let (made, mut values) = (attributes_of(codes)?, attributes_of(&offer)?);
    let is_sandbox = text(&made, "environment") == "SANDBOX";
    let of_environment = if is_sandbox { "sandboxCodeCount" } else { "productionCodeCount" };
    for name in ["totalNumberOfCodes", of_environment] {
        let before = values.get(name).and_then(Value::as_i64);
        let more = made.get("numberOfCodes").and_then(Value::as_i64).unwrap_or_default();
        if let Some(before) = before {
            values.insert(name.to_owned(), before.saturating_add(more).into());
        }
    }
    house.rewrite(writing, house.kind(&offer.kind)?, &offer, &values)
}

/// A declaration that is published takes the place of the one for the same devices.
pub(super) fn published(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    values: &mut Map<String, Value>,
) -> Result<(), Fault> {
    if values.get("publish") != Some(&Value::Bool(true)) || text(values, "state") != "DRAFT" {
        return Ok(());
    }
    let to = End { kind: "apps".to_owned(), id: kept.app.clone().unwrap_or_default() };
    let origin = Origin::Referring { to: &to, kind: &kept.kind, by: "app" };
    for other in writing.list(&Wanted::from(origin))?.kept {
        let mut there = attributes_of(&other)?;
        let is_same = there.get("deviceFamily") == values.get("deviceFamily");
        if is_same && text(&there, "state") == "PUBLISHED" && end_of(&other) != end_of(kept) {
            there.insert("state".to_owned(), "REPLACED".into());
            house.rewrite(writing, house.kind(&other.kind)?, &other, &there)?;
        }
    }
    values.insert("state".to_owned(), "PUBLISHED".into());
    Ok(())
}

/// A nomination is submitted or put away by saying so.
pub(super) fn nominated(house: &House<'_>, values: &mut Map<String, Value>) {
    let is_said = |values: &Map<String, Value>, name: &str| values.get(name) == Some(&Value::Bool(true));
    if is_said(values, "archived") {
        values.insert("state".to_owned(), "ARCHIVED".into());
    } else if is_said(values, "submitted") && !values.get("submittedDate").is_some_and(Value::is_string) {
        values.insert("state".to_owned(), "SUBMITTED".into());
        values.insert("submittedDate".to_owned(), moment(house.now).into());
    }
}
