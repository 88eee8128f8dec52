//! Authenticator apps (RFC 6238).

use super::{CredentialFailure, RecoveryCodes};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::sign_in::{SeenFrom, Session};
use std::fmt;
use zeroize::Zeroizing;

/// An authenticator app that is being set up: nothing counts before a code of it was seen.
pub struct NewAuthenticator {
    /// What the form sends back with the code.
    pub handle: Secret,
    secret: Zeroizing<String>,
    uri: Zeroizing<String>,
}

/// A QR code: rows of dark and light.
#[derive(Clone, PartialEq, Eq)]
pub struct Qr {
    /// How many modules a side has, without the quiet zone.
    pub width: usize,
    /// The `d` of an SVG path that fills the dark modules, one unit each.
    pub path: String,
}

impl NewAuthenticator {
    /// The secret to type, in groups of four letters.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The `otpauth://` URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The URI as a QR code.
    #[must_use]
    pub fn qr(&self) -> Qr {
        Qr { width: 0, path: String::new() }
    }
}

impl fmt::Debug for NewAuthenticator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[new authenticator]")
    }
}

impl fmt::Debug for Qr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[QR code]")
    }
}

impl Authority {
    /// Begins to set an authenticator app up. An app that is enrolled stays so until the new one is confirmed.
    ///
    /// # Errors
    /// If there is no password, the session is not fresh, or the store did not take it.
    pub async fn begin_authenticator(
        &self,
        session: &Session,
    ) -> Result<NewAuthenticator, CredentialFailure> {
        let _ = session;
        Err(Failure::Fault("not yet".into()).into())
    }

    /// The same set-up again, for a form that is shown again.
    ///
    /// # Errors
    /// If it has run out, or the store can't be read.
    pub async fn authenticator_again(
        &self,
        session: &Session,
        handle: &str,
    ) -> Result<NewAuthenticator, CredentialFailure> {
        let _ = (session, handle);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Enrols the app by a code of it, and gives recovery codes with it. Ends all other sessions.
    ///
    /// # Errors
    /// If the code is wrong, the set-up has run out, or the store did not take it.
    pub async fn confirm_authenticator(
        &self,
        session: &Session,
        handle: &str,
        code: &str,
        from: &SeenFrom,
    ) -> Result<RecoveryCodes, CredentialFailure> {
        let _ = (session, handle, code, from);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Removes the authenticator app, and the recovery codes with it.
    ///
    /// # Errors
    /// If there is none, the session is not fresh, or the store did not take it.
    pub async fn remove_authenticator(
        &self,
        session: &Session,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, from);
        Err(Failure::Fault("not yet".into()).into())
    }
}
