//! One team, as the operator sees it: what it is, who owns it, and whether it may do anything.

use super::reason::reason;
use super::{access_badge, standing_badge, team_in_path};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::{Frame, Section};
use crate::console::moment::Moment;
use crate::console::notice::Notice;
use crate::console::refused::refusal;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Failure;
use counterfoil_core::id::{IssuerId, Remark};
use counterfoil_core::team::{Access, Standing, Team};
use http::StatusCode;

#[derive(Template)]
#[template(path = "operator/team.html")]
struct TeamPage {
    frame: Frame,
    here: String,
    id: String,
    name: String,
    standing: Standing,
    standing_badge: (&'static str, &'static str),
    access: Access,
    access_badge: (&'static str, &'static str, Option<Moment>),
    owner_title: String,
    /// The owner's page, name and address; nobody, if the person was erased.
    owner: Option<(String, String, String)>,
    people: usize,
    keys: (usize, usize),
    typed: Typed,
    faults: Faults,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    reason: String,
    name: String,
}

/// `/console/operator/teams/{issuerId}`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let team = team_in_path(&visitor)?;
    told(&visitor, &team, StatusCode::OK, Typed::default(), Faults::default()).await
}

/// `POST /console/operator/teams/{issuerId}/suspend`.
pub(crate) async fn suspend(visitor: Visitor) -> Result<Reply, Problem> {
    let words = "is suspended. Its keys open nothing until it is resumed.";
    with_reason(&visitor, words, async |team, why| visitor.authority().suspend(team, why).await).await
}

/// `POST /console/operator/teams/{issuerId}/resume`.
pub(crate) async fn resume(visitor: Visitor) -> Result<Reply, Problem> {
    with_reason(&visitor, "is resumed.", async |team, _| visitor.authority().resume(team).await).await
}

/// `POST /console/operator/teams/{issuerId}/close`: with the name typed.
pub(crate) async fn close(visitor: Visitor) -> Result<Reply, Problem> {
    let team = team_in_path(&visitor)?;
    let form = visitor.form()?;
    let typed = form.text("name");
    if typed != team.name.as_str() {
        let faults =
            Faults::one("name", format!("To close the team, type its name as it stands here: {}", team.name));
        let typed = Typed { name: typed.to_owned(), reason: form.text("reason").to_owned() };
        return told(&visitor, &team, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await;
    }
    with_reason(&visitor, "is closed for good.", async |team, why| visitor.authority().close(team, why).await)
        .await
}

/// Does something to the team in the path, for the reason in the form.
async fn with_reason(
    visitor: &Visitor,
    words: &str,
    act: impl AsyncFnOnce(IssuerId, Option<Remark>) -> Result<(), Failure>,
) -> Result<Reply, Problem> {
    let team = team_in_path(visitor)?;
    let form = visitor.form()?;
    let faults = match reason(&form) {
        Ok(why) => match act(team.id, why).await {
            Ok(()) => {
                let place = format!("/console/operator/teams/{}", team.id);
                return Ok(visitor.moved_with(&place, &Notice::done(format!("{} {words}", team.name))));
            }
            Err(failure) => Faults::one("reason", refusal(failure)?.to_string()),
        },
        Err(faults) => faults,
    };
    let typed = Typed { reason: form.text("reason").to_owned(), name: form.text("name").to_owned() };
    told(visitor, &team, StatusCode::UNPROCESSABLE_ENTITY, typed, faults).await
}

async fn told(
    visitor: &Visitor,
    team: &Team,
    status: StatusCode,
    typed: Typed,
    faults: Faults,
) -> Result<Reply, Problem> {
    let owner = visitor.authority().person_of(team.id, team.owner).await?.map(|person| {
        let name = format!("{} {}", person.first_name, person.last_name);
        (format!("/console/operator/people/{}", person.person), name, person.email)
    });
    let active = team.keys.values().filter(|key| key.is_active()).count();
    let template = TeamPage {
        frame: visitor.frame(team.name.as_str(), Section::OperatorTeams),
        here: format!("/console/operator/teams/{}", team.id),
        id: team.id.to_string(),
        name: team.name.to_string(),
        standing: team.standing,
        standing_badge: standing_badge(team.standing),
        access: team.access.clone(),
        access_badge: access_badge(&team.access),
        owner_title: visitor.catalog.owner_role().title.clone(),
        owner,
        people: team.members.len(),
        keys: (active, team.keys.len() - active),
        typed,
        faults,
    };
    Ok(page(visitor, status, &template))
}
