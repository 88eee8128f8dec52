//! Changing members, and ending memberships.

use super::{Person, PersonName};
use crate::authority::{Answered, Authority, Request};
use crate::failure::Failure;
use crate::idempotency::{Recalled, Remembered};
use crate::ledger::Alongside;
use crate::store::tables::{people, sessions};
use crate::store::{Statement, first_of};
use counterfoil_core::event::{Actor, Event};
use counterfoil_core::id::{IssuerId, MemberId, PersonId};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, SightChange};

/// What of a member is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct MemberChange {
    /// All roles and permissions from now on. Leaving one out takes it.
    pub roles: Option<Roles>,
    /// What apps are seen from now on.
    pub sees: Option<SightChange>,
    /// Whether certificates and profiles may be used from now on.
    pub provisioning_allowed: Option<bool>,
    /// The first name.
    pub first_name: Option<PersonName>,
    /// The last name.
    pub last_name: Option<PersonName>,
}

impl Authority {
    /// Changes a member. Keys that the new roles no longer allow end in the same act.
    ///
    /// A name is the person's, in every team: of somebody who belongs to other teams too, only the
    /// person and the operator may change it.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn change_member(
        &self,
        team: IssuerId,
        request: &Request,
        member: MemberId,
        change: &MemberChange,
    ) -> Result<Answered<()>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return Ok(answer.into_answered_nothing()),
            Recalled::New(twin) => twin,
        };
        let renaming = self.renaming(request.by, member, change).await?;
        let keep = self.remember(request, &Remembered::changed("users", vec![member.to_string()]));
        let command = Command::ChangeMember {
            member,
            roles: change.roles.clone(),
            sees: change.sees.clone(),
            provisioning_allowed: change.provisioning_allowed,
        };
        let before = self.ledger().team(team)?;
        let endings = |events: &[Event]| self.endings(&before, request.by, events);
        let side = |events: &[Event]| [endings(events), renaming.clone(), keep.clone()].concat();
        let alongside = |events: &[Event]| Alongside { claims: Vec::new(), side: side(events) };
        match self.ledger().submit(team, request.by, &command, alongside).await {
            Ok(done) => {
                if done.events.is_empty() && !renaming.is_empty() {
                    self.store().write(renaming).await?;
                }
                self.remember_if_nothing_happened(&done, keep).await?;
                Ok(Answered { value: (), position: done.position, replayed: false })
            }
            Err(rejected) => twin.or_remembered_nothing(self, request, rejected).await,
        }
    }

    async fn renaming(
        &self,
        by: Actor,
        member: MemberId,
        change: &MemberChange,
    ) -> Result<Vec<Statement>, Failure> {
        if change.first_name.is_none() && change.last_name.is_none() {
            return Ok(Vec::new());
        }
        let row: Option<people::Person> =
            first_of(self.store().read(people::person_of_member(member)).await?)?;
        let person = row.map(Person::from).ok_or_else(|| Refusal::NoSuch(Thing::User, member.to_string()))?;
        let is_free =
            by == Actor::Operator || by == Actor::User(member) || self.is_only(person.id, member).await?;
        if !is_free {
            return Err(Refusal::SelfOnly {
                act: "Changing the name of somebody who belongs to other teams too",
            }
            .into());
        }
        let first = change.first_name.as_ref().map_or(person.first_name.as_str(), PersonName::as_str);
        let last = change.last_name.as_ref().map_or(person.last_name.as_str(), PersonName::as_str);
        Ok(vec![people::rename(person.id, first, last)])
    }

    /// Whether this is the only membership of the person.
    async fn is_only(&self, person: PersonId, member: MemberId) -> Result<bool, Failure> {
        Ok(self.memberships(person).await?.iter().all(|(_, of)| *of == member))
    }

    /// Ends a membership, and the member's own keys with it.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn remove_member(
        &self,
        team: IssuerId,
        request: &Request,
        member: MemberId,
    ) -> Result<Answered<()>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return Ok(answer.into_answered_nothing()),
            Recalled::New(twin) => twin,
        };
        let mut keep = self.remember(request, &Remembered::removed("users", member.to_string()));
        keep.push(people::leave_if_any(member, self.now()));
        keep.push(sessions::end_if_in_no_team(member));
        let before = self.ledger().team(team)?;
        let alongside = |events: &[Event]| Alongside {
            claims: Vec::new(),
            side: [self.endings(&before, request.by, events), keep.clone()].concat(),
        };
        match self.ledger().submit(team, request.by, &Command::RemoveMember { member }, alongside).await {
            Ok(done) => Ok(Answered { value: (), position: done.position, replayed: false }),
            Err(rejected) => twin.or_remembered_nothing(self, request, rejected).await,
        }
    }
}
