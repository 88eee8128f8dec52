//! `/v1/auditEvents`: the team's ledger, newest first. Who people are is not in it.

use crate::api::actors;
use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::page::{Page, number_cursor, read_number_cursor};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has};
use counterfoil_authority::audit::{ActorFilter, AuditEntry, AuditPage, AuditQuery};
use counterfoil_authority::store::Position;
use counterfoil_core::event::{Actor, Event, Holding, Sees};
use counterfoil_core::id::{KeyId, Malformed};
use http::StatusCode;
use serde_json::{Value, json};

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "auditEvents",
    attributes: &[
        has("kind", Form::Text, "What happened: `KEY_GENERATED`, `KEY_DOWNLOADED`, `KEY_REVOKED`, …"),
        has(
            "date",
            Form::Date,
            "When, by the clock of the server that wrote it; order is by id, not by date.",
        ),
        has("actor", Form::Object, "Who did it: `type` `USER`, `API_KEY`, `OPERATOR` or `HOLDER`, and `id`."),
        has("details", Form::Object, "What goes with it; of a key always `key`, its id."),
    ],
    relationships: &[],
};

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[actor]", "Done by these: user ids, key ids, OPERATOR"),
    Parameter::filter("filter[key]", "About these keys"),
    Parameter::filter("filter[kind]", "Of these kinds"),
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
];

pub(crate) static ONE: &[Parameter] = &[FIELDS];

const FIELDS: Parameter = Parameter::fields("fields[auditEvents]", &TYPE, "Only these of an event");

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let limit = call.query.limit();
    let wanted = AuditQuery {
        actors: filter::<ActorFilter>(&call, "filter[actor]")?,
        keys: filter::<KeyId>(&call, "filter[key]")?,
        kinds: call.query.list("filter[kind]").unwrap_or_default().into_iter().map(str::to_owned).collect(),
        before: call.query.text("cursor").map(read_number_cursor).transpose()?,
        limit,
        ..AuditQuery::default()
    };
    let AuditPage { entries, next, total } = call.authority().audit(proven.team.id, &wanted).await?;
    let items = entries.iter().map(|entry| resource(&call, entry)).collect();
    let total = total.unwrap_or_default();
    Ok(call.many(Page { items, total, limit, next: next.map(number_cursor) }, Vec::new()))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let unknown = || Problem::NoSuch { resource: TYPE.name, id: call.named().to_owned() };
    let position = call.named().parse().map(Position).map_err(|_| unknown())?;
    let entry = call.authority().audit_entry(proven.team.id, position).await?.ok_or_else(unknown)?;
    Ok(call.one(StatusCode::OK, resource(&call, &entry), Vec::new()))
}

