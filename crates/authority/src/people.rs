//! People: who they are, to which teams they belong, and how they come and go.
//!
//! A person is one for the installation; a member is that person in one team, and the only id of
//! people in the ledger. Names and addresses stand in side tables alone, so that erasing a person
//! leaves the ledger whole.

mod erase;
mod invitations;
mod joining;
mod members;
mod names;
mod own_name;

pub use erase::{Erased, Whom};
pub use invitations::{InvitationPerson, NewInvitation};
pub use joining::{Delivery, Joiner, Joining, OpenInvitation};
pub use members::MemberChange;
pub use names::{Email, NewPerson, PersonName};

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::people;
use crate::store::{Statement, all_of, first_of};
use counterfoil_core::id::{IssuerId, MemberId, PersonId};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::time::Timestamp;

/// A member of a team, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonOfTeam {
    /// The membership.
    pub member: MemberId,
    /// Whose it is.
    pub person: PersonId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
}

/// A person of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Since when the address is known to be the person's, if it is. A person is matched by no other address.
    pub email_proven_at: Option<Timestamp>,
}

impl Authority {
    /// The members of a team by name, those who joined first in front. Whoever has left is not
    /// among them.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn people_of(&self, team: IssuerId) -> Result<Vec<PersonOfTeam>, Failure> {
        let rows: Vec<people::MemberRow> = all_of(self.store().read(people::members_of(team)).await?)?;
        Ok(rows.into_iter().filter(|row| row.left_at.is_none()).map(PersonOfTeam::from).collect())
    }

    /// One member of a team by name; nobody, if the member has left or the person was erased.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn person_of(&self, team: IssuerId, member: MemberId) -> Result<Option<PersonOfTeam>, Failure> {
        let membership: Option<people::Membership> =
            first_of(self.store().read(people::membership(member)).await?)?;
        let Some(membership) = membership.filter(|found| found.team == team && found.left_at.is_none())
        else {
            return Ok(None);
        };
        let person = self.person(membership.person).await?;
        Ok(person.map(|Person { id, email, first_name, last_name, .. }| PersonOfTeam {
            member,
            person: id,
            email,
            first_name,
            last_name,
        }))
    }

    /// A person, by id.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, Failure> {
        let row: Option<people::Person> = first_of(self.store().read(people::person(id)).await?)?;
        Ok(row.map(Person::from))
    }

    /// A person, by address.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn person_by_email(&self, email: &Email) -> Result<Option<Person>, Failure> {
        let row: Option<people::Person> =
            first_of(self.store().read(people::person_by_email(email.normal())).await?)?;
        Ok(row.map(Person::from))
    }

    /// Everybody who is known here, by address.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn everyone(&self) -> Result<Vec<Person>, Failure> {
        let rows: Vec<people::Person> = all_of(self.store().read(people::everyone()).await?)?;
        Ok(rows.into_iter().map(Person::from).collect())
    }

    /// The teams that a person belongs to, and as which member, the longest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn memberships(&self, person: PersonId) -> Result<Vec<(IssuerId, MemberId)>, Failure> {
        let rows: Vec<people::Membership> = all_of(self.store().read(people::memberships_of(person)).await?)?;
        let active = rows.into_iter().filter(|row| row.left_at.is_none());
        Ok(active.map(|row| (row.team, row.member)).collect())
    }

    /// Who will stand behind a new membership that the operator, or a mailed link, vouches for, and what must be
    /// written for it: the person whose proven address it is, or a new one. Somebody who took the address without
    /// proving it gives it back.
    pub(crate) async fn person_for(
        &self,
        new: &NewPerson,
        team: IssuerId,
        member: MemberId,
    ) -> Result<(PersonId, Vec<Statement>), Failure> {
        let now = self.now();
        let known = self.person_by_email(&new.email).await?;
        let mut side = Vec::new();
        match known {
            Some(person) if person.email_proven_at.is_some() => {
                return Ok((person.id, vec![people::join(member, team, person.id, now)]));
            }
            Some(unproven) => side.push(people::give_address_back(unproven.id, new.email.normal())),
            None => {}
        }
        let (id, enrolment) = self.enrolment(new)?;
        side.extend([enrolment, people::prove_address(id, now), people::join(member, team, id, now)]);
        Ok((id, side))
    }

    /// Makes somebody known whose address nobody has.
    pub(crate) fn enrolment(&self, new: &NewPerson) -> Result<(PersonId, Statement), Failure> {
        let id = PersonId::from_random(self.random()?);
        let row = people::Person {
            id,
            email: new.email.to_string(),
            first_name: new.first_name.to_string(),
            last_name: new.last_name.to_string(),
            created_at: self.now(),
            email_proven_at: None,
        };
        Ok((id, people::enrol(&row).map_err(Refusal::from)?))
    }
}

impl From<people::MemberRow> for PersonOfTeam {
    fn from(row: people::MemberRow) -> Self {
        let people::MemberRow { member, person, email, first_name, last_name, .. } = row;
        Self { member, person, email, first_name, last_name }
    }
}

impl From<people::Person> for Person {
    fn from(row: people::Person) -> Self {
        let people::Person { id, email, first_name, last_name, email_proven_at, .. } = row;
        Self { id, email, first_name, last_name, email_proven_at }
    }
}
