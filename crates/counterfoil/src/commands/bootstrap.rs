//! `bootstrap`: a team with an Account Holder and a first key, in one command.
//!
//! Everything that can be wrong with the arguments and with the place for the private halves shows
//! before anything is made. From then on each step is a fact of its own in the ledger; a crash
//! leaves a team that the console and the other commands can go on with.

use super::links::sign_in_link;
use crate::arguments::BootstrapArguments;
use crate::half_file::{self, Reserved};
use crate::opening::{Manner, Opened, open};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::people::{Email, NewPerson, PersonName};
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::{Authority, Request};
use counterfoil_core::catalog::{Administration, Catalog, KindHolder};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, KeyId, KeyName, KindName, MemberId, TeamName};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Access;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What was made, as scripts read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    team: MadeTeam,
    user: MadeUser,
    key: MadeKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    individual_key: Option<MadeKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_url: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeTeam {
    issuer_id: IssuerId,
    name: TeamName,
}

#[derive(Serialize)]
struct MadeUser {
    id: MemberId,
    username: String,
}

#[derive(Serialize)]
struct MadeKey {
    id: KeyId,
    path: PathBuf,
}

/// The arguments, well formed.
struct Wanted {
    team: TeamName,
    holder: NewPerson,
    key_name: KeyName,
}

/// Whose keys are generated: the Account Holder's acts, not the operator's.
#[derive(Clone, Copy)]
struct Holder {
    team: IssuerId,
    member: MemberId,
}

pub(super) async fn bootstrap(arguments: &BootstrapArguments, printer: &Printer) -> Result<(), Problem> {
    let wanted = Wanted::read(arguments)?;
    half_file::prepare(&arguments.out)?;
    let place = Reserved::make(&arguments.out, "team-key")?;
    let own_place =
        arguments.individual.then(|| Reserved::make(&arguments.out, "individual-key")).transpose()?;
    let opened =
        open(&arguments.settings.0, Manner { may_begin: true, ..Manner::default() }, printer).await?;
    let plan = Plan::of(&opened.authority.catalog())?;
    let made = make(&opened, &wanted, plan, place, own_place, arguments.sign_in).await;
    opened.authority.shutdown().await;
    let made = made?;
    printer.result(&made, || told(&made))
}

impl Wanted {
    fn read(arguments: &BootstrapArguments) -> Result<Self, Problem> {
        let email = Email::try_from(arguments.email.as_str())?;
        let (before, behind) = email.as_str().split_once('@').unwrap_or((email.as_str(), email.as_str()));
        let first_name = PersonName::try_from(arguments.first_name.as_deref().unwrap_or(before))?;
        let last_name = PersonName::try_from(arguments.last_name.as_deref().unwrap_or(behind))?;
        Ok(Self {
            team: TeamName::try_from(arguments.team.as_str())?,
            key_name: KeyName::try_from(arguments.key_name.as_str())?,
            holder: NewPerson { email, first_name, last_name },
        })
    }
}

/// Which keys the catalog in force lets us generate.
struct Plan {
    team_kind: KindName,
    roles: Option<Roles>,
    own_kind: Option<KindName>,
}

impl Plan {
    /// A key for the team, with the one role that administers keys, people and audit; if no kind
    /// takes roles, a key without.
    fn of(catalog: &Catalog) -> Result<Self, Problem> {
        let own_kind = catalog.kinds.iter().find(|kind| matches!(kind.holder, KindHolder::Member { .. }));
        let own_kind = own_kind.map(|kind| kind.name.clone());
        for kind in &catalog.kinds {
            let team_kind = kind.name.clone();
            match &kind.holder {
                KindHolder::TeamWithRoles(_) => {
                    let all = [Administration::Keys, Administration::People, Administration::Audit];
                    let may =
                        |part| move |role: &&counterfoil_core::catalog::Role| role.administers.contains(part);
                    let mut roles = catalog.roles.iter().filter(|role| kind.may_be_given(&role.name));
                    let role = roles.clone().find(|role| all.iter().all(|part| may(part)(role)));
                    if let Some(role) = role.or_else(|| roles.find(may(&Administration::Keys))) {
                        return Ok(Self {
                            team_kind,
                            roles: Some([role.name.clone()].into_iter().collect()),
                            own_kind,
                        });
                    }
                }
                KindHolder::Team | KindHolder::Member { .. } => {}
            }
        }
        Err(Problem::new(
            "the catalog in force has no kind of key for a team that can have a role which administers keys",
            "open the team with `counterfoil serve` and its set-up link instead, or use another catalog",
        ))
    }
}

async fn make(
    opened: &Opened,
    wanted: &Wanted,
    plan: Plan,
    place: Reserved,
    own_place: Option<Reserved>,
    sign_in: bool,
) -> Result<Made, Problem> {
    let authority = &opened.authority;
    let made = authority.open_team(&wanted.team, &wanted.holder).await?;
    let holder = Holder { team: made.team, member: made.member };
    give_access(authority, holder).await?;
    let key = key(authority, holder, plan.team_kind, plan.roles, wanted, place).await?;
    let individual_key = match own_place {
        Some(place) => {
            Some(self::key(authority, holder, own_kind(plan.own_kind)?, None, wanted, place).await?)
        }
        None => None,
    };
    let sign_in_url = match sign_in {
        true => Some(sign_in_link(opened, Purpose::SignIn(made.person)).await?.url),
        false => None,
    };
    Ok(Made {
        team: MadeTeam { issuer_id: made.team, name: wanted.team.clone() },
        user: MadeUser { id: made.member, username: wanted.holder.email.to_string() },
        key,
        individual_key,
        sign_in_url,
    })
}

fn own_kind(kind: Option<KindName>) -> Result<KindName, Problem> {
    kind.ok_or_else(|| {
        Problem::new("the catalog in force has no kind of key for a person", "leave --individual out")
    })
}

/// Access is requested by the Account Holder and approved by the operator, who both are whoever
/// runs this command. Without a review it is there from the first day.
async fn give_access(authority: &Authority, holder: Holder) -> Result<(), Problem> {
    if matches!(authority.ledger().team(holder.team)?.access, Access::Approved { .. }) {
        return Ok(());
    }
    authority.request_access(holder.team, &holder.request(), true).await?;
    Ok(authority.approve_access(holder.team).await?)
}

async fn key(
    authority: &Authority,
    holder: Holder,
    kind: KindName,
    roles: Option<Roles>,
    wanted: &Wanted,
    place: Reserved,
) -> Result<MadeKey, Problem> {
    let new = NewKeyRequest { kind, name: wanted.key_name.clone(), roles, half: NewHalf::Issuer };
    let id = authority.generate(holder.team, &holder.request(), &new).await?.value;
    let half = authority.download(holder.team, Actor::User(holder.member), id).await?;
    let path = place.fill(&half.pem, &half.file_name)?;
    Ok(MadeKey { id, path: absolute(&path) })
}

impl Holder {
    fn request(self) -> Request {
        Request::by(Actor::User(self.member))
    }
}

/// So that a script may go elsewhere with it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn told(made: &Made) -> String {
    let mut lines = vec![
        format!("Team {}: issuer id {}", made.team.name, made.team.issuer_id),
        format!("Account Holder {}: user id {}", made.user.username, made.user.id),
        format!("Team key {}: {}", made.key.id, made.key.path.display()),
    ];
    lines.extend(
        made.individual_key.as_ref().map(|key| format!("Individual key {}: {}", key.id, key.path.display())),
    );
    lines.extend(made.sign_in_url.as_ref().map(|url| format!("Sign in, once, within the hour: {url}")));
    lines.join("\n")
}
