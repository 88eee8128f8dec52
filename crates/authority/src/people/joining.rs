//! Accepting an invitation by its link.
//!
//! A link that went by mail to the invited address proves the address, and with it who it is: whoever comes with it
//! and is new here is made known under an address that is proven. A link that was shown to the inviter proves
//! nothing: the person who comes with it is made known under an address that is matched to nobody, until a mailed
//! link proves it. Where the address is somebody's already, only that person accepts, while signed in.

use super::{Email, NewPerson, PersonName};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::ledger::{Alongside, Rejected};
use crate::outbox::Mail;
use crate::secret::{Secret, hash_of};
use crate::sign_in::{Happening, How, Purpose, SeenFrom, Session, SessionSecret, Who};
use crate::store::tables::{links, people};
use crate::store::{Position, Statement, first_of};
use counterfoil_core::event::{Actor, Entry, Event};
use counterfoil_core::id::{InvitationId, IssuerId, MemberId, PersonId, TeamName};
use counterfoil_core::refusal::{Over, Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Circumstances, Command, Outcome};
use counterfoil_core::time::Timestamp;

/// How often something is tried again because somebody else was faster.
const MOST_TRIES: usize = 4;
/// How far back it is looked for who invites.
const EVENTS_LOOKED_AT: usize = 1000;

/// An invitation, as whoever opens its link sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Which.
    pub invitation: InvitationId,
    /// Into which team.
    pub team: IssuerId,
    /// What the team is called.
    pub team_name: TeamName,
    /// The roles and permissions that come with joining.
    pub roles: Roles,
    /// Who invites, if that can be said still.
    pub invited_by: Option<Actor>,
    /// The invited address, as it was typed.
    pub email: String,
    /// The first name that the inviter typed.
    pub first_name: String,
    /// The last name that the inviter typed.
    pub last_name: String,
    /// Until when it can be accepted.
    pub expires: Timestamp,
    /// Whose the address is, if anybody's: nobody else may accept.
    pub belongs_to: Option<PersonId>,
    /// Who has the address now, proven or not.
    held_by: Option<PersonId>,
    is_mailed: bool,
}

/// How an invitation reaches whoever is invited.
#[derive(Debug)]
pub enum Delivery {
    /// By mail; [`Authority::mail_state`] says what became of it.
    Mailed,
    /// Nothing sends mail here: this is the link's secret, for the inviter to hand over.
    Link(Secret),
}

/// Who accepts.
#[derive(Clone, Debug)]
pub enum Joiner {
    /// Whoever is signed in.
    SignedIn(Session),
    /// Somebody new.
    New {
        /// The first name.
        first_name: PersonName,
        /// The last name.
        last_name: PersonName,
    },
}

/// What became of it.
#[derive(Debug)]
pub enum Joining {
    /// Whoever it is, is a member now.
    Joined {
        /// The team.
        team: IssuerId,
        /// The membership.
        member: MemberId,
        /// Where it stands in the ledger.
        position: Position,
        /// The session of somebody new. It may have to enrol something before anything else.
        session: Option<SessionSecret>,
    },
    /// The link is not good, or not any more.
    Over,
    /// The address belongs to somebody else than who is signed in, or to somebody, and nobody is signed in.
    BelongsToAnother,
}

impl Authority {
    /// Sends an open invitation on its way, or once more: every earlier link of it ends.
    ///
    /// # Errors
    /// If a rule forbids it, the invitation is over or was never there, too much was mailed within the hour, or the
    /// store did not take it.
    pub async fn deliver_invitation(
        &self,
        team: IssuerId,
        by: Actor,
        invitation: InvitationId,
    ) -> Result<Delivery, Failure> {
        self.must_be_open(team, by, invitation)?;
        if !self.sends_mail() {
            return Ok(Delivery::Link(self.invitation_link(invitation, false).await?));
        }
        if let Some(invited) = self.invited(team, invitation).await? {
            // Counts even if the store does not take it: it is a mail that somebody wanted.
            let _counted = self.at_a_pace(Some(team), &invited.email)?;
        }
        let posting = self.posting(Mail::Invitation(invitation))?;
        self.store().write([vec![links::end_all_to(invitation)], posting].concat()).await?;
        Ok(Delivery::Mailed)
    }

