//! A team's settings: what it is called, its apps, and how old its keys may become.

use super::answer::page;
use super::faults::Faults;
use super::form::Form;
use super::frame::{Frame, Section};
use super::labels::counted;
use super::notice::Notice;
use super::refused::refusal;
use super::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::overview::RotationAge;
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::Sees;
use counterfoil_core::id::{AppId, AppName, BundleId};
use counterfoil_core::refusal::{Refusal, Thing};
use http::StatusCode;

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    frame: Frame,
    base: String,
    name: String,
    issuer: String,
    owner: String,
    owner_title: String,
    may_set_age: bool,
    age: String,
    apps: Vec<Row>,
    typed: Typed,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "settings/forget.html")]
struct Forget {
    frame: Frame,
    base: String,
    id: String,
    bundle: String,
    /// How many people see only some apps, and this among them.
    seen_by: String,
}

/// An app.
struct Row {
    id: String,
    bundle: String,
    name: String,
}

/// An app as it was typed.
#[derive(Default)]
struct Typed {
    name: String,
    bundle: String,
    id: String,
}

/// `/console/teams/{issuerId}/settings`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let template = told(&visitor, Typed::default(), None, Faults::default()).await?;
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// `POST /console/teams/{issuerId}/settings/rotation`.
pub(crate) async fn set_age(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let typed = form.text("age").to_owned();
    let mut faults = Faults::default();
    if let Some(age) = faults.parse::<RotationAge>("age", &typed) {
        match visitor.authority().set_rotation_age(visitor.team.id, visitor.actor(), age).await {
            Ok(position) => {
                let said = match age {
                    RotationAge::Days(days) => format!("Keys are due for rotation after {days} days."),
                    RotationAge::Never => "Keys are never due for rotation by their age.".to_owned(),
                };
                let notice = Notice::done(said);
                return Ok(visitor.moved_with(&visitor.here("/settings"), &notice).at(position));
            }
            Err(failure) => faults.add("age", refusal(failure)?.to_string()),
        }
    }
    let template = told(&visitor, Typed::default(), Some(typed), faults).await?;
    Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template))
}

/// `POST /console/teams/{issuerId}/settings/apps`.
pub(crate) async fn register(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (typed, read) = read_app(&visitor.form()?);
    let faults = match read {
        Ok((id, bundle, name)) => {
            let (team, request) = (visitor.team.id, visitor.request());
            match visitor.authority().register_app(team, &request, id, bundle, name).await {
                Ok(answered) => {
                    let notice = Notice::done(format!("{} is registered.", typed.name));
                    let place = visitor.here("/settings");
                    return Ok(visitor.moved_with(&place, &notice).at(answered.position));
                }
                Err(failure) => said(&refusal(failure)?),
            }
        }
        Err(faults) => faults,
    };
    let template = told(&visitor, typed, None, faults).await?;
    Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &template))
}

/// `/console/teams/{issuerId}/settings/apps/{app}/forget`.
pub(crate) async fn forget_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let id = named(&visitor)?;
    let app = visitor.team.apps.get(&id).ok_or_else(|| Problem::no_such(Thing::App, visitor.place(1)))?;
    let sees = |sees: &Sees| matches!(sees, Sees::Apps(apps) if apps.contains(&id));
    let seen_by = visitor.team.members.values().filter(|member| sees(&member.sees)).count();
    let template = Forget {
        frame: visitor.frame(&format!("Forget {}?", app.name), Section::Settings),
        base: visitor.here("/settings"),
        bundle: app.bundle.to_string(),
        seen_by: if seen_by == 0 { String::new() } else { counted(seen_by, "person", "people") },
        id: id.to_string(),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// `POST /console/teams/{issuerId}/settings/apps/{app}/forget`.
pub(crate) async fn forget(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let id = named(&visitor)?;
    let place = visitor.here("/settings");
    match visitor.authority().remove_app(visitor.team.id, &visitor.request(), id).await {
        Ok(answered) => {
            let notice = Notice::done("The app is registered no more.");
            Ok(visitor.moved_with(&place, &notice).at(answered.position))
        }
        Err(failure) => Ok(visitor.moved_with(&place, &Notice::failed(refusal(failure)?.to_string()))),
    }
}

fn named(visitor: &TeamVisitor) -> Result<AppId, Problem> {
    AppId::try_from(visitor.place(1)).map_err(|_| Problem::no_such(Thing::App, visitor.place(1)))
}

type App = (Option<AppId>, BundleId, AppName);

fn read_app(form: &Form) -> (Typed, Result<App, Faults>) {
    let text = |field| form.text(field).to_owned();
    let typed = Typed { name: text("name"), bundle: text("bundle"), id: text("id") };
    let mut faults = Faults::default();
    let name = faults.parse::<AppName>("name", &typed.name);
    let bundle = faults.parse::<BundleId>("bundle", &typed.bundle);
    let id = if typed.id.is_empty() { None } else { faults.parse::<AppId>("id", &typed.id) };
    let read = match (bundle, name) {
        (Some(bundle), Some(name)) if faults.is_empty() => Ok((id, bundle, name)),
        _ => Err(faults),
    };
    (typed, read)
}

fn said(refusal: &Refusal) -> Faults {
    match refusal {
        Refusal::Taken(_, id) => Faults::one("id", format!("The app {id} is registered already")),
        other => Faults::one("name", other.to_string()),
    }
}

async fn told(
    visitor: &TeamVisitor,
    typed: Typed,
    age: Option<String>,
    faults: Faults,
) -> Result<Settings, Problem> {
    let team = &visitor.team;
    let directory = visitor.authority().directory(team.id).await?;
    let present = team.rotation_age;
    let mut apps: Vec<Row> = team
        .apps
        .iter()
        .map(|(id, app)| Row {
            id: id.to_string(),
            bundle: app.bundle.to_string(),
            name: app.name.to_string(),
        })
        .collect();
    apps.sort_by_cached_key(|row| row.name.to_lowercase());
    Ok(Settings {
        frame: visitor.frame("Settings", Section::Settings),
        base: visitor.here("/settings"),
        name: team.name.to_string(),
        issuer: team.id.to_string(),
        owner: directory.name(team.owner).to_owned(),
        owner_title: visitor.catalog.owner_role().title.clone(),
        may_set_age: visitor.may(Administration::Keys),
        age: age.unwrap_or_else(|| present.to_string()),
        apps,
        typed,
        faults,
    })
}
