//! Relations that nobody writes down, since they follow from others, and resources that are another view of what is
//! there.

use super::territories;
use super::worked_out::worked_out;
use crate::engine::{attributes_of, end_of};
use crate::fault::Fault;
use crate::query::Query;
use crate::store::{End, Kept, Origin, Reading, Wanted};
use crate::table::Relation;
use serde_json::{Value, json};

/// What is sold as it was once shown.
const OLD_PURCHASES: &str = "v1/inAppPurchases";
const RATINGS: &str = "territoryAgeRatings";
/// How many purchases, and subscriptions of a group, are looked at.
const MOST: usize = 10_000;
/// What stands between app and territory in the id of a rating.
const BETWEEN: char = '_';

/// A resource that is another view of one that is there; nothing if another type is meant, or there is none.
pub(super) fn find(reading: &Reading<'_>, kind: &str, id: &str) -> Result<Option<Kept>, Fault> {
    if kind != OLD_PURCHASES {
        return Ok(None);
    }
    let found = match reading.find("inAppPurchases", id)? {
        Some(found) => Some(found),
        None => reading.find("subscriptions", id)?,
    };
    found.as_ref().map(old_purchase).transpose()
}

/// What such a relation leads to; nothing if another is meant.
pub(super) fn follow(
    reading: &Reading<'_>,
    owner: &Kept,
    relation: &Relation,
    query: &Query,
) -> Result<Option<Vec<Kept>>, Fault> {
    Ok(Some(match (owner.kind.as_str(), relation.name.as_str()) {
        ("apps", "inAppPurchases") => old_purchases(reading, owner, query)?,
        (OLD_PURCHASES, "apps") => match &owner.app {
            Some(app) => reading.find("apps", app)?.into_iter().collect(),
            None => Vec::new(),
        },
        ("appInfos", RATINGS) => ratings(owner)?,
        (RATINGS, "territory") => territory_of(owner).into_iter().collect(),
        ("gameCenterDetails", "gameCenterAppVersions") => of_app(reading, owner, "gameCenterAppVersions")?,
        ("buildUploads", name) => match file_type(name) {
            Some(file) => file_of(reading, owner, &relation.to, "buildUpload", file)?,
            None => return Ok(None),
        },
        ("backgroundAssetVersions", name) => match file_type(name) {
            Some(file) => file_of(reading, owner, &relation.to, "backgroundAssetVersion", file)?,
            None => return Ok(None),
        },
        ("backgroundAssets", name) => match release_of(name) {
            Some((release, state)) => released(reading, owner, release, state)?,
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

fn old_purchases(reading: &Reading<'_>, app: &Kept, query: &Query) -> Result<Vec<Kept>, Fault> {
    let mut all = referring(reading, app, "inAppPurchases", "app")?;
    for group in referring(reading, app, "subscriptionGroups", "app")? {
        all.extend(referring(reading, &group, "subscriptions", "group")?);
    }
    let is_wanted = |filter: &str, value: &str| {
        query.given.get(filter).is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value))
    };
    let mut shown = Vec::new();
    for purchase in &all {
        let old = old_purchase(purchase)?;
        let is_ready = text(&old, "state")? == "READY_TO_SUBMIT";
        if is_wanted("inAppPurchaseType", &text(&old, "inAppPurchaseType")?)
            && is_wanted("canBeSubmitted", if is_ready { "true" } else { "false" })
        {
            shown.push(old);
        }
    }
    Ok(shown)
}

fn old_purchase(purchase: &Kept) -> Result<Kept, Fault> {
    let values = attributes_of(purchase)?;
    let kind = values.get("inAppPurchaseType").cloned();
    let attributes = json!({
        "referenceName": values.get("name"),
        "productId": values.get("productId"),
        "inAppPurchaseType": kind.unwrap_or_else(|| "AUTOMATICALLY_RENEWABLE_SUBSCRIPTION".into()),
        "state": old_state(values.get("state").and_then(Value::as_str).unwrap_or_default()),
    });
    Ok(worked_out(OLD_PURCHASES, purchase.id.clone(), purchase.app.clone(), &attributes))
}

/// What a state was once called.
fn old_state(state: &str) -> &str {
    match state {
        "PENDING_BINARY_APPROVAL" => "PENDING_DEVELOPER_RELEASE",
        other => other,
    }
}

/// The rating of an app in each territory.
fn ratings(info: &Kept) -> Result<Vec<Kept>, Fault> {
    let rating = attributes_of(info)?.get("appStoreAgeRating").cloned().unwrap_or_default();
    let attributes = json!({ "appStoreAgeRating": rating });
    let of = |territory: &str| {
        worked_out(RATINGS, format!("{}{BETWEEN}{territory}", info.id), info.app.clone(), &attributes)
    };
    Ok(territories::ALL.iter().map(|territory| of(territory.id)).collect())
}

fn territory_of(rating: &Kept) -> Option<Kept> {
    let (_, id) = rating.id.rsplit_once(BETWEEN)?;
    territories::of(id).map(super::worked_out::territory)
}

/// All of a type that belong to the owner's app.
fn of_app(reading: &Reading<'_>, owner: &Kept, kind: &str) -> Result<Vec<Kept>, Fault> {
    let apps: Vec<String> = owner.app.iter().cloned().collect();
    let wanted = Wanted { apps: Some(&apps), most: MOST, ..Wanted::from(Origin::All { kind }) };
    Ok(reading.list(&wanted)?.kept)
}

/// Of which type the file is to which such a relation leads.
fn file_type(name: &str) -> Option<&'static str> {
    match name {
        "assetFile" => Some("ASSET"),
        "assetDescriptionFile" => Some("ASSET_DESCRIPTION"),
        "assetSpiFile" => Some("ASSET_SPI"),
        "manifestFile" => Some("MANIFEST"),
        _ => None,
    }
}

fn file_of(
    reading: &Reading<'_>,
    owner: &Kept,
    files: &str,
    by: &str,
    wanted: &str,
) -> Result<Vec<Kept>, Fault> {
    for file in referring(reading, owner, files, by)? {
        if text(&file, "assetType")? == wanted {
            return Ok(vec![file]);
        }
    }
    Ok(Vec::new())
}

/// The type of releases, and the state that a version's release has, to which such a relation leads.
fn release_of(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "appStoreVersion" => Some(("backgroundAssetVersionAppStoreReleases", "READY_FOR_DISTRIBUTION")),
        "externalBetaVersion" => Some(("backgroundAssetVersionExternalBetaReleases", "READY_FOR_TESTING")),
        "internalBetaVersion" => Some(("backgroundAssetVersionInternalBetaReleases", "READY_FOR_TESTING")),
        _ => None,
    }
}

/// The newest version of a pack that was released so.
fn released(reading: &Reading<'_>, pack: &Kept, release: &str, state: &str) -> Result<Vec<Kept>, Fault> {
    let versions = referring(reading, pack, "backgroundAssetVersions", "backgroundAsset")?;
    for version in versions.into_iter().rev() {
        let end = end_of(&version);
        let there = reading.first_that_refers(&end, release, "backgroundAssetVersion")?;
        if there.map(|release| text(&release, "state")).transpose()?.as_deref() == Some(state) {
            return Ok(vec![version]);
        }
    }
    Ok(Vec::new())
}

fn referring(reading: &Reading<'_>, whole: &Kept, kind: &str, by: &str) -> Result<Vec<Kept>, Fault> {
    let to: &End = &end_of(whole);
    let wanted = Wanted { most: MOST, ..Wanted::from(Origin::Referring { to, kind, by }) };
    Ok(reading.list(&wanted)?.kept)
}

fn text(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}
