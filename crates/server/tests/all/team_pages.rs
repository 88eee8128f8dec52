//! The console's pages of people, audit, overview, settings and the operator, as a browser without scripts asks
//! for them.

mod audit;
mod operator;
mod overview;
mod settings;
mod users;
mod walk;

use crate::town::{Team, Town, roles};
use counterfoil_authority::Request;
use counterfoil_authority::people::NewInvitation;
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::id::{MemberId, PersonId};
use counterfoil_core::roles::Roles;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// Longer than a sign-in is fresh.
const STALE: Duration = Duration::from_secs(16 * 60);

/// Somebody of this name, who has joined.
async fn joined(
    town: &Town,
    team: Team,
    email: &str,
    name: (&str, &str),
    granted: &[&str],
) -> (MemberId, PersonId) {
    let invitation = NewInvitation {
        email: email.try_into().unwrap(),
        first_name: name.0.try_into().unwrap(),
        last_name: name.1.try_into().unwrap(),
        roles: roles(granted),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: false,
    };
    let by = Request::by(Actor::User(team.owner));
    let invited = town.authority.invite(team.id, &by, &invitation).await.unwrap().value;
    let member = town.authority.join(team.id, Actor::Operator, invited).await.unwrap().value;
    let person = town.authority.person_of(team.id, member).await.unwrap().unwrap();
    (member, person.person)
}

/// What stands between two texts, the first time.
#[track_caller]
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let start = page.find(from).unwrap_or_else(|| panic!("no {from} in {page}")) + from.len();
    let length = page[start..].find(to).unwrap_or_else(|| panic!("no {to} after {from}"));
    &page[start..start + length]
}
