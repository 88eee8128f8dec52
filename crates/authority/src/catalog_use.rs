//! Changing the catalog in force: first what it would do to keys, then the change.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::ledger::Alongside;
use crate::start::CATALOG_TEXT;
use crate::store::Position;
use crate::store::tables::installation;
use counterfoil_core::catalog::{Catalog, CatalogFaults, Grade};
use counterfoil_core::event::{Actor, Event, Stream};
use counterfoil_core::id::{GroupName, IssuerId, KeyId};
use counterfoil_core::team::{Key, Team};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key that another catalog would open other groups to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Whose key.
    pub team: IssuerId,
    /// Which key.
    pub key: KeyId,
    /// The groups that change, as they are open now.
    pub was: Vec<(GroupName, Grade)>,
    /// The same groups, as they would be.
    pub becomes: Vec<(GroupName, Grade)>,
}

/// Why a catalog was not put in force.
#[derive(Debug, thiserror::Error)]
pub enum CatalogUseFault {
    /// It is not well formed.
    #[error("the catalog can't be used:\n{0}")]
    Faulty(CatalogFaults),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Authority {
    /// The active keys that would open other groups under this catalog, by team and key.
    ///
    /// # Errors
    /// If the ledger has stopped.
    pub fn affected_by(&self, catalog: &Catalog) -> Result<Vec<Affected>, Failure> {
        let present = self.catalog();
        let state = self.ledger().state()?;
        let mut affected: Vec<Affected> = state
            .teams()
            .flat_map(|team| team.keys.iter().map(move |(id, key)| (team, *id, key)))
            .filter(|(_, _, key)| key.is_active())
            .filter_map(|(team, id, key)| difference(&present, catalog, team, id, key))
            .collect();
        affected.sort_by_key(|affected| (affected.team, affected.key));
        Ok(affected)
    }

    /// Puts a catalog in force, on all servers. Nothing happens if it says what the present one
    /// says.
    ///
    /// # Errors
    /// If it is not well formed, or the store did not take it.
    pub async fn use_catalog(&self, text: &str) -> Result<Position, CatalogUseFault> {
        let catalog = Catalog::parse(text).map_err(CatalogUseFault::Faulty)?;
        let fingerprint = catalog.fingerprint().to_string();
        let event = Event::CatalogAdopted { name: catalog.name.clone(), fingerprint: fingerprint.clone() };
        let adopted = self.ledger().append(Stream::Installation, Actor::Operator, |state| {
            if state.catalog().is_some_and(|in_force| in_force.fingerprint == fingerprint) {
                return Ok((Vec::new(), Alongside::default()));
            }
            let side = vec![installation::set(CATALOG_TEXT, text)];
            Ok((vec![event.clone()], Alongside { claims: Vec::new(), side }))
        });
        let position = adopted.await.map_err(Failure::from)?;
        self.ledger().use_catalog(Arc::new(catalog));
        Ok(position)
    }
}

fn difference(present: &Catalog, next: &Catalog, team: &Team, id: KeyId, key: &Key) -> Option<Affected> {
    let (was, becomes) = (grades(present, team, key), grades(next, team, key));
    let names: Vec<&GroupName> = was.keys().chain(becomes.keys()).collect();
    let grade =
        |grades: &BTreeMap<GroupName, Grade>, name: &GroupName| grades.get(name).copied().unwrap_or_default();
    let mut changed: Vec<&GroupName> =
        names.into_iter().filter(|name| grade(&was, name) != grade(&becomes, name)).collect();
    changed.sort_unstable();
    changed.dedup();
    let of = |grades| changed.iter().map(|name| ((*name).clone(), grade(grades, name))).collect();
    (!changed.is_empty()).then(|| Affected { team: team.id, key: id, was: of(&was), becomes: of(&becomes) })
}

/// What a key opens under a catalog. A kind that the catalog does not have opens nothing.
fn grades(catalog: &Catalog, team: &Team, key: &Key) -> BTreeMap<GroupName, Grade> {
    let Some(kind) = catalog.kind(key.kind.as_str()) else { return BTreeMap::new() };
    let roles = team.roles_of_key(key);
    catalog
        .groups
        .iter()
        .map(|group| (group.name.clone(), catalog.grade(roles.iter(), Some(kind), group)))
        .filter(|(_, grade)| *grade != Grade::None)
        .collect()
}
