//! Identities at other providers.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;

/// An identity that is linked to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider, by its issuer.
    pub provider: String,
    /// The subject there.
    pub subject: String,
    /// Whose it is.
    pub person: PersonId,
    /// What it is shown as.
    pub shown_as: String,
    /// Since when it is linked.
    pub linked_at: Timestamp,
    /// When it was last used, if it was.
    pub last_used: Option<Timestamp>,
}

/// How many a person may have.
pub const MOST: usize = 20;
/// What linking needs.
pub const NOBODYS_IDENTITY: &str = "an identity that nobody has linked yet";
/// What unlinking needs.
pub const THE_IDENTITY: &str = "the identity";

statements! {
    LINK = "INSERT INTO identities (provider, subject, person_id, shown_as, linked_at)
        SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM identities WHERE person_id = $3) < 20
        ON CONFLICT DO NOTHING";
    FIND = "SELECT provider, subject, person_id, shown_as, linked_at, last_used FROM identities
        WHERE provider = $1 AND subject = $2";
    OF = "SELECT provider, subject, person_id, shown_as, linked_at, last_used FROM identities
        WHERE person_id = $1 ORDER BY linked_at, provider, subject";
    USED = "UPDATE identities SET last_used = $1 WHERE provider = $2 AND subject = $3";
    UNLINK = "DELETE FROM identities WHERE provider = $1 AND subject = $2 AND person_id = $3";
}

/// Links an identity; undone with everything around it if it is linked already, or the person has as
/// many as may be.
#[must_use]
pub fn link(identity: &Identity) -> Statement {
    let values = vec![
        identity.provider.as_str().into(),
        identity.subject.as_str().into(),
        identity.person.into(),
        identity.shown_as.as_str().into(),
        identity.linked_at.into(),
    ];
    Statement::new(LINK, values).expecting_one(NOBODYS_IDENTITY)
}

/// Finds an identity.
#[must_use]
pub fn find(provider: &str, subject: &str) -> Statement {
    Statement::new(FIND, vec![provider.into(), subject.into()])
}

/// The identities of a person, oldest first.
#[must_use]
pub fn of(person: PersonId) -> Statement {
    Statement::new(OF, vec![person.into()])
}

/// Notes a use.
#[must_use]
pub fn used(provider: &str, subject: &str, now: Timestamp) -> Statement {
    Statement::new(USED, vec![now.into(), provider.into(), subject.into()])
}

/// Unlinks a person's identity.
#[must_use]
pub fn unlink(provider: &str, subject: &str, person: PersonId) -> Statement {
    Statement::new(UNLINK, vec![provider.into(), subject.into(), person.into()])
        .expecting_one(THE_IDENTITY)
        .erasing()
}

impl TryFrom<Row> for Identity {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            provider: row.text(0)?.to_owned(),
            subject: row.text(1)?.to_owned(),
            person: row.id(2)?,
            shown_as: row.text(3)?.to_owned(),
            linked_at: row.time(4)?,
            last_used: row.maybe_time(5)?,
        })
    }
}
