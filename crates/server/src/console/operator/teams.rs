//! All teams, and opening one.

use super::{access_badge, standing_badge};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::notice::Notice;
use crate::console::part::Part;
use crate::console::refused::refusal;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::{Email, NewPerson, PersonName};
use counterfoil_core::id::TeamName;
use counterfoil_core::team::{Standing, Team};
use http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "operator/teams.html")]
struct Teams {
    frame: Frame,
    typed: String,
    rows: Vec<Row>,
    found: usize,
    total: usize,
    part: Part,
}

#[derive(Template)]
#[template(path = "operator/open.html")]
struct Open {
    frame: Frame,
    typed: Typed,
    owner_title: String,
    faults: Faults,
}

struct Row {
    id: String,
    name: String,
    standing: (&'static str, &'static str),
    access: (&'static str, &'static str),
    people: usize,
    active: usize,
}

#[derive(Default)]
struct Typed {
    name: String,
    email: String,
    first: String,
    last: String,
}

/// `/console/operator/teams`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let typed = visitor.query().text("q").to_owned();
    let mut teams: Vec<Arc<Team>> = visitor.authority().ledger().state()?.teams().cloned().collect();
    let total = teams.len();
    teams.retain(|team| fits(team, &typed.to_lowercase()));
    teams.sort_by_cached_key(|team| {
        (team.standing == Standing::Closed, team.name.as_str().to_lowercase(), team.id)
    });
    let part = Part::of("/console/operator/teams", &visitor.query(), &["q"], teams.len());
    let template = Teams {
        frame: visitor.frame("Teams", Section::OperatorTeams),
        typed,
        found: teams.len(),
        total,
        rows: part.cut(teams.iter().map(|team| row(team))),
        part,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn fits(team: &Team, typed: &str) -> bool {
    team.name.as_str().to_lowercase().contains(typed) || team.id.to_string().contains(typed)
}

fn row(team: &Team) -> Row {
    let (words, class, _) = access_badge(&team.access);
    Row {
        id: team.id.to_string(),
        name: team.name.to_string(),
        standing: standing_badge(team.standing),
        access: (words, class),
        people: team.members.len(),
        active: team.keys.values().filter(|key| key.is_active()).count(),
    }
}

/// `/console/operator/teams/open`.
pub(crate) async fn open_form(visitor: Visitor) -> Result<Reply, Problem> {
    Ok(page(&visitor, StatusCode::OK, &form(&visitor, Typed::default(), Faults::default())))
}

/// `POST /console/operator/teams/open`.
pub(crate) async fn open(visitor: Visitor) -> Result<Reply, Problem> {
    let sent = visitor.form()?;
    let text = |field| sent.text(field).to_owned();
    let typed = Typed { name: text("name"), email: text("email"), first: text("first"), last: text("last") };
    let mut faults = Faults::default();
    let name = faults.parse::<TeamName>("name", &typed.name);
    let email = faults.parse::<Email>("email", &typed.email);
    let first_name = faults.parse::<PersonName>("first", &typed.first);
    let last_name = faults.parse::<PersonName>("last", &typed.last);
    let (Some(name), Some(email), Some(first_name), Some(last_name)) = (name, email, first_name, last_name)
    else {
        return Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &form(&visitor, typed, faults)));
    };
    let holder = NewPerson { email, first_name, last_name };
    match visitor.authority().open_team(&name, &holder).await {
        Ok(opened) => {
            let said =
                format!("{name} is open. Give its owner a link to sign in, from the page of the person.");
            let place = format!("/console/operator/teams/{}", opened.team);
            Ok(visitor.moved_with(&place, &Notice::done(said)))
        }
        Err(failure) => {
            let faults = Faults::one("name", refusal(failure)?.to_string());
            Ok(page(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &form(&visitor, typed, faults)))
        }
    }
}

fn form(visitor: &Visitor, typed: Typed, faults: Faults) -> Open {
    let owner_title = visitor.catalog.owner_role().title.clone();
    Open { frame: visitor.frame("Open a team", Section::OperatorTeams), typed, owner_title, faults }
}
