//! What a person is called, changed by the person.

use super::PersonName;
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::{Happening, SeenFrom, Session};
use crate::store::tables::people;
use counterfoil_core::refusal::Refusal;

impl Authority {
    /// Changes what whoever is signed in is called, in every team. A name is no fact of a team, so that it was changed
    /// stands among the person's sign-ins, and not in the ledger.
    ///
    /// # Errors
    /// If the operator is signed in by a link, who is no person, or the store did not take it.
    pub async fn change_own_name(
        &self,
        session: &Session,
        first: &PersonName,
        last: &PersonName,
        from: &SeenFrom,
    ) -> Result<(), Failure> {
        let person = session.person().ok_or(Refusal::SelfOnly { act: "Changing a name" })?;
        let noted = self.noting(Some(person), Happening::Renamed, from)?;
        self.store().write(vec![people::rename(person, first.as_str(), last.as_str()), noted]).await?;
        Ok(())
    }
}
