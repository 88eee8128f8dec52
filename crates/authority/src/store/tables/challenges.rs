//! What was asked of a browser and is not answered yet: it may answer another server.

use crate::store::statement::{Row, Statement, statements};
use crate::store::{StoreFault, Value};
use counterfoil_core::id::PersonId;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Making a passkey.
    NewPasskey,
    /// Signing in by a passkey.
    SignIn,
    /// Proving once more by a passkey who it is.
    StepUp,
    /// Confirming an authenticator app.
    NewAuthenticator,
    /// The second step of signing in by a password.
    SecondFactor,
}

/// A challenge; of its secret, only the hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it concerns, if that is known.
    pub person: Option<PersonId>,
    /// Which session it belongs to; empty, if there is none yet.
    pub session: String,
    /// What must be known to go on, sealed if it is secret.
    pub detail: Vec<u8>,
    /// How often something wrong was answered.
    pub tries: u64,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What using a challenge needs.
pub const STILL_OPEN: &str = "a challenge that is still open";

statements! {
    ADD = "INSERT INTO challenges (hash, purpose, person_id, session, detail, tries, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    FIND = "SELECT hash, purpose, person_id, session, detail, tries, created_at, expires_at FROM challenges
        WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
    SPEND = "INSERT INTO challenges (hash, purpose, person_id, session, detail, tries, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $7) ON CONFLICT DO NOTHING";
    TRIED = "UPDATE challenges SET tries = tries + 1 WHERE hash = $1 AND tries < $2";
    USE = "DELETE FROM challenges WHERE hash = $1";
    END_ALL_OF = "DELETE FROM challenges WHERE person_id = $1";
    END_ALL = "DELETE FROM challenges";
    PURGE = "DELETE FROM challenges WHERE expires_at < $1";
}

/// Opens a challenge.
#[must_use]
pub fn add(challenge: &Challenge) -> Statement {
    Statement::new(ADD, values_of(challenge)).expecting_one("a new challenge")
}

/// Notes that a challenge was answered of which nothing was kept before. Undone with everything around it if it was
/// answered already.
#[must_use]
pub fn spend(challenge: &Challenge) -> Statement {
    Statement::new(SPEND, values_of(challenge)).expecting_one(STILL_OPEN)
}

fn values_of(challenge: &Challenge) -> Vec<Value> {
    vec![
        challenge.hash.into(),
        challenge.purpose.as_str().into(),
        challenge.person.into(),
        challenge.session.as_str().into(),
        challenge.detail.as_slice().into(),
        challenge.created_at.into(),
        challenge.expires_at.into(),
    ]
}

/// Finds a challenge that is open.
#[must_use]
pub fn find(hash: [u8; 32], purpose: Purpose, now: Timestamp) -> Statement {
    Statement::new(FIND, vec![hash.into(), purpose.as_str().into(), now.into()])
}

/// Counts a try. Undone with everything around it once there were `most`.
#[must_use]
pub fn tried(hash: [u8; 32], most: u64) -> Statement {
    Statement::new(TRIED, vec![hash.into(), most.into()]).expecting_one(STILL_OPEN)
}

/// Uses a challenge up. Undone with everything around it unless it is open: of many answers, one counts.
#[must_use]
pub fn use_up(hash: [u8; 32]) -> Statement {
    Statement::new(USE, vec![hash.into()]).expecting_one(STILL_OPEN).erasing()
}

/// Ends all challenges of a person.
#[must_use]
pub fn end_all_of(person: PersonId) -> Statement {
    Statement::new(END_ALL_OF, vec![person.into()]).erasing()
}

/// Ends all challenges: what a restore does.
#[must_use]
pub fn end_all() -> Statement {
    Statement::new(END_ALL, vec![]).erasing()
}

/// Removes the challenges that ran out before this moment.
#[must_use]
pub fn purge(before: Timestamp) -> Statement {
    Statement::new(PURGE, vec![before.into()])
}

impl Purpose {
    /// As it stands in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewPasskey => "NEW_PASSKEY",
            Self::SignIn => "SIGN_IN",
            Self::StepUp => "STEP_UP",
            Self::NewAuthenticator => "NEW_AUTHENTICATOR",
            Self::SecondFactor => "SECOND_FACTOR",
        }
    }

    const ALL: [Self; 5] =
        [Self::NewPasskey, Self::SignIn, Self::StepUp, Self::NewAuthenticator, Self::SecondFactor];
}

impl fmt::Debug for Challenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[challenge for {}]", self.purpose.as_str())
    }
}

impl TryFrom<Row> for Challenge {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        let purpose = row.text(1)?;
        let purpose = Purpose::ALL
            .into_iter()
            .find(|known| known.as_str() == purpose)
            .ok_or_else(|| StoreFault::Corrupt(format!("a challenge for an unknown purpose, «{purpose}»")))?;
        Ok(Self {
            hash: row.array(0)?,
            purpose,
            person: row.maybe_id(2)?,
            session: row.text(3)?.to_owned(),
            detail: row.bytes(4)?.to_vec(),
            tries: row.count(5)?,
            created_at: row.time(6)?,
            expires_at: row.time(7)?,
        })
    }
}
