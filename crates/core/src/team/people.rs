//! Rules on people: inviting, joining, changing, removing, and the one Account Holder.

use super::{Circumstances, Invitation, Member, NewMember, Outcome, SightChange, Team};
use crate::catalog::{Administration, Catalog, KindHolder};
use crate::event::{Actor, Event, RevocationReason, Sees};
use crate::id::{InvitationId, KeyId, MemberId, Remark, RoleName};
use crate::refusal::{Over, Refusal, Thing};
use crate::roles::Roles;
use crate::time::Timestamp;

impl Team {
    pub(super) fn invite(
        &self,
        invitation: InvitationId,
        new: &NewMember,
        withheld: &Roles,
        expires_at: Timestamp,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Inviting people", under)?;
        if self.invitations.contains_key(&invitation) {
            return Err(Refusal::Taken(Thing::Invitation, invitation.to_string()));
        }
        self.check_people_limit(under.now)?;
        let roles = with_usual_permissions(under.catalog, &new.roles, withheld);
        must_be_assignable(under.catalog, &roles)?;
        self.must_hold(roles.as_slice(), under)?;
        self.must_know_apps(&new.sees)?;
        let (sees, provisioning_allowed) = (new.sees.clone(), new.provisioning_allowed);
        Ok(vec![Event::MemberInvited { invitation, roles, sees, provisioning_allowed, expires_at }])
    }

    pub(super) fn cancel_invitation(
        &self,
        invitation: InvitationId,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Taking back an invitation", under)?;
        match self.invitation(invitation)?.outcome {
            Outcome::Accepted => Err(Refusal::InvitationOver(Over::Accepted)),
            Outcome::Cancelled => Err(Refusal::InvitationOver(Over::Cancelled)),
            Outcome::Open => Ok(vec![Event::InvitationCancelled { invitation }]),
        }
    }

    /// Whoever shows the invitation may accept it: that the right person shows it, is settled
    /// where the link was sent.
    pub(super) fn accept_invitation(
        &self,
        invitation: InvitationId,
        member: MemberId,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        let found = self.invitation(invitation)?;
        match found.outcome {
            Outcome::Accepted => return Err(Refusal::InvitationOver(Over::Accepted)),
            Outcome::Cancelled => return Err(Refusal::InvitationOver(Over::Cancelled)),
            Outcome::Open if under.now > found.expires_at => {
                return Err(Refusal::InvitationOver(Over::Expired));
            }
            Outcome::Open => {}
        }
        if self.members.contains_key(&member) {
            return Err(Refusal::Taken(Thing::User, member.to_string()));
        }
        Ok(vec![Event::MemberJoined { invitation, member }])
    }

    pub(super) fn change_member(
        &self,
        id: MemberId,
        roles: Option<&Roles>,
        sees: Option<&SightChange>,
        provisioning_allowed: Option<bool>,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Changing a user", under)?;
        let present = self.member(id)?;
        let roles = roles.unwrap_or(&present.roles);
        self.check_new_roles(id, present, roles, under)?;
        let sees =
            sees.map_or_else(|| Ok(present.sees.clone()), |change| changed_sight(&present.sees, change))?;
        self.must_know_apps(&sees)?;
        let changed = Member {
            roles: roles.clone(),
            sees,
            provisioning_allowed: provisioning_allowed.unwrap_or(present.provisioning_allowed),
            joined_at: present.joined_at,
        };
        if changed == *present {
            return Ok(Vec::new());
        }
        let mut events = self.revocations_without(under.catalog, id, &changed.roles);
        let Member { roles, sees, provisioning_allowed, .. } = changed;
        events.push(Event::MemberChanged { member: id, roles, sees, provisioning_allowed });
        Ok(events)
    }

    pub(super) fn remove_member(
        &self,
        id: MemberId,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Removing a user", under)?;
        self.member(id)?;
        if id == self.owner {
            return Err(Refusal::OwnerStays { owner: under.catalog.owner_role().name.clone() });
        }
        let keys = self.active_keys_of(id).map(|key| revocation(key, RevocationReason::MemberLeft, None));
        Ok(keys.chain([Event::MemberRemoved { member: id }]).collect())
    }

