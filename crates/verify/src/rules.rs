//! The catalog, worked out for verdicts: what of it a request needs is found by number.

mod sets;

use crate::registry::{RoleSet, header};
use counterfoil_core::catalog::{
    Access, Answers, Catalog, Group, KeyKind, KindHolder, Opens, Pattern, RequestPath, RouteAt, Service,
};
use counterfoil_core::id::KindName;
use http::HeaderValue;
use sets::Sets;
use std::sync::Arc;

/// The service whose tokens our own doors take, and by which a token is judged on a path that no group
/// holds: the one that the group of people's endpoints belongs to, else the first that answers as we do.
#[must_use]
pub fn our_service(catalog: &Catalog) -> Option<&Service> {
    our_place(catalog).and_then(|at| catalog.services.get(at))
}

fn our_place(catalog: &Catalog) -> Option<usize> {
    let named = catalog.people_group().map(|group| &group.service);
    let all = || catalog.services.iter();
    named
        .and_then(|name| all().position(|service| service.name == *name))
        .or_else(|| all().position(|service| service.answers == Answers::JsonApi))
}

/// One catalog.
pub(crate) struct Rules {
    pub(crate) catalog: Arc<Catalog>,
    ours: Option<usize>,
    groups: Box<[GroupRules]>,
    kinds: Box<[KindRules]>,
    /// What each set of roles opens of each group.
    sets: Sets<Box<[Grant]>>,
}

/// What a verdict needs of a group.
struct GroupRules {
    header: HeaderValue,
    paths: Box<[PathRules]>,
}

/// What a verdict needs of one path of a group.
pub(crate) struct PathRules {
    /// Which of all the catalog's paths this is.
    pub(crate) family: u32,
    /// Which of its segments is an app's id.
    pub(crate) app_at: Option<usize>,
    /// Whether some limit a second may hold for it.
    pub(crate) may_be_paced: bool,
}

/// What a verdict needs of a kind of keys.
pub(crate) struct KindRules {
    pub(crate) header: HeaderValue,
    /// Whether a key without roles opens all that the kind reaches.
    pub(crate) is_whole: bool,
    pub(crate) needs_access: bool,
    serves: Box<[bool]>,
    reaches: Box<[bool]>,
}

/// What a set of roles opens of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    Nothing,
    ReadSome(Box<[Pattern]>),
    Read,
    Write,
}

impl Rules {
    pub(crate) fn new(catalog: Arc<Catalog>) -> Self {
        let mut families = 0..;
        let groups =
            catalog.groups.iter().map(|group| GroupRules::of(group, &catalog, &mut families)).collect();
        let kinds = catalog.kinds.iter().map(|kind| KindRules::of(kind, &catalog)).collect();
        Self { ours: our_place(&catalog), groups, kinds, sets: Sets::default(), catalog }
    }

    pub(crate) fn service(&self, at: usize) -> Option<&Service> {
        self.catalog.services.get(at)
    }

    /// The service that a path is for; of a path that no group holds, ours.
    pub(crate) fn service_of(&self, at: Option<RouteAt>) -> Option<usize> {
        at.map(|at| at.service).or(self.ours)
    }

    pub(crate) fn path(&self, at: RouteAt) -> Option<&PathRules> {
        self.groups.get(at.group)?.paths.get(at.pattern)
    }

    pub(crate) fn group(&self, at: usize) -> Option<&Group> {
        self.catalog.groups.get(at)
    }

    pub(crate) fn group_header(&self, at: usize) -> Option<&HeaderValue> {
        self.groups.get(at).map(|group| &group.header)
    }

    /// The number of a kind, if the catalog has it.
    pub(crate) fn kind_named(&self, name: &KindName) -> Option<usize> {
        self.catalog.kinds.iter().position(|kind| kind.name == *name)
    }

    pub(crate) fn kind(&self, at: usize) -> Option<&KindRules> {
        self.kinds.get(at)
    }

    /// What `roles` open of the group at this place. Names that the catalog does not have open nothing.
    pub(crate) fn grant(&self, roles: &RoleSet, group: usize) -> &Grant {
        let work_out = || self.catalog.groups.iter().map(|group| self.union(roles, group)).collect();
        self.sets.get_or_init(roles.number, work_out).and_then(|of| of.get(group)).unwrap_or(&Grant::Nothing)
    }

