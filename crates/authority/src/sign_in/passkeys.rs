//! Signing in by a passkey, without saying first who it is.

use super::{Outcome, SeenFrom};
use crate::authority::Authority;
use crate::failure::Failure;
use serde_json::Value;

impl Authority {
    /// What the browser needs to sign in by a passkey: `PublicKeyCredentialRequestOptionsJSON`. It names no
    /// account, so that it tells of none; good for five minutes, once.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn begin_passkey_sign_in(&self) -> Result<Value, Failure> {
        Err(Failure::Fault("not yet".into()))
    }

    /// Signs in by a passkey: `response` is the browser's `AuthenticationResponseJSON`
    /// (`JSON.stringify(credential)`).
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_in_with_passkey(&self, response: &str, from: &SeenFrom) -> Result<Outcome, Failure> {
        let _ = (response, from);
        Err(Failure::Fault("not yet".into()))
    }
}
