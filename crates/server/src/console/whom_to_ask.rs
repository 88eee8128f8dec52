//! Whom somebody asks who may not do something: by name, those who may.

use super::visitor::TeamVisitor;
use crate::error::Problem;
use counterfoil_core::catalog::Administration;

/// Somebody who can help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Helper {
    /// The name.
    pub(crate) name: String,
    /// The address.
    pub(crate) email: String,
    /// Whether it is the team's owner.
    pub(crate) owns: bool,
}

/// The members who administer this part of the team, the owner in front; a few of many.
pub(crate) async fn whom_to_ask(visitor: &TeamVisitor, part: Administration) -> Result<Vec<Helper>, Problem> {
    const MOST: usize = 8;
    let directory = visitor.authority().directory(visitor.team.id).await?;
    let administers = visitor
        .team
        .members
        .iter()
        .filter(|(_, member)| visitor.catalog.administers(member.roles.iter(), part));
    let mut helpers: Vec<Helper> = administers
        .filter_map(|(id, _)| {
            let named = directory.get(*id)?;
            let owns = *id == visitor.team.owner;
            Some(Helper { name: named.name.clone(), email: named.email.clone(), owns })
        })
        .collect();
    helpers.sort_by(|one, other| other.owns.cmp(&one.owns).then_with(|| one.name.cmp(&other.name)));
    helpers.truncate(MOST);
    Ok(helpers)
}
