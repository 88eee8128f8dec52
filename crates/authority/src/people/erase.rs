//! Erasing a person: every row goes, and the ledger stays readable, since it names members only.

use super::{Email, Person};
use crate::authority::{Authority, Request};
use crate::failure::Failure;
use crate::store::tables::people;
use crate::store::{Statement, StoreFault, all_of};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, MemberId, PersonId};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::team::Standing;

/// How often it is tried again because the person came into a team meanwhile.
const MOST_TRIES: usize = 4;

/// Who is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whoever has this address.
    Email(Email),
    /// This person.
    Person(PersonId),
}

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Who it was.
    pub person: PersonId,
    /// The teams that the person belonged to.
    pub teams: Vec<IssuerId>,
}

impl Authority {
    /// Erases a person, as the operator: ends the memberships in all teams, with the person's own
    /// keys and with what invitations say, then deletes every row.
    ///
    /// # Errors
    /// While the person is the Account Holder of a team that is not closed, nothing is done. If a
    /// team can't be changed (it is suspended), the teams before it have been left already; erasing
    /// again goes on from there.
    pub async fn erase_person(&self, whom: &Whom) -> Result<Erased, Failure> {
        let person = self.must_find(whom).await?;
        let mut teams = Vec::new();
        for _ in 0..MOST_TRIES {
            let memberships = self.memberships(person.id).await?;
            self.must_own_none(&memberships)?;
            self.take_back_invitations(&person).await?;
            let ended_with_team = self.leave_all(&memberships).await?;
            teams.extend(memberships.iter().map(|(team, _)| *team));
            let first = [ended_with_team, vec![people::must_be_in_no_team(person.id)]].concat();
            match self.store().write([first, people::erase(person.id)].concat()).await {
                Ok(_) => {
                    self.store().forget_erased().await?;
                    return Ok(Erased { person: person.id, teams });
                }
                Err(StoreFault::Unexpected(people::IN_NO_TEAM_ANY_MORE)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(Failure::Unavailable("the person came into a team again meanwhile".into()))
    }

    async fn must_find(&self, whom: &Whom) -> Result<Person, Failure> {
        let (found, shown) = match whom {
            Whom::Email(email) => (self.person_by_email(email).await?, email.to_string()),
            Whom::Person(id) => (self.person(*id).await?, id.to_string()),
        };
        found.ok_or_else(|| Refusal::NoSuch(Thing::User, shown).into())
    }

    fn must_own_none(&self, memberships: &[(IssuerId, MemberId)]) -> Result<(), Failure> {
        for (team, member) in memberships {
            let team = self.ledger().team(*team)?;
            if team.owner == *member && team.standing != Standing::Closed {
                let owner = self.catalog().owner_role().name.clone();
                return Err(Refusal::OwnerStays { owner }.into());
            }
        }
        Ok(())
    }

    /// Ends the memberships, also in teams that stand still. A closed team keeps its Account Holder:
    /// there, the row alone is ended, by the statements returned.
    async fn leave_all(&self, memberships: &[(IssuerId, MemberId)]) -> Result<Vec<Statement>, Failure> {
        let mut left_open = Vec::new();
        for (team, member) in memberships {
            match self.remove_member(*team, &Request::by(Actor::Operator), *member).await {
                Ok(_)
                | Err(Failure::Refused(Refusal::NoSuch(Thing::User, _) | Refusal::OwnerStays { .. })) => {}
                Err(failure) => return Err(failure),
            }
            left_open.push(people::leave_if_any(*member, self.now()));
        }
        Ok(left_open)
    }

    /// An address that the person lost to whoever proved it is not the person's any more, nor are its invitations.
    async fn take_back_invitations(&self, person: &Person) -> Result<(), Failure> {
        let email = Email::try_from(person.email.as_str())
            .map_err(|malformed| Failure::Fault(malformed.to_string()))?;
        let is_theirs = self.person_by_email(&email).await?.is_some_and(|found| found.id == person.id);
        if !is_theirs {
            return Ok(());
        }
        let rows: Vec<people::Invitation> =
            all_of(self.store().read(people::invitations_to(email.normal())).await?)?;
        for row in rows {
            match self.cancel_invitation(row.team, &Request::by(Actor::Operator), row.id).await {
                Ok(_) | Err(Failure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }
}
