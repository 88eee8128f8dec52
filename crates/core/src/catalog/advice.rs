//! Saying what opens a path, and which roles would do.

use super::{Access, Administration, Catalog, Grade, KeyKind, KindHolder, Opens, Pattern, RequestPath, Role};
use crate::id::{GroupName, KindName, RoleName};
use serde::Serialize;

/// Who can do a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The group that holds the path.
    pub group: GroupName,
    /// What the method does.
    pub access: Access,
    /// The kinds of keys that can open it, in the order of the catalog.
    pub kinds: Vec<KindName>,
    /// The roles that open it, in the order of the catalog. A kind without roles needs none.
    pub roles: Vec<RoleName>,
}

/// Something a key was used for, or is meant to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need<'a> {
    /// The group.
    pub group: &'a GroupName,
    /// Reading or writing.
    pub access: Access,
    /// The path, or the pattern that holds it.
    pub path: &'a str,
}

impl Catalog {
    /// Who can do `method` on `path`; nobody, if no group holds it.
    #[must_use]
    pub fn explain(&self, method: &str, path: &RequestPath<'_>) -> Option<Explanation> {
        let route = self.route(method, path)?;
        let kinds = self.kinds.iter().filter(|kind| kind.reaches(route.group));
        let roles = self.roles.iter().filter(|role| role.opens(route.group, route.access, path));
        Some(Explanation {
            group: route.group.name.clone(),
            access: route.access,
            kinds: kinds.map(|kind| kind.name.clone()).collect(),
            roles: roles.map(|role| role.name.clone()).collect(),
        })
    }

    /// The roles that together open all of `needs` and as little else as can be, in the order of
    /// the catalog. Of several such choices, the one of fewest roles; of these, the one whose
    /// roles stand last in the catalog.
    ///
    /// The roles are those that a key of `kind` may be given or a member may have. What no such
    /// role opens, and what the kind doesn't reach, is left out of account.
    #[must_use]
    pub fn smallest_roles(&self, needs: &[Need<'_>], kind: &KeyKind) -> Vec<RoleName> {
        let reached = needs.iter().filter(|need| self.reaches(kind, need.group));
        let candidates: Vec<_> = self.roles.iter().filter(|role| kind.may_have(role)).collect();
        let wanted: Vec<_> = reached.filter(|need| candidates.iter().any(|role| role.meets(need))).collect();
        let useful =
            candidates.into_iter().filter(|role| wanted.iter().any(|need| role.meets(need))).collect();
        let roles = self.cheapest(self.narrowed(useful, &wanted), &wanted);
        roles.into_iter().map(|role| role.name.clone()).collect()
    }

    fn reaches(&self, kind: &KeyKind, group: &GroupName) -> bool {
        self.group(group.as_str()).is_some_and(|group| kind.reaches(group))
    }

    /// Leaves out, of too many candidates to try all choices, those that open most and can be spared.
    fn narrowed<'a>(&self, mut candidates: Vec<&'a Role>, wanted: &[&Need<'_>]) -> Vec<&'a Role> {
        while candidates.len() > MOST_CANDIDATES {
            let mut largest_first: Vec<_> = (0..candidates.len()).collect();
            largest_first.sort_by_key(|at| std::cmp::Reverse(self.weight(&candidates[*at..=*at])));
            let Some(spare) = largest_first.into_iter().find(|at| is_spare(&candidates, *at, wanted)) else {
                break;
            };
            candidates.remove(spare);
        }
        candidates
    }

    /// Of all choices among `candidates`, the one that opens least but all of `wanted`.
    fn cheapest<'a>(&self, candidates: Vec<&'a Role>, wanted: &[&Need<'_>]) -> Vec<&'a Role> {
        if candidates.len() > MOST_CANDIDATES {
            return candidates;
        }
        let choices = (0_u32..1 << candidates.len()).map(|choice| chosen(&candidates, choice));
        choices
            .filter(|roles| wanted.iter().all(|need| roles.iter().any(|role| role.meets(need))))
            .min_by_key(|roles| (self.weight(roles), roles.len()))
            .unwrap_or_default()
    }

    /// How much `roles` open and administer together. A part of a team weighs more than any group.
    fn weight(&self, roles: &[&Role]) -> usize {
        let grade = |group| roles.iter().map(|role| role.grade(group)).max().unwrap_or_default();
        let opened: usize = self.groups.iter().map(|group| weight_of(grade(group))).sum();
        let parts = [Administration::Keys, Administration::People, Administration::Audit];
        let administered =
            parts.iter().filter(|part| roles.iter().any(|role| role.administers.contains(part)));
        opened + administered.count() * 10
    }
}

/// Two to this power choices are looked at.
const MOST_CANDIDATES: usize = 10;

/// Whether the other candidates meet all needs.
fn is_spare(candidates: &[&Role], out: usize, wanted: &[&Need<'_>]) -> bool {
    let others = || candidates.iter().enumerate().filter(|(at, _)| *at != out);
    wanted.iter().all(|need| others().any(|(_, role)| role.meets(need)))
}

fn chosen<'a>(candidates: &[&'a Role], choice: u32) -> Vec<&'a Role> {
    let is_chosen = |at: usize| choice >> (candidates.len() - 1 - at) & 1 == 1;
    candidates.iter().enumerate().filter(|(at, _)| is_chosen(*at)).map(|(_, role)| *role).collect()
}

fn weight_of(grade: Grade) -> usize {
    match grade {
        Grade::None => 0,
        Grade::ReadSome => 1,
        Grade::Read => 2,
        Grade::Write => 3,
    }
}

impl KeyKind {
    /// Whether keys of this kind can come to have `role`. An owner's role is no advice.
    fn may_have(&self, role: &Role) -> bool {
        match &self.holder {
            KindHolder::TeamWithRoles(roles) => roles.contains(&role.name),
            KindHolder::Team => false,
            KindHolder::Member { .. } => !role.owns_team,
        }
    }
}

impl Role {
    fn meets(&self, need: &Need<'_>) -> bool {
        match (self.opens.get(need.group), need.access) {
            (Some(Opens::Write), _) | (Some(Opens::Read), Access::Read) => true,
            (Some(some), Access::Read) => {
                let path = RequestPath::parse(need.path).ok();
                let pattern = Pattern::try_from(need.path).ok();
                path.is_some_and(|path| some.allows(Access::Read, &path))
                    || pattern.is_some_and(|pattern| some.reads_all_of(&pattern))
            }
            _ => false,
        }
    }
}
