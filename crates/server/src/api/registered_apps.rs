//! `/v1/registeredApps`: the apps that a team says are its own.

use crate::call::Call;
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has};
use counterfoil_core::id::{AppId, AppName, BundleId};
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{App, Team};
use http::StatusCode;

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "registeredApps",
    attributes: &[
        has("bundleId", Form::Text, "The app's bundle id."),
        has("name", Form::Text, "What people call it."),
    ],
    relationships: &[],
};

const FIELDS: Parameter = Parameter::fields("fields[registeredApps]", &TYPE, "Only these of an app");

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[id]", "Apps with these ids"),
    Parameter::filter("filter[bundleId]", "Apps with these bundle ids"),
    Parameter::sort(&["bundleId", "name"], "`name` if nothing is said"),
    Parameter::LIMIT,
    Parameter::CURSOR,
    FIELDS,
];
pub(crate) static ONE: &[Parameter] = &[FIELDS];

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let wanted = proven.team.apps.iter().filter(|(id, app)| {
        call.query.admits("filter[id]", [id.as_str()])
            && call.query.admits("filter[bundleId]", [app.bundle.as_str()])
    });
    let wanted: Vec<(&AppId, &App)> = wanted.map(|(id, app)| (id, app.as_ref())).collect();
    let page =
        cut(wanted, &call.query, "name", |(_, app), field| sort_value(app, field), |(id, _)| id.to_string())?;
    Ok(call.many(page.map(|(id, app)| resource(&call, id, app)), Vec::new()))
}

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: AppId = call.named_as(Thing::App)?;
    show(&call, &proven.team, &id, StatusCode::OK)
}

pub(crate) async fn register(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let mut entity = call.new_entity(&TYPE)?;
    let id = entity.id().map(|id| AppId::try_from(id.as_str())).transpose().map_err(|malformed| {
        Problem::Entity {
            pointer: "/data/id".to_owned(),
            fault: EntityFault::Invalid,
            detail: malformed.to_string(),
        }
    })?;
    let bundle = entity.required::<BundleId>("bundleId")?;
    let name = entity.required::<AppName>("name")?;
    entity.finish(&TYPE, EntityFault::NotAllowed)?;
    let request = call.request(&proven)?;
    let answered = call.authority().register_app(proven.team.id, &request, id, bundle, name).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    let place = place(&call, &answered.value);
    Ok(show(&call, &team, &answered.value, StatusCode::CREATED)?.located(&place).at(answered.position))
}

pub(crate) async fn remove(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id: AppId = call.named_as(Thing::App)?;
    let answered = call.authority().remove_app(proven.team.id, &call.request(&proven)?, id).await?;
    Ok(Reply::done().at(answered.position))
}

fn show(call: &Call, team: &Team, id: &AppId, status: StatusCode) -> Result<Reply, Problem> {
    let app = team.apps.get(id).ok_or_else(|| Problem::no_such(Thing::App, id.as_str()))?;
    Ok(call.one(status, resource(call, id, app), Vec::new()))
}

fn place(call: &Call, id: &AppId) -> String {
    call.place(&format!("/v1/registeredApps/{id}"))
}

fn resource(call: &Call, id: &AppId, app: &App) -> Resource {
    Resource::new(&TYPE, id.as_str())
        .with("bundleId", app.bundle.as_str())
        .with("name", app.name.as_str())
        .at(&place(call, id))
}

fn sort_value(app: &App, field: &str) -> SortValue {
    SortValue::Text(if field == "bundleId" { app.bundle.to_string() } else { app.name.to_string() })
}
