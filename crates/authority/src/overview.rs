//! What a team's admins should look at: keys that nobody uses, that may do more than they need, that are due
//! for rotation, and halves that nobody has come for yet.

mod rotation;

pub use counterfoil_core::rotation::RotationAge;

use crate::advice::Advice;
use crate::authority::Authority;
use crate::failure::Failure;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, Holding};
use counterfoil_core::id::{IssuerId, KeyId, MemberId, RoleName};
use counterfoil_core::team::{Key, Private, Team};
use counterfoil_core::time::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A key that was not used for so long is told.
pub const UNUSED: Duration = Duration::from_secs(90 * 24 * 3600);

/// What a team's admins should look at.
#[derive(Clone, Debug)]
pub struct Overview {
    /// How many keys are active.
    pub active: usize,
    /// Active keys that were never used and whose half is not waiting, oldest first.
    pub never_used: Vec<KeyId>,
    /// Active keys that were not used for [`UNUSED`], and when they last were.
    pub unused: Vec<(KeyId, Timestamp)>,
    /// Active keys that administer something of the team and by their use need not.
    pub too_strong: Vec<(KeyId, Vec<RoleName>)>,
    /// Active keys that are due for rotation, and why.
    pub rotate: Vec<(KeyId, Vec<WhyRotate>)>,
    /// Active keys whose half waits for its download, and for how many days more; those with the fewest first.
    pub waiting: Vec<(KeyId, u64)>,
    /// The age at which this team rotates keys.
    pub rotation_age: RotationAge,
}

/// Why a key is due for rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyRotate {
    /// It is older than the team wants keys to be.
    Old,
    /// This person took its half away, and is not in the team any more.
    DownloadedByLeaver(MemberId),
    /// This person generated it, and is not in the team any more.
    GeneratedByLeaver(MemberId),
}

impl Overview {
    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_all_good(&self) -> bool {
        self.never_used.is_empty()
            && self.unused.is_empty()
            && self.too_strong.is_empty()
            && self.rotate.is_empty()
            && self.waiting.is_empty()
    }
}

impl Authority {
    /// What a team's admins should look at now.
    ///
    /// # Errors
    /// If there is no such team, or the store can't be read.
    pub async fn overview(&self, team: IssuerId) -> Result<Overview, Failure> {
        let (catalog, team, now) = (self.catalog(), self.ledger().team(team)?, self.now());
        let active = active_keys(&team);
        let ids: Vec<KeyId> = active.iter().map(|(id, _)| *id).collect();
        let used = self.last_used_of(&ids).await?;
        let rotation_age = team.rotation_age;
        Ok(Overview {
            active: active.len(),
            never_used: never_used(&active, &used),
            unused: unused(&active, &used, now),
            too_strong: self.too_strong(&catalog, &team, &active, &used).await?,
            rotate: to_rotate(&team, &active, rotation_age, now),
            waiting: waiting(&active, self.half_lifetime, now),
            rotation_age,
        })
    }

    /// Keys that were used, and for nothing that needs a role which administers anything.
    async fn too_strong(
        &self,
        catalog: &Catalog,
        team: &Team,
        active: &[(KeyId, &Key)],
        used: &HashMap<KeyId, Timestamp>,
    ) -> Result<Vec<(KeyId, Vec<RoleName>)>, Failure> {
        let mut found = Vec::new();
        for (id, _) in active.iter().filter(|(id, key)| used.contains_key(id) && is_strong(catalog, key)) {
            let Advice { smallest, .. } = self.advice(team.id, *id).await?;
            if !smallest.is_empty() && !smallest.iter().any(|role| administers(catalog, role)) {
                found.push((*id, smallest));
            }
        }
        Ok(found)
    }
}

/// The team keys that somebody who leaves has made or had: whoever knows a half may keep a copy of it.
#[must_use]
pub fn keys_known_to(team: &Team, member: MemberId) -> Vec<KeyId> {
    let by = Some(Actor::User(member));
    let knows = |key: &Key| Some(key.created_by) == by || key.downloaded_by == by;
    let active = active_keys(team).into_iter();
    active.filter(|(_, key)| key.member().is_none() && knows(key)).map(|(id, _)| id).collect()
}

fn active_keys(team: &Team) -> Vec<(KeyId, &Key)> {
    let active = team.keys.iter().filter(|(_, key)| key.is_active());
    let mut keys: Vec<(KeyId, &Key)> = active.map(|(id, key)| (*id, &**key)).collect();
    keys.sort_by_key(|(id, key)| (key.created_at, *id));
    keys
}

fn never_used(active: &[(KeyId, &Key)], used: &HashMap<KeyId, Timestamp>) -> Vec<KeyId> {
    let is_idle = |id: &KeyId, key: &Key| !used.contains_key(id) && key.private != Private::Pending;
    active.iter().filter(|(id, key)| is_idle(id, key)).map(|(id, _)| *id).collect()
}

fn unused(
    active: &[(KeyId, &Key)],
    used: &HashMap<KeyId, Timestamp>,
    now: Timestamp,
) -> Vec<(KeyId, Timestamp)> {
    let last = active.iter().filter_map(|(id, _)| used.get(id).map(|at| (*id, *at)));
    let mut idle: Vec<_> = last.filter(|(_, at)| now.since(*at) >= UNUSED).collect();
    idle.sort_by_key(|(id, at)| (*at, *id));
    idle
}

fn to_rotate(
    team: &Team,
    active: &[(KeyId, &Key)],
    age: RotationAge,
    now: Timestamp,
) -> Vec<(KeyId, Vec<WhyRotate>)> {
    let why = |key: &Key| -> Vec<WhyRotate> {
        let old = age.is_over(now.since(key.created_at)).then_some(WhyRotate::Old);
        old.into_iter().chain(known_to_leavers(team, key)).collect()
    };
    let reasons = active.iter().map(|(id, key)| (*id, why(key)));
    reasons.filter(|(_, reasons)| !reasons.is_empty()).collect()
}

/// A person's own key ends with the membership; only the team's keys outlive people.
fn known_to_leavers(team: &Team, key: &Key) -> Vec<WhyRotate> {
    if key.member().is_some() {
        return Vec::new();
    }
    let left = |actor: Actor| match actor {
        Actor::User(member) if !team.members.contains_key(&member) => Some(member),
        _ => None,
    };
    let downloaded = key.downloaded_by.and_then(left).map(WhyRotate::DownloadedByLeaver);
    let generated = left(key.created_by).map(WhyRotate::GeneratedByLeaver);
    downloaded.or(generated).into_iter().collect()
}

fn waiting(active: &[(KeyId, &Key)], lifetime: Duration, now: Timestamp) -> Vec<(KeyId, u64)> {
    let pending = active.iter().filter(|(_, key)| key.private == Private::Pending);
    let days = |key: &Key| lifetime.saturating_sub(now.since(key.created_at)).as_secs() / DAY.as_secs();
    pending.map(|(id, key)| (*id, days(key))).collect()
}

fn is_strong(catalog: &Catalog, key: &Key) -> bool {
    match &key.holder {
        Holding::TeamWithRoles(roles) => roles.iter().any(|role| administers(catalog, role)),
        Holding::Team | Holding::Member(_) => false,
    }
}

fn administers(catalog: &Catalog, role: &RoleName) -> bool {
    catalog.role(role.as_str()).is_some_and(|role| !role.administers.is_empty())
}
