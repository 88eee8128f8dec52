//! `team`: the teams, and how each stands.

use super::people::member_named;
use super::words::{access_word, issuer_id, listed_teams, remark, standing_word};
use crate::arguments::{DecidedTeam, ListedTeam, ReasonedTeam, TeamCommand, TransferArguments};
use crate::opening::{Manner, open};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_authority::Authority;
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, MemberId};
use counterfoil_core::team::Team;
use serde::Serialize;

pub(super) async fn team(command: TeamCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        TeamCommand::List(arguments) => list(&arguments, printer).await,
        TeamCommand::Suspend(arguments) => suspend(&arguments, printer).await,
        TeamCommand::Resume(arguments) => resume(&arguments, printer).await,
        TeamCommand::Close(arguments) => close(&arguments, printer).await,
        TeamCommand::Transfer(arguments) => transfer(&arguments, printer).await,
    }
}

/// A team, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    issuer_id: IssuerId,
    name: String,
    state: &'static str,
    access: &'static str,
    account_holder: MemberId,
    people: usize,
    active_keys: usize,
}

impl Shown {
    fn of(team: &Team) -> Self {
        Self {
            issuer_id: team.id,
            name: team.name.to_string(),
            state: standing_word(team.standing),
            access: access_word(&team.access),
            account_holder: team.owner,
            people: team.members.len(),
            active_keys: team.keys.values().filter(|key| key.is_active()).count(),
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
    let head = ["issuer id", "team", "state", "access", "people", "active keys"];
    let mut table = Table::new(head, "There are no teams.");
    for team in teams {
        let Shown { issuer_id, name, state, access, people, active_keys, .. } = team;
        let words = [(*state).to_owned(), (*access).to_owned()];
        let [state, access] = words;
        table.row([
            issuer_id.to_string(),
            name.clone(),
            state,
            access,
            people.to_string(),
            active_keys.to_string(),
        ]);
    }
    table.text()
}

async fn suspend(arguments: &ReasonedTeam, printer: &Printer) -> Result<(), Problem> {
    let (team, reason) = (issuer_id(&arguments.team)?, remark(arguments.reason.as_deref())?);
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    opened.authority.suspend(team, reason).await?;
    tell(&opened.authority, team, printer)
}

async fn resume(arguments: &DecidedTeam, printer: &Printer) -> Result<(), Problem> {
    let team = issuer_id(&arguments.team)?;
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    opened.authority.resume(team).await?;
    tell(&opened.authority, team, printer)
}

async fn close(arguments: &ReasonedTeam, printer: &Printer) -> Result<(), Problem> {
    let (team, reason) = (issuer_id(&arguments.team)?, remark(arguments.reason.as_deref())?);
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let name = opened.authority.ledger().team(team)?.name.clone();
    let what = format!("This ends the team «{name}» for good: none of its keys opens anything again.");
    printer.confirm(&what, name.as_str(), arguments.yes)?;
    opened.authority.close(team, reason).await?;
    tell(&opened.authority, team, printer)
}

async fn transfer(arguments: &TransferArguments, printer: &Printer) -> Result<(), Problem> {
    let team = issuer_id(&arguments.team)?;
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let to = member_named(&opened.authority, team, &arguments.to).await?;
    opened.authority.transfer(team, Actor::Operator, to).await?;
    tell(&opened.authority, team, printer)
}

fn tell(authority: &Authority, team: IssuerId, printer: &Printer) -> Result<(), Problem> {
    let shown = Shown::of(authority.ledger().team(team)?.as_ref());
    printer.result(&shown, || {
        let Shown { name, issuer_id, state, account_holder, .. } = &shown;
        format!("{name} ({issuer_id}) is {state}; its Account Holder is {account_holder}")
    })
}
