//! The one writer: takes snapshots and facts in.

use super::records::{Holder, KeyRecord, MemberRecord, MemberState, Records, RoleSet, TeamRecord};
use crate::fact::{
    About, Access, AppFacts, Fact, KeyFacts, MemberFacts, NewKey, Place, Position, Standing, TeamFact,
    TeamFacts,
};
use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::id::{AppId, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A fact does not fit what is there: the feed must be read anew from a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// That far was read already, or nothing was loaded yet.
    #[error("the fact at position {0} is out of order")]
    OutOfOrder(Position),
    /// It is about a team that was never opened.
    #[error("the fact at position {0} is about a team that was never opened")]
    UnknownTeam(Position),
    /// Another life of the ledger begins.
    #[error("another epoch of the ledger begins at position {0}")]
    OtherEpoch(Position),
}

/// What the writer needs between one fact and the next.
#[derive(Default)]
pub(crate) struct Fold {
    place: Option<Place>,
    role_sets: HashMap<Roles, Arc<RoleSet>>,
    kinds: HashMap<KindName, Arc<KindName>>,
}

impl Fold {
    /// Makes all records anew.
    pub(crate) fn load<T: Borrow<TeamFacts>>(
        &mut self,
        place: Place,
        keys: usize,
        teams: impl Iterator<Item = T>,
    ) -> Records {
        let records = Records::with_capacity(keys);
        teams.for_each(|team| self.load_team(&records, team.borrow()));
        self.place = Some(place);
        records
    }

    pub(crate) const fn place(&self) -> Option<Place> {
        self.place
    }

    /// Notes that all up to `place` has been read.
    pub(crate) fn read_through(&mut self, place: Place) {
        let is_ahead = |known: Place| place.epoch == known.epoch && place.position >= known.position;
        if self.place.is_some_and(is_ahead) {
            self.place = Some(place);
        }
    }

    /// Takes the next fact in. Once this has returned, every reader sees it.
    ///
    /// # Errors
    /// If it does not fit; then nothing has changed.
    pub(crate) fn apply(&mut self, records: &Records, fact: &Fact) -> Result<(), Misfit> {
        let position = fact.position;
        let known = self.place.ok_or(Misfit::OutOfOrder(position))?;
        if position <= known.position {
            return Err(Misfit::OutOfOrder(position));
        }
        match &fact.about {
            About::LedgerBegun(epoch) | About::LedgerRestored(epoch) if *epoch != known.epoch => {
                return Err(Misfit::OtherEpoch(position));
            }
            About::LedgerBegun(_) | About::LedgerRestored(_) | About::CatalogAdopted(_) => {}
            About::Team(team, what) => {
                self.apply_to_team(records, *team, what).ok_or(Misfit::UnknownTeam(position))?;
            }
        }
        // The hash there is not known before `read_through` tells it.
        self.place = Some(Place { position, ..known });
        Ok(())
    }

    /// `None` if there is no such team. An event about something that the team does not have changes
    /// nothing, as in the team itself.
    fn apply_to_team(&mut self, records: &Records, id: IssuerId, fact: &TeamFact) -> Option<()> {
        if let TeamFact::Opened { user, roles } = fact {
            self.open(records, id, *user, roles);
            return Some(());
        }
        let team = records.teams().get(&id).cloned()?;
        match fact {
            TeamFact::Opened { .. } => {}
            TeamFact::AccessApproved => team.set_access(true),
            TeamFact::AccessRequested | TeamFact::AccessDeclined | TeamFact::AccessWithdrawn => {
                team.set_access(false);
            }
            TeamFact::Suspended => team.set_suspended(true),
            TeamFact::Resumed => team.set_suspended(false),
            TeamFact::Closed => team.close(),
            TeamFact::MemberJoined(member) => self.put_member(&team, member),
            TeamFact::MemberChanged(member) => self.change_member(&team, member),
            TeamFact::MemberRemoved { user } => self.remove_member(&team, *user),
            TeamFact::OwnershipTransferred { from, from_roles, to, to_roles } => {
                self.set_roles(&team, *from, from_roles);
                self.set_roles(&team, *to, to_roles);
            }
            TeamFact::AppRegistered(AppFacts { app, bundle_id }) => {
                change_apps(&team, |apps| drop(apps.insert(app.clone(), bundle_id.clone())));
            }
            TeamFact::AppRemoved { app } => forget_app(&team, app),
            TeamFact::KeyGenerated(key) => self.add_key(records, &team, key, true),
            TeamFact::KeyRevoked { key } => revoke(records, *key),
        }
        Some(())
    }

