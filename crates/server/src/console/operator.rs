//! Running the installation: teams, requests for access, people, health, the catalog.
//!
//! The operator sees what a team is and who owns it, and never its private halves. What is done here stands in
//! the team's own audit as done by the operator.

pub(crate) mod access;
pub(crate) mod catalog;
pub(crate) mod health;
pub(crate) mod people;
pub(crate) mod person;
mod reason;
pub(crate) mod team;
pub(crate) mod teams;

use super::moment::Moment;
use super::visitor::Visitor;
use crate::error::Problem;
use counterfoil_core::id::IssuerId;
use counterfoil_core::refusal::Thing;
use counterfoil_core::team::{Access, Standing, Team};
use std::sync::Arc;

/// The team in the path.
fn team_in_path(visitor: &Visitor) -> Result<Arc<Team>, Problem> {
    let text = visitor.place(0);
    let id = IssuerId::try_from(text).map_err(|_| Problem::no_such(Thing::Team, text))?;
    Ok(visitor.authority().ledger().team(id)?)
}

/// A team's standing as a badge: words and class.
const fn standing_badge(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Active => ("Active", "badge good"),
        Standing::Suspended => ("Suspended", "badge warn"),
        Standing::Closed => ("Closed", "badge bad"),
    }
}

/// A team's access as a badge, and since when it is so.
fn access_badge(access: &Access) -> (&'static str, &'static str, Option<Moment>) {
    match access {
        Access::NotRequested => ("Not requested", "badge", None),
        Access::Requested { at } => ("Waits for review", "badge warn", Some((*at).into())),
        Access::Approved { at } => ("Approved", "badge good", Some((*at).into())),
        Access::Declined { at, .. } => ("Declined", "badge bad", Some((*at).into())),
    }
}
