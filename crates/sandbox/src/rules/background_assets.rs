//! Packs of assets: a version's file is uploaded, and the version is ready some time later.

use crate::engine::{Draft, House, attributes_of};
use crate::fault::{EntityCode, Fault};
use crate::store::{Kept, Origin, Wanted, Writing};
use crate::uploads::Became;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a version is processed.
const PROCESSING: Duration = Duration::from_secs(20);

/// Refuses a name that no pack can have.
pub(super) fn pack(draft: &Draft) -> Result<(), Fault> {
    let name = draft.entity.text("assetPackIdentifier").unwrap_or_default();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if name.split('-').all(is_word) {
        return Ok(());
    }
    let detail = "It must be letters and digits, with single hyphens between them";
    Err(Fault::attribute(EntityCode::AttributeInvalid, "assetPackIdentifier", detail))
}

/// Versions of a pack are counted.
pub(super) fn version(writing: &Writing<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let Some(pack) = draft.entity.one("backgroundAsset") else { return Ok(()) };
    let origin = Origin::Referring { to: pack, kind: "backgroundAssetVersions", by: "backgroundAsset" };
    let before = writing.list(&Wanted { most: 1, ..Wanted::from(origin) })?.total;
    draft.attributes.insert("version".to_owned(), (before + 1).to_string().into());
    Ok(())
}

/// What follows from a file of a version having been committed.
pub(super) fn file_became(
    house: &House<'_>,
    writing: &Writing<'_>,
    file: &Kept,
    values: &Map<String, Value>,
    became: Became,
) -> Result<(), Fault> {
    let ends = writing.targets(file.number, "backgroundAssetVersion")?;
    let Some(end) = ends.first() else { return Ok(()) };
    let version = house.find(writing, &end.kind, &end.id)?;
    let errors = &values["assetDeliveryState"]["errors"];
    match became {
        Became::Failed => set_state(house, writing, &version, "FAILED", errors),
        Became::Complete if values.get("assetType").is_some_and(|kind| kind == "ASSET") => {
            writing.due_at(version.number, house.now + PROCESSING)?;
            set_state(house, writing, &version, "PROCESSING", errors)
        }
        Became::Complete => Ok(()),
    }
}

/// The ways in which a version that is ready goes to people.
const RELEASES: &[&str] = &[
    "backgroundAssetVersionInternalBetaReleases",
    "backgroundAssetVersionExternalBetaReleases",
    "backgroundAssetVersionAppStoreReleases",
];

/// The time of a version that was processed has come: it is ready.
pub(super) fn processed(house: &House<'_>, writing: &Writing<'_>, version: &Kept) -> Result<(), Fault> {
    for release in RELEASES {
        let refers = [("backgroundAssetVersion", "backgroundAssetVersions", version.id.as_str())];
        house.keep_given(writing, release, None, &json!({}), &refers)?;
    }
    set_state(house, writing, version, "COMPLETE", &json!([]))
}

fn set_state(
    house: &House<'_>,
    writing: &Writing<'_>,
    version: &Kept,
    state: &str,
    errors: &Value,
) -> Result<(), Fault> {
    let mut values = attributes_of(version)?;
    values.insert("state".to_owned(), state.into());
    values.insert("stateDetails".to_owned(), json!({ "errors": errors, "warnings": [], "infos": [] }));
    house.rewrite(writing, house.kind(&version.kind)?, version, &values)
}
