//! Submissions for review: what is in them, and what becomes of it.

use super::{metadata_versions, readiness, versions};
use crate::dates;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::Entity;
use crate::fault::{EntityCode, Fault};
use crate::store::{Kept, Origin, Wanted, Writing};
use crate::table::{Kind, Relation, ResourceType};
use serde_json::{Map, Value};
use std::time::Duration;

const ITEMS: &str = "reviewSubmissionItems";
const SUBMISSION: &str = "reviewSubmission";
/// What a version that is being reviewed has, beside the submission that it is in.
const OF_VERSION: &str = "appStoreVersionSubmissions";
/// From a submission to the version in it.
const FOR_REVIEW: &str = "appStoreVersionForReview";
/// The state of an item that was taken out.
const REMOVED: &str = "REMOVED";
/// How long a submission waits, and how long its review takes.
const REVIEW: Duration = Duration::from_secs(60);
/// What the state is called of what is not being reviewed, and of what was found good; each type knows one of them.
const OPEN: &[&str] = &["PREPARE_FOR_SUBMISSION", "DRAFT"];
const GOOD: &[&str] = &["APPROVED", "ACCEPTED"];

/// What is reviewed, and the item of a submission that says so.
struct Reviewed {
    item: Kept,
    what: Kept,
}

/// The relations of which an item has one: to what is to be reviewed.
fn reviewed(items: &ResourceType) -> impl Iterator<Item = &Relation> {
    items.relations.iter().filter(|relation| relation.name != SUBMISSION)
}

/// An item is one thing of the submission's app that is being prepared.
pub(super) fn item(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &ResourceType,
    draft: &Draft,
) -> Result<(), Fault> {
    let mut given = reviewed(kind).filter_map(|relation| Some((relation, draft.entity.one(&relation.name)?)));
    let (Some(submission), Some((relation, what))) = (draft.entity.one(SUBMISSION), given.next()) else {
        let detail = "An item needs what is to be reviewed: give 'appStoreVersion', or another";
        return Err(Fault::relation(EntityCode::RelationshipRequired, "appStoreVersion", detail));
    };
    let invalid = |relation: &Relation, detail| {
        Err(Fault::relation(EntityCode::RelationshipInvalid, &relation.name, detail))
    };
    if let Some((other, _)) = given.next() {
        return invalid(other, "An item is one thing that is to be reviewed");
    }
    let submission = house.find(writing, &submission.kind, &submission.id)?;
    let what = house.find(writing, &what.kind, &what.id)?;
    if what.app.is_some() && submission.app != what.app {
        return invalid(relation, "It belongs to another app");
    }
    if text(&submission, "state")? != "READY_FOR_REVIEW" {
        return Err(Fault::state("INVALID_STATE", "The submission has been submitted already"));
    }
    if what.kind == "appStoreVersions" {
        versions::must_be_open(&what)?;
        readiness::check(house, writing, &what)?;
        writing.unlink_all(submission.number, FOR_REVIEW)?;
        return writing.link(&submission, FOR_REVIEW, 0, &end_of(&what));
    }
    let state = state_of(house, &what)?;
    if state.as_deref().is_some_and(|state| !OPEN.contains(&state)) {
        let detail = format!("This can't be reviewed in state {}", state.unwrap_or_default());
        return Err(Fault::state("INVALID_STATE", detail));
    }
    put(house, writing, &what, &["READY_FOR_REVIEW"])
}

/// What is taken out of a submission is being prepared again.
pub(super) fn taken_out(house: &House<'_>, writing: &Writing<'_>, item: &Kept) -> Result<(), Fault> {
    if text(item, "state")? == REMOVED {
        return Ok(());
    }
    match what_of(house, writing, item)? {
        Some(what) if what.kind == "appStoreVersions" => {
            match writing.targets(item.number, SUBMISSION)?.first() {
                Some(end) => {
                    let submission = house.find(writing, &end.kind, &end.id)?;
                    writing.unlink_all(submission.number, FOR_REVIEW)
                }
                None => Ok(()),
            }
        }
        Some(what) => put(house, writing, &what, OPEN),
        None => Ok(()),
    }
}