    fn open(&mut self, records: &Records, id: IssuerId, owner: MemberId, roles: &Roles) {
        let team = Arc::new(TeamRecord::new(id));
        let state = MemberState::new(self.role_set(roles), Sees::AllApps);
        team.members().insert(owner, Arc::new(MemberRecord::new(owner, state)));
        records.teams().entry(id).or_insert(team);
    }

    fn load_team(&mut self, records: &Records, facts: &TeamFacts) {
        let team = Arc::new(TeamRecord::new(facts.team));
        team.set_access(facts.access == Access::Approved);
        match facts.standing {
            Standing::Active => {}
            Standing::Suspended => team.set_suspended(true),
            Standing::Closed => team.close(),
        }
        let apps = facts.apps.iter().map(|app| (app.app.clone(), app.bundle_id.clone()));
        team.apps.store(Arc::new(apps.collect()));
        for member in &facts.members {
            self.put_member(&team, member);
        }
        for KeyFacts { key, key_type, holder, point, active } in &facts.keys {
            let (kind, holder) = (key_type.clone(), holder.clone());
            self.add_key(records, &team, &NewKey { key: *key, kind, holder, point: *point }, *active);
        }
        records.teams().insert(facts.team, team);
    }

    fn add_key(&mut self, records: &Records, team: &Arc<TeamRecord>, key: &NewKey, active: bool) {
        let holder = match &key.holder {
            Holding::Team => Holder::Team,
            Holding::TeamWithRoles(roles) => Holder::TeamWithRoles(self.role_set(roles)),
            Holding::Member(member) => Holder::Member(self.member(team, *member)),
        };
        let kind = self.kind(&key.kind);
        records.add_key(key.key, KeyRecord::new(key.point, active, kind, holder, team.clone()));
    }

    /// The record of a member; of somebody who is none, one that has nothing.
    fn member(&mut self, team: &TeamRecord, id: MemberId) -> Arc<MemberRecord> {
        let gone = || Arc::new(MemberRecord::new(id, MemberState::gone(self.role_set(&Roles::none()))));
        team.members().entry(id).or_insert_with(gone).clone()
    }

    fn put_member(&mut self, team: &TeamRecord, facts: &MemberFacts) {
        let state = MemberState::new(self.role_set(&facts.roles), facts.sees.clone());
        self.member(team, facts.user).set(state);
        team.bell.ring();
    }

    fn change_member(&mut self, team: &TeamRecord, facts: &MemberFacts) {
        if is_member(team, facts.user) {
            self.put_member(team, facts);
        }
    }

    fn set_roles(&mut self, team: &TeamRecord, user: MemberId, roles: &Roles) {
        if is_member(team, user) {
            let member = self.member(team, user);
            let sees = member.state().sees.clone();
            member.set(MemberState::new(self.role_set(roles), sees));
            team.bell.ring();
        }
    }

    fn remove_member(&mut self, team: &TeamRecord, user: MemberId) {
        self.member(team, user).set(MemberState::gone(self.role_set(&Roles::none())));
        team.bell.ring();
    }

    fn role_set(&mut self, roles: &Roles) -> Arc<RoleSet> {
        let next = self.role_sets.len();
        if let Some(known) = self.role_sets.get(roles) {
            return known.clone();
        }
        let made = Arc::new(RoleSet::new(next, roles.clone()));
        self.role_sets.insert(roles.clone(), made.clone());
        made
    }

    fn kind(&mut self, kind: &KindName) -> Arc<KindName> {
        if let Some(known) = self.kinds.get(kind) {
            return known.clone();
        }
        let made = Arc::new(kind.clone());
        self.kinds.insert(kind.clone(), made.clone());
        made
    }
}

fn is_member(team: &TeamRecord, user: MemberId) -> bool {
    team.members().get(&user).is_some_and(|member| member.state().is_member)
}

fn revoke(records: &Records, key: KeyId) {
    if let Some(key) = records.key(key) {
        key.revoke();
    }
}

fn change_apps(team: &TeamRecord, change: impl FnOnce(&mut BTreeMap<AppId, counterfoil_core::id::BundleId>)) {
    let mut apps = BTreeMap::clone(&team.apps.load());
    change(&mut apps);
    team.apps.store(Arc::new(apps));
    team.bell.ring();
}

/// An app that is registered no more is seen by nobody any more.
fn forget_app(team: &TeamRecord, app: &AppId) {
    for member in team.members().values() {
        let state = member.state();
        if let Sees::Apps(seen) = &state.sees
            && seen.contains(app)
        {
            let left = seen.iter().filter(|seen| *seen != app).cloned().collect();
            member.set(MemberState::new(state.roles.clone(), Sees::Apps(left)));
        }
    }
    change_apps(team, |apps| drop(apps.remove(app)));
}