fn filter<T>(call: &Call, name: &'static str) -> Result<Vec<T>, Problem>
where
    T: for<'a> TryFrom<&'a str, Error = Malformed>,
{
    let values = call.query.list(name).unwrap_or_default().into_iter();
    let read = values
        .map(|text| T::try_from(text).map_err(|malformed| Problem::invalid(name, malformed.to_string())));
    read.collect()
}

/// An entry as the list shows it, for files.
pub(crate) fn told(entry: &AuditEntry) -> Value {
    json!({
        "type": TYPE.name,
        "id": entry.position.to_string(),
        "attributes": {
            "kind": entry.event.name(),
            "date": dates::written(entry.at),
            "actor": actor(entry.by),
            "details": details(&entry.event),
        },
    })
}

fn resource(call: &Call, entry: &AuditEntry) -> Resource {
    Resource::new(&TYPE, entry.position.to_string())
        .at(&call.place(&format!("/v1/auditEvents/{}", entry.position)))
        .with("kind", entry.event.name())
        .with("date", dates::written(entry.at))
        .with("actor", actor(entry.by))
        .with("details", details(&entry.event))
}

fn actor(by: Actor) -> Value {
    let sort = match by {
        Actor::User(_) => "USER",
        Actor::ApiKey(_) => "API_KEY",
        Actor::Operator => "OPERATOR",
        Actor::Holder(_) => "HOLDER",
    };
    json!({ "type": sort, "id": actors::id_of(by) })
}

/// What goes with an event, under the names that resources use.
fn details(event: &Event) -> Value {
    match event {
        Event::LedgerBegun { epoch } => json!({ "epoch": epoch }),
        Event::LedgerRestored { epoch, revocations_missing_since } => {
            json!({ "epoch": epoch, "revocationsMissingSince": dates::written(*revocations_missing_since) })
        }
        Event::FormatRaised { level } => json!({ "level": level }),
        Event::CatalogAdopted { name, fingerprint } => json!({ "name": name, "fingerprint": fingerprint }),
        Event::ReplicaAdded { name } | Event::ReplicaRemoved { name } => json!({ "name": name }),
        Event::SealRotated | Event::AccessApproved | Event::TeamResumed => json!({}),
        Event::TeamOpened { name, owner, roles } => json!({ "name": name, "user": owner, "roles": roles }),
        Event::AccessRequested { terms } => json!({ "terms": terms.trim() }),
        Event::AccessDeclined { reason }
        | Event::AccessWithdrawn { reason }
        | Event::TeamSuspended { reason }
        | Event::TeamClosed { reason } => json!({ "reason": reason }),
        Event::MemberInvited { .. }
        | Event::InvitationCancelled { .. }
        | Event::MemberJoined { .. }
        | Event::MemberChanged { .. }
        | Event::MemberRemoved { .. }
        | Event::OwnershipTransferred { .. } => details_of_people(event),
        Event::RotationAgeSet { age } => json!({ "age": age.to_string() }),
        Event::AppRegistered { app, bundle, name } => json!({ "app": app, "bundleId": bundle, "name": name }),
        Event::AppRemoved { app } => json!({ "app": app }),
        Event::KeyGenerated { .. }
        | Event::KeyDownloaded { .. }
        | Event::HalfErased { .. }
        | Event::KeyRevoked { .. } => details_of_key(event),
    }
}

fn details_of_people(event: &Event) -> Value {
    match event {
        Event::MemberInvited { invitation, roles, sees, provisioning_allowed, expires_at } => json!({
            "invitation": invitation,
            "roles": roles,
            "allAppsVisible": *sees == Sees::AllApps,
            "visibleApps": apps(sees),
            "provisioningAllowed": provisioning_allowed,
            "expirationDate": dates::written(*expires_at),
        }),
        Event::InvitationCancelled { invitation } => json!({ "invitation": invitation }),
        Event::MemberJoined { invitation, member } => json!({ "invitation": invitation, "user": member }),
        Event::MemberChanged { member, roles, sees, provisioning_allowed } => json!({
            "user": member,
            "roles": roles,
            "allAppsVisible": *sees == Sees::AllApps,
            "visibleApps": apps(sees),
            "provisioningAllowed": provisioning_allowed,
        }),
        Event::MemberRemoved { member } => json!({ "user": member }),
        Event::OwnershipTransferred { from, from_roles, to, to_roles } => {
            json!({ "from": from, "fromRoles": from_roles, "to": to, "toRoles": to_roles })
        }
        _ => json!({}),
    }
}

fn details_of_key(event: &Event) -> Value {
    match event {
        Event::KeyGenerated { key, kind, name, holder, public, private } => {
            let (roles, user) = match holder {
                Holding::TeamWithRoles(roles) => (json!(roles), Value::Null),
                Holding::Team => (json!([]), Value::Null),
                Holding::Member(member) => (Value::Null, json!(member)),
            };
            json!({
                "key": key,
                "keyType": kind,
                "nickname": name,
                "roles": roles,
                "user": user,
                "publicKey": public.to_pem(),
                "pairMadeBy": private,
            })
        }
        Event::KeyDownloaded { key } | Event::HalfErased { key } => json!({ "key": key }),
        Event::KeyRevoked { key, reason, remark } => {
            json!({ "key": key, "revocationReason": reason.name(), "remark": remark })
        }
        _ => json!({}),
    }
}

fn apps(sees: &Sees) -> Value {
    match sees {
        Sees::AllApps => Value::Null,
        Sees::Apps(apps) => json!(apps),
    }
}
