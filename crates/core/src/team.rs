//! A team: its people, its apps and its keys, as its events left it.
//!
//! [`Team::decide`] turns a command into events or a refusal and changes nothing;
//! [`Team::apply`] takes an event in and refuses nothing. Both are pure.

mod access;
mod apps;
mod command;
mod decide;
mod key;
mod keyring;
mod keys;
mod people;

pub use command::{Command, NewKey, NewMember, SightChange};
pub use decide::{Circumstances, no_such_team};
pub use key::{Key, Private, Revocation};
pub use keyring::Keyring;

use crate::event::{Actor, Event, Holding, PrivateHalfAt, Sees};
use crate::id::{AppId, AppName, BundleId, InvitationId, IssuerId, MemberId, Remark, TeamName};
use crate::roles::Roles;
use crate::rotation::RotationAge;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A team as its events left it.
///
/// A clone is cheap: what it holds is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// What tokens name in `iss`.
    pub id: IssuerId,
    /// What people call it.
    pub name: TeamName,
    /// How many events it has had.
    pub version: u64,
    /// Whether it may do anything at all.
    pub standing: Standing,
    /// Whether its keys may open anything.
    pub access: Access,
    /// The Account Holder.
    pub owner: MemberId,
    /// Everybody who belongs to it.
    pub members: BTreeMap<MemberId, Arc<Member>>,
    /// Invitations, also those that are over.
    pub invitations: BTreeMap<InvitationId, Arc<Invitation>>,
    /// Its apps.
    pub apps: BTreeMap<AppId, Arc<App>>,
    /// Its keys, also the revoked ones.
    pub keys: Keyring,
    /// How old its keys may become before they are due for rotation.
    pub rotation_age: RotationAge,
}

/// Whether a team may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Active,
    /// Not until it is resumed.
    Suspended,
    /// Never again.
    Closed,
}

/// Whether a team's keys may open anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody has asked.
    NotRequested,
    /// Somebody has asked.
    Requested {
        /// When.
        at: Timestamp,
    },
    /// Yes.
    Approved {
        /// Since when.
        at: Timestamp,
    },
    /// No, or no more; it may be asked for again.
    Declined {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: Option<Remark>,
    },
}

/// Somebody who belongs to a team. Who, stands outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Roles and permissions.
    pub roles: Roles,
    /// What apps are seen.
    pub sees: Sees,
    /// Whether certificates and profiles may be used.
    pub provisioning_allowed: bool,
    /// Since when.
    pub joined_at: Timestamp,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Roles and permissions that come with joining.
    pub roles: Roles,
    /// What apps will be seen.
    pub sees: Sees,
    /// Whether certificates and profiles may be used.
    pub provisioning_allowed: bool,
    /// When it was made.
    pub invited_at: Timestamp,
    /// Until when it may be accepted.
    pub expires_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    Open,
    /// It was accepted.
    Accepted,
    /// It was taken back.
    Cancelled,
}

/// An app of the team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its bundle id.
    pub bundle: BundleId,
    /// What people call it.
    pub name: AppName,
}

impl Team {
    /// The team that its first event opened; `None` if that is no opening.
    #[must_use]
    pub fn opened(id: IssuerId, at: Timestamp, event: &Event) -> Option<Self> {
        let Event::TeamOpened { name, owner, roles } = event else { return None };
        let member =
            Member { roles: roles.clone(), sees: Sees::AllApps, provisioning_allowed: true, joined_at: at };
        Some(Self {
            id,
            name: name.clone(),
            version: 1,
            standing: Standing::Active,
            access: Access::NotRequested,
            owner: *owner,
            members: BTreeMap::from([(*owner, Arc::new(member))]),
            invitations: BTreeMap::new(),
            apps: BTreeMap::new(),
            keys: Keyring::default(),
            rotation_age: RotationAge::default(),
        })
    }

    /// The roles that a key has at this moment.
    #[must_use]
    pub fn roles_of_key(&self, key: &Key) -> Roles {
        match &key.holder {
            Holding::TeamWithRoles(roles) => roles.clone(),
            Holding::Team => Roles::none(),
            Holding::Member(member) => {
                self.members.get(member).map_or_else(Roles::none, |member| member.roles.clone())
            }
        }
    }

    /// What apps a key sees at this moment.
    #[must_use]
    pub fn sight_of_key(&self, key: &Key) -> Sees {
        match key.member() {
            None => Sees::AllApps,
            Some(member) => self
                .members
                .get(&member)
                .map_or_else(|| Sees::Apps(BTreeSet::new()), |member| member.sees.clone()),
        }
    }

