//! Versions of what is sold, and of what Game Center knows: one at a time is being prepared, and what belongs to one
//! can be changed until it is submitted.

use super::reviews::put_state;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::fault::Fault;
use crate::store::{End, Kept, Origin, Wanted, Writing};
use crate::table::ResourceType;
use serde_json::Value;

/// The types of versions, with the relation to what they are versions of.
const VERSIONS: &[(&str, &str)] = &[
    ("inAppPurchaseVersions", "inAppPurchase"),
    ("subscriptionVersions", "subscription"),
    ("subscriptionGroupVersions", "subscriptionGroup"),
    ("gameCenterActivityVersions", "activity"),
    ("gameCenterChallengeVersions", "challenge"),
    ("v2/gameCenterAchievementVersions", "achievement"),
    ("v2/gameCenterLeaderboardVersions", "leaderboard"),
    ("v2/gameCenterLeaderboardSetVersions", "leaderboardSet"),
];
/// The relation by which words and pictures belong to a version.
const OF_VERSION: &str = "version";
const OPEN: &str = "PREPARE_FOR_SUBMISSION";

/// Whether a type is one of versions, or of what belongs to one.
pub(super) fn concerns(kind: &ResourceType) -> bool {
    let belongs = kind.relation(OF_VERSION).is_some_and(|it| it.part && of_what(&it.to).is_some());
    belongs || of_what(&kind.name).is_some()
}

fn of_what(kind: &str) -> Option<&'static str> {
    VERSIONS.iter().find(|(versions, _)| *versions == kind).map(|(_, by)| *by)
}

/// Numbers a new version; looks whether what belongs to one may be added to it.
pub(super) fn before_create(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    draft: &mut Draft,
) -> Result<(), Fault> {
    if let Some(by) = of_what(&kind.name) {
        return number(writing, kind, by, draft);
    }
    draft.entity.one(OF_VERSION).map_or(Ok(()), |version| must_be_open(house, writing, version))
}

fn number(writing: &Writing<'_>, kind: &ResourceType, by: &str, draft: &mut Draft) -> Result<(), Fault> {
    let Some(whole) = draft.entity.one(by) else { return Ok(()) };
    let before = writing.list(&Wanted::from(Origin::Referring { to: whole, kind: &kind.name, by }))?;
    for version in &before.kept {
        if text(version, "state")? == OPEN {
            let detail = format!("The version with id '{}' is being prepared: change that", version.id);
            return Err(Fault::state("ENTITY_STATE_INVALID", detail));
        }
    }
    draft.attributes.insert("version".to_owned(), (before.total + 1).into());
    Ok(())
}

/// Looks whether what belongs to a version may be changed or deleted.
pub(super) fn before_change(house: &House<'_>, writing: &Writing<'_>, part: &Kept) -> Result<(), Fault> {
    match writing.targets(part.number, OF_VERSION)?.first() {
        Some(version) => must_be_open(house, writing, version),
        None => Ok(()),
    }
}

fn must_be_open(house: &House<'_>, writing: &Writing<'_>, version: &End) -> Result<(), Fault> {
    let state = text(&house.find(writing, &version.kind, &version.id)?, "state")?;
    if state == OPEN {
        return Ok(());
    }
    let detail = format!("A version in state {state} can't be changed: make a new one");
    Err(Fault::state("INVALID_STATE", detail))
}

/// What is sold is as far as its version, until it was approved for the first time; the version that was approved
/// before is replaced.
pub(super) fn followed(
    house: &House<'_>,
    writing: &Writing<'_>,
    version: &Kept,
    state: &str,
) -> Result<(), Fault> {
    let Some(by) = of_what(&version.kind) else { return Ok(()) };
    let Some(end) = writing.targets(version.number, by)?.into_iter().next() else { return Ok(()) };
    let whole = house.find(writing, &end.kind, &end.id)?;
    if text(&whole, "state")? != "APPROVED" {
        put_state(house, writing, &whole, "state", whole_state(state))?;
    }
    if state != "APPROVED" {
        return Ok(());
    }
    for other in writing.list(&Wanted::from(Origin::Referring { to: &end, kind: &version.kind, by }))?.kept {
        if end_of(&other) != end_of(version) && text(&other, "state")? == "APPROVED" {
            put_state(house, writing, &other, "state", "REPLACED_WITH_NEW_VERSION")?;
        }
    }
    Ok(())
}

/// What the reviewer of a version is told.
pub(super) fn note(house: &House<'_>, writing: &Writing<'_>, version: &Kept) -> Result<String, Fault> {
    let Some(by) = of_what(&version.kind) else { return Ok(String::new()) };
    match writing.targets(version.number, by)?.first() {
        Some(end) => text(&house.find(writing, &end.kind, &end.id)?, "reviewNote"),
        None => Ok(String::new()),
    }
}

/// What the state of a version is called where it is the state of what is sold.
fn whole_state(state: &str) -> &str {
    match state {
        OPEN | "READY_FOR_REVIEW" => "READY_TO_SUBMIT",
        other => other,
    }
}

fn text(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}
