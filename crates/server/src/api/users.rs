//! `/v1/users`: the team's people. Who they are stands outside the ledger, what they may do in it.

use crate::api::visible_apps;
use crate::call::Call;
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use crate::resource::{Form, Relationship, Resource, ResourceType, has};
use counterfoil_authority::people::{MemberChange, PersonName, PersonOfTeam};
use counterfoil_core::event::Sees;
use counterfoil_core::id::{MemberId, RoleName};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Member, SightChange, Team};
use http::StatusCode;
use serde_json::json;

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "users",
    attributes: &[
        has("username", Form::Text, "The e-mail address."),
        has("firstName", Form::Text, "The first name."),
        has("lastName", Form::Text, "The last name."),
        has(
            "roles",
            Form::Texts,
            "Roles and permissions. A change gives all of them: leaving one out takes it.",
        ),
        has("allAppsVisible", Form::Bool, "Whether all apps are visible, or those under visibleApps."),
        has("provisioningAllowed", Form::Bool, "Whether certificates and profiles may be used."),
    ],
    relationships: &[Relationship { name: "visibleApps", leads_to: "apps", many: true }],
};

const FIELDS: Parameter = Parameter::fields("fields[users]", &TYPE, "Only these of a user");
pub(crate) const INCLUDE: Parameter =
    Parameter { name: "include", kind: ParameterKind::Include(&["visibleApps"]), about: "The visible apps" };
pub(crate) const MOST_APPS: Parameter = Parameter {
    name: "limit[visibleApps]",
    kind: ParameterKind::Limit,
    about: "How many visible apps of each come along",
};

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[username]", "Users with these e-mail addresses"),
    Parameter::filter("filter[roles]", "Users with one of these roles"),
    Parameter::filter("filter[visibleApps]", "Users who see one of these apps"),
    Parameter::sort(&["username", "lastName"], "`username` if nothing is said"),
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
    visible_apps::FIELDS,
    INCLUDE,
    MOST_APPS,
];
pub(crate) static ONE: &[Parameter] = &[FIELDS, visible_apps::FIELDS, INCLUDE, MOST_APPS];

/// A member with a name.
struct Shown<'t> {
    person: PersonOfTeam,
    member: &'t Member,
}

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let team = &proven.team;
    let people = call.authority().people_of(team.id).await?;
    let known = people.into_iter().filter_map(|person| {
        let member = team.members.get(&person.member)?;
        Some(Shown { person, member })
    });
    let wanted = known.filter(|shown| is_wanted(&call, shown)).collect();
    let page = cut(wanted, &call.query, "username", sort_value, |shown| shown.person.member.to_string())?;
    let included = page.items.iter().flat_map(|shown| included(&call, team, shown.member)).collect();
    Ok(call.many(page.map(|shown| resource(&call, team, &shown)), included))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: MemberId = call.named_as(Thing::User)?;
    show(&call, &proven.team, id).await
}

pub(crate) async fn change(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: MemberId = call.named_as(Thing::User)?;
    if !proven.team.members.contains_key(&id) {
        return Err(Problem::no_such(Thing::User, call.named()));
    }
    let mut entity = call.changed_entity(&TYPE, &id.to_string())?;
    let change = MemberChange {
        roles: entity.roles("roles")?,
        sees: visible_apps::read_sees(&mut entity)?.map(SightChange::Exactly),
        provisioning_allowed: entity.boolean("provisioningAllowed")?,
        first_name: entity.parsed::<PersonName>("firstName")?,
        last_name: entity.parsed::<PersonName>("lastName")?,
    };
    entity.finish(&TYPE, EntityFault::NotEditable)?;
    let answered =
        call.authority().change_member(proven.team.id, &call.request(&proven)?, id, &change).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    Ok(show(&call, &team, id).await?.at(answered.position))
}

pub(crate) async fn remove(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: MemberId = call.named_as(Thing::User)?;
    let answered = call.authority().remove_member(proven.team.id, &call.request(&proven)?, id).await?;
    Ok(Reply::done().at(answered.position))
}

async fn show(call: &Call, team: &Team, id: MemberId) -> Result<Reply, Problem> {
    let person = call.authority().person_of(team.id, id).await?;
    let found = person.and_then(|person| Some(Shown { person, member: team.members.get(&id)? }));
    let shown = found.ok_or_else(|| Problem::no_such(Thing::User, &id.to_string()))?;
    Ok(call.one(StatusCode::OK, resource(call, team, &shown), included(call, team, shown.member)))
}

fn resource(call: &Call, team: &Team, shown: &Shown<'_>) -> Resource {
    let Shown { person, member } = shown;
    let place = call.place(&format!("/v1/users/{}", person.member));
    let data = call.query.includes("visibleApps").then(|| visible_apps::data(team, &member.sees));
    Resource::new(&TYPE, person.member.to_string())
        .with("username", person.email.as_str())
        .with("firstName", person.first_name.as_str())
        .with("lastName", person.last_name.as_str())
        .with("roles", json!(member.roles))
        .with("allAppsVisible", member.sees == Sees::AllApps)
        .with("provisioningAllowed", member.provisioning_allowed)
        .leading_to_many("visibleApps", &place, data)
        .at(&place)
}

fn included(call: &Call, team: &Team, member: &Member) -> Vec<Resource> {
    if !call.query.includes("visibleApps") {
        return Vec::new();
    }
    let most = call
        .query
        .number(MOST_APPS.name)
        .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    visible_apps::resources(team, &member.sees).into_iter().take(most).collect()
}

fn is_wanted(call: &Call, shown: &Shown<'_>) -> bool {
    let same = |wanted: Vec<&str>| wanted.iter().any(|name| name.eq_ignore_ascii_case(&shown.person.email));
    call.query.list("filter[username]").is_none_or(same)
        && call.query.admits("filter[roles]", shown.member.roles.iter().map(RoleName::as_str))
        && call
            .query
            .list("filter[visibleApps]")
            .is_none_or(|apps| visible_apps::is_seen(&shown.member.sees, &apps))
}

fn sort_value(shown: &Shown<'_>, field: &str) -> SortValue {
    SortValue::Text(match field {
        "lastName" => shown.person.last_name.clone(),
        _ => shown.person.email.clone(),
    })
}
