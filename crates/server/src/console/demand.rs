//! What a page demands of its visitor.

use counterfoil_core::catalog::Administration;

/// What a page demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageDemand {
    /// Who may come in.
    pub(crate) who: Who,
    /// Whether they must have proven themselves a moment ago.
    pub(crate) fresh: bool,
}

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anybody.
    Anyone,
    /// Whoever is signed in, even if a second factor is still to be set up.
    Enrolling,
    /// Whoever is signed in.
    SignedIn,
    /// A member of the team in the path.
    Member,
    /// A member whose roles administer this part of the team in the path.
    Administers(Administration),
    /// The owner of the team in the path.
    Owner,
    /// Whoever runs the installation.
    Operator,
}

/// Anybody.
pub(crate) const ANYONE: PageDemand = PageDemand::of(Who::Anyone);
/// Whoever is signed in, even if a second factor is still to be set up.
pub(crate) const ENROLLING: PageDemand = PageDemand::of(Who::Enrolling);
/// Whoever is signed in.
pub(crate) const SIGNED_IN: PageDemand = PageDemand::of(Who::SignedIn);
/// A member of the team in the path.
pub(crate) const MEMBER: PageDemand = PageDemand::of(Who::Member);
/// A member who administers keys.
pub(crate) const KEYS: PageDemand = PageDemand::of(Who::Administers(Administration::Keys));
/// A member who administers people.
pub(crate) const PEOPLE: PageDemand = PageDemand::of(Who::Administers(Administration::People));
/// A member who may read the audit.
pub(crate) const AUDIT: PageDemand = PageDemand::of(Who::Administers(Administration::Audit));
/// The owner of the team in the path.
pub(crate) const OWNER: PageDemand = PageDemand::of(Who::Owner);
/// Whoever runs the installation.
pub(crate) const OPERATOR: PageDemand = PageDemand::of(Who::Operator);

impl PageDemand {
    const fn of(who: Who) -> Self {
        Self { who, fresh: false }
    }

    /// The same of somebody who has proven themselves a moment ago.
    #[must_use]
    pub(crate) const fn fresh(self) -> Self {
        Self { fresh: true, ..self }
    }
}
