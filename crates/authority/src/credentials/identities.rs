//! Identities at other providers (OIDC), each linked to one person by an explicit step.

use super::{CredentialFailure, CredentialRefusal, refused};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::outbox::CredentialChange;
use crate::sign_in::{Happening, SeenFrom, Session};
use crate::store::tables::{identities, sessions};
use crate::store::{StoreFault, first_of};
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

impl From<identities::Identity> for Identity {
    fn from(row: identities::Identity) -> Self {
        let identities::Identity { provider, subject, shown_as, linked_at, last_used, .. } = row;
        Self { provider, subject, shown_as, linked_at, last_used }
    }
}

impl Authority {
    /// Whose identity this is, if it is anybody's; and notes that it was used.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn person_by_identity(
        &self,
        provider: &str,
        subject: &str,
    ) -> Result<Option<PersonId>, Failure> {
        let row: Option<identities::Identity> =
            first_of(self.store().read(identities::find(provider, subject)).await?)?;
        let Some(row) = row else { return Ok(None) };
        self.store().write(vec![identities::used(provider, subject, self.now())]).await?;
        Ok(Some(row.person))
    }

    /// Links an identity to the person who is signed in, and has just proven there to be its owner: that is as strong
    /// as signing in by it. Again, nothing happens.
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
        let (person, _) = self.may_change_credentials(session).await?;
        let row = identities::Identity {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            person,
            shown_as: shown_as.to_owned(),
            linked_at: self.now(),
            last_used: None,
        };
        let what = (Happening::IdentityLinked, CredentialChange::ProviderLinked);
        let strengthen = sessions::strengthen(session.id, session.fresh_until);
        let mut statements = vec![identities::link(&row), strengthen];
        statements.extend(self.change_of(session, person, what, from)?);
        match self.store().write(statements).await {
            Ok(_) => Ok(()),
            Err(StoreFault::Unexpected(identities::NOBODYS_IDENTITY)) => {
                match self.person_by_identity(provider, subject).await? {
                    Some(whose) if whose == person => Ok(()),
                    Some(_) => Err(CredentialRefusal::TakenIdentity.into()),
                    None => Err(CredentialRefusal::TooMany(identities::MOST).into()),
                }
            }
            Err(fault) => Err(refused(fault, sessions::THE_SESSION, CredentialRefusal::NotFresh)),
        }
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
        let (person, _) = self.may_change_credentials(session).await?;
        let what = (Happening::IdentityUnlinked, CredentialChange::ProviderUnlinked);
        let mut statements = vec![identities::unlink(provider, subject, person)];
        statements.extend(self.change_of(session, person, what, from)?);
        let unlinked = self.store().write(statements).await;
        unlinked
            .map(drop)
            .map_err(|fault| refused(fault, identities::THE_IDENTITY, CredentialRefusal::NoSuch))
    }
}