    /// The former Account Holder keeps every other role, and if there is none gets the first role
    /// of the catalog that administers people: whoever held a team can still find the way in.
    pub(super) fn transfer_ownership(
        &self,
        to: MemberId,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        let owner = &under.catalog.owner_role().name;
        if under.by != Actor::Operator && under.by != Actor::User(self.owner) {
            return Err(Refusal::OwnerOnly { act: "Transferring the role", owner: owner.clone() });
        }
        let successor = self.member(to)?;
        if to == self.owner {
            return Err(Refusal::OwnerAlready);
        }
        let from_roles = self.roles_after_ownership(under.catalog);
        let to_roles = roles_with_ownership(under.catalog, &successor.roles);
        let mut events = self.revocations_without(under.catalog, self.owner, &from_roles);
        events.push(Event::OwnershipTransferred { from: self.owner, from_roles, to, to_roles });
        Ok(events)
    }

    fn roles_after_ownership(&self, catalog: &Catalog) -> Roles {
        let present = self.members.get(&self.owner).map_or_else(Roles::none, |member| member.roles.clone());
        let left = present.without(&catalog.owner_role().name);
        if left.iter().any(|role| catalog.role(role.as_str()).is_some()) {
            return left;
        }
        let administers = |role: &&crate::catalog::Role| {
            !role.owns_team && role.administers.contains(&Administration::People)
        };
        match catalog
            .roles
            .iter()
            .find(administers)
            .or_else(|| catalog.roles.iter().find(|role| !role.owns_team))
        {
            Some(role) => left.with(&role.name),
            None => left,
        }
    }

    /// What a member's new roles must be: known, at least one, no more than the actor holds where
    /// they are added, and the Account Holder's role neither given nor taken.
    fn check_new_roles(
        &self,
        id: MemberId,
        present: &Member,
        roles: &Roles,
        under: Circumstances<'_>,
    ) -> Result<(), Refusal> {
        let owner = &under.catalog.owner_role().name;
        if id == self.owner && !roles.contains(owner) {
            return Err(Refusal::OwnerStays { owner: owner.clone() });
        }
        let assigned = if id == self.owner { roles.without(owner) } else { roles.clone() };
        let unchanged = *roles == present.roles;
        if !unchanged && (id != self.owner || !assigned.is_empty()) {
            let others: Roles =
                assigned.iter().filter(|role| !present.roles.contains(role)).cloned().collect();
            check_each(under.catalog, &others)?;
            self.must_hold(others.as_slice(), under)?;
        }
        if id != self.owner && !unchanged {
            must_have_a_role(under.catalog, roles)?;
        }
        Ok(())
    }

    /// The keys that a member may no longer have once their roles are these.
    fn revocations_without(&self, catalog: &Catalog, id: MemberId, roles: &Roles) -> Vec<Event> {
        let lost = |key: &KeyId| {
            self.keys.get(key).is_some_and(|key| {
                catalog.kind(key.kind.as_str()).is_none_or(|kind| !may_hold(&kind.holder, roles))
            })
        };
        let remark = Remark::try_from("The person's roles no longer allow it.").ok();
        self.active_keys_of(id)
            .filter(lost)
            .map(|key| revocation(key, RevocationReason::Unspecified, remark.clone()))
            .collect()
    }

    pub(super) fn active_keys_of(&self, member: MemberId) -> impl Iterator<Item = KeyId> {
        self.keys.active().filter(move |(_, key)| key.member() == Some(member)).map(|(id, _)| *id)
    }

    fn member(&self, id: MemberId) -> Result<&Member, Refusal> {
        let found = self.members.get(&id).map(AsRef::as_ref);
        found.ok_or_else(|| Refusal::NoSuch(Thing::User, id.to_string()))
    }

    fn invitation(&self, id: InvitationId) -> Result<&Invitation, Refusal> {
        let found = self.invitations.get(&id).map(AsRef::as_ref);
        found.ok_or_else(|| Refusal::NoSuch(Thing::Invitation, id.to_string()))
    }