/// An item is taken out by saying so, too.
pub(super) fn item_changed(
    house: &House<'_>,
    writing: &Writing<'_>,
    item: &Kept,
    entity: &Entity,
    values: &mut Map<String, Value>,
) -> Result<(), Fault> {
    if entity.attributes.get("removed") == Some(&Value::Bool(true)) {
        taken_out(house, writing, item)?;
        values.insert("state".to_owned(), REMOVED.into());
    }
    Ok(())
}

fn text(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// The attribute that says how far a resource is.
fn state_name(kind: &ResourceType) -> &'static str {
    if kind.attribute("eventState").is_some() { "eventState" } else { "state" }
}

fn state_of(house: &House<'_>, kept: &Kept) -> Result<Option<String>, Fault> {
    let name = state_name(house.kind(&kept.kind)?);
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).map(str::to_owned))
}

/// Puts what is reviewed into the first of these states that its type knows.
fn put(house: &House<'_>, writing: &Writing<'_>, kept: &Kept, states: &[&str]) -> Result<(), Fault> {
    let kind = house.kind(&kept.kind)?;
    if kind.name == "appStoreVersions" {
        return states.first().map_or(Ok(()), |state| versions::put(house, writing, kept, state));
    }
    let name = state_name(kind);
    let known = |state: &&&str| kind.attribute(name).is_some_and(|it| knows(&it.kind, state));
    let Some(state) = states.iter().find(known) else { return Ok(()) };
    put_state(house, writing, kept, name, state)?;
    metadata_versions::followed(house, writing, kept, state)
}

fn knows(kind: &Kind, state: &str) -> bool {
    matches!(kind, Kind::OneOf(words) if words.iter().any(|word| word == state))
}

/// Says how far a resource is, if its type has that state.
pub(super) fn put_state(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    name: &str,
    state: &str,
) -> Result<(), Fault> {
    let kind = house.kind(&kept.kind)?;
    if !kind.attribute(name).is_some_and(|attribute| knows(&attribute.kind, state)) {
        return Ok(());
    }
    let mut values = attributes_of(kept)?;
    values.insert(name.to_owned(), state.into());
    house.rewrite(writing, kind, kept, &values)
}

/// To submit, and to take back: what is in it follows.
pub(super) fn submission_changed(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    entity: &Entity,
    values: &mut Map<String, Value>,
) -> Result<(), Fault> {
    let is_asked = |name: &str| entity.attributes.get(name) == Some(&Value::Bool(true));
    let state = text(kept, "state")?;
    let (new, states) = match (is_asked("submitted"), is_asked("canceled"), state.as_str()) {
        (true, false, "READY_FOR_REVIEW") => ("WAITING_FOR_REVIEW", ["WAITING_FOR_REVIEW"].as_slice()),
        (false, true, "READY_FOR_REVIEW" | "WAITING_FOR_REVIEW" | "IN_REVIEW") => ("COMPLETE", OPEN),
        (false, false, _) => return Ok(()),
        _ => {
            let detail = format!("This can't be done with a submission in state {state}");
            return Err(Fault::state("INVALID_STATE", detail));
        }
    };
    let all = all_in(house, writing, kept)?;
    if all.is_empty() && is_asked("submitted") {
        return Err(Fault::state("INVALID_STATE", "There is nothing in the submission"));
    }
    for each in all {
        put(house, writing, &each.what, states)?;
        submissions_of(house, writing, &each.what, is_asked("submitted"))?;
    }
    values.insert("state".to_owned(), new.into());
    if is_asked("submitted") {
        writing.due_at(kept.number, house.now + REVIEW)?;
        values.insert("submittedDate".to_owned(), dates::moment(house.now).into());
    }
    Ok(())
}

/// A version that is being reviewed has a submission of its own, as it had before there were submissions of several things.
fn submissions_of(
    house: &House<'_>,
    writing: &Writing<'_>,
    what: &Kept,
    is_there: bool,
) -> Result<(), Fault> {
    if what.kind != "appStoreVersions" {
        return Ok(());
    }
    if let Some(before) = writing.first_that_refers(&end_of(what), OF_VERSION, "appStoreVersion")? {
        house.forget(writing, &before)?;
    }
    if is_there {
        let refers = [("appStoreVersion", "appStoreVersions", what.id.as_str())];
        house.keep_given(writing, OF_VERSION, None, &Value::Null, &refers)?;
    }
    Ok(())
}

