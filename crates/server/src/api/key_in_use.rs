//! `GET /v1/keyInUse`: what the presented key is and may do. Of a session, what the person may do.

use crate::api::access_requests::state;
use crate::call::Call;
use crate::error::Problem;
use crate::proof::Proven;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has, may_have};
use counterfoil_core::catalog::{Catalog, Grade, KeyKind, KindHolder};
use counterfoil_core::event::Sees;
use counterfoil_core::team::{Access, Member, Standing, Team};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "keyInUse",
    attributes: &[
        may_have("keyType", Form::Text, "The kind of key; null for a session."),
        may_have("nickname", Form::Text, "What people call the key; null for a session."),
        has("team", Form::Object, "The team: `issuerId` and `name`."),
        may_have("user", Form::Text, "The user whose key or session it is."),
        has("roles", Form::Texts, "The roles at this moment."),
        has(
            "access",
            Form::OneOf(&["NONE", "REQUESTED", "APPROVED", "DECLINED"]),
            "The team's access to the API.",
        ),
        has("standing", Form::OneOf(&["ACTIVE", "SUSPENDED", "CLOSED"]), "Whether the team may do anything."),
        has("groups", Form::Object, "For each group of endpoints `NONE`, `READ_SOME`, `READ` or `WRITE`."),
        has("allAppsVisible", Form::Bool, "Whether all apps are seen."),
        may_have("visibleApps", Form::Texts, "The apps that are seen, unless all are."),
        has(
            "limits",
            Form::Object,
            "What is left: how many more active keys of each kind, and requests an hour.",
        ),
    ],
    relationships: &[],
};

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let catalog = call.authority().catalog();
    let key = proven.key();
    let kind = key.and_then(|(_, key)| catalog.kind(key.kind.as_str()));
    let sees = sight(&proven);
    let id = match key {
        Some((id, _)) => id.to_string(),
        None => proven.member().map(|member| member.to_string()).unwrap_or_default(),
    };
    let resource = Resource::new(&TYPE, id)
        .with("keyType", key.map_or(Value::Null, |(_, key)| key.kind.as_str().into()))
        .with("nickname", key.map_or(Value::Null, |(_, key)| key.name.as_str().into()))
        .with("team", json!({ "issuerId": proven.team.id, "name": proven.team.name }))
        .with("user", json!(proven.member()))
        .with("roles", json!(proven.roles))
        .with("access", state(&proven.team.access))
        .with("standing", standing(proven.team.standing))
        .with("groups", groups(&catalog, &proven, kind))
        .with("allAppsVisible", sees == Sees::AllApps)
        .with("visibleApps", if let Sees::Apps(apps) = &sees { json!(apps) } else { Value::Null })
        .with("limits", limits(&catalog, &proven, kind, requests_left(&call, &proven).await))
        .at(&call.place("/v1/keyInUse"));
    Ok(call.one(StatusCode::OK, resource, Vec::new()))
}

/// A team's standing, by name.
pub(crate) const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "ACTIVE",
        Standing::Suspended => "SUSPENDED",
        Standing::Closed => "CLOSED",
    }
}

fn sight(proven: &Proven) -> Sees {
    let of_member = |member: &Member| member.sees.clone();
    match proven.key() {
        Some((_, key)) => proven.team.sight_of_key(key),
        None => {
            let member = proven.member().and_then(|member| proven.team.members.get(&member));
            member.map_or_else(|| Sees::Apps(Default::default()), |member| of_member(member))
        }
    }
}

/// A key opens nothing while its team may do nothing, or lacks the access that its kind needs.
fn groups(catalog: &Catalog, proven: &Proven, kind: Option<&KeyKind>) -> Value {
    let is_key = proven.key().is_some();
    let shut = is_key && kind.is_none_or(|kind| is_shut(&proven.team, kind));
    let grade = |group| if shut { Grade::None } else { catalog.grade(proven.roles.iter(), kind, group) };
    let named =
        catalog.groups.iter().map(|group| (group.name.to_string(), Value::from(grade(group).to_string())));
    Value::Object(named.collect::<Map<_, _>>())
}

fn is_shut(team: &Team, kind: &KeyKind) -> bool {
    team.standing != Standing::Active
        || (kind.needs_access && !matches!(team.access, Access::Approved { .. }))
}

fn limits(catalog: &Catalog, proven: &Proven, kind: Option<&KeyKind>, requests_left: Option<u32>) -> Value {
    let left = catalog.kinds.iter().map(|kind| (kind.name.to_string(), Value::from(keys_left(proven, kind))));
    let service =
        kind.and_then(|kind| catalog.services.iter().find(|service| kind.services.contains(&service.name)));
    json!({
        "keysLeft": Value::Object(left.collect::<Map<_, _>>()),
        "requestsPerHour": service.and_then(|service| service.requests_per_hour),
        "requestsLeft": requests_left,
    })
}

/// What is left of the key's hour. Of a key of which nothing is lent to this server, the store knows.
async fn requests_left(call: &Call, proven: &Proven) -> Option<u32> {
    let holder = proven.holder.as_ref()?;
    let authority = call.authority();
    let left = authority.verifier().quota_left(holder, call.house.clock())?;
    if left.remaining > 0 {
        return Some(left.remaining);
    }
    authority.left_of_hour(holder.by().key, holder.service()?, left.limit).await.ok()
}

/// How many more keys of a kind the team, or the member in question, may have.
fn keys_left(proven: &Proven, kind: &KeyKind) -> u32 {
    let of_member = matches!(kind.holder, KindHolder::Member { .. });
    let counts = |key: &counterfoil_core::team::Key| {
        key.is_active() && key.kind == kind.name && (!of_member || key.member() == proven.member())
    };
    if of_member && proven.member().is_none() {
        return 0;
    }
    let there = proven.team.keys.values().filter(|key| counts(key)).count();
    kind.limit.saturating_sub(u32::try_from(there).unwrap_or(u32::MAX))
}
