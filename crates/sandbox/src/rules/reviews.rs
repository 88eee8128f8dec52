//! Submissions for review: what is in them, and what becomes of it.

use crate::dates;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::Entity;
use crate::fault::{EntityCode, Fault};
use crate::store::{Kept, Origin, Wanted, Writing};
use serde_json::{Map, Value};

const ITEMS: &str = "reviewSubmissionItems";

/// An item is a version of the submission's app that is being prepared.
pub(super) fn item(house: &House<'_>, writing: &Writing<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (Some(submission), Some(version)) =
        (draft.entity.one("reviewSubmission"), draft.entity.one("appStoreVersion"))
    else {
        let detail = "An item needs what is to be reviewed: give 'appStoreVersion'";
        return Err(Fault::relation(EntityCode::RelationshipRequired, "appStoreVersion", detail));
    };
    let submission = house.find(writing, &submission.kind, &submission.id)?;
    let version = house.find(writing, &version.kind, &version.id)?;
    if submission.app != version.app {
        let detail = "The version belongs to another app";
        return Err(Fault::relation(EntityCode::RelationshipInvalid, "appStoreVersion", detail));
    }
    if text(&submission, "state")? != "READY_FOR_REVIEW" {
        return Err(Fault::state("INVALID_STATE", "The submission has been submitted already"));
    }
    Ok(())
}

fn text(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// To submit, and to take back: the versions in it follow.
pub(super) fn submission_changed(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    entity: &Entity,
    values: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let is_asked = |name: &str| entity.attributes.get(name) == Some(&Value::Bool(true));
    let state = text(kept, "state")?;
    let (new, version) = match (is_asked("submitted"), is_asked("canceled"), state.as_str()) {
        (true, false, "READY_FOR_REVIEW") => ("WAITING_FOR_REVIEW", "WAITING_FOR_REVIEW"),
        (false, true, "READY_FOR_REVIEW" | "WAITING_FOR_REVIEW") => ("COMPLETE", "PREPARE_FOR_SUBMISSION"),
        (false, false, _) => return Ok(()),
        _ => {
            let detail = format!("This can't be done with a submission in state {state}");
            return Err(Fault::state("INVALID_STATE", detail));
        }
    };
    let versions = versions_in(house, writing, kept)?;
    if versions.is_empty() && is_asked("submitted") {
        return Err(Fault::state("INVALID_STATE", "There is nothing in the submission"));
    }
    for each in versions {
        let mut changed = attributes_of(&each)?;
        changed.insert("appStoreState".to_owned(), version.into());
        changed.insert("appVersionState".to_owned(), version.into());
        house.rewrite(writing, house.kind("appStoreVersions")?, &each, &changed)?;
    }
    values.insert("state".to_owned(), new.into());
    if is_asked("submitted") {
        values.insert("submittedDate".to_owned(), dates::moment(house.now).into());
    }
    Ok(())
}

fn versions_in(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<Vec<Kept>, Fault> {
    let to = end_of(submission);
    let items =
        writing.list(&Wanted::from(Origin::Referring { to: &to, kind: ITEMS, by: "reviewSubmission" }))?;
    let mut versions = Vec::new();
    for item in items.kept {
        for end in writing.targets(item.number, "appStoreVersion")? {
            versions.push(house.find(writing, &end.kind, &end.id)?);
        }
    }
    Ok(versions)
}
