//! Who runs the installation.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Person;
use counterfoil_core::id::PersonId;

impl Authority {
    /// Whether this person runs the installation.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn is_operator(&self, person: PersonId) -> Result<bool, Failure> {
        let _ = person;
        Ok(false)
    }

    /// Who runs the installation, by address.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn operators(&self) -> Result<Vec<Person>, Failure> {
        Ok(Vec::new())
    }

    /// Lets a person run the installation from now on.
    ///
    /// # Errors
    /// If there is no such person, or the store did not take it.
    pub async fn add_operator(&self, person: PersonId) -> Result<(), Failure> {
        let _ = person;
        Err(Failure::Fault("not yet".into()))
    }

    /// Ends that a person runs the installation. `operator link` on the server's machine stays a way in.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn remove_operator(&self, person: PersonId) -> Result<(), Failure> {
        let _ = person;
        Err(Failure::Fault("not yet".into()))
    }
}
