//! Versions of apps: one at a time is being prepared for each platform.

use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::{Ends, Entity};
use crate::fault::{EntityCode, Fault};
use crate::store::{End, Filter, Kept, Origin, Reading, Wanted, Writing};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The states in which a version can be changed and deleted.
const OPEN: &[&str] = &["PREPARE_FOR_SUBMISSION", "READY_FOR_REVIEW", "REJECTED", "DEVELOPER_REJECTED"];
/// What of a version can be changed in any state.
const ALWAYS: &[&str] = &["downloadable"];
/// The same of its words.
const ALWAYS_OF_WORDS: &[&str] = &["promotionalText"];

fn state(kept: &Kept) -> Result<String, Fault> {
    let values = attributes_of(kept)?;
    Ok(values.get("appStoreState").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn is_open(kept: &Kept) -> Result<bool, Fault> {
    state(kept).map(|state| OPEN.contains(&state.as_str()))
}

fn versions_of(reading: &Reading<'_>, app: &End, platform: &str) -> Result<Vec<Kept>, Fault> {
    let origin = Origin::Referring { to: app, kind: "appStoreVersions", by: "app" };
    let filter = Filter::Attribute("platform".to_owned(), vec![platform.to_owned().into()]);
    Ok(reading.list(&Wanted { filters: vec![filter], ..Wanted::from(origin) })?.kept)
}

/// Refuses a second version that is being prepared, and a version that there is.
pub(super) fn before_create(
    _house: &House<'_>,
    writing: &Writing<'_>,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let (Some(app), Some(platform)) = (draft.entity.one("app"), draft.entity.text("platform")) else {
        return Ok(());
    };
    let version = draft.entity.text("versionString");
    for other in versions_of(writing, app, platform)? {
        if is_open(&other)? {
            let detail = "You cannot create a new version of the App in the current state.";
            return Err(Fault::relation(EntityCode::RelationshipInvalid, "app", detail));
        }
        if attributes_of(&other)?.get("versionString").and_then(Value::as_str) == version {
            let detail = "The version number has been previously used.";
            return Err(Fault::attribute(EntityCode::AttributeDuplicate, "versionString", detail));
        }
    }
    Ok(())
}

/// What an experiment is held against: the version on sale.
pub(super) fn controls(writing: &Writing<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (Some(app), Some(platform)) = (draft.entity.one("app"), draft.entity.text("platform")) else {
        return Ok(());
    };
    for version in versions_of(writing, app, platform)? {
        if state(&version)? == "READY_FOR_SALE" {
            let end = end_of(&version);
            let relations = &mut draft.entity.relations;
            relations.insert("latestControlVersion".to_owned(), Ends::One(Some(end.clone())));
            relations.insert("controlVersions".to_owned(), Ends::Many(vec![end]));
            return Ok(());
        }
    }
    Ok(())
}

/// Puts a version into this state. What is for sale was once called otherwise.
pub(super) fn put(
    house: &House<'_>,
    writing: &Writing<'_>,
    version: &Kept,
    state: &str,
) -> Result<(), Fault> {
    let old = if state == "READY_FOR_DISTRIBUTION" { "READY_FOR_SALE" } else { state };
    let mut values = attributes_of(version)?;
    values.insert("appStoreState".to_owned(), old.into());
    values.insert("appVersionState".to_owned(), state.into());
    house.rewrite(writing, house.kind("appStoreVersions")?, version, &values)
}

/// Puts a version on sale, in the place of the one that is.
pub(super) fn put_on_sale(house: &House<'_>, writing: &Writing<'_>, version: &Kept) -> Result<(), Fault> {
    let platform =
        attributes_of(version)?.get("platform").and_then(Value::as_str).unwrap_or_default().to_owned();
    let app = End { kind: "apps".to_owned(), id: version.app.clone().unwrap_or_default() };
    for other in versions_of(writing, &app, &platform)? {
        if state(&other)? == "READY_FOR_SALE" {
            put(house, writing, &other, "REPLACED_WITH_NEW_VERSION")?;
        }
    }
    put(house, writing, version, "READY_FOR_DISTRIBUTION")
}

/// A new version has the words of the app's main language to begin with.
pub(super) fn after_create(house: &House<'_>, writing: &Writing<'_>, kept: &Kept) -> Result<(), Fault> {
    let Some(app) = &kept.app else { return Ok(()) };
    let app = house.find(writing, "apps", app)?;
    let locale = attributes_of(&app)?.get("primaryLocale").cloned().unwrap_or_default();
    let kind = house.kind("appStoreVersionLocalizations")?;
    let attributes = Map::from_iter([("locale".to_owned(), locale)]);
    let relations = BTreeMap::from([("appStoreVersion".to_owned(), Ends::One(Some(end_of(kept))))]);
    let entity = Entity { kind: kind.name.clone(), id: None, attributes: attributes.clone(), relations };
    house.keep(writing, kind, Draft { id: None, attributes, entity }, Some(kept)).map(drop)
}

/// What is for sale, or being looked at, stays as it is.
pub(super) fn before_update(kept: &Kept, entity: &Entity) -> Result<(), Fault> {
    let is_small = entity.attributes.keys().all(|name| ALWAYS.contains(&name.as_str()));
    if is_small && entity.relations.is_empty() { Ok(()) } else { must_be_open(kept) }
}

/// Nothing of it changes, and it is not reviewed, once it is.
pub(super) fn must_be_open(kept: &Kept) -> Result<(), Fault> {
    if is_open(kept)? {
        return Ok(());
    }
    Err(Fault::state("INVALID_STATE", format!("The version can't be changed in state {}", state(kept)?)))
}

/// The same, of its words: each that can't be changed is named.
pub(super) fn before_update_of_words(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    entity: &Entity,
) -> Result<(), Fault> {
    let versions = writing.targets(kept.number, "appStoreVersion")?;
    let Some(version) = versions.first() else { return Ok(()) };
    if is_open(&house.find(writing, &version.kind, &version.id)?)? {
        return Ok(());
    }
    let locked = entity.attributes.keys().filter(|name| !ALWAYS_OF_WORDS.contains(&name.as_str()));
    Fault::all(locked.map(|name| Fault::Locked(name.clone())))
}

/// Whether another version was for sale before this one.
pub(super) fn is_update(reading: &Reading<'_>, version: &Kept) -> Result<bool, Fault> {
    let Some(app) = &version.app else { return Ok(false) };
    let values = attributes_of(version)?;
    let platform = values.get("platform").and_then(Value::as_str).unwrap_or_default();
    let app = End { kind: "apps".to_owned(), id: app.clone() };
    for other in versions_of(reading, &app, platform)? {
        if other.number != version.number && state(&other)? == "READY_FOR_SALE" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same, of deleting.
pub(super) fn before_delete(kept: &Kept) -> Result<(), Fault> {
    if is_open(kept)? {
        return Ok(());
    }
    Err(Fault::state("INVALID_STATE", format!("The version can't be deleted in state {}", state(kept)?)))
}
