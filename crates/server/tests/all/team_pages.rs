//! The console's pages of people, audit, overview, settings and the operator, as a browser without scripts asks
//! for them.

mod audit;
mod operator;
mod overview;
mod settings;
mod users;
mod walk;

use crate::town::{Persona, Said, Team, Town, roles};
use counterfoil_authority::Request;
use counterfoil_authority::people::NewInvitation;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::id::{MemberId, PersonId};
use counterfoil_core::roles::Roles;
use http::StatusCode;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
const DAY: Duration = Duration::from_secs(86_400);
/// Longer than a sign-in is fresh.
const STALE: Duration = Duration::from_secs(16 * 60);

/// Somebody signed in, who looks at one team.
struct Browser<'t> {
    town: &'t Town,
    team: Team,
    session: Persona,
}

impl<'t> Browser<'t> {
    async fn owner(town: &'t Town, team: Team) -> Self {
        Self { town, team, session: town.signed_in(team.person).await }
    }

    async fn with_roles(town: &'t Town, team: Team, granted: &[&str]) -> Self {
        let (_, person) = town.member(team, granted).await;
        Self { town, team, session: town.signed_in(person).await }
    }

    async fn of(town: &'t Town, team: Team, person: PersonId) -> Self {
        Self { town, team, session: town.signed_in(person).await }
    }

    async fn operator(town: &'t Town, team: Team) -> Self {
        let link = town.authority.make_link(Purpose::Operator, Duration::from_secs(60)).await.unwrap();
        let session = town.authority.use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
        Self { town, team, session: Persona::Session(session.expose().to_owned()) }
    }

    fn place(&self, rest: &str) -> String {
        if rest.starts_with("/console") || rest.starts_with("/sign") {
            rest.to_owned()
        } else {
            format!("/console/teams/{}{rest}", self.team.id)
        }
    }

    async fn get(&self, rest: &str) -> Said {
        self.town.get(&self.place(rest)).by(&self.session).send().await
    }

    async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Said {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.town.post(&self.place(rest)).by(&self.session).raw(FORM, pairs.join("&")).send().await
    }

    /// Where a form that went well leads.
    #[track_caller]
    fn led(&self, said: Said) -> String {
        let said = said.is(StatusCode::SEE_OTHER);
        let place = said.header("location").to_owned();
        place.strip_prefix(&self.place("")).unwrap_or(&place).to_owned()
    }
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        plain if plain.is_ascii_alphanumeric() => char::from(plain).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

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
