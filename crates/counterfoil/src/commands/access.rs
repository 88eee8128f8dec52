//! `access`: the review of teams' requests for access to the API.

use super::words::{access_word, issuer_id, listed_teams, remark, shown_since};
use crate::arguments::{AccessCommand, DecidedTeam, ListedTeam, ReasonedTeam};
use crate::opening::{Manner, open};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_core::id::IssuerId;
use counterfoil_core::team::{Access, Team};
use serde::Serialize;
use std::sync::Arc;

pub(super) async fn access(command: AccessCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        AccessCommand::List(arguments) => list(&arguments, printer).await,
        AccessCommand::Approve(arguments) => approve(&arguments, printer).await,
        AccessCommand::Decline(arguments) => decline(&arguments, printer).await,
        AccessCommand::Withdraw(arguments) => withdraw(&arguments, printer).await,
    }
}

/// A team's access, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    issuer_id: IssuerId,
    name: String,
    state: &'static str,
    since: Option<String>,
    reason: Option<String>,
}

impl Shown {
    fn of(team: &Team) -> Self {
        let reason = match &team.access {
            Access::Declined { reason, .. } => reason.as_ref().map(ToString::to_string),
            Access::NotRequested | Access::Requested { .. } | Access::Approved { .. } => None,
        };
        Self {
            issuer_id: team.id,
            name: team.name.to_string(),
            state: access_word(&team.access),
            since: shown_since(&team.access),
            reason,
        }
    }
}

async fn list(arguments: &ListedTeam, printer: &Printer) -> Result<(), Problem> {
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let teams = listed_teams(&opened.authority, arguments.team.as_deref())?;
    let teams: Vec<_> = teams.iter().map(|team| Shown::of(team)).collect();
    printer.result(&serde_json::json!({ "teams": teams }), || table(&teams))
}

fn table(teams: &[Shown]) -> String {
    let mut table = Table::new(["issuer id", "team", "access", "since", "reason"], "There are no teams.");
    for team in teams {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let Shown { issuer_id, name, state, .. } = team;
        table.row([
            issuer_id.to_string(),
            name.clone(),
            (*state).to_owned(),
            text(&team.since),
            text(&team.reason),
        ]);
    }
    table.text()
}

async fn approve(arguments: &DecidedTeam, printer: &Printer) -> Result<(), Problem> {
    let team = issuer_id(&arguments.team)?;
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    opened.authority.approve_access(team).await?;
    tell(&opened.authority.ledger().team(team)?, printer)
}

async fn decline(arguments: &ReasonedTeam, printer: &Printer) -> Result<(), Problem> {
    let (team, reason) = (issuer_id(&arguments.team)?, remark(arguments.reason.as_deref())?);
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    opened.authority.decline_access(team, reason).await?;
    tell(&opened.authority.ledger().team(team)?, printer)
}

async fn withdraw(arguments: &ReasonedTeam, printer: &Printer) -> Result<(), Problem> {
    let (team, reason) = (issuer_id(&arguments.team)?, remark(arguments.reason.as_deref())?);
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    opened.authority.withdraw_access(team, reason).await?;
    tell(&opened.authority.ledger().team(team)?, printer)
}

fn tell(team: &Arc<Team>, printer: &Printer) -> Result<(), Problem> {
    let shown = Shown::of(team);
    printer.result(&shown, || format!("Access of {} ({}): {}", shown.name, shown.issuer_id, shown.state))
}