    /// Whoever may take an invitation back may send it again.
    fn must_be_open(&self, team: IssuerId, by: Actor, invitation: InvitationId) -> Result<(), Failure> {
        let (team, catalog) = (self.ledger().team(team)?, self.catalog());
        let under = Circumstances { catalog: &catalog, by, now: self.now() };
        team.decide(&Command::CancelInvitation { invitation }, under)?;
        let found = team.invitations.get(&invitation);
        let expires = found.map_or(Timestamp::from_millis(0), |found| found.expires_at);
        if self.now() > expires { Err(Refusal::InvitationOver(Over::Expired).into()) } else { Ok(()) }
    }

    /// Makes the link of an invitation, and ends every earlier one. One that is mailed proves the address: it must
    /// go there and nowhere else.
    ///
    /// # Errors
    /// If the invitation is over or was never there, or the store did not take it.
    pub(crate) async fn invitation_link(
        &self,
        invitation: InvitationId,
        is_mailed: bool,
    ) -> Result<Secret, Failure> {
        let row: Option<people::Invitation> =
            first_of(self.store().read(people::invitation(invitation)).await?)?;
        let row = row.ok_or_else(|| Refusal::NoSuch(Thing::Invitation, invitation.to_string()))?;
        let secret = Secret::draw(&self.random)?;
        let left = row.expires_at.since(self.now());
        let link = self.new_link(&secret, Purpose::Join(invitation), left, is_mailed);
        self.store().write(vec![links::end_all_to(invitation), link]).await?;
        Ok(secret)
    }

