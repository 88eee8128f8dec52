//! Runs of Xcode Cloud: one that is started waits, runs and succeeds by the clock.

use crate::dates::moment;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::{Ends, Entity};
use crate::fault::{EntityCode, Fault};
use crate::store::{End, Kept, Origin, Reading, Wanted, Writing};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const RUNS: &str = "ciBuildRuns";
/// How long a run waits, and how long it takes.
const STEP: Duration = Duration::from_secs(30);

/// A run belongs to the product of its workflow, or of the run that it repeats.
pub(super) fn complete(house: &House<'_>, writing: &Writing<'_>, entity: &mut Entity) -> Result<(), Fault> {
    if entity.kind != RUNS {
        return Ok(());
    }
    let before = entity.one("buildRun").cloned();
    if let Some(before) = before.filter(|_| entity.one("workflow").is_none()) {
        let run = there(house, writing, &before)?;
        let workflow =
            run.map(|run| writing.targets(run.number, "workflow")).transpose()?.unwrap_or_default();
        entity.relations.insert("workflow".to_owned(), Ends::One(workflow.into_iter().next()));
    }
    let Some(workflow) = entity.one("workflow").cloned() else {
        let detail = "A run needs what is run: give 'workflow', or 'buildRun' to run one again";
        return Err(Fault::relation(EntityCode::RelationshipRequired, "workflow", detail));
    };
    if let Some(workflow) = there(house, writing, &workflow)? {
        let product = writing.targets(workflow.number, "product")?.into_iter().next();
        entity.relations.insert("product".to_owned(), Ends::One(product));
    }
    Ok(())
}

/// A resource; what is not there is told with all other ends.
fn there(house: &House<'_>, reading: &Reading<'_>, end: &End) -> Result<Option<Kept>, Fault> {
    match house.find(reading, &end.kind, &end.id) {
        Ok(kept) => Ok(Some(kept)),
        Err(Fault::NoSuchResource { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// What is not a client's to say of a new run.
pub(super) fn before_create(writing: &Writing<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let repeats = draft.entity.relations.contains_key("buildRun");
    let reason = if repeats { "MANUAL_REBUILD" } else { "MANUAL" };
    draft.attributes.insert("startReason".to_owned(), reason.into());
    if let Some(product) = draft.entity.one("product") {
        let origin = Origin::Referring { to: product, kind: RUNS, by: "product" };
        let count = writing.list(&Wanted { most: 1, ..Wanted::from(origin) })?.total;
        draft.attributes.insert("number".to_owned(), (count + 1).into());
    }
    Ok(())
}

/// A new run has an action, and goes on later.
pub(super) fn started(house: &House<'_>, writing: &Writing<'_>, run: &Kept) -> Result<(), Fault> {
    let attributes = Map::from_iter([
        ("name".to_owned(), "Archive - iOS".into()),
        ("actionType".to_owned(), "ARCHIVE".into()),
    ]);
    let kind = house.kind("ciBuildActions")?;
    let relations = BTreeMap::from([("buildRun".to_owned(), Ends::One(Some(end_of(run))))]);
    let entity = Entity { kind: kind.name.clone(), id: None, attributes: attributes.clone(), relations };
    house.keep(writing, kind, Draft { id: None, attributes, entity }, Some(run))?;
    writing.due_at(run.number, house.now + STEP)
}

/// The time has come for a run to begin, or to end. Its actions go with it.
pub(super) fn went_on(house: &House<'_>, writing: &Writing<'_>, run: &Kept) -> Result<(), Fault> {
    let progress = attributes_of(run)?.get("executionProgress").cloned().unwrap_or_default();
    let now = moment(house.now);
    let changes = match progress.as_str() {
        Some("PENDING") => {
            writing.due_at(run.number, house.now + STEP)?;
            json!({ "executionProgress": "RUNNING", "startedDate": now })
        }
        Some("RUNNING") => {
            let none = json!({ "analyzerWarnings": 0, "errors": 0, "testFailures": 0, "warnings": 0 });
            json!({
                "executionProgress": "COMPLETE", "completionStatus": "SUCCEEDED", "finishedDate": now, "issueCounts": none,
            })
        }
        _ => return Ok(()),
    };
    let to = end_of(run);
    let origin = Origin::Referring { to: &to, kind: "ciBuildActions", by: "buildRun" };
    let actions = writing.list(&Wanted::from(origin))?.kept;
    actions.iter().chain([run]).try_for_each(|kept| change(house, writing, kept, &changes))
}

fn change(house: &House<'_>, writing: &Writing<'_>, kept: &Kept, changes: &Value) -> Result<(), Fault> {
    let mut values = attributes_of(kept)?;
    values.extend(changes.as_object().cloned().unwrap_or_default());
    house.rewrite(writing, house.kind(&kept.kind)?, kept, &values)
}
