//! Advice on roles: what a key does, and which roles would do for it.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::usage::DAYS_KEPT_DAYS;
use crate::usage::{Outcome, UsageRow};
use counterfoil_core::catalog::{Access, Catalog, Grade, KeyKind, KindHolder, Need};
use counterfoil_core::id::{GroupName, IssuerId, KeyId, RoleName};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Key, Team};
use counterfoil_core::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a key does, and which roles would do for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The roles it has.
    pub roles_now: Roles,
    /// The smallest roles that open all it was let do, in the order of the catalog. None, if it
    /// did nothing that a role opens, or its kind has no roles.
    pub smallest: Vec<RoleName>,
    /// What it was used for, in the order of the catalog.
    pub used: Vec<GroupUse>,
    /// What its roles open and it was never used for, in the order of the catalog.
    pub never_used: Vec<GroupName>,
    /// Since when its use was looked at.
    pub since: Timestamp,
}

/// How a key used a group of endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupUse {
    /// The group.
    pub group: GroupName,
    /// Reading or writing.
    pub access: Access,
    /// How many requests.
    pub requests: u64,
    /// How many of them were refused, because the key may not do it. They are no reason for a role.
    pub refused: u64,
}

impl Authority {
    /// What a key was used for since it was generated (13 months at most), and which roles would do.
    /// What was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// If there is no such key, or the store can't be read.
    pub async fn advice(&self, team: IssuerId, key: KeyId) -> Result<Advice, Failure> {
        let team = self.ledger().team(team)?;
        let record = team.keys.get(&key).ok_or_else(|| Refusal::NoSuch(Thing::Key, key.to_string()))?;
        let kept = Duration::from_secs(DAYS_KEPT_DAYS * 24 * 3600);
        let since = record.created_at.max(self.now().minus(kept));
        let rows = self.usage_of(key, since).await?;
        Ok(advise(&self.catalog(), &team, record, &rows, since))
    }
}

fn advise(catalog: &Catalog, team: &Team, key: &Key, rows: &[UsageRow], since: Timestamp) -> Advice {
    let roles_now = team.roles_of_key(key);
    let kind = catalog.kind(key.kind.as_str());
    let uses = uses_of(rows);
    let never_used = kind.map(|kind| open_and_unused(catalog, kind, &roles_now, &uses)).unwrap_or_default();
    Advice {
        smallest: kind.map(|kind| smallest(catalog, kind, rows)).unwrap_or_default(),
        used: in_order(catalog, uses),
        never_used,
        roles_now,
        since,
    }
}

type Uses = BTreeMap<(GroupName, Access), (u64, u64)>;

fn uses_of(rows: &[UsageRow]) -> Uses {
    let mut uses = Uses::new();
    for row in rows {
        let Some(group) = &row.group else { continue };
        let (requests, refused) = uses.entry((group.clone(), row.access)).or_default();
        *requests += row.count;
        *refused += if row.outcome == Outcome::Forbidden { row.count } else { 0 };
    }
    uses
}

/// Groups that the catalog no longer has come last.
fn in_order(catalog: &Catalog, uses: Uses) -> Vec<GroupUse> {
    let mut used: Vec<GroupUse> = uses
        .into_iter()
        .map(|((group, access), (requests, refused))| GroupUse { group, access, requests, refused })
        .collect();
    let place = |used: &GroupUse| catalog.groups.iter().position(|group| group.name == used.group);
    used.sort_by_key(|used| place(used).unwrap_or(usize::MAX));
    used
}

fn open_and_unused(catalog: &Catalog, kind: &KeyKind, roles: &Roles, uses: &Uses) -> Vec<GroupName> {
    let is_open = |group: &&counterfoil_core::catalog::Group| {
        catalog.grade(roles.iter(), Some(kind), group) != Grade::None
    };
    let is_used = |group: &GroupName| uses.keys().any(|(used, _)| used == group);
    let open = catalog.groups.iter().filter(is_open).map(|group| &group.name);
    open.filter(|group| !is_used(group)).cloned().collect()
}

/// What was let through needs a role; what was turned away is no reason for one.
fn smallest(catalog: &Catalog, kind: &KeyKind, rows: &[UsageRow]) -> Vec<RoleName> {
    if matches!(kind.holder, KindHolder::Team) {
        return Vec::new();
    }
    let mut needs: Vec<Need<'_>> = Vec::new();
    for row in rows.iter().filter(|row| matches!(row.outcome, Outcome::Allowed | Outcome::Limited)) {
        let Some(group) = &row.group else { continue };
        let need = Need { group, access: row.access, path: &row.family };
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    catalog.smallest_roles(&needs, kind)
}
