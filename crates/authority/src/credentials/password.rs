//! Passwords.

use super::CredentialFailure;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::{SeenFrom, Session};

impl Authority {
    /// Sets the password, or changes it. Ends all other sessions of the person. What was typed is judged here.
    ///
    /// # Errors
    /// If it would be guessed, the session is not fresh, or the store did not take it.
    pub async fn set_password(
        &self,
        session: &Session,
        typed: &str,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, typed, from);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Removes the password, and the authenticator app that goes with it.
    ///
    /// # Errors
    /// If there is none, the session is not fresh, or the store did not take it.
    pub async fn remove_password(&self, session: &Session, from: &SeenFrom) -> Result<(), CredentialFailure> {
        let _ = (session, from);
        Err(Failure::Fault("not yet".into()).into())
    }
}
