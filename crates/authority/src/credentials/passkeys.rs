//! Passkeys (Web Authentication, level 3).

use super::CredentialFailure;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::{SeenFrom, Session};
use counterfoil_core::id::Malformed;
use counterfoil_core::time::Timestamp;
use serde_json::Value;
use std::fmt;

/// Which passkey: its credential id, as base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PasskeyId(String);

/// What a person calls a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialName(String);

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Which.
    pub id: PasskeyId,
    /// What its person calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, if it was.
    pub last_used: Option<Timestamp>,
}

impl PasskeyId {
    /// As base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PasskeyId {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        const LONGEST: usize = 1364;
        let is_good = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed { what: "a passkey's id", rule: "base64url of at most 1023 bytes" })
        }
    }
}

impl fmt::Display for PasskeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl CredentialName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for CredentialName {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        let is_good = (1..=50).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed { what: "a passkey's name", rule: "1 to 50 characters on one line" })
        }
    }
}

impl Authority {
    /// What the browser needs to make a passkey: `PublicKeyCredentialCreationOptionsJSON`.
    ///
    /// # Errors
    /// If the session is not fresh, or the store did not take it.
    pub async fn begin_passkey(&self, session: &Session) -> Result<Value, CredentialFailure> {
        let _ = session;
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Adds the passkey that the browser made: `response` is its `RegistrationResponseJSON`
    /// (`JSON.stringify(credential)`). Ends all other sessions.
    ///
    /// # Errors
    /// If it is none of this site, the session is not fresh, or the store did not take it.
    pub async fn add_passkey(
        &self,
        session: &Session,
        name: &CredentialName,
        response: &str,
        from: &SeenFrom,
    ) -> Result<PasskeyId, CredentialFailure> {
        let _ = (session, name, response, from);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    /// If the person has none of that id, or the store did not take it.
    pub async fn rename_passkey(
        &self,
        session: &Session,
        passkey: &PasskeyId,
        name: &CredentialName,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, passkey, name);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Removes a passkey. Ends all other sessions.
    ///
    /// # Errors
    /// If the person has none of that id, the session is not fresh, or the store did not take it.
    pub async fn remove_passkey(
        &self,
        session: &Session,
        passkey: &PasskeyId,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, passkey, from);
        Err(Failure::Fault("not yet".into()).into())
    }
}
