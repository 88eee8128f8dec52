//! Requests for access to the API: approving and declining them, case by case.

use super::reason::reason;
use super::team_in_path;
use crate::console::answer::page;
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
use std::sync::Arc;

#[derive(Template)]
#[template(path = "operator/access.html")]
struct Requests {
    frame: Frame,
    waiting: Vec<Row>,
    decided: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    owner: String,
    people: usize,
    at: Moment,
    /// How it was decided, and the class of the badge.
    decision: (&'static str, &'static str),
    reason: String,
}

/// How many decided requests a page shows.
const DECIDED: usize = 50;

/// `/console/operator/access`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let teams: Vec<Arc<Team>> = visitor.authority().ledger().state()?.teams().cloned().collect();
    let (mut waiting, mut decided) = (Vec::new(), Vec::new());
    for team in teams.iter().filter(|team| team.standing != Standing::Closed) {
        match &team.access {
            Access::NotRequested => {}
            Access::Requested { at } => waiting.push((*at, team)),
            Access::Approved { at } | Access::Declined { at, .. } => decided.push((*at, team)),
        }
    }
    waiting.sort_by_key(|(at, team)| (*at, team.id));
    decided.sort_by_key(|(at, team)| (std::cmp::Reverse(*at), team.id));
    let template = Requests {
        frame: visitor.frame("Access requests", Section::OperatorAccess),
        waiting: rows(&visitor, &waiting).await?,
        decided: rows(&visitor, decided.get(..DECIDED).unwrap_or(&decided)).await?,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

async fn rows(
    visitor: &Visitor,
    teams: &[(counterfoil_core::time::Timestamp, &Arc<Team>)],
) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::new();
    for (at, team) in teams {
        let owner = visitor.authority().person_of(team.id, team.owner).await?;
        let (words, class, _) = super::access_badge(&team.access);
        rows.push(Row {
            id: team.id.to_string(),
            name: team.name.to_string(),
            owner: owner
                .map(|person| format!("{} {}, {}", person.first_name, person.last_name, person.email))
                .unwrap_or_default(),
            people: team.members.len(),
            at: (*at).into(),
            decision: (words, class),
            reason: match &team.access {
                Access::Declined { reason: Some(reason), .. } => reason.to_string(),
                _ => String::new(),
            },
        });
    }
    Ok(rows)
}

/// `POST /console/operator/access/{issuerId}/approve`.
pub(crate) async fn approve(visitor: Visitor) -> Result<Reply, Problem> {
    let words = "has access to the API.";
    decide(&visitor, words, async |team, _| visitor.authority().approve_access(team).await).await
}

/// `POST /console/operator/access/{issuerId}/decline`.
pub(crate) async fn decline(visitor: Visitor) -> Result<Reply, Problem> {
    if visitor.form()?.text("reason").is_empty() {
        let notice =
            Notice::failed("Nothing was declined: say why. The team reads it, and knows what to mend.");
        return Ok(visitor.moved_with("/console/operator/access", &notice));
    }
    let words = "was declined. Its owner sees the reason and may ask again.";
    decide(&visitor, words, async |team, why| visitor.authority().decline_access(team, why).await).await
}

/// `POST /console/operator/access/{issuerId}/withdraw`.
pub(crate) async fn withdraw(visitor: Visitor) -> Result<Reply, Problem> {
    let words = "has no access any more: its keys open nothing.";
    decide(&visitor, words, async |team, why| visitor.authority().withdraw_access(team, why).await).await
}

async fn decide(
    visitor: &Visitor,
    words: &str,
    act: impl AsyncFnOnce(IssuerId, Option<Remark>) -> Result<(), Failure>,
) -> Result<Reply, Problem> {
    let team = team_in_path(visitor)?;
    let notice = match reason(&visitor.form()?) {
        Ok(why) => match act(team.id, why).await {
            Ok(()) => Notice::done(format!("{} {words}", team.name)),
            Err(failure) => Notice::failed(refusal(failure)?.to_string()),
        },
        Err(faults) => Notice::failed(faults.of("reason")),
    };
    Ok(visitor.moved_with("/console/operator/access", &notice))
}
