//! Webhooks: what happened is written down with the change itself, in one transaction, and told afterwards.
//!
//! A delivery begins as `PENDING`. Whoever made the change has [`collect`] look for what is pending; it posts, and
//! writes down what became of it. Nothing is tried again by itself: a delivery can be asked for again, as at Apple.

mod courier;

use crate::dates::zulu;
use crate::engine::{Draft, House, attributes_of, end_of};
use crate::entity::{Ends, Entity};
use crate::fault::{EntityCode, Fault};
use crate::ids;
use crate::outgoing::Target;
use crate::store::{Kept, Origin, Wanted, Writing};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(crate) use courier::{UnderWay, collect};

const WEBHOOKS: &str = "webhooks";
const EVENTS: &str = "webhookEvents";
const DELIVERIES: &str = "webhookDeliveries";

/// How many webhooks an app may have.
const MOST_OF_AN_APP: i64 = 10;

/// The types of events that a webhook may ask for.
const TYPES: &[&str] = &[
    "ALTERNATIVE_DISTRIBUTION_PACKAGE_AVAILABLE_UPDATED",
    "ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED",
    "ALTERNATIVE_DISTRIBUTION_TERRITORY_AVAILABILITY_UPDATED",
    "APP_STORE_VERSION_APP_VERSION_STATE_UPDATED",
    "BACKGROUND_ASSET_VERSION_APP_STORE_RELEASE_STATE_UPDATED",
    "BACKGROUND_ASSET_VERSION_EXTERNAL_BETA_RELEASE_STATE_UPDATED",
    "BACKGROUND_ASSET_VERSION_INTERNAL_BETA_RELEASE_CREATED",
    "BACKGROUND_ASSET_VERSION_STATE_UPDATED",
    "BETA_FEEDBACK_CRASH_SUBMISSION_CREATED",
    "BETA_FEEDBACK_SCREENSHOT_SUBMISSION_CREATED",
    "BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED",
    "BUILD_UPLOAD_STATE_UPDATED",
];

/// An attribute whose changes are events.
struct Watched {
    kind: &'static str,
    attribute: &'static str,
    event: &'static str,
    /// What the payload calls the event, and the values before and after.
    said: &'static str,
    before: &'static str,
    after: &'static str,
}

const WATCHED: &[Watched] = &[
    Watched {
        kind: "appStoreVersions",
        attribute: "appVersionState",
        event: "APP_STORE_VERSION_APP_VERSION_STATE_UPDATED",
        said: "appStoreVersionAppVersionStateUpdated",
        before: "oldValue",
        after: "newValue",
    },
    Watched {
        kind: "buildBetaDetails",
        attribute: "externalBuildState",
        event: "BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED",
        said: "buildBetaDetailExternalBuildStateUpdated",
        before: "oldExternalBuildState",
        after: "newExternalBuildState",
    },
    Watched {
        kind: "buildUploads",
        attribute: "state",
        event: "BUILD_UPLOAD_STATE_UPDATED",
        said: "buildUploadStateUpdated",
        before: "oldState",
        after: "newState",
    },
];

/// A new webhook can be used, and is not one too many.
pub(crate) fn before_create(writing: &Writing<'_>, draft: &Draft) -> Result<(), Fault> {
    check(&draft.attributes)?;
    let Some(app) = draft.entity.one("app") else { return Ok(()) };
    let origin = Origin::Referring { to: app, kind: WEBHOOKS, by: "app" };
    if writing.list(&Wanted::from(origin))?.total >= MOST_OF_AN_APP {
        let detail = format!("An app can have {MOST_OF_AN_APP} webhooks at most");
        return Err(Fault::state("ENTITY_STATE_INVALID", detail));
    }
    Ok(())
}

