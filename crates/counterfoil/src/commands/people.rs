//! `people`: who belongs to a team, and how they come and go.

use super::links::sign_in_link;
use super::words::{date, issuer_id, listed_teams};
use crate::arguments::{InviteArguments, ListedTeam, PeopleCommand};
use crate::opening::{Manner, open};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use crate::settings::Typed;
use counterfoil_authority::people::{Email, NewInvitation, PersonName, Whom};
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::{Authority, Request};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::id::{AppId, InvitationId, IssuerId, MemberId, RoleName};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;
use serde::Serialize;
use serde_json::json;

pub(super) async fn people(command: PeopleCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        PeopleCommand::List(arguments) => list(&arguments, printer).await,
        PeopleCommand::Invite(arguments) => invite(&arguments, printer).await,
        PeopleCommand::Join { invitation, settings } => join(&invitation, &settings.0, printer).await,
        PeopleCommand::SignInLink { email, settings } => link(&email, &settings.0, printer).await,
        PeopleCommand::Erase { email, yes, settings } => erase(&email, yes, &settings.0, printer).await,
    }
}

/// The member of a team that an id or an e-mail address names.
pub(super) async fn member_named(
    authority: &Authority,
    team: IssuerId,
    text: &str,
) -> Result<MemberId, Problem> {
    if let Ok(member) = MemberId::try_from(text) {
        return Ok(member);
    }
    let email = Email::try_from(text)?;
    let people = authority.people_of(team).await?;
    let found = people.iter().find(|person| {
        Email::try_from(person.email.as_str()).is_ok_and(|known| known.normal() == email.normal())
    });
    found.map(|person| person.member).ok_or_else(|| {
        Problem::new(
            format!("nobody with the address {text} is in this team"),
            "`counterfoil people list` shows who is",
        )
    })
}

/// A member or an open invitation, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    state: &'static str,
    id: String,
    issuer_id: IssuerId,
    username: String,
    first_name: String,
    last_name: String,
    roles: Roles,
    all_apps_visible: bool,
    /// The ids of the apps, if not all are seen.
    visible_apps: Vec<AppId>,
    provisioning_allowed: bool,
    expires_at: Option<String>,
}

async fn list(arguments: &ListedTeam, printer: &Printer) -> Result<(), Problem> {
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let mut people = Vec::new();
    for team in listed_teams(&opened.authority, arguments.team.as_deref())? {
        people.extend(members(&opened.authority, &team).await?);
        people.extend(invited(&opened.authority, &team).await?);
    }
    printer.result(&json!({ "people": people }), || table(&people))
}

async fn members(authority: &Authority, team: &Team) -> Result<Vec<Shown>, Problem> {
    let people = authority.people_of(team.id).await?;
    let shown = people.into_iter().filter_map(|person| {
        let member = team.members.get(&person.member)?;
        Some(Shown {
            state: if team.owner == person.member { "ACCOUNT_HOLDER" } else { "MEMBER" },
            id: person.member.to_string(),
            issuer_id: team.id,
            username: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            roles: member.roles.clone(),
            all_apps_visible: member.sees == Sees::AllApps,
            visible_apps: visible_apps(&member.sees),
            provisioning_allowed: member.provisioning_allowed,
            expires_at: None,
        })
    });
    Ok(shown.collect())
}

async fn invited(authority: &Authority, team: &Team) -> Result<Vec<Shown>, Problem> {
    let people = authority.invitations_of(team.id).await?;
    let shown = people.into_iter().filter_map(|person| {
        let invitation = team.invitations.get(&person.invitation)?;
        Some(Shown {
            state: if authority.now() > invitation.expires_at { "EXPIRED" } else { "INVITED" },
            id: person.invitation.to_string(),
            issuer_id: team.id,
            username: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            roles: invitation.roles.clone(),
            all_apps_visible: invitation.sees == Sees::AllApps,
            visible_apps: visible_apps(&invitation.sees),
            provisioning_allowed: invitation.provisioning_allowed,
            expires_at: Some(date(invitation.expires_at)),
        })
    });
    Ok(shown.collect())
}

fn visible_apps(sees: &Sees) -> Vec<AppId> {
    match sees {
        Sees::AllApps => Vec::new(),
        Sees::Apps(apps) => apps.iter().cloned().collect(),
    }
}

