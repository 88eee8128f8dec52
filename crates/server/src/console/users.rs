//! *Users and Access*, tab *Users*: who belongs to the team, what each may do, who is invited.
//!
//! What a change brings with it is said before it is done: the change is decided as it would be, and where it
//! does more than it says (a key ends, somebody becomes an administrator), a page tells so and asks once more.

mod change;
mod invitations;
mod invite;
mod list;
mod person;
mod proposal;
mod remove;
mod transfer;

pub(crate) use change::{confirm, save};
pub(crate) use invitations::{resend, withdraw};
pub(crate) use invite::{form as invite_form, invite};
pub(crate) use list::show as list;
pub(crate) use person::show as person;
pub(crate) use remove::{form as remove_form, remove};
pub(crate) use transfer::{form as transfer_form, transfer};

use super::visitor::TeamVisitor;
use crate::error::Problem;
use counterfoil_authority::people::PersonOfTeam;
use counterfoil_core::catalog::{Administration, Grade};
use counterfoil_core::id::MemberId;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::team::Member;
use std::sync::Arc;

/// A member with the person behind it.
pub(crate) struct Someone {
    /// Which member.
    pub(crate) id: MemberId,
    /// What the team knows of it.
    pub(crate) member: Arc<Member>,
    /// Who it is.
    pub(crate) person: PersonOfTeam,
}

impl Someone {
    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.person.first_name, self.person.last_name).trim().to_owned()
    }

    /// The member that the path names, for whoever may look at it: oneself, and who may read the team's people.
    ///
    /// # Errors
    /// If there is no such member, or the visitor may not look.
    async fn named(visitor: &TeamVisitor) -> Result<Self, Problem> {
        let unknown = || Problem::no_such(Thing::User, visitor.place(1));
        let id = MemberId::try_from(visitor.place(1)).map_err(|_| unknown())?;
        if id != visitor.member && !may_read(visitor) {
            return Err(not_for_you(visitor));
        }
        let member = visitor.team.members.get(&id).map(Arc::clone).ok_or_else(unknown)?;
        let person = visitor.authority().person_of(visitor.team.id, id).await?.ok_or_else(unknown)?;
        Ok(Self { id, member, person })
    }
}

/// Whether somebody may see the team's people: by the group of endpoints that people's roles open, or, where
/// the catalog has none, by administering people.
fn may_read(visitor: &TeamVisitor) -> bool {
    match visitor.catalog.people_group() {
        Some(group) => visitor.catalog.grade(visitor.roles.iter(), None, group) != Grade::None,
        None => visitor.may(Administration::People),
    }
}

fn not_for_you(visitor: &TeamVisitor) -> Problem {
    let may = visitor.catalog.roles.iter().filter(|role| role.administers.contains(&Administration::People));
    Refusal::RoleMissing { act: "This", allowed: may.map(|role| role.name.clone()).collect() }.into()
}
