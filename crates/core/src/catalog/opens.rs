//! What roles and kinds of keys open, administer and bring with them.

use super::{
    Access, Administration, Catalog, Group, KeyKind, KindHolder, Opens, Pattern, PerSecond, Permission,
    RequestPath, Role, Service,
};
use crate::id::RoleName;
use serde::Serialize;
use std::fmt;

/// How far a group is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Grade {
    /// Not at all.
    #[default]
    None,
    /// Some of its paths may be read.
    ReadSome,
    /// All of it may be read.
    Read,
    /// All of it may be read and written.
    Write,
}

impl fmt::Display for Grade {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::None => "NONE",
            Self::ReadSome => "READ_SOME",
            Self::Read => "READ",
            Self::Write => "WRITE",
        })
    }
}

impl Catalog {
    /// Whether a request that touches `path` of `group` in this way is open to who has `roles`,
    /// by a key of `kind`, or in person if there is none. Names that are no roles open nothing.
    #[must_use]
    pub fn opens<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleName>,
        kind: Option<&KeyKind>,
        group: &Group,
        access: Access,
        path: &RequestPath<'_>,
    ) -> bool {
        match kind {
            Some(kind) if !kind.reaches(group) => false,
            Some(KeyKind { holder: KindHolder::Team, .. }) => true,
            _ => self.roles_among(roles).any(|role| role.opens(group, access, path)),
        }
    }

    /// How far `group` is open to who has `roles`, by a key of `kind`, or in person if there is none.
    #[must_use]
    pub fn grade<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleName>,
        kind: Option<&KeyKind>,
        group: &Group,
    ) -> Grade {
        match kind {
            Some(kind) if !kind.reaches(group) => Grade::None,
            Some(KeyKind { holder: KindHolder::Team, .. }) => Grade::Write,
            _ => self.roles_among(roles).map(|role| role.grade(group)).max().unwrap_or_default(),
        }
    }

    /// Whether one of `roles` administers `part` of a team.
    #[must_use]
    pub fn administers<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleName>,
        part: Administration,
    ) -> bool {
        self.roles_among(roles).any(|role| role.administers.contains(&part))
    }

    /// Whether who has `held` may grant `granted`: nobody grants more than they hold.
    ///
    /// A role is covered if all that it opens and administers is open to and administered by the
    /// holder; owning the team counts. A permission is covered if the holder has it or administers
    /// people. A name that the catalog doesn't know is covered by nothing.
    #[must_use]
    pub fn covers(&self, held: &[RoleName], granted: &RoleName) -> bool {
        if held.contains(granted) && self.knows_role(granted.as_str()) {
            return true;
        }
        match self.role(granted.as_str()) {
            Some(role) => self.covers_role(held, role),
            None => {
                self.permission(granted.as_str()).is_some() && self.administers(held, Administration::People)
            }
        }
    }

    fn covers_role(&self, held: &[RoleName], granted: &Role) -> bool {
        !granted.owns_team
            && granted.administers.iter().all(|part| self.administers(held, *part))
            && granted.opens.iter().all(|(group, opens)| {
                let holders: Vec<_> =
                    self.roles_among(held).filter_map(|role| role.opens.get(group)).collect();
                opens.is_within(&holders)
            })
    }

    /// The permissions that come with `roles` unless they are withheld.
    #[must_use]
    pub fn permissions_given_with(&self, roles: &[RoleName]) -> Vec<&Permission> {
        let comes = |permission: &&Permission| roles.iter().any(|role| permission.given_with.contains(role));
        self.permissions.iter().filter(comes).collect()
    }

    /// The kinds of keys that only who has `permission` may have.
    pub fn kinds_gated_by(&self, permission: &RoleName) -> impl Iterator<Item = &KeyKind> {
        self.kinds.iter().filter(move |kind| match &kind.holder {
            KindHolder::Member { permission: Some(gate), .. } => gate == permission,
            _ => false,
        })
    }

    /// Those of `names` that are roles.
    fn roles_among<'a>(&self, names: impl IntoIterator<Item = &'a RoleName>) -> impl Iterator<Item = &Role> {
        names.into_iter().filter_map(|name| self.role(name.as_str()))
    }
}

impl Role {
    /// Whether it opens a request that touches `path` of `group` in this way.
    #[must_use]
    pub fn opens(&self, group: &Group, access: Access, path: &RequestPath<'_>) -> bool {
        self.opens.get(&group.name).is_some_and(|opens| opens.allows(access, path))
    }

    /// How far it opens `group`.
    #[must_use]
    pub fn grade(&self, group: &Group) -> Grade {
        self.opens.get(&group.name).map_or(Grade::None, Opens::grade)
    }
}

impl Opens {
    /// How far this opens the group.
    #[must_use]
    pub fn grade(&self) -> Grade {
        match self {
            Self::ReadSome(_) => Grade::ReadSome,
            Self::Read => Grade::Read,
            Self::Write => Grade::Write,
        }
    }

    pub(super) fn allows(&self, access: Access, path: &RequestPath<'_>) -> bool {
        match (self, access) {
            (Self::Write, _) | (Self::Read, Access::Read) => true,
            (Self::ReadSome(paths), Access::Read) => any_matches(paths, path),
            _ => false,
        }
    }

    /// Whether all that this opens is opened by one of `others` or another.
    fn is_within(&self, others: &[&Self]) -> bool {
        let best = others.iter().map(|other| other.grade()).max().unwrap_or_default();
        match self {
            Self::Write => best == Grade::Write,
            Self::Read => best >= Grade::Read,
            Self::ReadSome(paths) => {
                best >= Grade::Read
                    || paths.iter().all(|path| others.iter().any(|other| other.reads_all_of(path)))
            }
        }
    }

    /// Whether every path that `pattern` means may be read.
    pub(super) fn reads_all_of(&self, pattern: &Pattern) -> bool {
        match self {
            Self::ReadSome(paths) => paths.iter().any(|path| path.covers(pattern)),
            Self::Read | Self::Write => true,
        }
    }
}

impl KeyKind {
    /// Whether its service is one that takes this kind, and the group not one that it never opens.
    #[must_use]
    pub fn reaches(&self, group: &Group) -> bool {
        self.services.contains(&group.service) && !self.never_opens.contains(&group.name)
    }

    /// Whether a team's key of this kind may be given `role`.
    #[must_use]
    pub fn may_be_given(&self, role: &RoleName) -> bool {
        matches!(&self.holder, KindHolder::TeamWithRoles(roles) if roles.contains(role))
    }
}

impl Service {
    /// The limit a second that `path` falls under, if any: as with groups, the most exact pattern
    /// tells which.
    #[must_use]
    pub fn per_second_limit(&self, path: &RequestPath<'_>) -> Option<&PerSecond> {
        self.per_second_at(path).map(|(limit, _)| limit)
    }

    /// The same, with the pattern that tells: each of them is counted by itself.
    #[must_use]
    pub fn per_second_at(&self, path: &RequestPath<'_>) -> Option<(&PerSecond, &Pattern)> {
        let patterns =
            self.per_second.iter().flat_map(|limit| limit.paths.iter().map(move |path| (limit, path)));
        let matching = patterns.filter(|(_, pattern)| pattern.matches(path));
        matching.min_by(|(_, one), (_, another)| one.exactness(another))
    }
}

fn any_matches(patterns: &[Pattern], path: &RequestPath<'_>) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}
