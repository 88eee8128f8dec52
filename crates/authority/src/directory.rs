//! Who is who in a team, for the pages that name people beside what the ledger says of members.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::all_of;
use crate::store::tables::people;
use counterfoil_core::id::{IssuerId, MemberId};
use std::collections::HashMap;

/// The names behind a team's members. Whoever was erased is not in it any more.
#[derive(Clone, Debug, Default)]
pub struct Directory(HashMap<MemberId, Named>);

/// A member by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// First and last name.
    pub name: String,
    /// The address as it was typed.
    pub email: String,
    /// Whether the person left the team.
    pub has_left: bool,
}

impl Directory {
    /// Who a member is; nobody, if the person was erased.
    #[must_use]
    pub fn get(&self, member: MemberId) -> Option<&Named> {
        self.0.get(&member)
    }

    /// Everybody in it, in no order.
    pub fn all(&self) -> impl Iterator<Item = (MemberId, &Named)> {
        self.0.iter().map(|(member, named)| (*member, named))
    }

    /// What a member is called.
    #[must_use]
    pub fn name(&self, member: MemberId) -> &str {
        self.get(member).map_or("a former member", |named| &named.name)
    }
}

impl Authority {
    /// The names of a team's members, former ones too.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn directory(&self, team: IssuerId) -> Result<Directory, Failure> {
        let rows: Vec<people::MemberRow> = all_of(self.store().read(people::members_of(team)).await?)?;
        Ok(Directory(rows.into_iter().map(|row| (row.member, Named::from(row))).collect()))
    }
}

impl From<people::MemberRow> for Named {
    fn from(row: people::MemberRow) -> Self {
        let name = format!("{} {}", row.first_name, row.last_name).trim().to_owned();
        Self { name, email: row.email, has_left: row.left_at.is_some() }
    }
}
