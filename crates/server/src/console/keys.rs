//! A team's keys in the console: *Integrations* with its tables, the pages that generate, download and revoke, a
//! key's own page, and the section *Individual API Key* of a profile.
//!
//! In which table a kind of key stands follows from whose its keys are ([`shelf::Shelf`]). Every word for a kind, a
//! role or a group comes from the catalog; what a rule forbids is said in the rule's own sentence.

pub(crate) mod access;
pub(crate) mod calls;
mod chart;
mod commands;
pub(crate) mod download;
pub(crate) mod generate;
mod life;
pub(crate) mod list;
pub(crate) mod own;
pub(crate) mod revoke;
pub(crate) mod roles;
mod row;
mod shelf;
pub(crate) mod show;
mod typed;
mod who;

use crate::error::Problem;
use counterfoil_authority::Failure;
use counterfoil_core::refusal::Refusal;

/// The rule that something broke.
///
/// # Errors
/// What went wrong otherwise: that is no matter of a form.
fn refusal(failure: Failure) -> Result<Refusal, Problem> {
    match failure {
        Failure::Refused(refusal) => Ok(refusal),
        other => Err(other.into()),
    }
}
