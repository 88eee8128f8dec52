//! Facts, made from what the authority knows.

use super::{
    About, Access, AppFacts, CatalogInForce, Fact, KeyFacts, MemberFacts, NewKey, Position, Standing,
    TeamFact, TeamFacts,
};
use counterfoil_core::event::{Entry, Event, Stream};
use counterfoil_core::id::MemberId;
use counterfoil_core::team::{self, Team};

/// All of a team that a verdict needs.
#[must_use]
pub fn facts_of_team(team: &Team) -> TeamFacts {
    TeamFacts {
        team: team.id,
        standing: team.standing.into(),
        access: (&team.access).into(),
        members: team.members.iter().map(|(id, member)| member_facts(*id, member)).collect(),
        apps: team
            .apps
            .iter()
            .map(|(id, app)| AppFacts { app: id.clone(), bundle_id: app.bundle.clone() })
            .collect(),
        keys: team
            .keys
            .iter()
            .map(|(id, key)| KeyFacts {
                key: *id,
                key_type: key.kind.clone(),
                holder: key.holder.clone(),
                point: key.public,
                active: key.is_active(),
            })
            .collect(),
    }
}

fn member_facts(user: MemberId, member: &team::Member) -> MemberFacts {
    MemberFacts {
        user,
        roles: member.roles.clone(),
        sees: member.sees.clone(),
        provisioning_allowed: member.provisioning_allowed,
    }
}

impl Fact {
    /// What an event means to a verdict; nothing, for many. `team` is the event's team once the event
    /// is in it: an event of joining does not repeat what the invitation says.
    #[must_use]
    pub fn of(position: Position, entry: &Entry, team: Option<&Team>) -> Option<Self> {
        let about = match entry.of {
            Stream::Installation => of_installation(&entry.event)?,
            Stream::Team(id) => About::Team(id, of_team(&entry.event, team)?),
        };
        Some(Self { position, about })
    }
}

fn of_installation(event: &Event) -> Option<About> {
    Some(match event {
        Event::LedgerBegun { epoch } => About::LedgerBegun(*epoch),
        Event::LedgerRestored { epoch, .. } => About::LedgerRestored(*epoch),
        Event::CatalogAdopted { name, fingerprint } => About::CatalogAdopted(CatalogInForce {
            name: name.clone(),
            fingerprint: fingerprint.clone(),
            text: None,
        }),
        _ => return None,
    })
}

fn of_team(event: &Event, team: Option<&Team>) -> Option<TeamFact> {
    Some(match event {
        Event::TeamOpened { owner, roles, .. } => TeamFact::Opened { user: *owner, roles: roles.clone() },
        Event::AccessRequested { .. } => TeamFact::AccessRequested,
        Event::AccessApproved => TeamFact::AccessApproved,
        Event::AccessDeclined { .. } => TeamFact::AccessDeclined,
        Event::AccessWithdrawn { .. } => TeamFact::AccessWithdrawn,
        Event::TeamSuspended { .. } => TeamFact::Suspended,
        Event::TeamResumed => TeamFact::Resumed,
        Event::TeamClosed { .. } => TeamFact::Closed,
        Event::MemberJoined { .. }
        | Event::MemberChanged { .. }
        | Event::MemberRemoved { .. }
        | Event::OwnershipTransferred { .. } => of_people(event, team)?,
        Event::AppRegistered { app, bundle, .. } => {
            TeamFact::AppRegistered(AppFacts { app: app.clone(), bundle_id: bundle.clone() })
        }
        Event::AppRemoved { app } => TeamFact::AppRemoved { app: app.clone() },
        Event::KeyGenerated { key, kind, holder, public, .. } => TeamFact::KeyGenerated(NewKey {
            key: *key,
            kind: kind.clone(),
            holder: holder.clone(),
            point: *public,
        }),
        Event::KeyRevoked { key, .. } => TeamFact::KeyRevoked { key: *key },
        Event::LedgerBegun { .. }
        | Event::LedgerRestored { .. }
        | Event::FormatRaised { .. }
        | Event::CatalogAdopted { .. }
        | Event::ReplicaAdded { .. }
        | Event::ReplicaRemoved { .. }
        | Event::SealRotated
        | Event::RotationAgeSet { .. }
        | Event::MemberInvited { .. }
        | Event::InvitationCancelled { .. }
        | Event::KeyDownloaded { .. }
        | Event::HalfErased { .. } => return None,
    })
}

fn of_people(event: &Event, team: Option<&Team>) -> Option<TeamFact> {
    Some(match event {
        Event::MemberJoined { invitation, member } => {
            let made = team?.invitations.get(invitation)?;
            TeamFact::MemberJoined(MemberFacts {
                user: *member,
                roles: made.roles.clone(),
                sees: made.sees.clone(),
                provisioning_allowed: made.provisioning_allowed,
            })
        }
        Event::MemberChanged { member, roles, sees, provisioning_allowed } => {
            TeamFact::MemberChanged(MemberFacts {
                user: *member,
                roles: roles.clone(),
                sees: sees.clone(),
                provisioning_allowed: *provisioning_allowed,
            })
        }
        Event::MemberRemoved { member } => TeamFact::MemberRemoved { user: *member },
        Event::OwnershipTransferred { from, from_roles, to, to_roles } => TeamFact::OwnershipTransferred {
            from: *from,
            from_roles: from_roles.clone(),
            to: *to,
            to_roles: to_roles.clone(),
        },
        _ => return None,
    })
}

impl From<team::Standing> for Standing {
    fn from(standing: team::Standing) -> Self {
        match standing {
            team::Standing::Active => Self::Active,
            team::Standing::Suspended => Self::Suspended,
            team::Standing::Closed => Self::Closed,
        }
    }
}

impl From<&team::Access> for Access {
    fn from(access: &team::Access) -> Self {
        match access {
            team::Access::NotRequested => Self::None,
            team::Access::Requested { .. } => Self::Requested,
            team::Access::Approved { .. } => Self::Approved,
            team::Access::Declined { .. } => Self::Declined,
        }
    }
}
