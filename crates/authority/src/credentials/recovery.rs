//! Recovery codes: ten, shown once, each good once in the place of a code of the authenticator app.

use super::CredentialFailure;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::{SeenFrom, Session};
use std::fmt;

/// A set of recovery codes, as it is shown once.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// The codes.
    #[must_use]
    pub fn expose(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{} recovery codes]", self.0.len())
    }
}

impl Authority {
    /// Makes a new set of recovery codes; every earlier one is over.
    ///
    /// # Errors
    /// If there is no authenticator app, the session is not fresh, or the store did not take it.
    pub async fn renew_recovery_codes(
        &self,
        session: &Session,
        from: &SeenFrom,
    ) -> Result<RecoveryCodes, CredentialFailure> {
        let _ = (session, from);
        Err(Failure::Fault("not yet".into()).into())
    }
}
