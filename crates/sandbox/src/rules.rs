//! What the table can't say of types, and the resources that are worked out, not kept.

mod background_assets;
mod build_uploads;
pub(crate) mod certificates;
mod derived;
mod memberships;
mod metadata_versions;
pub(crate) mod price_table;
mod prices;
mod profiles;
mod readiness;
mod responses;
mod reviews;
mod runs;
mod submissions;
pub(crate) mod territories;
mod testflight;
mod versions;
pub(crate) mod worked_out;

use crate::analytics;
use crate::dates;
use crate::engine::{Draft, Edit, House, end_of};
use crate::entity::{Ends, Entity};
use crate::fault::Fault;
use crate::ids;
use crate::store::{Filter, Kept, Reading, Writing};
use crate::table::{Relation, ResourceType};
use crate::uploads;
use crate::webhooks;
use serde_json::{Map, Value};

/// A new entity, with what follows from what it says.
pub(crate) fn completed(house: &House<'_>, writing: &Writing<'_>, entity: &Entity) -> Result<Entity, Fault> {
    let mut entity = entity.clone();
    webhooks::complete(house, writing, &mut entity)?;
    runs::complete(house, writing, &mut entity)?;
    Ok(entity)
}

/// Looks at what is about to be made, and adds what is not the client's to say.
pub(crate) fn before_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    draft: &mut Draft,
) -> Result<(), Fault> {
    stamp(house, kind, &mut draft.attributes);
    if kind.uploads {
        uploads::before_create(kind, draft)?;
    }
    match kind.name.as_str() {
        "appStoreVersions" => versions::before_create(house, writing, draft),
        "appStoreVersionExperiments" => versions::controls(writing, draft),
        "appPriceSchedules" | "inAppPurchasePriceSchedules" => prices::schedule(house, kind, draft),
        "appPrices" | "inAppPurchasePrices" => prices::price(house, writing, kind, draft),
        "subscriptionPrices" => prices::subscription_price(house, writing, draft),
        "appAvailabilities" => {
            draft.id = draft.entity.one("app").map(|app| app.id.clone());
            Ok(())
        }
        "betaGroups" => testflight::group(draft),
        "betaTesters" => testflight::tester(draft),
        "reviewSubmissionItems" => reviews::item(house, writing, kind, draft),
        "analyticsReportRequests" => analytics::before_request(writing, draft),
        "webhooks" => webhooks::before_create(writing, draft),
        "subscriptionOfferCodeOneTimeUseCodes" | "inAppPurchaseOfferCodeOneTimeUseCodes" => {
            submissions::check_codes(draft)
        }
        "ciBuildRuns" => runs::before_create(writing, draft),
        "betaAppReviewSubmissions" => {
            submissions::before_beta(house, draft);
            Ok(())
        }
        "nominations" => {
            submissions::nominated(house, &mut draft.attributes);
            Ok(())
        }
        "certificates" => certificates::before_create(house, writing, draft),
        "profiles" => profiles::before_create(house, writing, draft),
        "bundleIds" => {
            let team = || ids::team_code(writing.team()).into();
            draft.attributes.entry("seedId").or_insert_with(team);
            Ok(())
        }
        "devices" => {
            if draft.entity.text("platform") == Some("MAC_OS") {
                draft.attributes.insert("deviceClass".to_owned(), "MAC".into());
            }
            Ok(())
        }
        "backgroundAssets" => background_assets::pack(draft),
        "backgroundAssetVersions" => background_assets::version(writing, draft),
        "buildUploads" => build_uploads::before_create(writing, draft),
        _ if metadata_versions::concerns(kind) => {
            metadata_versions::before_create(house, writing, kind, draft)
        }
        "buildUploadFiles" => build_uploads::before_create_file(house, writing, draft),
        _ => Ok(()),
    }
}

/// The date of making, where a type has one.
fn stamp(house: &House<'_>, kind: &ResourceType, attributes: &mut Map<String, Value>) {
    for name in ["createdDate", "addedDate", "lastModifiedDate"] {
        if kind.attribute(name).is_some() && !attributes.contains_key(name) {
            attributes.insert(name.to_owned(), dates::moment(house.now).into());
        }
    }
}

/// What follows from something having been made.
pub(crate) fn after_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    entity: &Entity,
) -> Result<(), Fault> {
    let kind = house.kind(&kept.kind)?;
    if kind.uploads {
        return uploads::after_create(house, writing, kind, kept);
    }
    match kept.kind.as_str() {
        "appStoreVersions" => versions::after_create(house, writing, kept),
        "appPriceSchedules" | "inAppPurchasePriceSchedules" => prices::check_schedule(house, writing, kept),
        "betaTesterInvitations" => testflight::invited(house, writing, entity),
        "analyticsReportRequests" => analytics::after_request(house, writing, kept),
        "webhookPings" => webhooks::pinged(house, writing, kept),
        "subscriptionSubmissions" | "subscriptionGroupSubmissions" | "inAppPurchaseSubmissions" => {
            submissions::of_purchases(house, writing, kept)
        }
        "ciBuildRuns" => runs::started(house, writing, kept),
        "customerReviewResponses" => responses::made(house, writing, kept),
        "appStoreVersionReleaseRequests" => submissions::release(house, writing, kept),
        "endAppAvailabilityPreOrders" => submissions::pre_orders_ended(house, writing, kept),
        "betaAppReviewSubmissions" => submissions::of_build(house, writing, kept),
        "subscriptionOfferCodeCustomCodes"
        | "subscriptionOfferCodeOneTimeUseCodes"
        | "inAppPurchaseOfferCodeCustomCodes"
        | "inAppPurchaseOfferCodeOneTimeUseCodes" => submissions::codes_made(house, writing, kept),
        _ => Ok(()),
    }
}