    fn must_know_apps(&self, sees: &Sees) -> Result<(), Refusal> {
        let Sees::Apps(apps) = sees else { return Ok(()) };
        match apps.iter().find(|app| !self.apps.contains_key(*app)) {
            Some(app) => Err(Refusal::AppNotRegistered(app.clone())),
            None => Ok(()),
        }
    }
}

/// What is seen after a change. Of all apps, none can be taken away and none added: which are meant
/// must be said first.
fn changed_sight(present: &Sees, change: &SightChange) -> Result<Sees, Refusal> {
    match (present, change) {
        (_, SightChange::Exactly(sees)) => Ok(sees.clone()),
        (Sees::AllApps, SightChange::Also(_) | SightChange::NoMore(_)) => Err(Refusal::SeesAllApps),
        (Sees::Apps(now), SightChange::Also(apps)) => Ok(Sees::Apps(now.union(apps).cloned().collect())),
        (Sees::Apps(now), SightChange::NoMore(apps)) => {
            Ok(Sees::Apps(now.difference(apps).cloned().collect()))
        }
    }
}

/// Whether somebody with these roles may hold a key of a kind.
pub(super) fn may_hold(holder: &KindHolder, roles: &Roles) -> bool {
    match holder {
        KindHolder::TeamWithRoles(_) | KindHolder::Team => false,
        KindHolder::Member { generated_by, permission } => {
            generated_by.iter().any(|role| roles.contains(role))
                && permission.as_ref().is_none_or(|permission| roles.contains(permission))
        }
    }
}

pub(super) fn revocation(key: KeyId, reason: RevocationReason, remark: Option<Remark>) -> Event {
    Event::KeyRevoked { key, reason, remark }
}

/// Roles with the owner's and the permissions that come with it. A permission that came with a role
/// held before is not given again: if it is not there, it was taken.
fn roles_with_ownership(catalog: &Catalog, present: &Roles) -> Roles {
    let owner = &catalog.owner_role().name;
    let comes = |permission: &&crate::catalog::Permission| {
        permission.given_with.contains(owner)
            && !present.iter().any(|role| permission.given_with.contains(role))
    };
    let new = catalog.permissions.iter().filter(comes).map(|permission| &permission.name);
    present.iter().chain([owner]).chain(new).cloned().collect()
}

/// Roles with the permissions that come with them, less those withheld.
fn with_usual_permissions(catalog: &Catalog, roles: &Roles, withheld: &Roles) -> Roles {
    let usual = catalog
        .permissions
        .iter()
        .filter(|permission| permission.given_with.iter().any(|role| roles.contains(role)))
        .map(|permission| &permission.name)
        .filter(|permission| !withheld.contains(permission));
    roles.iter().chain(usual).cloned().collect()
}

fn must_be_assignable(catalog: &Catalog, roles: &Roles) -> Result<(), Refusal> {
    check_each(catalog, roles)?;
    must_have_a_role(catalog, roles)
}

fn must_have_a_role(catalog: &Catalog, roles: &Roles) -> Result<(), Refusal> {
    if roles.iter().any(|role| catalog.role(role.as_str()).is_some()) {
        Ok(())
    } else {
        Err(Refusal::RolesMissing)
    }
}

fn check_each(catalog: &Catalog, roles: &Roles) -> Result<(), Refusal> {
    for name in roles.iter() {
        match catalog.role(name.as_str()) {
            Some(role) if role.owns_team => return Err(Refusal::RoleNotAssignable { role: name.clone() }),
            Some(_) => {}
            None if catalog.permission(name.as_str()).is_some() => {}
            None => return Err(role_unknown(catalog, name)),
        }
    }
    Ok(())
}

pub(super) fn role_unknown(catalog: &Catalog, role: &RoleName) -> Refusal {
    let assignable = catalog.roles.iter().filter(|role| !role.owns_team).map(|role| role.name.clone());
    let permissions = catalog.permissions.iter().map(|permission| permission.name.clone());
    Refusal::RoleUnknown { role: role.clone(), known: assignable.chain(permissions).collect() }
}
