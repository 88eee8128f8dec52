//! Who runs the installation.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Person;
use crate::store::all_of;
use crate::store::tables::{operators, people};
use counterfoil_core::id::PersonId;
use counterfoil_core::refusal::{Refusal, Thing};

impl Authority {
    /// Whether this person runs the installation.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn is_operator(&self, person: PersonId) -> Result<bool, Failure> {
        Ok(!self.store().read(operators::find(person)).await?.is_empty())
    }

    /// Who runs the installation, by address.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn operators(&self) -> Result<Vec<Person>, Failure> {
        let rows: Vec<people::Person> = all_of(self.store().read(operators::all()).await?)?;
        Ok(rows.into_iter().map(Person::from).collect())
    }

    /// Lets a person run the installation from now on.
    ///
    /// # Errors
    /// If there is no such person, or the store did not take it.
    pub async fn add_operator(&self, person: PersonId) -> Result<(), Failure> {
        if self.person(person).await?.is_none() {
            return Err(Refusal::NoSuch(Thing::User, person.to_string()).into());
        }
        self.store().write(vec![operators::add(person, self.now())]).await?;
        Ok(())
    }

    /// Ends that a person runs the installation. `operator link` on the server's machine stays a way in.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn remove_operator(&self, person: PersonId) -> Result<(), Failure> {
        self.store().write(vec![operators::remove(person)]).await?;
        Ok(())
    }
}
