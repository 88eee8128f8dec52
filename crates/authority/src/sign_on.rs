//! What the server needs to send people to another provider and know them again when they come back, on whichever
//! server: values that only the seal key brings forth, and the note that one has come back.
//!
//! Nothing is written when a sign-on begins: whoever begins many fills no table. A rotation of the seal key ends
//! the sign-ons that are under way; they are begun again.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Email;
use crate::sign_in::{FailedBy, Happening, SeenFrom};
use crate::store::StoreFault;
use crate::store::tables::{people, sign_in_events, sign_ons};
use aws_lc_rs::digest::{SHA256, digest};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

impl Authority {
    /// 32 bytes that only this installation brings forth, for this purpose from these bytes.
    #[must_use]
    pub fn sign_on_code(&self, purpose: &str, from: &[u8]) -> [u8; 32] {
        self.seal_key().derived(&format!("sign-on {purpose}"), from)
    }

    /// A fresh name for a sign-on.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn sign_on_name(&self) -> Result<[u8; 32], Failure> {
        self.random()
    }

    /// Notes that a provider's word did not let somebody in: `person`, if it is known who wanted to come; else it is
    /// counted.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_on_failed(&self, person: Option<PersonId>, from: &SeenFrom) -> Result<(), Failure> {
        let noted = match person {
            Some(person) => self.noting(Some(person), Happening::Failed(FailedBy::Provider), from)?,
            None => sign_in_events::count_unknown(self.now()),
        };
        self.store().write(vec![noted]).await?;
        Ok(())
    }

    /// Notes that a person's address is proven, if it is this one: a provider says so that is trusted for its
    /// domain. Whether it is theirs.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn provider_proves_address(&self, person: PersonId, address: &Email) -> Result<bool, Failure> {
        let known = self.person_by_email(address).await?;
        if known.is_none_or(|known| known.id != person) {
            return Ok(false);
        }
        self.store().write(vec![people::prove_address(person, self.now())]).await?;
        Ok(true)
    }

    /// Notes that the sign-on of this name has come back; `false` if it had before, on any server. It must not be
    /// able to come back after `expires_at` anyway.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn sign_on_comes_back(&self, name: &[u8], expires_at: Timestamp) -> Result<bool, Failure> {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, name).as_ref());
        match self.store().write(vec![sign_ons::come_back(hash, expires_at)]).await {
            Ok(_) => Ok(true),
            Err(StoreFault::Unexpected(sign_ons::FIRST_TIME)) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }
}
