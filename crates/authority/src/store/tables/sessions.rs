//! Who is signed in.

use crate::sign_in::{How, SessionId};
use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{MemberId, PersonId};
use counterfoil_core::time::Timestamp;

/// A session; of its secret, only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Its name among the sessions of its person.
    pub id: SessionId,
    /// Who it is.
    pub who: Who,
    /// How that was proven.
    pub how: How,
    /// Whether more than a password was shown.
    pub is_strong: bool,
    /// Until when what is delicate may be done.
    pub fresh_until: Timestamp,
    /// What is kept of the address.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// Until when it is good at the longest.
    pub expires_at: Timestamp,
    /// Whether its person runs the installation. Read, never written here.
    pub operates: bool,
}

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The operator of the installation.
    Operator,
    /// A person.
    Person(PersonId),
}

/// What changing a session needs.
pub const THE_SESSION: &str = "the session";

statements! {
    OPEN = "INSERT INTO sessions (hash, id, person_id, how, strong, fresh_until, address, agent, created_at, last_seen,
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    FIND = "SELECT s.hash, s.id, s.person_id, s.how, s.strong, s.fresh_until, s.address, s.agent, s.created_at,
        s.last_seen, s.expires_at, o.since FROM sessions s LEFT JOIN operators o ON o.person_id = s.person_id
        WHERE s.hash = $1 AND s.expires_at > $2 AND s.id <> ''";
    OF = "SELECT s.hash, s.id, s.person_id, s.how, s.strong, s.fresh_until, s.address, s.agent, s.created_at,
        s.last_seen, s.expires_at, o.since FROM sessions s LEFT JOIN operators o ON o.person_id = s.person_id
        WHERE s.person_id = $1 AND s.expires_at > $2 AND s.last_seen > $3 AND s.id <> ''
        ORDER BY s.last_seen DESC, s.id";
    OF_OPERATOR = "SELECT s.hash, s.id, s.person_id, s.how, s.strong, s.fresh_until, s.address, s.agent, s.created_at,
        s.last_seen, s.expires_at, NULL FROM sessions s
        WHERE s.person_id IS NULL AND s.expires_at > $1 AND s.last_seen > $2 AND s.id <> ''
        ORDER BY s.last_seen DESC, s.id";
    TOUCH = "UPDATE sessions SET last_seen = $1 WHERE hash = $2 AND last_seen < $1";
    FRESHEN = "UPDATE sessions SET hash = $1, fresh_until = $2, strong = $3, last_seen = $4
        WHERE hash = $5 AND expires_at > $4";
    STRENGTHEN = "UPDATE sessions SET fresh_until = $1, strong = 1 WHERE id = $2";
    END = "DELETE FROM sessions WHERE hash = $1";
    END_ONE_OF = "DELETE FROM sessions WHERE id = $1 AND person_id = $2";
    END_ONE_OF_OPERATOR = "DELETE FROM sessions WHERE id = $1 AND person_id IS NULL";
    END_OTHERS_OF = "DELETE FROM sessions WHERE id <> $1 AND person_id = $2";
    END_OTHERS_OF_OPERATOR = "DELETE FROM sessions WHERE id <> $1 AND person_id IS NULL";
    END_ALL_OF = "DELETE FROM sessions WHERE person_id = $1";
    END_ALL_OF_OPERATOR = "DELETE FROM sessions WHERE person_id IS NULL";
    END_IF_IN_NO_TEAM = "DELETE FROM sessions WHERE person_id IN (SELECT person_id FROM members WHERE member_id = $1)
        AND NOT EXISTS (SELECT 1 FROM members m WHERE m.person_id = sessions.person_id AND m.left_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM operators o WHERE o.person_id = sessions.person_id)";
    END_ALL = "DELETE FROM sessions";
    PURGE = "DELETE FROM sessions WHERE expires_at < $1 OR last_seen < $2";
}

/// Opens a session.
#[must_use]
pub fn open(session: &Session) -> Statement {
    let values = vec![
        session.hash.into(),
        session.id.to_string().into(),
        session.who.person().into(),
        session.how.as_str().into(),
        i64::from(session.is_strong).into(),
        session.fresh_until.into(),
        session.address.as_str().into(),
        session.agent.as_str().into(),
        session.created_at.into(),
        session.last_seen.into(),
        session.expires_at.into(),
    ];
    Statement::new(OPEN, values).expecting_one("a new session")
}

