//! Links that let somebody in once.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{InvitationId, IssuerId, PersonId};
use counterfoil_core::time::Timestamp;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Setting up the operator and the first team.
    SetUp,
    /// Signing a person in.
    SignIn,
    /// Signing the operator in.
    Operator,
    /// Accepting an invitation.
    Join,
}

/// A link that was given out; of its secret, only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it signs in, if it does.
    pub person: Option<PersonId>,
    /// Into which team it leads, if into one.
    pub team: Option<IssuerId>,
    /// Which invitation it accepts, if one.
    pub invitation: Option<InvitationId>,
    /// Whether it went by mail to the invited address and nowhere else.
    pub is_mailed: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
}

/// What using a link needs.
pub const STILL_GOOD: &str = "a link that is still good";

statements! {
    ADD = "INSERT INTO links (hash, purpose, person_id, team, invitation, mailed, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "SELECT hash, purpose, person_id, team, invitation, mailed, created_at, expires_at, used_at FROM links WHERE hash = $1";
    OPEN_FOR = "SELECT hash, purpose, person_id, team, invitation, mailed, created_at, expires_at, used_at FROM links
        WHERE purpose = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY created_at, hash";
    USE = "UPDATE links SET used_at = $1 WHERE hash = $2 AND used_at IS NULL AND expires_at > $1
        RETURNING hash, purpose, person_id, team, invitation, mailed, created_at, expires_at, used_at";
    END_ALL_FOR = "DELETE FROM links WHERE purpose = $1 AND used_at IS NULL";
    END_ALL_OF = "DELETE FROM links WHERE person_id = $1";
    END_ALL_TO = "DELETE FROM links WHERE invitation = $1";
    END_ALL = "DELETE FROM links";
    PURGE = "DELETE FROM links WHERE expires_at < $1 OR used_at < $1";
}

/// Makes a link good.
#[must_use]
pub fn add(link: &Link) -> Statement {
    let values = vec![
        link.hash.into(),
        link.purpose.as_str().into(),
        link.person.into(),
        link.team.into(),
        link.invitation.into(),
        i64::from(link.is_mailed).into(),
        link.created_at.into(),
        link.expires_at.into(),
    ];
    Statement::new(ADD, values).expecting_one("a new link")
}

/// Finds a link, good or not.
#[must_use]
pub fn find(hash: [u8; 32]) -> Statement {
    Statement::new(FIND, vec![hash.into()])
}

/// The links for this purpose that are still good.
#[must_use]
pub fn open_for(purpose: Purpose, now: Timestamp) -> Statement {
    Statement::new(OPEN_FOR, vec![purpose.as_str().into(), now.into()])
}

/// Uses a link up and answers it. Undone with everything around it unless it is good: so of two
/// that use one link together, one is let in.
#[must_use]
pub fn use_up(hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(USE, vec![now.into(), hash.into()]).expecting_one(STILL_GOOD)
}

/// Ends every unused link for this purpose.
#[must_use]
pub fn end_all_for(purpose: Purpose) -> Statement {
    Statement::new(END_ALL_FOR, vec![purpose.as_str().into()])
}

/// Ends every link of a person.
#[must_use]
pub fn end_all_of(person: PersonId) -> Statement {
    Statement::new(END_ALL_OF, vec![person.into()])
}

/// Ends every link to an invitation.
#[must_use]
pub fn end_all_to(invitation: InvitationId) -> Statement {
    Statement::new(END_ALL_TO, vec![invitation.into()])
}

/// Ends every link: what a restore does.
#[must_use]
pub fn end_all() -> Statement {
    Statement::new(END_ALL, vec![])
}

/// Removes the links that expired or were used before this moment.
#[must_use]
pub fn purge(before: Timestamp) -> Statement {
    Statement::new(PURGE, vec![before.into()])
}

impl Purpose {
    /// As it stands in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "SETUP",
            Self::SignIn => "SIGN_IN",
            Self::Operator => "OPERATOR",
            Self::Join => "JOIN",
        }
    }
}

impl TryFrom<&str> for Purpose {
    type Error = StoreFault;

    fn try_from(text: &str) -> Result<Self, StoreFault> {
        [Self::SetUp, Self::SignIn, Self::Operator, Self::Join]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| StoreFault::Corrupt(format!("a link for an unknown purpose, «{text}»")))
    }
}

impl TryFrom<Row> for Link {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            hash: row.array(0)?,
            purpose: row.text(1)?.try_into()?,
            person: row.maybe_id(2)?,
            team: row.maybe_id(3)?,
            invitation: row.maybe_id(4)?,
            is_mailed: row.integer(5)? != 0,
            created_at: row.time(6)?,
            expires_at: row.time(7)?,
            used_at: row.maybe_time(8)?,
        })
    }
}
