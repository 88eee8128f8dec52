//! Calling a rotation off, as long as that is possible.

use super::super::state::{Stage, State, Step};
use super::super::{Rotator, Who, places};
use crate::fault::Fault;
use counterfoil_core::half::PublicHalf;

impl Rotator<'_> {
    /// Ends the new key, so that all is as it was.
    ///
    /// # Errors
    /// It is too late for that, or the server does not answer.
    pub fn cancel(&self, state: &mut State) -> Result<(), Fault> {
        self.is_here(state)?;
        match state.state {
            Stage::Cancelled => return Ok(()),
            Stage::Planned => {}
            Stage::Revoking | Stage::Done | Stage::Gap => return Err(too_late(state)),
            _ if self.is_individual(&state.kind) => return Err(too_late(state)),
            Stage::Generating if state.local => {
                self.end_pair(state)?;
                return self.note(state, Stage::Cancelled);
            }
            // Whether the key was made, only the server can say; asked once more it says which it is.
            Stage::Generating => drop(self.generate(state, &None)?),
            _ => {}
        }
        self.old_is_everywhere(state)?;
        self.note(state, Stage::Cancelling)?;
        self.call_off(state)
    }

    /// The new key ends first: a half that opens nothing may lie anywhere.
    pub(super) fn call_off(&self, state: &mut State) -> Result<(), Fault> {
        if let Some(new) = state.new.clone().filter(|_| state.with.is_none()) {
            self.end(state, &new, Who::Acting)?;
        }
        if let Some(public) = state.new_public()? {
            self.take_away(state, &public);
        }
        self.note(state, Stage::Cancelled)
    }

    fn take_away(&self, state: &State, public: &PublicHalf) {
        let ours = |place: &str| state.with.as_deref() != Some(place);
        let begun = state.destinations.iter().filter(|destination| destination.state != Step::Waiting);
        for destination in begun.filter(|destination| ours(&destination.place)) {
            if let Err(fault) = places::take_away(destination, public, self.means) {
                (self.say)(&format!("{} still has the new half: {fault}", destination.place));
            }
        }
    }

    /// A place whose old half gave way would be left with one that opens nothing.
    fn old_is_everywhere(&self, state: &State) -> Result<(), Fault> {
        let Some(public) = state.new_public()? else { return Ok(()) };
        let begun = |step: Step| step != Step::Waiting;
        for destination in state.destinations.iter().filter(|one| one.held_old && begun(one.state)) {
            if places::read_back(destination, &public, self.means).is_ok() {
                return Err(Fault::new(
                    format!("{} has the new half in the place of the old one", destination.place),
                    "`counterfoil rotate resume` goes on; or put the old half back there with `counterfoil custody copy`",
                ));
            }
        }
        Ok(())
    }
}

fn too_late(state: &State) -> Fault {
    Fault::new(
        format!("it is too late to cancel: {} is revoked, or may be", state.old),
        "`counterfoil rotate resume` goes on to the end",
    )
}