/// Finds a session that has not expired. Whether it was idle for too long, the caller says.
#[must_use]
pub fn find(hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(FIND, vec![hash.into(), now.into()])
}

/// The sessions that have not expired and were used since `idle_since`, the one used last in front.
#[must_use]
pub fn of(who: Who, now: Timestamp, idle_since: Timestamp) -> Statement {
    match who {
        Who::Operator => Statement::new(OF_OPERATOR, vec![now.into(), idle_since.into()]),
        Who::Person(person) => Statement::new(OF, vec![person.into(), now.into(), idle_since.into()]),
    }
}

/// Notes that a session was used.
#[must_use]
pub fn touch(hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(TOUCH, vec![now.into(), hash.into()])
}

/// Gives a session another secret, and makes it fresh. Undone with everything around it if it is over: of many
/// that do this at once, one does.
#[must_use]
pub fn freshen(
    hash: [u8; 32],
    new_hash: [u8; 32],
    fresh_until: Timestamp,
    is_strong: bool,
    now: Timestamp,
) -> Statement {
    let values =
        vec![new_hash.into(), fresh_until.into(), i64::from(is_strong).into(), now.into(), hash.into()];
    Statement::new(FRESHEN, values).expecting_one(THE_SESSION)
}

/// Makes a session strong and fresh, whose person has just enrolled something strong.
#[must_use]
pub fn strengthen(id: SessionId, fresh_until: Timestamp) -> Statement {
    Statement::new(STRENGTHEN, vec![fresh_until.into(), id.to_string().into()]).expecting_one(THE_SESSION)
}

/// Ends a session, if there is one.
#[must_use]
pub fn end(hash: [u8; 32]) -> Statement {
    Statement::new(END, vec![hash.into()])
}

/// Ends one session of one person or of the operator.
#[must_use]
pub fn end_one_of(who: Who, id: SessionId) -> Statement {
    let id = id.to_string();
    let statement = match who {
        Who::Operator => Statement::new(END_ONE_OF_OPERATOR, vec![id.into()]),
        Who::Person(person) => Statement::new(END_ONE_OF, vec![id.into(), person.into()]),
    };
    statement.expecting_one(THE_SESSION)
}

/// Ends all sessions of one person or of the operator but this one.
#[must_use]
pub fn end_others_of(who: Who, id: SessionId) -> Statement {
    let id = id.to_string();
    match who {
        Who::Operator => Statement::new(END_OTHERS_OF_OPERATOR, vec![id.into()]),
        Who::Person(person) => Statement::new(END_OTHERS_OF, vec![id.into(), person.into()]),
    }
}

/// Ends all sessions of one person or of the operator.
#[must_use]
pub fn end_all_of(who: Who) -> Statement {
    match who {
        Who::Operator => Statement::new(END_ALL_OF_OPERATOR, vec![]),
        Who::Person(person) => Statement::new(END_ALL_OF, vec![person.into()]),
    }
}

/// Ends the sessions of whoever had this membership, if it was the last and the person runs nothing.
#[must_use]
pub fn end_if_in_no_team(member: MemberId) -> Statement {
    Statement::new(END_IF_IN_NO_TEAM, vec![member.into()])
}

/// Ends all sessions: what a restore does.
#[must_use]
pub fn end_all() -> Statement {
    Statement::new(END_ALL, vec![])
}

/// Removes sessions that have expired, or were last used before `idle_since`.
#[must_use]
pub fn purge(now: Timestamp, idle_since: Timestamp) -> Statement {
    Statement::new(PURGE, vec![now.into(), idle_since.into()])
}

impl Who {
    const fn person(self) -> Option<PersonId> {
        match self {
            Self::Operator => None,
            Self::Person(person) => Some(person),
        }
    }
}

impl TryFrom<Row> for Session {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        let how = row.text(3)?;
        let how = How::ALL
            .into_iter()
            .find(|known| known.as_str() == how)
            .ok_or_else(|| StoreFault::Corrupt(format!("a session opened by «{how}», which is unknown")))?;
        Ok(Self {
            hash: row.array(0)?,
            id: row.id(1)?,
            who: row.maybe_id(2)?.map_or(Who::Operator, Who::Person),
            how,
            is_strong: row.integer(4)? != 0,
            fresh_until: row.time(5)?,
            address: row.text(6)?.to_owned(),
            agent: row.text(7)?.to_owned(),
            created_at: row.time(8)?,
            last_seen: row.time(9)?,
            expires_at: row.time(10)?,
            operates: row.maybe_time(11)?.is_some(),
        })
    }
}
