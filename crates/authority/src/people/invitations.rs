//! Inviting people, and their joining.

use super::{Email, NewPerson, PersonName};
use crate::authority::{Answered, Authority, Request};
use crate::failure::Failure;
use crate::idempotency::{Recalled, Remembered, Turn};
use crate::ledger::{Alongside, Done, Rejected};
use crate::outbox::Mail;
use crate::store::tables::people;
use crate::store::{Statement, all_of, first_of};
use counterfoil_core::event::{Actor, Event, Sees};
use counterfoil_core::id::{InvitationId, IssuerId, Malformed, MemberId};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Circumstances, Command, NewMember};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How long an invitation can be accepted.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How often something is tried again because somebody else was faster.
const MOST_TRIES: usize = 4;

/// Who is to be invited, and with what.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Where the person is reached.
    pub email: Email,
    /// The first name, for whoever is not known here yet.
    pub first_name: PersonName,
    /// The last name, for whoever is not known here yet.
    pub last_name: PersonName,
    /// Roles and permissions.
    pub roles: Roles,
    /// Permissions that usually come with the roles, and shall not.
    pub withheld: Roles,
    /// What apps will be seen.
    pub sees: Sees,
    /// Whether certificates and profiles may be used.
    pub provisioning_allowed: bool,
}

/// What an invitation says of the person. Its roles stand in the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationPerson {
    /// Which invitation.
    pub invitation: InvitationId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// What stands in the way of an invitation.
enum Hindrance {
    /// Somebody in the team has the address.
    Member,
    /// The address is invited already.
    Invited,
    /// It was, and did not come in time: that invitation can make way.
    Expired(InvitationId),
    /// Nothing any more.
    Gone,
}

