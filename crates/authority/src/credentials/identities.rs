//! Identities at other providers (OIDC), each linked to one person by an explicit step.

use super::CredentialFailure;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::{SeenFrom, Session};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// Somebody's identity at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider, by its issuer.
    pub provider: String,
    /// The subject there.
    pub subject: String,
    /// What it is shown as, such as the address there.
    pub shown_as: String,
    /// Since when it is linked.
    pub linked_at: Timestamp,
    /// When it was last used, if it was.
    pub last_used: Option<Timestamp>,
}

impl Authority {
    /// Whose identity this is, if it is anybody's.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn person_by_identity(
        &self,
        provider: &str,
        subject: &str,
    ) -> Result<Option<PersonId>, Failure> {
        let _ = (provider, subject);
        Err(Failure::Fault("not yet".into()))
    }

    /// Links an identity to the person who is signed in.
    ///
    /// # Errors
    /// If it is somebody else's, the session is not fresh, or the store did not take it.
    pub async fn link_identity(
        &self,
        session: &Session,
        provider: &str,
        subject: &str,
        shown_as: &str,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, provider, subject, shown_as, from);
        Err(Failure::Fault("not yet".into()).into())
    }

    /// Unlinks an identity. Ends all other sessions.
    ///
    /// # Errors
    /// If the person has none like it, the session is not fresh, or the store did not take it.
    pub async fn unlink_identity(
        &self,
        session: &Session,
        provider: &str,
        subject: &str,
        from: &SeenFrom,
    ) -> Result<(), CredentialFailure> {
        let _ = (session, provider, subject, from);
        Err(Failure::Fault("not yet".into()).into())
    }
}
