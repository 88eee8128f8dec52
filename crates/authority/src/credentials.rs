//! Credentials: what people prove with that it is they. Passwords, authenticator apps, recovery codes,
//! passkeys and identities at other providers; each belongs to one person of the installation.
//!
//! Of nothing here is more kept than checking it needs: a slow hash of the password, a hash of each recovery
//! code, the public half of a passkey, and the authenticator app's secret sealed.

mod identities;
mod judge;
mod passkeys;
mod password;
mod recovery;
mod totp;

pub use identities::Identity;
pub use judge::{Password, WeakPassword, judge};
pub use passkeys::{CredentialName, Passkey, PasskeyId};
pub use recovery::RecoveryCodes;
pub use totp::{NewAuthenticator, Qr};

use crate::authority::Authority;
use crate::failure::Failure;
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
    /// The authenticator app is enrolled already, or the enrolment has run out.
    #[error("This set-up has run out. Begin again")]
    Over,
    /// The password is wrong.
    #[error("This password is not right")]
    WrongPassword,
    /// There is no such credential.
    #[error("There is no such credential any more")]
    NoSuch,
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

impl From<crate::store::StoreFault> for CredentialFailure {
    fn from(fault: crate::store::StoreFault) -> Self {
        Self::Failed(fault.into())
    }
}

impl Authority {
    /// What a person can prove with.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn credentials_of(&self, person: PersonId) -> Result<Credentials, Failure> {
        let _ = person;
        Err(Failure::Fault("not yet".into()))
    }
}

/// Under which identity the secret of a person's authenticator app is sealed.
pub(crate) fn sealed_as(person: PersonId) -> Vec<u8> {
    format!("counterfoil authenticator app v1 {person}").into_bytes()
}