    /// Where the family with this number stands.
    pub(crate) fn family(&self, number: u32) -> Option<(&Group, &Pattern)> {
        let at =
            self.groups.partition_point(|group| group.first_family().is_none_or(|first| first <= number));
        let at = at.checked_sub(1)?;
        let (group, rules) = (self.catalog.groups.get(at)?, self.groups.get(at)?);
        let place = rules.paths.iter().position(|path| path.family == number)?;
        Some((group, group.paths.get(place)?))
    }

    fn union(&self, roles: &RoleSet, group: &Group) -> Grant {
        let roles = roles.roles.iter().filter_map(|name| self.catalog.role(name.as_str()));
        roles.filter_map(|role| role.opens.get(&group.name)).fold(Grant::Nothing, Grant::and)
    }
}

impl GroupRules {
    fn of(group: &Group, catalog: &Catalog, families: &mut impl Iterator<Item = u32>) -> Self {
        let service = catalog.service(group.service.as_str());
        let paced: Vec<_> = service
            .into_iter()
            .flat_map(|service| &service.per_second)
            .flat_map(|limit| &limit.paths)
            .collect();
        let naming_apps: Vec<_> = service.into_iter().flat_map(|service| &service.app_paths).collect();
        let paths = group.paths.iter().zip(families).map(|(path, family)| PathRules {
            family,
            app_at: naming_apps.iter().find_map(|named| path.segment_named_by(named)),
            may_be_paced: paced.iter().any(|paced| paced.overlaps(path)),
        });
        Self { header: header(group.name.as_str()), paths: paths.collect() }
    }

    fn first_family(&self) -> Option<u32> {
        self.paths.first().map(|path| path.family)
    }
}

impl KindRules {
    fn of(kind: &KeyKind, catalog: &Catalog) -> Self {
        Self {
            header: header(kind.name.as_str()),
            is_whole: matches!(kind.holder, KindHolder::Team),
            needs_access: kind.needs_access,
            serves: catalog.services.iter().map(|service| kind.services.contains(&service.name)).collect(),
            reaches: catalog.groups.iter().map(|group| kind.reaches(group)).collect(),
        }
    }

    /// Whether the service at this place takes such keys.
    pub(crate) fn is_served_by(&self, service: usize) -> bool {
        self.serves.get(service).is_some_and(|serves| *serves)
    }

    /// Whether such keys open anything of the group at this place.
    pub(crate) fn reaches(&self, group: usize) -> bool {
        self.reaches.get(group).is_some_and(|reaches| *reaches)
    }
}

impl Grant {
    pub(crate) fn opens(&self, access: Access, path: &RequestPath<'_>) -> bool {
        match (self, access) {
            (Self::Write, _) | (Self::Read, Access::Read) => true,
            (Self::ReadSome(paths), Access::Read) => paths.iter().any(|pattern| pattern.matches(path)),
            (Self::Nothing | Self::Read | Self::ReadSome(_), _) => false,
        }
    }

    /// Whether this opens the whole group in this way, whatever the path.
    pub(crate) fn opens_all(&self, access: Access) -> bool {
        matches!((self, access), (Self::Write, _) | (Self::Read, Access::Read))
    }

    /// This, and what another role opens.
    fn and(self, opens: &Opens) -> Self {
        match (self, opens) {
            (Self::Write, _) | (_, Opens::Write) => Self::Write,
            (Self::Read, _) | (_, Opens::Read) => Self::Read,
            (Self::Nothing, Opens::ReadSome(paths)) => Self::ReadSome(paths.clone().into()),
            (Self::ReadSome(some), Opens::ReadSome(more)) => {
                Self::ReadSome(some.into_iter().chain(more.iter().cloned()).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_catalog_is_found_again_by_the_number_of_its_family() {
        let rules = Rules::new(Arc::new(Catalog::appstore()));
        let mut number = 0;
        for group in &rules.catalog.groups {
            for pattern in &group.paths {
                let found = rules.family(number).map(|(group, pattern)| (&group.name, pattern.as_str()));
                assert_eq!(found, Some((&group.name, pattern.as_str())));
                number += 1;
            }
        }
        assert_eq!(rules.family(number).map(|(group, _)| &group.name), None);
    }

    #[test]
    fn our_service_is_that_of_the_peoples_endpoints_else_the_first_that_answers_as_we_do() {
        let catalog = Catalog::appstore();
        let peoples = &catalog.people_group().unwrap().service;
        assert_eq!(&our_service(&catalog).unwrap().name, peoples);
        let parcels = Catalog::parse(include_str!("../../../catalogs/parcels.toml")).unwrap();
        assert!(parcels.people_group().is_none());
        assert_eq!(
            our_service(&parcels),
            parcels.services.iter().find(|service| service.answers == Answers::JsonApi)
        );
    }
}
