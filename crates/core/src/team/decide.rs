//! May this actor do this to this team now? The one entrance to the rules.

use super::{Command, Invitation, Key, Outcome, Standing, Team};
use crate::catalog::{Administration, Catalog};
use crate::event::{Actor, Event};
use crate::id::{IssuerId, KeyId, MemberId, RoleName, TeamName};
use crate::refusal::{Limited, Refusal, Thing};
use crate::roles::Roles;
use crate::time::Timestamp;
use std::sync::Arc;

/// How many people, open invitations counted, a team can have.
const MOST_PEOPLE: u32 = 10_000;

/// Under what circumstances something is decided.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The catalog in force.
    pub catalog: &'a Catalog,
    /// Who asks.
    pub by: Actor,
    /// What time it is.
    pub now: Timestamp,
}

impl Team {
    /// Opens a team. Where the catalog wants no review, it has access at once.
    #[must_use]
    pub fn open(catalog: &Catalog, name: TeamName, owner: MemberId) -> Vec<Event> {
        let role = &catalog.owner_role().name;
        let permissions =
            catalog.permissions.iter().filter(|permission| permission.given_with.contains(role));
        let roles = permissions.map(|permission| permission.name.clone()).chain([role.clone()]).collect();
        let mut events = vec![Event::TeamOpened { name, owner, roles }];
        if !catalog.access.review {
            events.push(Event::AccessApproved);
        }
        events
    }

    /// Decides. An empty answer means that all is as the command wants it already.
    ///
    /// # Errors
    /// Which rule forbids it.
    pub fn decide(&self, command: &Command, under: Circumstances<'_>) -> Result<Vec<Event>, Refusal> {
        self.check_standing(command, under.by)?;
        match command {
            Command::RequestAccess { terms_agreed } => self.request_access(*terms_agreed, under),
            Command::ApproveAccess => self.approve_access(under.by),
            Command::DeclineAccess { reason } => self.decline_access(under.by, reason.as_ref()),
            Command::WithdrawAccess { reason } => self.withdraw_access(under.by, reason.as_ref()),
            Command::Suspend { reason } => self.suspend(under.by, reason.as_ref()),
            Command::Resume => self.resume(under.by),
            Command::Close { reason } => self.close(under.by, reason.as_ref()),
            Command::TransferOwnership { to } => self.transfer_ownership(*to, under),
            Command::Invite { invitation, as_member, withheld, expires_at } => {
                self.invite(*invitation, as_member, withheld, *expires_at, under)
            }
            Command::CancelInvitation { invitation } => self.cancel_invitation(*invitation, under),
            Command::Join { invitation, member } => self.accept_invitation(*invitation, *member, under),
            Command::ChangeMember { member, roles, sees, provisioning_allowed } => {
                self.change_member(*member, roles.as_ref(), sees.as_ref(), *provisioning_allowed, under)
            }
            Command::RemoveMember { member } => self.remove_member(*member, under),
            Command::SetRotationAge { age } => self.set_rotation_age(*age, under),
            Command::RegisterApp { app, bundle, name } => self.register_app(app, bundle, name, under),
            Command::RemoveApp { app } => self.remove_app(app, under),
            Command::GenerateKey(new) => self.generate_key(new, under),
            Command::Download { key } => self.download(*key, under),
            Command::EraseHalf { key } => self.erase_half(*key, under.by),
            Command::Revoke { keys, reason, remark } => self.revoke(keys, *reason, remark.as_ref(), under),
        }
    }

    /// A suspended or closed team may still end keys, and the operator erase a person; everything
    /// else waits, or is over.
    fn check_standing(&self, command: &Command, by: Actor) -> Result<(), Refusal> {
        let always = match command {
            Command::Revoke { .. } | Command::EraseHalf { .. } => true,
            Command::RemoveMember { .. } => by == Actor::Operator,
            _ => false,
        };
        match (self.standing, command) {
            _ if always => Ok(()),
            (
                Standing::Suspended,
                Command::Resume | Command::Close { .. } | Command::WithdrawAccess { .. },
            ) => Ok(()),
            _ => self.must_be_active(),
        }
    }

