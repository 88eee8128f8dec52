//! `visibleApps`: which apps a user sees, at `/v1/users/{id}/visibleApps` and `…/relationships/visibleApps`, and
//! the same of an invitation.

use crate::call::Call;
use crate::entity::{Entity, Linked};
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has};
use counterfoil_authority::people::MemberChange;
use counterfoil_core::event::Sees;
use counterfoil_core::id::{AppId, InvitationId, MemberId};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{SightChange, Team};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a relationship to apps calls them, as App Store Connect's clients do.
pub(crate) static TYPE: ResourceType = ResourceType {
    name: "apps",
    attributes: &[
        has("bundleId", Form::Text, "The app's bundle id."),
        has("name", Form::Text, "What people call it."),
    ],
    relationships: &[],
};

pub(crate) const FIELDS: Parameter = Parameter::fields("fields[apps]", &TYPE, "Only these of an app");
const LIMIT: Parameter = Parameter::LIMIT;
const CURSOR: Parameter = Parameter::CURSOR;

pub(crate) static LIST: &[Parameter] = &[LIMIT, CURSOR, FIELDS];
pub(crate) static LINKAGE: &[Parameter] = &[LIMIT, CURSOR];

pub(crate) async fn list_of_user(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let sees = &member(&call, &proven.team)?.1;
    list(&call, &proven.team, sees)
}

pub(crate) async fn list_of_invitation(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: InvitationId = call.named_as(Thing::Invitation)?;
    let found = proven.team.invitations.get(&id);
    let invitation = found.ok_or_else(|| Problem::no_such(Thing::Invitation, call.named()))?;
    list(&call, &proven.team, &invitation.sees)
}

pub(crate) async fn linkage_of_user(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let sees = member(&call, &proven.team)?.1;
    let ids = ids_of(&proven.team, &sees);
    let page = cut(ids, &call.query, "id", |_, _| SortValue::Nothing, AppId::to_string)?;
    let total = page.total;
    let (limit, next) = (page.limit, page.next.clone());
    let data: Vec<Value> = page.items.iter().map(linked).collect();
    let mut links = json!({ "self": call.place(&call.path) });
    if let Some(next) = next {
        links["next"] = call.place(&format!("{}?{}", call.path, call.query.with_cursor(Some(&next)))).into();
    }
    Ok(Reply::ok(
        &json!({ "data": data, "links": links, "meta": { "paging": { "total": total, "limit": limit } } }),
    ))
}

pub(crate) async fn add(call: Call, proven: Proven) -> Result<Reply, Problem> {
    change(call, proven, SightChange::Also).await
}

pub(crate) async fn replace(call: Call, proven: Proven) -> Result<Reply, Problem> {
    change(call, proven, |apps| SightChange::Exactly(Sees::Apps(apps))).await
}

pub(crate) async fn remove(call: Call, proven: Proven) -> Result<Reply, Problem> {
    change(call, proven, SightChange::NoMore).await
}

async fn change(
    call: Call,
    proven: Proven,
    change: fn(BTreeSet<AppId>) -> SightChange,
) -> Result<Reply, Problem> {
    let named = apps(&call.linkage()?, "/data")?;
    let (id, _) = member(&call, &proven.team)?;
    let change = MemberChange { sees: Some(change(named)), ..MemberChange::default() };
    let answered =
        call.authority().change_member(proven.team.id, &call.request(&proven)?, id, &change).await?;
    Ok(Reply::done().at(answered.position))
}

/// What somebody is to see, as an entity says it; nothing, if it does not.
///
/// # Errors
/// If it says two things at once.
pub(crate) fn read_sees(entity: &mut Entity) -> Result<Option<Sees>, Problem> {
    let all = entity.boolean("allAppsVisible")?;
    let named = entity.linked("visibleApps")?;
    match (all, named) {
        (Some(true), Some(named)) if !named.is_empty() => Err(Problem::attribute(
            "allAppsVisible",
            EntityFault::Invalid,
            "Either all apps are visible or those that are named",
        )),
        (Some(true), _) => Ok(Some(Sees::AllApps)),
        (_, Some(named)) => {
            apps(&named, "/data/relationships/visibleApps").map(|apps| Some(Sees::Apps(apps)))
        }
        (Some(false), None) => Ok(Some(Sees::Apps(BTreeSet::new()))),
        (None, None) => Ok(None),
    }
}

/// The apps that are seen, as resources.
pub(crate) fn resources(team: &Team, sees: &Sees) -> Vec<Resource> {
    ids_of(team, sees).iter().filter_map(|id| resource(team, id)).collect()
}

/// The data of a relationship to the apps that are seen.
pub(crate) fn data(team: &Team, sees: &Sees) -> Value {
    ids_of(team, sees).iter().map(linked).collect()
}

/// The ids of the apps that are seen, as filters compare them.
pub(crate) fn is_seen(sees: &Sees, wanted: &[&str]) -> bool {
    match sees {
        Sees::AllApps => true,
        Sees::Apps(apps) => apps.iter().any(|app| wanted.contains(&app.as_str())),
    }
}

fn list(call: &Call, team: &Team, sees: &Sees) -> Result<Reply, Problem> {
    let page =
        cut(resources(team, sees), &call.query, "id", |_, _| SortValue::Nothing, |app| app.id().to_owned())?;
    Ok(call.many(page, Vec::new()))
}

fn member(call: &Call, team: &Team) -> Result<(MemberId, Sees), Problem> {
    let id: MemberId = call.named_as(Thing::User)?;
    let member = team.members.get(&id).ok_or_else(|| Problem::no_such(Thing::User, call.named()))?;
    Ok((id, member.sees.clone()))
}

fn ids_of(team: &Team, sees: &Sees) -> Vec<AppId> {
    match sees {
        Sees::AllApps => team.apps.keys().cloned().collect(),
        Sees::Apps(apps) => apps.iter().cloned().collect(),
    }
}

fn resource(team: &Team, id: &AppId) -> Option<Resource> {
    let app = team.apps.get(id)?;
    let resource = Resource::new(&TYPE, id.as_str());
    Some(resource.with("bundleId", app.bundle.as_str()).with("name", app.name.as_str()))
}

fn linked(id: &AppId) -> Value {
    json!({ "type": TYPE.name, "id": id })
}

/// Apps may be called by either name: what is visible are the registered ones.
fn apps(named: &[Linked], pointer: &str) -> Result<BTreeSet<AppId>, Problem> {
    let app = |end: &Linked| {
        let known = end.kind == TYPE.name || end.kind == Thing::App.resource();
        AppId::try_from(end.id.as_str()).ok().filter(|_| known).ok_or_else(|| Problem::Entity {
            pointer: pointer.to_owned(),
            fault: EntityFault::Relationship,
            detail: "Each app is an object with type 'apps' and the id of a registered app".to_owned(),
        })
    };
    named.iter().map(app).collect()
}