    /// Looks at the invitation of a link, without using the link up. Nothing, if it is not good, or not any more.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn look_at_invitation(&self, link: &str) -> Result<Option<OpenInvitation>, Failure> {
        let row: Option<links::Link> = first_of(self.store().read(links::find(hash_of(link))).await?)?;
        let good = row.filter(|row| row.used_at.is_none() && row.expires_at > self.now());
        let Some((invitation, is_mailed)) = good.and_then(|row| Some((row.invitation?, row.is_mailed)))
        else {
            return Ok(None);
        };
        let row: Option<people::Invitation> =
            first_of(self.store().read(people::invitation(invitation)).await?)?;
        let Some(row) = row else { return Ok(None) };
        let team = self.ledger().team(row.team)?;
        let open = team.invitations.get(&invitation).filter(|found| found.outcome == Outcome::Open);
        let Some(open) = open.filter(|found| self.now() <= found.expires_at) else { return Ok(None) };
        let email = Email::try_from(row.email.as_str()).map_err(|bad| Failure::Fault(bad.to_string()))?;
        let known = self.person_by_email(&email).await?;
        let held_by = known.as_ref().map(|person| person.id);
        let known = known.filter(|person| person.email_proven_at.is_some() || !is_mailed);
        Ok(Some(OpenInvitation {
            invitation,
            team: row.team,
            team_name: team.name.clone(),
            roles: open.roles.clone(),
            invited_by: self.inviter(row.team, invitation).await?,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            expires: row.expires_at,
            belongs_to: known.map(|person| person.id),
            held_by,
            is_mailed,
        }))
    }

    async fn inviter(&self, team: IssuerId, invitation: InvitationId) -> Result<Option<Actor>, Failure> {
        let rows = self.store().stream_before(&team.to_string(), u64::MAX >> 1, EVENTS_LOOKED_AT).await?;
        let entries = rows.iter().filter_map(|row| Entry::from_bytes(&row.bytes).ok());
        let invited = entries.into_iter().find(|entry| {
            matches!(&entry.event, Event::MemberInvited { invitation: found, .. } if *found == invitation)
        });
        Ok(invited.map(|entry| entry.by))
    }

    /// Accepts the invitation of a link. In one transaction the link is used up, whoever is new is made known and
    /// signed in, and the team has a member more.
    ///
    /// # Errors
    /// If the person is in the team already, or the store did not take it.
    pub async fn accept_invitation(
        &self,
        link: &str,
        joiner: &Joiner,
        from: &SeenFrom,
    ) -> Result<Joining, Failure> {
        for _ in 0..MOST_TRIES {
            let Some(open) = self.look_at_invitation(link).await? else { return Ok(Joining::Over) };
            if !may_accept(joiner, open.belongs_to) {
                return Ok(Joining::BelongsToAnother);
            }
            match self.accept_once(link, &open, joiner, from).await {
                Ok(joined) => return Ok(joined),
                Err(Rejected::Unexpected(
                    people::NOBODYS_ADDRESS | people::THE_INVITATION | links::STILL_GOOD,
                )) => {}
                Err(Rejected::Unexpected(people::NOT_IN_THE_TEAM)) => {
                    return Err(Refusal::Taken(Thing::User, open.email).into());
                }
                Err(rejected) => return Err(rejected.into()),
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()))
    }

    async fn accept_once(
        &self,
        link: &str,
        open: &OpenInvitation,
        joiner: &Joiner,
        from: &SeenFrom,
    ) -> Result<Joining, Rejected> {
        let (now, team, invitation) = (self.now(), open.team, open.invitation);
        let member = MemberId::from_random(self.random()?);
        let mut side = vec![links::use_up(hash_of(link), now), people::end_invitation(invitation)];
        let session = match joiner {
            Joiner::SignedIn(session) => {
                let person = session.person().ok_or(Refusal::SelfOnly { act: "Accepting an invitation" })?;
                side.push(people::join(member, team, person, now));
                side.extend(self.proof_of(open, person));
                None
            }
            Joiner::New { first_name, last_name } => {
                let email = Email::try_from(open.email.as_str()).map_err(Refusal::from)?;
                let (first_name, last_name) = (first_name.clone(), last_name.clone());
                let new = NewPerson { email, first_name, last_name };
                let (person, made) = self.newcomer(&new, open, member, from).await?;
                side.extend(made);
                let (secret, opening) = self.opening(Who::Person(person), How::Invitation, from)?;
                side.extend(opening);
                Some(secret)
            }
        };
        let alongside = |_: &[Event]| Alongside { claims: Vec::new(), side: side.clone() };
        let command = Command::Join { invitation, member };
        let done = self.ledger().submit(team, Actor::User(member), &command, alongside).await?;
        Ok(Joining::Joined { team, member, position: done.position, session })
    }

    /// A mailed link proves the address of the very person who has it.
    fn proof_of(&self, open: &OpenInvitation, person: PersonId) -> Option<Statement> {
        (open.is_mailed && open.held_by == Some(person)).then(|| people::prove_address(person, self.now()))
    }

    async fn newcomer(
        &self,
        new: &NewPerson,
        open: &OpenInvitation,
        member: MemberId,
        from: &SeenFrom,
    ) -> Result<(PersonId, Vec<Statement>), Failure> {
        if !open.is_mailed {
            let (person, enrolment) = self.enrolment(new)?;
            return Ok((person, vec![enrolment, people::join(member, open.team, person, self.now())]));
        }
        let displaced = self.person_by_email(&new.email).await?;
        let (person, mut side) = self.person_for(new, open.team, member).await?;
        if let Some(displaced) = displaced {
            side.push(self.noting(Some(displaced.id), Happening::AddressLost, from)?);
        }
        Ok((person, side))
    }
}

/// Where the address is somebody's, only that person may accept.
fn may_accept(joiner: &Joiner, belongs_to: Option<PersonId>) -> bool {
    match (joiner, belongs_to) {
        (_, None) => true,
        (Joiner::SignedIn(session), Some(person)) => session.person() == Some(person),
        (Joiner::New { .. }, Some(_)) => false,
    }
}
