//! Mail that waits to be sent.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::time::Timestamp;

/// A mail, without an address or a link in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which one.
    pub id: [u8; 16],
    /// What it tells of.
    pub about: String,
    /// Of whom or of what, by id.
    pub subject: String,
    /// What else there is to say.
    pub detail: String,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// How often it was taken up. Whoever took it up says this number, so that one who was too slow changes
    /// nothing.
    pub turn: u64,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub fault: Option<String>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was given up.
    pub given_up_at: Option<Timestamp>,
}

statements! {
    ADD = "INSERT INTO outbox (id, about, subject, detail, created_at, due_at, turn, claimed_until)
        VALUES ($1, $2, $3, $4, $5, $5, 0, 0)";
    TAKE = "UPDATE outbox SET claimed_until = $1, turn = turn + 1
        WHERE id = (SELECT id FROM outbox WHERE due_at <= $2 AND claimed_until <= $2 AND sent_at IS NULL
            AND given_up_at IS NULL ORDER BY due_at, id LIMIT 1)
        AND claimed_until <= $2
        RETURNING id, about, subject, detail, created_at, turn, due_at, fault, sent_at, given_up_at";
    IS_ANY_DUE = "SELECT id FROM outbox WHERE due_at <= $1 AND claimed_until <= $1 AND sent_at IS NULL
        AND given_up_at IS NULL LIMIT 1";
    SENT = "UPDATE outbox SET sent_at = $1, fault = NULL WHERE id = $2 AND turn = $3 AND sent_at IS NULL";
    PUT_OFF = "UPDATE outbox SET due_at = $1, claimed_until = 0, fault = $2 WHERE id = $3 AND turn = $4
        AND sent_at IS NULL";
    GIVE_UP = "UPDATE outbox SET given_up_at = $1, fault = $2 WHERE id = $3 AND turn = $4 AND sent_at IS NULL";
    DROP = "DELETE FROM outbox WHERE id = $1";
    LAST_ABOUT = "SELECT id, about, subject, detail, created_at, turn, due_at, fault, sent_at, given_up_at
        FROM outbox WHERE about = $1 AND subject = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
    FORGET_SUBJECT = "DELETE FROM outbox WHERE subject = $1";
    PURGE = "DELETE FROM outbox WHERE created_at < $1";
    COUNT_WAITING = "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND given_up_at IS NULL";
}

/// Puts a mail into the outbox; in the commit of what it tells of.
#[must_use]
pub fn add(id: [u8; 16], about: &str, subject: &str, detail: &str, now: Timestamp) -> Statement {
    Statement::new(ADD, vec![id.into(), about.into(), subject.into(), detail.into(), now.into()])
        .expecting_one("a new mail")
}

/// Whether a mail is due that nobody has taken up.
#[must_use]
pub fn is_any_due(now: Timestamp) -> Statement {
    Statement::new(IS_ANY_DUE, vec![now.into()])
}

/// Takes up the mail that is due longest, until this moment, and answers it. Of several who take at once,
/// each gets another one.
#[must_use]
pub fn take(until: Timestamp, now: Timestamp) -> Statement {
    Statement::new(TAKE, vec![until.into(), now.into()])
}

/// Notes that it was sent in this turn.
#[must_use]
pub fn sent(id: [u8; 16], turn: u64, now: Timestamp) -> Statement {
    Statement::new(SENT, vec![now.into(), id.into(), turn.into()])
}

/// Notes what went wrong in this turn, and when it is tried again.
#[must_use]
pub fn put_off(id: [u8; 16], turn: u64, fault: &str, until: Timestamp) -> Statement {
    Statement::new(PUT_OFF, vec![until.into(), fault.into(), id.into(), turn.into()])
}

/// Notes that it will not be tried again, and why.
#[must_use]
pub fn give_up(id: [u8; 16], turn: u64, fault: &str, now: Timestamp) -> Statement {
    Statement::new(GIVE_UP, vec![now.into(), fault.into(), id.into(), turn.into()])
}

/// Removes a mail that has nothing to tell any more.
#[must_use]
pub fn remove(id: [u8; 16]) -> Statement {
    Statement::new(DROP, vec![id.into()])
}

/// The last mail about this.
#[must_use]
pub fn last_about(about: &str, subject: &str) -> Statement {
    Statement::new(LAST_ABOUT, vec![about.into(), subject.into()])
}

/// Removes all mail about this subject.
#[must_use]
pub fn forget_subject(subject: &str) -> Statement {
    Statement::new(FORGET_SUBJECT, vec![subject.into()])
}

/// Removes what is older than this, sent or not.
#[must_use]
pub fn purge(before: Timestamp) -> Statement {
    Statement::new(PURGE, vec![before.into()])
}

/// Counts what waits.
#[must_use]
pub fn count_waiting() -> Statement {
    Statement::new(COUNT_WAITING, vec![])
}

impl TryFrom<Row> for Letter {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.array(0)?,
            about: row.text(1)?.to_owned(),
            subject: row.text(2)?.to_owned(),
            detail: row.text(3)?.to_owned(),
            created_at: row.time(4)?,
            turn: row.count(5)?,
            due_at: row.time(6)?,
            fault: row.maybe_text(7)?.map(str::to_owned),
            sent_at: row.maybe_time(8)?,
            given_up_at: row.maybe_time(9)?,
        })
    }
}