/// To delete a version's own submission is to take back the one that it is in.
pub(super) fn taken_back(house: &House<'_>, writing: &Writing<'_>, own: &Kept) -> Result<(), Fault> {
    let Some(version) = writing.targets(own.number, "appStoreVersion")?.into_iter().next() else {
        return Ok(());
    };
    let to = Origin::Referring { to: &version, kind: ITEMS, by: "appStoreVersion" };
    for item in writing.list(&Wanted::from(to))?.kept {
        let Some(end) = writing.targets(item.number, SUBMISSION)?.into_iter().next() else { continue };
        let submission = house.find(writing, &end.kind, &end.id)?;
        if matches!(text(&submission, "state")?.as_str(), "WAITING_FOR_REVIEW" | "IN_REVIEW") {
            for each in all_in(house, writing, &submission)? {
                put(house, writing, &each.what, OPEN)?;
            }
            put_state(house, writing, &submission, "state", "COMPLETE")?;
        }
    }
    Ok(())
}

/// The time has come for a review to begin, or to end: all is found good whose notes for the reviewer don't speak of
/// rejection, so that automation can try what it does then.
pub(super) fn went_on(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<(), Fault> {
    let mut values = attributes_of(submission)?;
    let all = all_in(house, writing, submission)?;
    let new = match text(submission, "state")?.as_str() {
        "WAITING_FOR_REVIEW" => {
            all.iter().try_for_each(|each| put(house, writing, &each.what, &["IN_REVIEW"]))?;
            writing.due_at(submission.number, house.now + REVIEW)?;
            "IN_REVIEW"
        }
        "IN_REVIEW" => end(house, writing, &all)?,
        // It was taken back meanwhile.
        _ => return Ok(()),
    };
    values.insert("state".to_owned(), new.into());
    house.rewrite(writing, house.kind("reviewSubmissions")?, submission, &values)
}

/// Ends a review; answers the state of its submission.
fn end(house: &House<'_>, writing: &Writing<'_>, all: &[Reviewed]) -> Result<&'static str, Fault> {
    let mut state = "COMPLETE";
    for Reviewed { item, what } in all {
        submissions_of(house, writing, what, false)?;
        let is_good = !notes(house, writing, what)?.to_lowercase().contains("reject");
        put_state(house, writing, item, "state", if is_good { "APPROVED" } else { "REJECTED" })?;
        if !is_good {
            put(house, writing, what, &["REJECTED"])?;
            state = "UNRESOLVED_ISSUES";
        } else if what.kind != "appStoreVersions" {
            put(house, writing, what, GOOD)?;
        } else if text(what, "releaseType")? == "AFTER_APPROVAL" {
            versions::put_on_sale(house, writing, what)?;
        } else {
            put(house, writing, what, &["PENDING_DEVELOPER_RELEASE"])?;
        }
    }
    Ok(state)
}

/// What the reviewer is told.
fn notes(house: &House<'_>, writing: &Writing<'_>, what: &Kept) -> Result<String, Fault> {
    if what.kind != "appStoreVersions" {
        return metadata_versions::note(house, writing, what);
    }
    let detail = writing.first_that_refers(&end_of(what), "appStoreReviewDetails", "appStoreVersion")?;
    Ok(detail.map(|detail| text(&detail, "notes")).transpose()?.unwrap_or_default())
}

fn all_in(house: &House<'_>, writing: &Writing<'_>, submission: &Kept) -> Result<Vec<Reviewed>, Fault> {
    let to = end_of(submission);
    let items = writing.list(&Wanted::from(Origin::Referring { to: &to, kind: ITEMS, by: SUBMISSION }))?;
    let mut all = Vec::new();
    for item in items.kept {
        match what_of(house, writing, &item)? {
            Some(what) if text(&item, "state")? != REMOVED => all.push(Reviewed { item, what }),
            _ => {}
        }
    }
    Ok(all)
}

fn what_of(house: &House<'_>, writing: &Writing<'_>, item: &Kept) -> Result<Option<Kept>, Fault> {
    for relation in reviewed(house.kind(ITEMS)?) {
        if let Some(end) = writing.targets(item.number, &relation.name)?.first() {
            return house.find(writing, &end.kind, &end.id).map(Some);
        }
    }
    Ok(None)
}