impl Authority {
    /// Invites somebody into a team. An invitation of the same address that has run out makes way. Where mail is
    /// sent, it is on its way with this; elsewhere [`Authority::deliver_invitation`] gives the link to hand over.
    ///
    /// # Errors
    /// If a rule forbids it, the address is in the team or invited already, too much was mailed within the hour, or
    /// the store did not take it.
    pub async fn invite(
        &self,
        team: IssuerId,
        request: &Request,
        new: &NewInvitation,
    ) -> Result<Answered<InvitationId>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return answer.into_answered(),
            Recalled::New(twin) => twin,
        };
        let counted = self.at_a_pace(Some(team), &new.email)?;
        let invited = self.invite_or_recall(team, request, new, twin).await;
        if !matches!(invited, Ok(Answered { replayed: false, .. })) {
            counted.give_back();
        }
        invited
    }

    async fn invite_or_recall(
        &self,
        team: IssuerId,
        request: &Request,
        new: &NewInvitation,
        twin: Turn,
    ) -> Result<Answered<InvitationId>, Failure> {
        for _ in 0..MOST_TRIES {
            let invitation = InvitationId::from_random(self.random()?);
            match self.invite_as(invitation, team, request, new).await {
                Ok(done) => {
                    return Ok(Answered { value: invitation, position: done.position, replayed: false });
                }
                Err(Rejected::Unexpected(people::NOT_INVITED)) => {
                    if let Err(rejected) = self.make_way(team, request.by, &new.email).await {
                        return twin.or_remembered(self, request, rejected).await;
                    }
                }
                Err(rejected) => return twin.or_remembered(self, request, rejected).await,
            }
        }
        Err(Failure::Unavailable("others invite the same address".into()))
    }

    async fn invite_as(
        &self,
        invitation: InvitationId,
        team: IssuerId,
        request: &Request,
        new: &NewInvitation,
    ) -> Result<Done, Rejected> {
        let now = self.now();
        let expires_at = now.plus(LIFETIME);
        let row = people::Invitation {
            id: invitation,
            team,
            email: new.email.to_string(),
            first_name: new.first_name.to_string(),
            last_name: new.last_name.to_string(),
            created_at: now,
            expires_at,
        };
        let mut side = vec![people::invite(&row).map_err(Refusal::from)?];
        side.extend(self.posting(Mail::Invitation(invitation))?);
        side.extend(self.remember(request, &Remembered::created("userInvitations", invitation.to_string())));
        let as_member = NewMember {
            roles: new.roles.clone(),
            sees: new.sees.clone(),
            provisioning_allowed: new.provisioning_allowed,
        };
        let command = Command::Invite { invitation, as_member, withheld: new.withheld.clone(), expires_at };
        self.ledger().submit(team, request.by, &command, alongside(&side)).await
    }

    /// Takes an invitation back that has run out and stands in another's way.
    async fn make_way(&self, team: IssuerId, by: Actor, email: &Email) -> Result<(), Rejected> {
        match self.hindrance(team, email).await? {
            Hindrance::Gone => Ok(()),
            Hindrance::Member => Err(Refusal::Taken(Thing::User, email.to_string()).into()),
            Hindrance::Invited => Err(Refusal::Taken(Thing::Invitation, email.to_string()).into()),
            Hindrance::Expired(invitation) => {
                let command = Command::CancelInvitation { invitation };
                let side = [people::forget_invitation(invitation)];
                self.ledger().submit(team, by, &command, alongside(&side)).await.map(drop)
            }
        }
    }

    async fn hindrance(&self, team: IssuerId, email: &Email) -> Result<Hindrance, Failure> {
        if let Some(person) = self.person_by_email(email).await?
            && self.memberships(person.id).await?.iter().any(|(of, _)| *of == team)
        {
            return Ok(Hindrance::Member);
        }
        let rows: Vec<people::Invitation> =
            all_of(self.store().read(people::invitations_to(email.normal())).await?)?;
        Ok(match rows.into_iter().find(|row| row.team == team) {
            None => Hindrance::Gone,
            Some(row) if self.now() > row.expires_at => Hindrance::Expired(row.id),
            Some(_) => Hindrance::Invited,
        })
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// If a rule forbids it or the store did not take it.
    pub async fn cancel_invitation(
        &self,
        team: IssuerId,
        request: &Request,
        invitation: InvitationId,
    ) -> Result<Answered<()>, Failure> {
        let twin = match self.recall(request).await? {
            Recalled::Done(answer) => return Ok(answer.into_answered_nothing()),
            Recalled::New(twin) => twin,
        };
        let mut side = vec![people::forget_invitation(invitation)];
        side.extend(self.remember(request, &Remembered::removed("userInvitations", invitation.to_string())));
        let command = Command::CancelInvitation { invitation };
        match self.ledger().submit(team, request.by, &command, alongside(&side)).await {
            Ok(done) => Ok(Answered { value: (), position: done.position, replayed: false }),
            Err(rejected) => twin.or_remembered_nothing(self, request, rejected).await,
        }
    }

    /// Accepts an invitation: whoever has its address becomes a member, as the person who is known
    /// here by it or as a new one.
    ///
    /// # Errors
    /// If the invitation is over or was never there, or the store did not take it.
    pub async fn join(
        &self,
        team: IssuerId,
        by: Actor,
        invitation: InvitationId,
    ) -> Result<Answered<MemberId>, Failure> {
        for _ in 0..MOST_TRIES {
            let member = MemberId::from_random(self.random()?);
            let invited = self.invited(team, invitation).await?;
            let invited = invited.ok_or_else(|| self.why_over(team, by, invitation))?;
            let (_, mut side) = self.person_for(&invited, team, member).await?;
            side.push(people::end_invitation(invitation));
            let command = Command::Join { invitation, member };
            match self.ledger().submit(team, by, &command, alongside(&side)).await {
                Ok(done) => return Ok(Answered { value: member, position: done.position, replayed: false }),
                Err(Rejected::Unexpected(people::NOBODYS_ADDRESS | people::THE_INVITATION)) => {}
                Err(Rejected::Unexpected(people::NOT_IN_THE_TEAM)) => {
                    return Err(Refusal::Taken(Thing::User, invited.email.to_string()).into());
                }
                Err(rejected) => return Err(rejected.into()),
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()))
    }

    pub(super) async fn invited(
        &self,
        team: IssuerId,
        invitation: InvitationId,
    ) -> Result<Option<NewPerson>, Failure> {
        let row: Option<people::Invitation> =
            first_of(self.store().read(people::invitation(invitation)).await?)?;
        let Some(row) = row.filter(|row| row.team == team) else { return Ok(None) };
        let person = NewPerson::try_from(&row).map_err(|malformed| Failure::Fault(malformed.to_string()))?;
        Ok(Some(person))
    }

    /// Why an invitation of which nothing is kept can't be accepted.
    fn why_over(&self, team: IssuerId, by: Actor, invitation: InvitationId) -> Failure {
        let catalog = self.catalog();
        let under = Circumstances { catalog: &catalog, by, now: self.now() };
        let command = Command::Join { invitation, member: MemberId::from_random([0; 16]) };
        match self.ledger().team(team) {
            Err(failure) => failure,
            Ok(team) => match team.decide(&command, under) {
                Err(refusal) => refusal.into(),
                Ok(_) => Refusal::NoSuch(Thing::Invitation, invitation.to_string()).into(),
            },
        }
    }

    /// What the open invitations of a team say of people, expired ones too, oldest first.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn invitations_of(&self, team: IssuerId) -> Result<Vec<InvitationPerson>, Failure> {
        let rows: Vec<people::Invitation> = all_of(self.store().read(people::invitations_of(team)).await?)?;
        Ok(rows.into_iter().map(InvitationPerson::from).collect())
    }
}

fn alongside(side: &[Statement]) -> impl Fn(&[Event]) -> Alongside + Send + Sync + '_ {
    |_| Alongside { claims: Vec::new(), side: side.to_vec() }
}

impl TryFrom<&people::Invitation> for NewPerson {
    type Error = Malformed;

    fn try_from(row: &people::Invitation) -> Result<Self, Malformed> {
        Ok(Self {
            email: row.email.as_str().try_into()?,
            first_name: row.first_name.as_str().try_into()?,
            last_name: row.last_name.as_str().try_into()?,
        })
    }
}

impl From<people::Invitation> for InvitationPerson {
    fn from(row: people::Invitation) -> Self {
        let people::Invitation { id, email, first_name, last_name, expires_at, .. } = row;
        Self { invitation: id, email, first_name, last_name, expires_at }
    }
}
