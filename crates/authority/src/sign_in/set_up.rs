//! The first person: the operator's account and the first team, by the link of the first start.

use super::links::SET_UP;
use super::{How, Purpose, SeenFrom, SessionSecret, Who};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::ledger::{Alongside, Rejected};
use crate::people::NewPerson;
use crate::secret::hash_of;
use crate::store::Statement;
use crate::store::tables::{installation, links, operators, people};
use crate::teams::Opened;
use counterfoil_core::event::{Actor, Stream};
use counterfoil_core::id::{IssuerId, MemberId, TeamName};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::Team;

/// How often it is tried again because somebody else made the same person known meanwhile.
const MOST_TRIES: usize = 4;

/// What the first person says.
#[derive(Clone, Debug)]
pub struct FirstTeam {
    /// Who it is: operator and Account Holder of the first team.
    pub person: NewPerson,
    /// What the first team is called.
    pub team: TeamName,
}

/// What became of it.
#[derive(Debug)]
pub enum SetUpOutcome {
    /// All is set up, and the person is signed in.
    Done {
        /// The team.
        opened: Opened,
        /// The person's session.
        session: SessionSecret,
    },
    /// The link is not good, or not any more.
    Over,
}

impl Authority {
    /// Sets the installation up. One transaction opens the team, makes the person known, marks the person as
    /// operator, uses the link up and opens the session: a crash leaves all of it or nothing.
    ///
    /// # Errors
    /// If the store did not take it; the link is good still.
    pub async fn set_up(
        &self,
        link: &str,
        first: &FirstTeam,
        from: &SeenFrom,
    ) -> Result<SetUpOutcome, Failure> {
        let view = self.look_at_link(link).await?;
        if view.is_none_or(|view| view.purpose != Purpose::SetUp) {
            return Ok(SetUpOutcome::Over);
        }
        for _ in 0..MOST_TRIES {
            match self.set_up_once(link, first, from).await {
                Ok((opened, session)) => return Ok(SetUpOutcome::Done { opened, session }),
                Err(Rejected::Unexpected(links::STILL_GOOD)) => return Ok(SetUpOutcome::Over),
                Err(Rejected::Unexpected(people::NOBODYS_ADDRESS)) => {}
                Err(rejected) => return Err(rejected.into()),
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()))
    }

    async fn set_up_once(
        &self,
        link: &str,
        first: &FirstTeam,
        from: &SeenFrom,
    ) -> Result<(Opened, SessionSecret), Rejected> {
        let team = IssuerId::from_random(self.random()?);
        let member = MemberId::from_random(self.random()?);
        let (person, enrolment) = self.person_for(&first.person, team, member).await?;
        let (session, opening) = self.opening(Who::Person(person), How::Link, from)?;
        let now = self.now();
        let marks = vec![
            links::use_up(hash_of(link), now),
            installation::set(SET_UP, "done"),
            operators::add(person, now),
        ];
        let side: Vec<Statement> = [enrolment, marks, opening].concat();
        let catalog = self.catalog();
        let decide = |state: &crate::state::State| match state.team(team) {
            Some(_) => Err(Refusal::TeamExists.into()),
            None => {
                let events = Team::open(&catalog, first.team.clone(), member);
                Ok((events, Alongside { claims: Vec::new(), side: side.clone() }))
            }
        };
        self.ledger().append(Stream::Team(team), Actor::Operator, decide).await?;
        Ok((Opened { team, member, person }, session))
    }
}
