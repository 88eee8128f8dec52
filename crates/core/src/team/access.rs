//! Rules on access and on a team's standing.

use super::decide::must_be_operator;
use super::{Access, Circumstances, Standing, Team};
use crate::event::{Actor, Event};
use crate::id::Remark;
use crate::refusal::Refusal;

impl Team {
    pub(super) fn request_access(
        &self,
        agreed: bool,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        if under.by != Actor::User(self.owner) {
            let owner = under.catalog.owner_role().name.clone();
            return Err(Refusal::OwnerOnly { act: "Requesting access", owner });
        }
        match self.access {
            Access::Requested { .. } => return Err(Refusal::AccessPending { approved: false }),
            Access::Approved { .. } => return Err(Refusal::AccessPending { approved: true }),
            Access::NotRequested | Access::Declined { .. } => {}
        }
        if !agreed {
            return Err(Refusal::TermsNotAgreed);
        }
        let mut events = vec![Event::AccessRequested { terms: under.catalog.access.terms.clone() }];
        if !under.catalog.access.review {
            events.push(Event::AccessApproved);
        }
        Ok(events)
    }

    pub(super) fn approve_access(&self, by: Actor) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Approving access")?;
        self.must_wait_for_review()?;
        Ok(vec![Event::AccessApproved])
    }

    pub(super) fn decline_access(&self, by: Actor, reason: Option<&Remark>) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Declining access")?;
        self.must_wait_for_review()?;
        Ok(vec![Event::AccessDeclined { reason: reason.cloned() }])
    }

    pub(super) fn withdraw_access(&self, by: Actor, reason: Option<&Remark>) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Withdrawing access")?;
        match self.access {
            Access::Approved { .. } => Ok(vec![Event::AccessWithdrawn { reason: reason.cloned() }]),
            _ => Err(Refusal::AccessNotThere),
        }
    }

    pub(super) fn suspend(&self, by: Actor, reason: Option<&Remark>) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Suspending a team")?;
        Ok(vec![Event::TeamSuspended { reason: reason.cloned() }])
    }

    pub(super) fn resume(&self, by: Actor) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Resuming a team")?;
        match self.standing {
            Standing::Suspended => Ok(vec![Event::TeamResumed]),
            Standing::Active | Standing::Closed => Err(Refusal::TeamNotSuspended),
        }
    }

    pub(super) fn close(&self, by: Actor, reason: Option<&Remark>) -> Result<Vec<Event>, Refusal> {
        must_be_operator(by, "Closing a team")?;
        Ok(vec![Event::TeamClosed { reason: reason.cloned() }])
    }

    fn must_wait_for_review(&self) -> Result<(), Refusal> {
        match self.access {
            Access::Requested { .. } => Ok(()),
            Access::NotRequested | Access::Approved { .. } | Access::Declined { .. } => {
                Err(Refusal::AccessNotRequested)
            }
        }
    }
}
