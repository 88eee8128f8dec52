//! How old a team lets its keys become.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::Position;
use counterfoil_core::event::Actor;
use counterfoil_core::id::IssuerId;
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::team::Command;

impl Authority {
    /// The age at which a team rotates keys; a year, if it has set none.
    ///
    /// # Errors
    /// If there is no such team.
    pub fn rotation_age(&self, team: IssuerId) -> Result<RotationAge, Failure> {
        Ok(self.ledger().team(team)?.rotation_age)
    }

    /// Sets the age at which a team rotates keys: for whoever administers its keys. Where that stands in the ledger.
    ///
    /// # Errors
    /// If whoever asks may not, the team stands still, or the store did not take it.
    pub async fn set_rotation_age(
        &self,
        team: IssuerId,
        by: Actor,
        age: RotationAge,
    ) -> Result<Position, Failure> {
        Ok(self.carry_out(team, by, &Command::SetRotationAge { age }).await?.position)
    }
}
