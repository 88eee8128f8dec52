//! What the table can't say of types, and the resources that are worked out, not kept.

pub(crate) mod price_table;
mod prices;
mod reviews;
pub(crate) mod territories;
mod testflight;
mod versions;
pub(crate) mod worked_out;

use crate::dates;
use crate::engine::{Draft, Edit, House};
use crate::entity::{Ends, Entity, Posted};
use crate::fault::Fault;
use crate::store::{Kept, Writing};
use crate::table::{Relation, ResourceType};
use serde_json::{Map, Value};

/// Looks at what is about to be made, and adds what is not the client's to say.
pub(crate) fn before_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    draft: &mut Draft,
) -> Result<(), Fault> {
    stamp(house, kind, &mut draft.attributes);
    match kind.name.as_str() {
        "appStoreVersions" => versions::before_create(house, writing, draft),
        "appPriceSchedules" | "inAppPurchasePriceSchedules" => prices::schedule(house, kind, draft),
        "appPrices" | "inAppPurchasePrices" => prices::price(house, writing, kind, draft),
        "subscriptionPrices" => prices::subscription_price(house, writing, draft),
        "appAvailabilities" => {
            draft.id = draft.entity.one("app").map(|app| app.id.clone());
            Ok(())
        }
        "betaGroups" => testflight::group(draft),
        "betaTesters" => testflight::tester(draft),
        "reviewSubmissionItems" => reviews::item(house, writing, draft),
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
    posted: &Posted,
) -> Result<(), Fault> {
    match kept.kind.as_str() {
        "appStoreVersions" => versions::after_create(house, writing, kept),
        "appPriceSchedules" | "inAppPurchasePriceSchedules" => prices::check_schedule(house, writing, kept),
        "betaTesterInvitations" => testflight::invited(house, writing, &posted.data),
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
    match kept.kind.as_str() {
        "appStoreVersions" => versions::before_update(kept, entity),
        "builds" => testflight::build_changed(kept, entity),
        "reviewSubmissions" => reviews::submission_changed(house, writing, kept, entity, values),
        "betaGroups" => {
            testflight::public_link(values);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Looks at what is about to be deleted.
pub(crate) fn before_delete(writing: &Writing<'_>, kept: &Kept) -> Result<(), Fault> {
    match kept.kind.as_str() {
        "appStoreVersions" => versions::before_delete(kept),
        "certificates" => Ok(()),
        "subscriptionPrices" => prices::before_delete(writing, kept),
        _ => Ok(()),
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
        ("betaGroups", "builds") | ("builds", "betaGroups") if how == Edit::Add => {
            testflight::builds_of_group(house, writing, owner, ends)
        }
        _ => Ok(()),
    }
}
