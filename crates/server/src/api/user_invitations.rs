//! `/v1/userInvitations`: who is asked to join. One that is over is gone (410).

use crate::api::users::{INCLUDE, MOST_APPS};
use crate::api::visible_apps;
use crate::call::Call;
use crate::dates;
use crate::entity::Entity;
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Relationship, Resource, ResourceType, has};
use counterfoil_authority::people::{Email, InvitationPerson, NewInvitation, PersonName};
use counterfoil_core::event::Sees;
use counterfoil_core::id::{InvitationId, RoleName};
use counterfoil_core::refusal::{Over, Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Invitation, Outcome, Team};
use counterfoil_core::time::Timestamp;
use http::StatusCode;
use serde_json::json;

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "userInvitations",
    attributes: &[
        has("email", Form::Text, "Where the person is reached."),
        has("firstName", Form::Text, "The first name."),
        has("lastName", Form::Text, "The last name."),
        has("expirationDate", Form::Date, "Until when it can be accepted."),
        has("roles", Form::Texts, "Roles and permissions that come with joining."),
        has("allAppsVisible", Form::Bool, "Whether all apps will be visible, or those under visibleApps."),
        has("provisioningAllowed", Form::Bool, "Whether certificates and profiles may be used."),
    ],
    relationships: &[Relationship { name: "visibleApps", leads_to: "apps", many: true }],
};

const FIELDS: Parameter = Parameter::fields("fields[userInvitations]", &TYPE, "Only these of an invitation");

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[email]", "Invitations to these addresses"),
    Parameter::filter("filter[roles]", "Invitations into one of these roles"),
    Parameter::filter("filter[visibleApps]", "Those that will see one of these apps"),
    Parameter::sort(&["email", "lastName"], "`email` if nothing is said"),
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
    visible_apps::FIELDS,
    INCLUDE,
    MOST_APPS,
];
pub(crate) static ONE: &[Parameter] = &[FIELDS, visible_apps::FIELDS, INCLUDE, MOST_APPS];

/// An invitation with a name.
struct Shown<'t> {
    person: InvitationPerson,
    invitation: &'t Invitation,
}

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let (team, now) = (&proven.team, call.authority().now());
    let people = call.authority().invitations_of(team.id).await?;
    let known = people.into_iter().filter_map(|person| {
        let invitation = team.invitations.get(&person.invitation)?;
        Some(Shown { person, invitation })
    });
    let open = known.filter(|shown| over(shown.invitation, now).is_none());
    let wanted = open.filter(|shown| is_wanted(&call, shown)).collect();
    let page = cut(wanted, &call.query, "email", sort_value, |shown| shown.person.invitation.to_string())?;
    let included = page.items.iter().flat_map(|shown| included(&call, team, shown.invitation)).collect();
    Ok(call.many(page.map(|shown| resource(&call, team, &shown)), included))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: InvitationId = call.named_as(Thing::Invitation)?;
    show(&call, &proven.team, id, StatusCode::OK).await
}

pub(crate) async fn invite(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let new = read_new(call.new_entity(&TYPE)?)?;
    let answered = call.authority().invite(proven.team.id, &call.request(&proven)?, &new).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    let shown = show(&call, &team, answered.value, StatusCode::CREATED).await?;
    Ok(shown.located(&place(&call, answered.value)).at(answered.position))
}

pub(crate) async fn cancel(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: InvitationId = call.named_as(Thing::Invitation)?;
    let answered = call.authority().cancel_invitation(proven.team.id, &call.request(&proven)?, id).await?;
    Ok(Reply::done().at(answered.position))
}

async fn show(call: &Call, team: &Team, id: InvitationId, status: StatusCode) -> Result<Reply, Problem> {
    let missing = || Problem::no_such(Thing::Invitation, &id.to_string());
    let invitation = team.invitations.get(&id).ok_or_else(missing)?;
    if let Some(over) = over(invitation, call.authority().now()) {
        return Err(Refusal::InvitationOver(over).into());
    }
    let people = call.authority().invitations_of(team.id).await?;
    let person = people.into_iter().find(|person| person.invitation == id).ok_or_else(missing)?;
    let resource = resource(call, team, &Shown { person, invitation });
    Ok(call.one(status, resource, included(call, team, invitation)))
}

/// Whether and how an invitation is over.
fn over(invitation: &Invitation, now: Timestamp) -> Option<Over> {
    match invitation.outcome {
        Outcome::Accepted => Some(Over::Accepted),
        Outcome::Cancelled => Some(Over::Cancelled),
        Outcome::Open => (now > invitation.expires_at).then_some(Over::Expired),
    }
}

fn place(call: &Call, id: InvitationId) -> String {
    call.place(&format!("/v1/userInvitations/{id}"))
}

fn resource(call: &Call, team: &Team, shown: &Shown<'_>) -> Resource {
    let Shown { person, invitation } = shown;
    let place = place(call, person.invitation);
    let data = visible_apps::data(team, &invitation.sees);
    Resource::new(&TYPE, person.invitation.to_string())
        .with("email", person.email.as_str())
        .with("firstName", person.first_name.as_str())
        .with("lastName", person.last_name.as_str())
        .with("expirationDate", dates::written(invitation.expires_at))
        .with("roles", json!(invitation.roles))
        .with("allAppsVisible", invitation.sees == Sees::AllApps)
        .with("provisioningAllowed", invitation.provisioning_allowed)
        .leading_to_many("visibleApps", &place, call.query.includes("visibleApps").then_some(data))
        .at(&place)
}

fn included(call: &Call, team: &Team, invitation: &Invitation) -> Vec<Resource> {
    if !call.query.includes("visibleApps") {
        return Vec::new();
    }
    let most = call
        .query
        .number(MOST_APPS.name)
        .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    visible_apps::resources(team, &invitation.sees).into_iter().take(most).collect()
}

fn is_wanted(call: &Call, shown: &Shown<'_>) -> bool {
    let same = |wanted: Vec<&str>| wanted.iter().any(|email| email.eq_ignore_ascii_case(&shown.person.email));
    let sees = &shown.invitation.sees;
    call.query.list("filter[email]").is_none_or(same)
        && call.query.admits("filter[roles]", shown.invitation.roles.iter().map(RoleName::as_str))
        && call.query.list("filter[visibleApps]").is_none_or(|apps| visible_apps::is_seen(sees, &apps))
}

fn sort_value(shown: &Shown<'_>, field: &str) -> SortValue {
    SortValue::Text(match field {
        "lastName" => shown.person.last_name.clone(),
        _ => shown.person.email.clone(),
    })
}

/// Of an invitation that says nothing of apps, all are visible, as App Store Connect has it.
fn read_new(mut entity: Entity) -> Result<NewInvitation, Problem> {
    let new = NewInvitation {
        email: entity.required::<Email>("email")?,
        first_name: entity.required::<PersonName>("firstName")?,
        last_name: entity.required::<PersonName>("lastName")?,
        roles: entity.roles("roles")?.ok_or(Refusal::RolesMissing)?,
        withheld: entity.roles("withheldPermissions")?.unwrap_or_else(Roles::none),
        sees: visible_apps::read_sees(&mut entity)?.unwrap_or(Sees::AllApps),
        provisioning_allowed: entity.boolean("provisioningAllowed")?.unwrap_or(false),
    };
    entity.finish(&TYPE, EntityFault::NotAllowed)?;
    Ok(new)
}