    /// Takes an event in. Total: an event about something that the team does not have changes
    /// nothing but the version, since what the ledger holds has happened.
    pub fn apply(&mut self, at: Timestamp, by: Actor, event: &Event) {
        self.version += 1;
        match event {
            Event::AccessRequested { .. } => self.access = Access::Requested { at },
            Event::AccessApproved => self.access = Access::Approved { at },
            Event::AccessDeclined { reason } | Event::AccessWithdrawn { reason } => {
                self.access = Access::Declined { at, reason: reason.clone() };
            }
            Event::TeamSuspended { .. } => self.standing = Standing::Suspended,
            Event::TeamResumed => self.standing = Standing::Active,
            Event::TeamClosed { .. } => self.standing = Standing::Closed,
            Event::MemberInvited { .. }
            | Event::InvitationCancelled { .. }
            | Event::MemberJoined { .. }
            | Event::MemberChanged { .. }
            | Event::MemberRemoved { .. }
            | Event::OwnershipTransferred { .. } => self.apply_to_people(at, event),
            Event::RotationAgeSet { age } => self.rotation_age = *age,
            Event::AppRegistered { app, bundle, name } => {
                self.apps.insert(app.clone(), Arc::new(App { bundle: bundle.clone(), name: name.clone() }));
            }
            Event::AppRemoved { app } => self.forget_app(app),
            Event::KeyGenerated { .. } => self.add_key(at, by, event),
            Event::KeyDownloaded { key } => self.keys.change(*key, |key| {
                key.private = Private::Downloaded;
                key.downloaded_by = Some(by);
            }),
            Event::HalfErased { key } => self.keys.change(*key, |key| key.private = Private::Erased),
            Event::KeyRevoked { key, reason, remark } => {
                let revocation = Revocation { at, by, reason: *reason, remark: remark.clone() };
                self.keys.change(*key, |key| key.end(revocation));
            }
            Event::TeamOpened { .. }
            | Event::LedgerBegun { .. }
            | Event::LedgerRestored { .. }
            | Event::FormatRaised { .. }
            | Event::CatalogAdopted { .. }
            | Event::ReplicaAdded { .. }
            | Event::ReplicaRemoved { .. }
            | Event::SealRotated => {}
        }
    }

    /// What a restore means for a team: what waited for its download is lost.
    pub fn lose_pending_halves(&mut self) {
        self.keys.change_active(|key| {
            if key.private == Private::Pending {
                Arc::make_mut(key).private = Private::Erased;
            }
        });
    }

    fn apply_to_people(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::MemberInvited { invitation, roles, sees, provisioning_allowed, expires_at } => {
                let made = Invitation {
                    roles: roles.clone(),
                    sees: sees.clone(),
                    provisioning_allowed: *provisioning_allowed,
                    invited_at: at,
                    expires_at: *expires_at,
                    outcome: Outcome::Open,
                };
                self.invitations.insert(*invitation, Arc::new(made));
            }
            Event::InvitationCancelled { invitation } => self.end_invitation(*invitation, Outcome::Cancelled),
            Event::MemberJoined { invitation, member } => self.join(at, *invitation, *member),
            Event::MemberChanged { member, roles, sees, provisioning_allowed } => {
                if let Some(member) = self.members.get_mut(member).map(Arc::make_mut) {
                    member.roles = roles.clone();
                    member.sees = sees.clone();
                    member.provisioning_allowed = *provisioning_allowed;
                }
            }
            Event::MemberRemoved { member } => {
                self.members.remove(member);
            }
            Event::OwnershipTransferred { from, from_roles, to, to_roles } => {
                self.owner = *to;
                for (member, roles) in [(from, from_roles), (to, to_roles)] {
                    if let Some(member) = self.members.get_mut(member).map(Arc::make_mut) {
                        member.roles = roles.clone();
                    }
                }
            }
            _ => {}
        }
    }

    fn join(&mut self, at: Timestamp, invitation: InvitationId, member: MemberId) {
        let Some(made) = self.invitations.get(&invitation) else { return };
        let joined = Member {
            roles: made.roles.clone(),
            sees: made.sees.clone(),
            provisioning_allowed: made.provisioning_allowed,
            joined_at: at,
        };
        self.members.insert(member, Arc::new(joined));
        self.end_invitation(invitation, Outcome::Accepted);
    }

    fn end_invitation(&mut self, invitation: InvitationId, outcome: Outcome) {
        if let Some(invitation) = self.invitations.get_mut(&invitation) {
            Arc::make_mut(invitation).outcome = outcome;
        }
    }

    fn forget_app(&mut self, app: &AppId) {
        self.apps.remove(app);
        for member in self.members.values_mut() {
            if let Sees::Apps(seen) = &member.sees
                && seen.contains(app)
                && let Sees::Apps(seen) = &mut Arc::make_mut(member).sees
            {
                seen.remove(app);
            }
        }
        for invitation in self.invitations.values_mut() {
            if let Sees::Apps(seen) = &invitation.sees
                && seen.contains(app)
                && let Sees::Apps(seen) = &mut Arc::make_mut(invitation).sees
            {
                seen.remove(app);
            }
        }
    }

    /// A key that is there stays as it is: no event makes a revoked one anew.
    fn add_key(&mut self, at: Timestamp, by: Actor, event: &Event) {
        let Event::KeyGenerated { key, kind, name, holder, public, private } = event else { return };
        let made = Key {
            kind: kind.clone(),
            name: name.clone(),
            holder: holder.clone(),
            public: *public,
            private: match private {
                PrivateHalfAt::Issuer => Private::Pending,
                PrivateHalfAt::Holder => Private::WithHolder,
            },
            created_at: at,
            created_by: by,
            downloaded_by: None,
            revoked: None,
        };
        self.keys.add(*key, made);
    }
}
