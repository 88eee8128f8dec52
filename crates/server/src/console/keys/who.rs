//! Who did something with a key, in words.

use crate::console::TeamVisitor;
use crate::error::Problem;
use counterfoil_authority::directory::Directory;
use counterfoil_core::catalog::Administration;
use counterfoil_core::event::Actor;
use counterfoil_core::id::MemberId;
use counterfoil_core::team::Team;
use std::sync::Arc;

/// The people of a team, as one visitor may know them: who does not administer keys is not told who does.
pub(super) struct Who {
    team: Arc<Team>,
    directory: Directory,
    visitor: MemberId,
    may_know: bool,
}

impl Who {
    /// As the visitor may know them.
    ///
    /// # Errors
    /// If the store can't be read.
    pub(super) async fn of(visitor: &TeamVisitor) -> Result<Self, Problem> {
        Ok(Self {
            team: Arc::clone(&visitor.team),
            directory: visitor.authority().directory(visitor.team.id).await?,
            visitor: visitor.member,
            may_know: visitor.may(Administration::Keys),
        })
    }

    /// What a member is called.
    pub(super) fn member(&self, member: MemberId) -> String {
        if self.may_know || member == self.visitor {
            self.directory.name(member).to_owned()
        } else {
            "an administrator".to_owned()
        }
    }

    /// Whoever did something.
    pub(super) fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::User(member) => self.member(member),
            Actor::ApiKey(key) => match self.team.keys.get(&key) {
                Some(found) => format!("the key {} ({key})", found.name),
                None => format!("the key {key}"),
            },
            Actor::Operator => "whoever runs this installation".to_owned(),
            Actor::Holder(_) => "somebody who held the private half".to_owned(),
        }
    }

    /// The names of those for whom a condition holds, the owner first. Whom to ask may be told to everybody.
    pub(super) fn whom_to_ask(&self, may: impl Fn(&Team, MemberId) -> bool) -> Vec<String> {
        let others = self.team.members.keys().copied().filter(|member| *member != self.team.owner);
        let all = std::iter::once(self.team.owner).chain(others);
        all.filter(|member| may(&self.team, *member))
            .map(|member| self.directory.name(member).to_owned())
            .collect()
    }
}