/// Looks at a change that is about to be made; `values` are all attributes as they will be.
pub(crate) fn before_update(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    entity: &Entity,
    values: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let kind = house.kind(&kept.kind)?;
    if metadata_versions::concerns(kind) {
        metadata_versions::before_change(house, writing, kept)?;
    }
    if kind.uploads {
        let became = uploads::before_update(house, writing, kind, kept, entity, values)?;
        return match (became, kept.kind.as_str()) {
            (Some(became), "buildUploadFiles") => {
                build_uploads::file_became(house, writing, kept, values, became)
            }
            (Some(became), "backgroundAssetUploadFiles") => {
                background_assets::file_became(house, writing, kept, values, became)
            }
            _ => Ok(()),
        };
    }
    match kept.kind.as_str() {
        "appStoreVersions" => versions::before_update(kept, entity),
        "appStoreVersionLocalizations" => versions::before_update_of_words(house, writing, kept, entity),
        "builds" => testflight::build_changed(kept, entity),
        "reviewSubmissions" => reviews::submission_changed(house, writing, kept, entity, values),
        "reviewSubmissionItems" => reviews::item_changed(house, writing, kept, entity, values),
        "webhooks" => webhooks::check(&entity.attributes),
        "accessibilityDeclarations" => submissions::published(house, writing, kept, values),
        "nominations" => {
            submissions::nominated(house, values);
            Ok(())
        }
        "betaGroups" => {
            testflight::public_link(values);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What follows from a resource having changed, whoever changed it; `values` are all attributes as they are now.
pub(crate) fn after_change(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    values: &Map<String, Value>,
) -> Result<(), Fault> {
    webhooks::noticed(house, writing, kept, values)
}

/// Looks at what is about to be deleted.
pub(crate) fn before_delete(house: &House<'_>, writing: &Writing<'_>, kept: &Kept) -> Result<(), Fault> {
    match kept.kind.as_str() {
        "appStoreVersions" => versions::before_delete(kept),
        "certificates" => certificates::before_delete(house, writing, kept),
        "bundleIds" => profiles::end_those_with(house, writing, kept, "bundleId"),
        "subscriptionPrices" => prices::before_delete(writing, kept),
        "reviewSubmissionItems" => reviews::taken_out(house, writing, kept),
        "appStoreVersionSubmissions" => reviews::taken_back(house, writing, kept),
        kind if metadata_versions::concerns(house.kind(kind)?) => {
            metadata_versions::before_change(house, writing, kept)
        }
        _ => Ok(()),
    }
}

/// Does what is to happen by itself and whose time has come.
pub(crate) fn happen(house: &House<'_>, writing: &Writing<'_>) -> Result<(), Fault> {
    while let Some(kept) = writing.take_due(house.now)? {
        match kept.kind.as_str() {
            "builds" => build_uploads::processed(house, writing, &kept)?,
            "backgroundAssetVersions" => background_assets::processed(house, writing, &kept)?,
            "reviewSubmissions" => reviews::went_on(house, writing, &kept)?,
            "ciBuildRuns" => runs::went_on(house, writing, &kept)?,
            "customerReviewResponses" => responses::published(house, writing, &kept)?,
            "betaAppReviewSubmissions" => submissions::approved(house, writing, &kept)?,
            _ => {}
        }
    }
    Ok(())
}

/// What follows for a list from filters by what is worked out.
pub(crate) fn refine(
    house: &House<'_>,
    reading: &Reading<'_>,
    kind: &ResourceType,
    filters: &mut [Filter],
) -> Result<(), Fault> {
    if kind.name == "betaTesters" {
        return memberships::refine(house, reading, filters);
    }
    Ok(())
}

/// Changes a relation that is worked out.
pub(crate) fn edit_worked_out(
    writing: &Writing<'_>,
    owner: &Kept,
    relation: &Relation,
    ends: &Ends,
    how: Edit,
) -> Result<(), Fault> {
    match (owner.kind.as_str(), relation.name.as_str(), how) {
        ("betaTesters", "apps", Edit::TakeAway) => memberships::leave(writing, &end_of(owner), ends.all()),
        ("apps", "betaTesters", Edit::TakeAway) => {
            let app = [end_of(owner)];
            ends.all().iter().try_for_each(|tester| memberships::leave(writing, tester, &app))
        }
        _ => Err(Fault::WrongMethod(how.method().to_owned())),
    }
}

/// Looks at a relation that is about to be changed.
pub(crate) fn before_edit(
    house: &House<'_>,
    writing: &Writing<'_>,
    owner: &Kept,
    relation: &Relation,
    ends: &Ends,
    how: Edit,
) -> Result<(), Fault> {
    match (owner.kind.as_str(), relation.name.as_str()) {
        ("appStoreVersions", "build") => versions::must_be_open(owner),
        ("betaGroups", "builds") | ("builds", "betaGroups") if how == Edit::Add => {
            testflight::builds_of_group(house, writing, owner, ends)
        }
        _ => Ok(()),
    }
}
