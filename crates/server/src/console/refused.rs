//! What a use case refused, for whoever shows it beside a field.

use crate::error::Problem;
use counterfoil_authority::Failure;
use counterfoil_core::refusal::Refusal;

/// The rule that forbade something.
///
/// # Errors
/// Anything else that went wrong is no answer to what was typed.
pub(crate) fn refusal(failure: Failure) -> Result<Refusal, Problem> {
    match failure {
        Failure::Refused(refusal) => Ok(refusal),
        other => Err(other.into()),
    }
}
