//! Step-up: proving once more who it is, shortly before something delicate.

use super::{How, SeenFrom, SessionSecret};
use crate::authority::Authority;
use crate::failure::Failure;
use serde_json::Value;
use std::time::Duration;

/// What became of it.
#[derive(Debug)]
pub enum StepUp {
    /// The session is fresh again, under a new secret.
    Fresh(SessionSecret),
    /// A code of the authenticator app is needed too.
    NeedsCode,
    /// Too many attempts: this long nothing is looked at.
    Wait(Duration),
    /// It was not proven. Why, is not said.
    No,
}

impl Authority {
    /// Steps up by the password, and a code of the authenticator app where one is enrolled.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_with_password(
        &self,
        session: &str,
        password: &str,
        code: Option<&str>,
        from: &SeenFrom,
    ) -> Result<StepUp, Failure> {
        let _ = (session, password, code, from);
        Err(Failure::Fault("not yet".into()))
    }

    /// What the browser needs to step up by a passkey: `PublicKeyCredentialRequestOptionsJSON`.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn begin_step_up(&self, session: &super::Session) -> Result<Value, Failure> {
        let _ = session;
        Err(Failure::Fault("not yet".into()))
    }

    /// Steps up by a passkey: `response` is the browser's `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_with_passkey(
        &self,
        session: &str,
        response: &str,
        from: &SeenFrom,
    ) -> Result<StepUp, Failure> {
        let _ = (session, response, from);
        Err(Failure::Fault("not yet".into()))
    }

    /// Makes a session fresh whose person somebody else has proven anew: another provider.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn step_up_for(&self, session: &str, how: How, from: &SeenFrom) -> Result<StepUp, Failure> {
        let _ = (session, how, from);
        Err(Failure::Fault("not yet".into()))
    }
}
