//! Submissions for review: what is in them, and what becomes of it.

use super::versions;
use crate::dates;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::Entity;
use crate::fault::{EntityCode, Fault};
use crate::store::{Kept, Origin, Wanted, Writing};
use serde_json::{Map, Value};
use std::time::Duration;

const ITEMS: &str = "reviewSubmissionItems";
/// How long a submission waits, and how long its review takes.
const REVIEW: Duration = Duration::from_secs(60);

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
        (false, true, "READY_FOR_REVIEW" | "WAITING_FOR_REVIEW" | "IN_REVIEW") => {
            ("COMPLETE", "PREPARE_FOR_SUBMISSION")
        }
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
        versions::put(house, writing, &each, version)?;
    }
    values.insert("state".to_owned(), new.into());
    if is_asked("submitted") {
        writing.due_at(kept.number, house.now + REVIEW)?;
        values.insert("submittedDate".to_owned(), dates::moment(house.now).into());
    }
    Ok(())
}

/// The time has come for a review to begin, or to end: a version is approved, unless its notes for the reviewer speak of
/// rejection, so that automation can try what it does then.
pub(super) fn went_on(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<(), Fault> {
    let mut values = attributes_of(submission)?;
    let versions = versions_in(house, writing, submission)?;
    let new = match text(submission, "state")?.as_str() {
        "WAITING_FOR_REVIEW" => {
            versions.iter().try_for_each(|version| versions::put(house, writing, version, "IN_REVIEW"))?;
            writing.due_at(submission.number, house.now + REVIEW)?;
            "IN_REVIEW"
        }
        "IN_REVIEW" => end(house, writing, &versions)?,
        // It was taken back meanwhile.
        _ => return Ok(()),
    };
    values.insert("state".to_owned(), new.into());
    house.rewrite(writing, house.kind("reviewSubmissions")?, submission, &values)
}

/// Ends a review; answers the state of its submission.
fn end(house: &House<'_>, writing: &Writing<'_>, versions: &[Kept]) -> Result<&'static str, Fault> {
    let mut state = "COMPLETE";
    for version in versions {
        let notes =
            writing.first_that_refers(&end_of(version), "appStoreReviewDetails", "appStoreVersion")?;
        let notes = notes.map(|detail| text(&detail, "notes")).transpose()?.unwrap_or_default();
        if notes.to_lowercase().contains("reject") {
            versions::put(house, writing, version, "REJECTED")?;
            state = "UNRESOLVED_ISSUES";
        } else if text(version, "releaseType")? == "AFTER_APPROVAL" {
            versions::put_on_sale(house, writing, version)?;
        } else {
            versions::put(house, writing, version, "PENDING_DEVELOPER_RELEASE")?;
        }
    }
    Ok(state)
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
