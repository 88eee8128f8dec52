//! Signing in by a password, with a second factor where one is enrolled.

use super::{Outcome, SeenFrom};
use crate::authority::Authority;
use crate::failure::Failure;

impl Authority {
    /// Signs in by address and password. What it answers, and how long that takes, tells nobody whether the
    /// address is known here.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_password(
        &self,
        email: &str,
        password: &str,
        from: &SeenFrom,
    ) -> Result<Outcome, Failure> {
        let _ = (email, password, from);
        Err(Failure::Fault("not yet".into()))
    }

    /// The second step: a code of the authenticator app, or a recovery code.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_code(
        &self,
        pending: &str,
        code: &str,
        from: &SeenFrom,
    ) -> Result<Outcome, Failure> {
        let _ = (pending, code, from);
        Err(Failure::Fault("not yet".into()))
    }
}
