//! Credentials: what people prove with that it is they. Passwords, authenticator apps, recovery codes,
//! passkeys and identities at other providers; each belongs to one person of the installation.
//!
//! Of nothing here is more kept than checking it needs: a slow hash of the password, a hash of each recovery
//! code, the public half of a passkey, and the authenticator app's secret sealed.

mod authenticators;
mod gathered;
pub(crate) mod hasher;
mod identities;
mod judge;
mod passkeys;
mod passwords;
pub(crate) mod recovery;
pub(crate) mod totp;
pub(crate) mod webauthn;

pub use authenticators::NewAuthenticator;
pub use identities::Identity;
pub use judge::{Password, WeakPassword, judge};
pub(crate) use passkeys::descriptor;
pub use passkeys::{CredentialName, Passkey, PasskeyId};
pub use recovery::RecoveryCodes;
pub use totp::Qr;

use crate::authority::Authority;
use crate::failure::Failure;
use crate::outbox::{CredentialChange, Mail};
use crate::sign_in::{Happening, SeenFrom, Session, Who};
use crate::store::tables::authenticators::Authenticator;
use crate::store::tables::{
    authenticators as kept_authenticators, identities as kept_identities, passkeys as kept_passkeys,
    passwords as kept_passwords, recovery_codes, sessions,
};
use crate::store::{Statement, StoreFault, all_of, first_of};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// What a person can prove with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Since when there is a password, if there is one.
    pub password_set_at: Option<Timestamp>,
    /// Since when there is an authenticator app, if there is one.
    pub authenticator_since: Option<Timestamp>,
    /// How many recovery codes are left.
    pub recovery_codes_left: u64,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// The identities at other providers, oldest first.
    pub identities: Vec<Identity>,
}

impl Credentials {
    /// Whether there is nothing to sign in with but a link from the operator.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.password_set_at.is_none() && self.passkeys.is_empty() && self.identities.is_empty()
    }

    /// Whether there is a passkey, or a password with a second factor.
    #[must_use]
    pub fn are_strong(&self) -> bool {
        !self.passkeys.is_empty() || self.authenticator_since.is_some() && self.password_set_at.is_some()
    }
}

/// Why a credential was not taken. Each is a sentence for whoever typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRefusal {
    /// The sign-in lies too far back for this.
    #[error("Confirm first that it is you")]
    NotFresh,
    /// The password would be guessed.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The code is wrong.
    #[error(
        "This code is not right. Codes change every 30 seconds; check that the clock of your device is right"
    )]
    WrongCode,
    /// The code was right, and was used before.
    #[error("This code was used already. Wait for the next one")]
    UsedCode,
    /// What was begun has run out, or was begun elsewhere.
    #[error("This set-up has run out. Begin again")]
    Over,
    /// The password is wrong.
    #[error("This password is not right")]
    WrongPassword,
    /// There is no such credential.
    #[error("There is no such credential any more")]
    NoSuch,
    /// The operator's session is nobody's.
    #[error("You are signed in as the operator, who has no credentials. Sign in as a person")]
    OfNobody,
    /// There is no password.
    #[error("Set a password first: the codes are asked for together with it")]
    NoPassword,
    /// This authenticator is a passkey of somebody already.
    #[error("This passkey is known here already")]
    Known,
    /// What the browser sent is no passkey of this site.
    #[error("The passkey was not accepted: {0}")]
    Passkey(&'static str),
    /// The identity belongs to somebody else.
    #[error("This identity is linked to somebody else")]
    TakenIdentity,
    /// There are as many as there may be.
    #[error("There are {0} already. Remove one first")]
    TooMany(usize),
    /// Too many attempts went wrong.
    #[error("Too many attempts. Try again in {0} seconds")]
    Wait(u64),
}

/// Why nothing was done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CredentialFailure {
    /// For a reason that is said to whoever asked.
    #[error(transparent)]
    Refused(#[from] CredentialRefusal),
    /// For a reason of ours.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreFault> for CredentialFailure {
    fn from(fault: StoreFault) -> Self {
        Self::Failed(fault.into())
    }
}

impl Authority {
    /// What a person can prove with.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn credentials_of(&self, person: PersonId) -> Result<Credentials, Failure> {
        let store = self.store();
        let password = store.read(kept_passwords::set_at(person)).await?;
        let app: Option<Authenticator> = first_of(store.read(kept_authenticators::of(person)).await?)?;
        let codes = store.read(recovery_codes::count(person)).await?;
        let passkeys: Vec<kept_passkeys::Passkey> = all_of(store.read(kept_passkeys::of(person)).await?)?;
        let identities: Vec<kept_identities::Identity> =
            all_of(store.read(kept_identities::of(person)).await?)?;
        Ok(Credentials {
            password_set_at: password.first().map(|row| row.time(0)).transpose()?,
            authenticator_since: app.map(|app| app.enrolled_at),
            recovery_codes_left: codes.first().map(|row| row.count(0)).transpose()?.unwrap_or(0),
            passkeys: passkeys.into_iter().map(Passkey::from).collect(),
            identities: identities.into_iter().map(Identity::from).collect(),
        })
    }

    /// Whose credentials this session may change now. The first credential may be added at any time: there is
    /// nothing to confirm with. Later it needs to be confirmed shortly before who it is, and by more than a
    /// password where a password alone is not enough.
    pub(crate) async fn may_change_credentials(
        &self,
        session: &Session,
    ) -> Result<(PersonId, Credentials), CredentialFailure> {
        let Who::Person(person) = session.who else { return Err(CredentialRefusal::OfNobody.into()) };
        let present = self.credentials_of(person).await?;
        let has_proven = present.are_none()
            || session.is_fresh(self.now())
                && (session.is_strong || !present.are_strong() || !self.needs_strength(person).await?);
        if !has_proven {
            return Err(CredentialRefusal::NotFresh.into());
        }
        Ok((person, present))
    }

    /// What goes along with every change of a credential: the other sessions end, and the person is told.
    pub(crate) fn change_of(
        &self,
        session: &Session,
        person: PersonId,
        what: (Happening, CredentialChange),
        from: &SeenFrom,
    ) -> Result<Vec<Statement>, Failure> {
        let mut along = vec![
            sessions::end_others_of(session.who.into(), session.id),
            self.noting(Some(person), what.0, from)?,
        ];
        along.extend(self.posting(Mail::CredentialChanged(person, what.1))?);
        Ok(along)
    }
}

/// Turns an expectation that was not met into what is said of it.
pub(crate) fn refused(
    fault: StoreFault,
    name: &'static str,
    refusal: CredentialRefusal,
) -> CredentialFailure {
    if fault == StoreFault::Unexpected(name) { refusal.into() } else { fault.into() }
}

/// Under which identity the secret of a person's authenticator app is sealed.
pub(crate) fn sealed_as(person: PersonId) -> Vec<u8> {
    format!("counterfoil authenticator app v1 {person}").into_bytes()
}