    /// What a suspended or closed team may not do.
    pub(super) fn must_be_active(&self) -> Result<(), Refusal> {
        match self.standing {
            Standing::Active => Ok(()),
            Standing::Suspended => Err(Refusal::TeamSuspended),
            Standing::Closed => Err(Refusal::TeamClosed),
        }
    }

    /// The roles that an actor has in this team at this moment.
    ///
    /// # Errors
    /// `Stranger` for whoever is not of this team, or not any more.
    pub fn roles_of_actor(&self, actor: Actor) -> Result<Roles, Refusal> {
        match actor {
            Actor::User(member) => self.members.get(&member).map(|member| member.roles.clone()),
            Actor::ApiKey(key) => {
                self.keys.get(&key).filter(|key| key.is_active()).map(|key| self.roles_of_key(key))
            }
            Actor::Operator | Actor::Holder(_) => None,
        }
        .ok_or(Refusal::Stranger)
    }

    /// Whether a key is an actor's own: a person's, or what a person's key acts for, as long as they
    /// are of this team; or of whoever showed to hold its private half.
    pub(super) fn is_own(&self, actor: Actor, key: &Key, id: KeyId) -> bool {
        match actor {
            Actor::Holder(held) => held == id,
            Actor::User(_) | Actor::ApiKey(_) | Actor::Operator => {
                let person = self.person(actor);
                person.is_some() && person == key.member()
            }
        }
    }

    /// The member that an actor is or acts for.
    fn person(&self, actor: Actor) -> Option<MemberId> {
        let person = match actor {
            Actor::User(member) => Some(member),
            Actor::ApiKey(key) => {
                self.keys.get(&key).filter(|key| key.is_active()).and_then(|key| key.member())
            }
            Actor::Operator | Actor::Holder(_) => None,
        };
        person.filter(|member| self.members.contains_key(member))
    }

    pub(super) fn must_administer(
        &self,
        what: Administration,
        act: &'static str,
        under: Circumstances<'_>,
    ) -> Result<(), Refusal> {
        if under.by == Actor::Operator {
            return Ok(());
        }
        let roles = self.roles_of_actor(under.by)?;
        if under.catalog.administers(roles.as_slice(), what) {
            return Ok(());
        }
        Err(role_missing(under.catalog, what, act))
    }

    /// Nobody gives more than they hold. The operator holds nothing and may give anything: whoever
    /// runs the installation could do so anyway.
    pub(super) fn must_hold(&self, roles: &[RoleName], under: Circumstances<'_>) -> Result<(), Refusal> {
        if under.by == Actor::Operator {
            return Ok(());
        }
        let held = self.roles_of_actor(under.by)?;
        match roles.iter().find(|role| !under.catalog.covers(held.as_slice(), role)) {
            Some(role) => Err(Refusal::GrantsMore { role: role.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn check_people_limit(&self, now: Timestamp) -> Result<(), Refusal> {
        let may_join = |invitation: &&Arc<Invitation>| {
            invitation.outcome == Outcome::Open && now <= invitation.expires_at
        };
        let invited = self.invitations.values().filter(may_join).count();
        below(self.members.len() + invited, MOST_PEOPLE, Limited::People)
    }
}

/// What needs a role that administers this part of a team.
pub(super) fn role_missing(catalog: &Catalog, what: Administration, act: &'static str) -> Refusal {
    let may = catalog.roles.iter().filter(|role| role.administers.contains(&what));
    Refusal::RoleMissing { act, allowed: may.map(|role| role.name.clone()).collect() }
}

/// What an operator alone may do.
pub(super) fn must_be_operator(by: Actor, act: &'static str) -> Result<(), Refusal> {
    if by == Actor::Operator { Ok(()) } else { Err(Refusal::OperatorOnly { act }) }
}

pub(super) fn below(count: usize, limit: u32, what: Limited) -> Result<(), Refusal> {
    if count < limit as usize { Ok(()) } else { Err(Refusal::LimitReached { what, limit }) }
}

/// For a stream that names no team here.
#[must_use]
pub fn no_such_team(team: IssuerId) -> Refusal {
    Refusal::NoSuch(Thing::Team, team.to_string())
}
