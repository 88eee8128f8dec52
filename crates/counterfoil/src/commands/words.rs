//! What several commands say of a team, and how they read which one is meant.

use crate::problem::Problem;
use counterfoil_authority::Authority;
use counterfoil_core::id::{IssuerId, Remark};
use counterfoil_core::team::{Access, Standing, Team};
use counterfoil_core::time::Timestamp;
use counterfoil_server::dates;
use std::sync::Arc;

/// The team that was typed.
pub(super) fn issuer_id(text: &str) -> Result<IssuerId, Problem> {
    IssuerId::try_from(text)
        .map_err(|fault| Problem::usage(fault, "`counterfoil team list` shows the issuer ids"))
}

/// The reason that was typed.
pub(super) fn remark(text: Option<&str>) -> Result<Option<Remark>, Problem> {
    Ok(text.map(Remark::try_from).transpose()?)
}

/// All teams by name, or the one that was named.
pub(super) fn listed_teams(authority: &Authority, only: Option<&str>) -> Result<Vec<Arc<Team>>, Problem> {
    if let Some(only) = only {
        return Ok(vec![authority.ledger().team(issuer_id(only)?)?]);
    }
    let mut teams: Vec<_> = authority.ledger().state()?.teams().cloned().collect();
    teams.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    Ok(teams)
}

/// The contract's word for how access stands.
pub(super) fn access_word(access: &Access) -> &'static str {
    match access {
        Access::NotRequested => "NONE",
        Access::Requested { .. } => "REQUESTED",
        Access::Approved { .. } => "APPROVED",
        Access::Declined { .. } => "DECLINED",
    }
}

/// Since when access stands so.
pub(super) fn shown_since(access: &Access) -> Option<String> {
    match access {
        Access::NotRequested => None,
        Access::Requested { at } | Access::Approved { at } | Access::Declined { at, .. } => Some(date(*at)),
    }
}

/// The word for how a team stands.
pub(super) fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "ACTIVE",
        Standing::Suspended => "SUSPENDED",
        Standing::Closed => "CLOSED",
    }
}

/// A date as everywhere.
pub(super) fn date(at: Timestamp) -> String {
    dates::written(at)
}
