//! Analytics reports: a request brings reports, of which there are instances by day, week and month, each in segments
//! that can be fetched. Instances and segments are worked out, never kept; their figures are arithmetic.
//!
//! Apple takes a day or two for the first; here they are there at once.

mod catalogue;
mod figures;
mod instance;

use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::{Ends, Entity};
use crate::fault::Fault;
use crate::query::Query;
use crate::rules::worked_out::{page, worked_out};
use crate::store::{Kept, Listed, Origin, Reading, Store, Wanted, Writing};
use crate::table::Relation;
use catalogue::Level;
use instance::{Instance, Segment};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::SystemTime;

const REQUESTS: &str = "analyticsReportRequests";
const REPORTS: &str = "analyticsReports";
const INSTANCES: &str = "analyticsReportInstances";
const SEGMENTS: &str = "analyticsReportSegments";

/// An app has one request of each kind at most.
pub(crate) fn before_request(writing: &Writing<'_>, draft: &Draft) -> Result<(), Fault> {
    let Some(app) = draft.entity.one("app") else { return Ok(()) };
    let there = writing.list(&Wanted::from(Origin::Referring { to: app, kind: REQUESTS, by: "app" }))?;
    for other in there.kept {
        if attributes_of(&other)?.get("accessType") == draft.attributes.get("accessType") {
            return Err(Fault::state("ENTITY_STATE_INVALID", "You already have such an entity"));
        }
    }
    Ok(())
}

/// A request brings its reports.
pub(crate) fn after_request(house: &House<'_>, writing: &Writing<'_>, request: &Kept) -> Result<(), Fault> {
    let kind = house.kind(REPORTS)?;
    for level in catalogue::all() {
        let attributes = Map::from_iter([
            ("name".to_owned(), level.name().into()),
            ("category".to_owned(), level.report.category.into()),
        ]);
        let relations = BTreeMap::from([("request".to_owned(), Ends::One(Some(end_of(request))))]);
        let entity = Entity { kind: kind.name.clone(), id: None, attributes: attributes.clone(), relations };
        house.keep(writing, kind, Draft { id: None, attributes, entity }, Some(request))?;
    }
    Ok(())
}

/// An instance or a segment; nothing if another type is meant, or there is none.
pub(crate) fn find(
    house: &House<'_>,
    reading: &Reading<'_>,
    kind: &str,
    id: &str,
) -> Result<Option<Kept>, Fault> {
    match kind {
        INSTANCES => Ok(Instance::read(reading, house.now, id)?.map(|it| shown_instance(&it))),
        SEGMENTS => match Segment::read(reading, house.now, id)? {
            Some(segment) => shown_segment(house, reading, &segment).map(Some),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// What the relations of reports and their instances lead to; nothing if others are meant.
pub(crate) fn follow(
    house: &House<'_>,
    reading: &Reading<'_>,
    owner: &Kept,
    relation: &Relation,
    query: &Query,
) -> Result<Option<Listed>, Fault> {
    match (owner.kind.as_str(), relation.name.as_str()) {
        (REPORTS, "instances") => {
            let all = Instance::all(reading, house.now, owner)?;
            let wanted = all.iter().filter(|instance| is_wanted(instance, query)).map(shown_instance);
            Ok(Some(page(wanted, query)))
        }
        (INSTANCES, "segments") => {
            let Some(instance) = Instance::read(reading, house.now, &owner.id)? else { return Ok(None) };
            let all: Result<Vec<Kept>, Fault> =
                instance.segments().iter().map(|segment| shown_segment(house, reading, segment)).collect();
            Ok(Some(page(all?.into_iter(), query)))
        }
        _ => Ok(None),
    }
}

fn is_wanted(instance: &Instance, query: &Query) -> bool {
    let is_one_of = |name: &str, value: &str| {
        query.given.get(name).is_none_or(|values| values.iter().any(|wanted| wanted == value))
    };
    is_one_of("granularity", instance.granularity.word())
        && is_one_of("processingDate", &instance.processed.to_string())
}

fn shown_instance(instance: &Instance) -> Kept {
    let attributes = json!({
        "granularity": instance.granularity.word(),
        "processingDate": instance.processed.to_string(),
    });
    worked_out(INSTANCES, instance.id(), instance.report.app.clone(), &attributes)
}

fn shown_segment(house: &House<'_>, reading: &Reading<'_>, segment: &Segment) -> Result<Kept, Fault> {
    let content = content(reading, segment)?;
    let attributes = json!({
        "checksum": Md5::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "sizeInBytes": content.len(),
        "url": format!("{}/sandbox/segments/{}/{}.txt.gz", house.base, reading.team(), segment.id()),
    });
    Ok(worked_out(SEGMENTS, segment.id(), segment.instance.report.app.clone(), &attributes))
}

/// The content of a segment, compressed. Whoever knows its id may read it: the id is what makes the link a secret, as
/// signatures do in Apple's.
///
/// # Errors
/// If there is no such segment.
pub(crate) fn segment(store: &Store, now: SystemTime, team: &str, id: &str) -> Result<Vec<u8>, Fault> {
    store.read(team, |reading| match Segment::read(reading, now, id)? {
        Some(segment) => content(reading, &segment),
        None => Err(Fault::NoSuchResource { kind: SEGMENTS.to_owned(), id: id.to_owned() }),
    })
}

fn content(reading: &Reading<'_>, segment: &Segment) -> Result<Vec<u8>, Fault> {
    let report = &segment.instance.report;
    let name = text_of(report, "name")?;
    // Fixtures may call a report as they like.
    let unknown = || Fault::NoSuchResource { kind: SEGMENTS.to_owned(), id: segment.id() };
    let level = Level::named(&name).ok_or_else(unknown)?;
    let id = report.app.clone().unwrap_or_default();
    let app = reading.find("apps", &id)?;
    let title = app.map(|app| text_of(&app, "name")).transpose()?.unwrap_or_default();
    let text = figures::written(&level, &figures::App { id: &id, title: &title }, segment);
    crate::reports::compressed(&text)
}

fn text_of(kept: &Kept, name: &str) -> Result<String, Fault> {
    Ok(attributes_of(kept)?.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}
