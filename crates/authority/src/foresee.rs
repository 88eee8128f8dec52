//! What a change would do: decided as it would be, and nothing written. A page says it before somebody
//! confirms; between the two the team may have changed, so the change itself is decided anew.

use crate::authority::Authority;
use crate::failure::Failure;
use counterfoil_core::event::{Actor, Event};
use counterfoil_core::id::IssuerId;
use counterfoil_core::team::{Circumstances, Command};

impl Authority {
    /// The events that a command would write at this moment. None, if all is as it wants it already.
    ///
    /// # Errors
    /// If a rule forbids it, or there is no such team.
    pub fn foresee(&self, team: IssuerId, by: Actor, command: &Command) -> Result<Vec<Event>, Failure> {
        let (catalog, team) = (self.catalog(), self.ledger().team(team)?);
        Ok(team.decide(command, Circumstances { catalog: &catalog, by, now: self.now() })?)
    }
}
