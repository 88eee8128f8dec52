//! In which table the keys of a kind stand: it follows from whose they are.

use crate::console::TeamVisitor;
use counterfoil_core::catalog::{Catalog, KeyKind, KindHolder};

/// A table of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shelf {
    /// Keys of the team that have roles of their own: *Team Keys*.
    WithRoles,
    /// Keys of members: *Individual Keys*.
    OfMembers,
    /// Keys of the team that open their services whole: *In-App Purchase*.
    OfTeam,
}

/// A link to a table.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) current: bool,
}

impl Shelf {
    pub(super) const ALL: [Self; 3] = [Self::WithRoles, Self::OfMembers, Self::OfTeam];

    /// Where keys of this kind stand.
    pub(super) const fn of(kind: &KeyKind) -> Self {
        match kind.holder {
            KindHolder::TeamWithRoles(_) => Self::WithRoles,
            KindHolder::Member { .. } => Self::OfMembers,
            KindHolder::Team => Self::OfTeam,
        }
    }

    /// The kinds whose keys stand here.
    pub(super) fn kinds(self, catalog: &Catalog) -> impl Iterator<Item = &KeyKind> {
        catalog.kinds.iter().filter(move |kind| Self::of(kind) == self)
    }

    pub(super) fn is_there(self, catalog: &Catalog) -> bool {
        self.kinds(catalog).next().is_some()
    }

    /// The page of the table, below a team's.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Self::WithRoles => "/integrations/api",
            Self::OfMembers => "/integrations/api/individual",
            Self::OfTeam => "/integrations/in-app-purchase",
        }
    }

    /// The page that generates such keys.
    pub(super) const fn generate_place(self) -> &'static str {
        match self {
            Self::WithRoles => "/integrations/api/generate",
            Self::OfMembers => "/profile/individual-key",
            Self::OfTeam => "/integrations/in-app-purchase/generate",
        }
    }

    /// Under which heading people look for it.
    pub(super) fn section(self, catalog: &Catalog) -> String {
        self.kinds(catalog).next().map_or_else(String::new, |kind| catalog.section_of(kind).to_owned())
    }

    /// What its keys are called.
    pub(super) fn plural(self, catalog: &Catalog) -> String {
        self.kinds(catalog).map(KeyKind::plural).collect::<Vec<_>>().join(", ")
    }

    /// The shelves under one heading: keys with roles and those of members are reached through one another.
    const fn neighbours(self) -> &'static [Self] {
        match self {
            Self::WithRoles | Self::OfMembers => &[Self::WithRoles, Self::OfMembers],
            Self::OfTeam => &[Self::OfTeam],
        }
    }
}

/// The column *Key Type*.
pub(super) fn column(visitor: &TeamVisitor, here: Shelf) -> Vec<Link> {
    let headings = [Shelf::WithRoles.neighbours(), Shelf::OfTeam.neighbours()];
    let link = |shelves: &[Shelf]| {
        let first = shelves.iter().find(|shelf| shelf.is_there(&visitor.catalog))?;
        Some(Link {
            label: first.section(&visitor.catalog),
            href: visitor.here(first.place()),
            current: shelves.contains(&here),
        })
    };
    headings.into_iter().filter_map(link).collect()
}

/// The tabs of a heading; none, where there is one table only.
pub(super) fn tabs(visitor: &TeamVisitor, here: Shelf) -> Vec<Link> {
    let there = here.neighbours().iter().filter(|shelf| shelf.is_there(&visitor.catalog));
    let tabs: Vec<Link> = there
        .map(|shelf| Link {
            label: shelf.plural(&visitor.catalog),
            href: visitor.here(shelf.place()),
            current: *shelf == here,
        })
        .collect();
    if tabs.len() > 1 { tabs } else { Vec::new() }
}