/// What a webhook is given can be used.
pub(crate) fn check(values: &Map<String, Value>) -> Result<(), Fault> {
    let invalid =
        |name: &str, why: &str| Err(Fault::attribute(EntityCode::AttributeInvalid, name, why.to_owned()));
    if let Some(Err(why)) = values.get("url").and_then(Value::as_str).map(Target::read) {
        return invalid("url", why);
    }
    if values.get("secret").and_then(Value::as_str) == Some("") {
        return invalid("secret", "It must not be empty");
    }
    let events = values.get("eventTypes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let unknown = events.iter().filter_map(Value::as_str).find(|event| !TYPES.contains(event));
    match unknown {
        Some(unknown) => {
            invalid("eventTypes", &format!("'{unknown}' is no type of event; it may be {}", TYPES.join(", ")))
        }
        None => Ok(()),
    }
}

/// Writes down an event if one of a resource's watched attributes has changed.
pub(crate) fn noticed(
    house: &House<'_>,
    writing: &Writing<'_>,
    kept: &Kept,
    values: &Map<String, Value>,
) -> Result<(), Fault> {
    let Some(watched) = WATCHED.iter().find(|watched| watched.kind == kept.kind) else { return Ok(()) };
    let before = attributes_of(kept)?;
    let (old, new) = (state(before.get(watched.attribute)), state(values.get(watched.attribute)));
    let Some(app) = kept.app.as_ref().filter(|_| old != new) else { return Ok(()) };
    let to = crate::store::End { kind: "apps".to_owned(), id: app.clone() };
    let all = writing.list(&Wanted::from(Origin::Referring { to: &to, kind: WEBHOOKS, by: "app" }))?;
    for webhook in all.kept {
        let wants = attributes_of(&webhook)?;
        let is_wanted = wants.get("eventTypes").and_then(Value::as_array);
        let is_wanted = is_wanted.is_some_and(|types| types.iter().any(|it| it == watched.event));
        if is_wanted && wants.get("enabled") == Some(&Value::Bool(true)) {
            let event = Event {
                said: watched.said,
                kind: Some(watched.event),
                attributes: json!({ watched.after: new, watched.before: old }),
                instance: Some(kept),
            };
            event.happened(house, writing, &webhook)?;
        }
    }
    Ok(())
}

/// A state, be it the attribute itself or the member of that name in it.
fn state(value: Option<&Value>) -> Option<&str> {
    value.and_then(|value| value.as_str().or_else(|| value.get("state")?.as_str()))
}

/// Somebody wants to know whether a webhook works.
pub(crate) fn pinged(house: &House<'_>, writing: &Writing<'_>, ping: &Kept) -> Result<(), Fault> {
    let event = Event { said: "webhookPingCreated", kind: None, attributes: json!({}), instance: None };
    match writing.targets(ping.number, "webhook")?.first() {
        Some(end) => event.happened(house, writing, &house.find(writing, &end.kind, &end.id)?),
        None => Ok(()),
    }
}

/// A delivery that is made again tells of the same event, to the same webhook.
pub(crate) fn complete(house: &House<'_>, writing: &Writing<'_>, entity: &mut Entity) -> Result<(), Fault> {
    let Some(end) = entity.one("template").filter(|_| entity.kind == DELIVERIES) else { return Ok(()) };
    let template = match house.find(writing, &end.kind, &end.id) {
        Ok(template) => template,
        // It is told with all other ends that are not there.
        Err(Fault::NoSuchResource { .. }) => return Ok(()),
        Err(other) => return Err(other),
    };
    for name in ["webhook", "event"] {
        let end = writing.targets(template.number, name)?.into_iter().next();
        entity.relations.insert(name.to_owned(), Ends::One(end));
    }
    entity.attributes.insert("redelivery".to_owned(), true.into());
    Ok(())
}

/// Something of which a webhook is told.
struct Event<'e> {
    said: &'static str,
    /// Its type; a ping has none.
    kind: Option<&'static str>,
    attributes: Value,
    instance: Option<&'e Kept>,
}

impl Event<'_> {
    /// Writes the event down, with a delivery that is pending.
    fn happened(&self, house: &House<'_>, writing: &Writing<'_>, webhook: &Kept) -> Result<(), Fault> {
        let id = ids::uuid();
        let attributes = json!({
            "eventType": self.kind,
            "payload": self.payload(house, &id).to_string(),
            "ping": self.kind.is_none(),
            "createdDate": zulu(house.now),
        });
        let event = part(house, writing, EVENTS, Some(id), attributes, &[("webhook", webhook)], webhook)?;
        let attributes = json!({ "createdDate": zulu(house.now) });
        let refers = [("webhook", webhook), ("event", &event)];
        part(house, writing, DELIVERIES, None, attributes, &refers, webhook).map(drop)
    }

    fn payload(&self, house: &House<'_>, id: &str) -> Value {
        let mut attributes = self.attributes.clone();
        attributes["timestamp"] = zulu(house.now).into();
        let mut data = json!({ "type": self.said, "id": id, "version": 1, "attributes": attributes });
        if let Some(Kept { kind, id, .. }) = self.instance {
            data["relationships"] = json!({ "instance": {
                "data": { "type": kind, "id": id },
                "links": { "self": format!("{}/v1/{kind}/{id}", house.base) },
            }});
        }
        json!({ "data": data })
    }
}

/// Keeps a part of a webhook.
fn part(
    house: &House<'_>,
    writing: &Writing<'_>,
    kind: &str,
    id: Option<String>,
    attributes: Value,
    refers: &[(&str, &Kept)],
    webhook: &Kept,
) -> Result<Kept, Fault> {
    let kind = house.kind(kind)?;
    let one = |(name, to): &(&str, &Kept)| ((*name).to_owned(), Ends::One(Some(end_of(to))));
    let relations: BTreeMap<String, Ends> = refers.iter().map(one).collect();
    let attributes = match attributes {
        Value::Object(attributes) => attributes,
        _ => Map::new(),
    };
    let entity = Entity { kind: kind.name.clone(), id: None, attributes: attributes.clone(), relations };
    house.keep(writing, kind, Draft { id, attributes, entity }, Some(webhook))
}
