//! What a door demands of whoever was proven. One order for all: kind (which [`crate::proof`] has settled), the
//! team's standing and access, role, scope.

use crate::call::Call;
use crate::error::Problem;
use crate::proof::Proven;
use counterfoil_core::catalog::{Access, Administration, Catalog, RequestPath};
use counterfoil_core::event::Actor;
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::{self, Circumstances, Standing};
use counterfoil_core::token::TokenScope;
use counterfoil_verify::{OwnDoor, Takes};

/// What a door demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A live key of any kind, or a session.
    Anyone,
    /// A role that opens the group of people's endpoints for this method; where the catalog has no such group,
    /// one that administers people.
    People,
    /// A role that administers this.
    Administers(Administration),
    /// A role that administers keys, or that the key in the path is one's own.
    OwnKeyOrKeys,
    /// The same; it does not matter whether the team has access, or is suspended: keys can always be ended.
    EndsKey,
    /// By token, a role that administers keys. Who is signed in may also make a key of their own: the team's
    /// rules say which.
    GeneratesKey,
    /// The session of the team's owner.
    OwnerSession,
}

impl Demand {
    /// What the door asks of a token.
    pub(crate) const fn own_door(self) -> OwnDoor {
        OwnDoor { takes: self.takes(), counts: self.counts_as_use() }
    }

    /// Which keys the door takes.
    pub(crate) const fn takes(self) -> Takes {
        match self {
            Self::Anyone => Takes::AnyKind,
            Self::People
            | Self::Administers(_)
            | Self::OwnKeyOrKeys
            | Self::EndsKey
            | Self::GeneratesKey
            | Self::OwnerSession => Takes::OurService,
        }
    }

    /// Whether a request by key counts as use of the key, and takes one off its hour. Who looks at what a key is,
    /// or ends one, has a budget of its own for that.
    const fn counts_as_use(self) -> bool {
        match self {
            Self::Anyone | Self::EndsKey => false,
            Self::People
            | Self::Administers(_)
            | Self::OwnKeyOrKeys
            | Self::GeneratesKey
            | Self::OwnerSession => true,
        }
    }

    /// Whether it is met.
    ///
    /// # Errors
    /// The first that is not.
    pub(crate) fn check(self, call: &Call, proven: &Proven) -> Result<(), Problem> {
        let catalog = call.authority().catalog();
        if !matches!(self, Self::Anyone | Self::EndsKey) {
            check_access(call, &catalog, proven)?;
        }
        self.check_role(call, &catalog, proven)?;
        check_scope(call, proven)?;
        self.check_fresh(call, proven)
    }

    /// A session that was left open must not be enough for keys and roles.
    fn check_fresh(self, call: &Call, proven: &Proven) -> Result<(), Problem> {
        let counts = match self {
            Self::People | Self::OwnKeyOrKeys | Self::EndsKey | Self::GeneratesKey => !call.method.is_safe(),
            Self::Anyone | Self::Administers(_) | Self::OwnerSession => false,
        };
        if counts && !proven.is_fresh {
            return Err(Problem::StepUpRequired { see: call.place("/step-up") });
        }
        Ok(())
    }

    /// The role alone.
    pub(crate) fn check_role(self, call: &Call, catalog: &Catalog, proven: &Proven) -> Result<(), Problem> {
        match self {
            Self::Anyone => Ok(()),
            Self::People => check_people(call, catalog, proven),
            Self::Administers(part) => check_administers(part, catalog, proven),
            Self::OwnKeyOrKeys | Self::EndsKey => {
                let own = KeyId::try_from(call.named()).is_ok_and(|id| {
                    proven.team.may_see_key(
                        id,
                        Circumstances { catalog, by: proven.by, now: call.authority().now() },
                    )
                });
                if own { Ok(()) } else { check_administers(Administration::Keys, catalog, proven) }
            }
            Self::GeneratesKey if proven.key().is_none() => Ok(()),
            Self::GeneratesKey => check_administers(Administration::Keys, catalog, proven),
            Self::OwnerSession if proven.by == Actor::User(proven.team.owner) => Ok(()),
            Self::OwnerSession => {
                Err(Refusal::OwnerOnly { act: "This", owner: catalog.owner_role().name.clone() }.into())
            }
        }
    }
}

/// A key of a team without access, or that is suspended or closed, opens nothing. Who is signed in still sees
/// what there is; what may be changed then, the team's rules say.
fn check_access(call: &Call, catalog: &Catalog, proven: &Proven) -> Result<(), Problem> {
    let Some((_, key)) = proven.key() else { return Ok(()) };
    match proven.team.standing {
        Standing::Active => {}
        Standing::Suspended => return Err(Refusal::TeamSuspended.into()),
        Standing::Closed => return Err(Refusal::TeamClosed.into()),
    }
    let needs = catalog.kind(key.kind.as_str()).is_none_or(|kind| kind.needs_access);
    if needs && !matches!(proven.team.access, team::Access::Approved { .. }) {
        return Err(Problem::AccessMissing { see: call.house.terms() });
    }
    Ok(())
}

fn check_people(call: &Call, catalog: &Catalog, proven: &Proven) -> Result<(), Problem> {
    let Some(group) = catalog.people_group() else {
        return check_administers(Administration::People, catalog, proven);
    };
    let path = RequestPath::parse(&call.path).map_err(Problem::Ambiguous)?;
    let access = Access::of_method(call.method.as_str());
    let kind = proven.key().and_then(|(_, key)| catalog.kind(key.kind.as_str()));
    if catalog.opens(proven.roles.iter(), kind, group, access, &path) {
        return Ok(());
    }
    let open = |role: &&counterfoil_core::catalog::Role| role.opens(group, access, &path);
    let allowed = catalog.roles.iter().filter(open).map(|role| role.name.clone()).collect();
    Err(Refusal::RoleMissing { act: "This", allowed }.into())
}

fn check_administers(part: Administration, catalog: &Catalog, proven: &Proven) -> Result<(), Problem> {
    if catalog.administers(proven.roles.iter(), part) {
        return Ok(());
    }
    let may = catalog.roles.iter().filter(|role| role.administers.contains(&part));
    Err(Refusal::RoleMissing { act: "This", allowed: may.map(|role| role.name.clone()).collect() }.into())
}

fn check_scope(call: &Call, proven: &Proven) -> Result<(), Problem> {
    let TokenScope::Limited(scope) = &proven.scope else { return Ok(()) };
    let path = RequestPath::parse(&call.path).map_err(Problem::Ambiguous)?;
    if scope.covers(call.method.as_str(), &path, call.query_text.as_deref()) {
        Ok(())
    } else {
        Err(Problem::OutOfScope)
    }
}
