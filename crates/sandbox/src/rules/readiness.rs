//! Whether a version has all that a review needs.

use super::versions;
use crate::document::self_path;
use crate::engine::{House, attributes_of, end_of};
use crate::fault::{EntityCode, Fault};
use crate::store::{Kept, Origin, Reading, Wanted};
use serde_json::Value;

/// What each language of a version must have.
const WORDS: &[&str] = &["description", "keywords", "supportUrl"];
/// What it must have besides, where there was a version before.
const NEWS: &str = "whatsNew";

/// What is missing, by the path of what lacks it.
type Missing = Vec<(String, Vec<Fault>)>;

/// Whether this version can be reviewed.
///
/// # Errors
/// All that is missing.
pub(super) fn check(house: &House<'_>, reading: &Reading<'_>, version: &Kept) -> Result<(), Fault> {
    let mut missing: Missing = Vec::new();
    if reading.targets(version.number, "build")?.is_empty() {
        let detail = "You must provide a value for the relationship 'build' with this request";
        let fault = Fault::relation(EntityCode::RelationshipRequired, "build", detail);
        missing.push((self_path(house.kind(&version.kind)?, &version.id), vec![fault]));
    }
    missing.extend(missing_words(house, reading, version)?);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Fault::Unready { kind: version.kind.clone(), id: version.id.clone(), missing })
}

fn missing_words(house: &House<'_>, reading: &Reading<'_>, version: &Kept) -> Result<Missing, Fault> {
    let kind = house.kind("appStoreVersionLocalizations")?;
    let origin = Origin::Referring { to: &end_of(version), kind: &kind.name, by: "appStoreVersion" };
    let news = versions::is_update(reading, version)?.then_some(&NEWS);
    let wanted: Vec<&str> = WORDS.iter().chain(news).copied().collect();
    let mut missing = Vec::new();
    for language in reading.list(&Wanted::from(origin))?.kept {
        let values = attributes_of(&language)?;
        let is_there = |name: &&str| {
            let text = values.get(*name).and_then(Value::as_str);
            text.is_some_and(|text| !text.trim().is_empty())
        };
        let faults: Vec<Fault> =
            wanted.iter().filter(|name| !is_there(name)).map(|name| lacks(name)).collect();
        if !faults.is_empty() {
            missing.push((self_path(kind, &language.id), faults));
        }
    }
    Ok(missing)
}

fn lacks(name: &str) -> Fault {
    let detail = format!("You must provide a value for the attribute '{name}' with this request");
    Fault::attribute(EntityCode::AttributeRequired, name, detail)
}