fn table(people: &[Shown]) -> String {
    let head = ["issuer id", "e-mail", "name", "state", "roles", "user or invitation id"];
    let mut table = Table::new(head, "There is nobody.");
    for person in people {
        let name = format!("{} {}", person.first_name, person.last_name);
        let Shown { issuer_id, username, state, roles, id, .. } = person;
        let state = (*state).to_owned();
        table.row([issuer_id.to_string(), username.clone(), name, state, roles.to_string(), id.clone()]);
    }
    table.text()
}

async fn invite(arguments: &InviteArguments, printer: &Printer) -> Result<(), Problem> {
    let team = issuer_id(&arguments.team)?;
    let new = NewInvitation {
        email: Email::try_from(arguments.email.as_str())?,
        first_name: PersonName::try_from(arguments.first_name.as_str())?,
        last_name: PersonName::try_from(arguments.last_name.as_str())?,
        roles: roles(&arguments.roles)?,
        withheld: roles(&arguments.withheld)?,
        sees: sees(&arguments.apps)?,
        provisioning_allowed: arguments.provisioning,
    };
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let invitation = opened.authority.invite(team, &Request::by(Actor::Operator), &new).await?.value;
    let document =
        json!({"invitation": {"id": invitation, "issuerId": team, "username": new.email.as_str()}});
    printer.result(&document, || {
        format!("{} is invited. Let them in with: counterfoil people join {invitation}", new.email)
    })
}

fn roles(names: &[String]) -> Result<Roles, Problem> {
    let names = names.iter().flat_map(|names| names.split(','));
    let roles: Result<Roles, _> = names.map(RoleName::try_from).collect();
    roles.map_err(|fault| Problem::usage(fault, "`counterfoil catalog show` lists the roles and permissions"))
}

fn sees(apps: &[String]) -> Result<Sees, Problem> {
    if apps.is_empty() {
        return Ok(Sees::AllApps);
    }
    Ok(Sees::Apps(apps.iter().map(|app| AppId::try_from(app.as_str())).collect::<Result<_, _>>()?))
}

async fn join(invitation: &str, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let invitation = InvitationId::try_from(invitation)?;
    let opened = open(typed, Manner::default(), printer).await?;
    let team = team_that_invited(&opened.authority, invitation)?;
    let member = opened.authority.join(team, Actor::Operator, invitation).await?.value;
    let person = opened.authority.person_of(team, member).await?;
    let username = person.map(|person| person.email).unwrap_or_default();
    let document = json!({"user": {"id": member, "username": username}, "issuerId": team});
    printer.result(&document, || format!("{username} belongs to {team} now, as user {member}"))
}

fn team_that_invited(authority: &Authority, invitation: InvitationId) -> Result<IssuerId, Problem> {
    let found = authority
        .ledger()
        .state()?
        .teams()
        .find(|team| team.invitations.contains_key(&invitation))
        .map(|team| team.id);
    found.ok_or_else(|| {
        Problem::new(
            format!("there is no invitation {invitation}"),
            "`counterfoil people list` shows the open ones",
        )
    })
}

async fn link(email: &str, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let email = Email::try_from(email)?;
    let opened = open(typed, Manner::default(), printer).await?;
    let person = opened.authority.person_by_email(&email).await?.ok_or_else(|| stranger(&email))?;
    let link = sign_in_link(&opened, Purpose::SignIn(person.id)).await?;
    printer.say(&format!("This link signs {email} in, once, until {}:", link.expires_at));
    printer.result(&link, || link.url.clone())
}

fn stranger(email: &Email) -> Problem {
    Problem::new(format!("nobody here has the address {email}"), "`counterfoil people list` shows everybody")
}

async fn erase(email: &str, yes: bool, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let email = Email::try_from(email)?;
    let opened = open(typed, Manner::default(), printer).await?;
    let what = format!(
        "This ends every membership of {email}, revokes the individual keys, and deletes name and address everywhere.\n\
         The audit stays, with «a former member» in their place. Nicknames of keys and reasons that they typed stay too."
    );
    printer.confirm(&what, email.as_str(), yes)?;
    let erased = opened.authority.erase_person(&Whom::Email(email)).await?;
    let document = json!({"erased": true, "teams": erased.teams});
    printer.result(&document, || format!("Erased; {} membership(s) ended", erased.teams.len()))
}
