//! The first person: the operator's account and the first team, by the link of the first start.

use super::{SeenFrom, SessionSecret};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::NewPerson;
use crate::teams::Opened;
use counterfoil_core::id::TeamName;

/// What the first person says.
#[derive(Clone, Debug)]
pub struct FirstTeam {
    /// Who it is: operator and Account Holder of the first team.
    pub person: NewPerson,
    /// What the first team is called.
    pub team: TeamName,
}

/// What became of it.
#[derive(Debug)]
pub enum SetUpOutcome {
    /// All is set up, and the person is signed in.
    Done {
        /// The team.
        opened: Opened,
        /// The person's session.
        session: SessionSecret,
    },
    /// The link is not good, or not any more.
    Over,
}

impl Authority {
    /// Sets the installation up. One transaction opens the team, makes the person known, marks the person as
    /// operator, uses the link up and opens the session: a crash leaves all of it or nothing.
    ///
    /// # Errors
    /// If the store did not take it; the link is good still.
    pub async fn set_up(
        &self,
        link: &str,
        first: &FirstTeam,
        from: &SeenFrom,
    ) -> Result<SetUpOutcome, Failure> {
        let _ = (link, first, from);
        Err(Failure::Fault("not yet".into()))
    }
}
