//! Sign-ins and changes of credentials, and how many attempts named nobody.

use crate::sign_in::EventId;
use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{IssuerId, PersonId};
use counterfoil_core::time::Timestamp;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInEvent {
    /// Its name, drawn at random.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// To whom; the operator, if nobody.
    pub person: Option<PersonId>,
    /// What.
    pub what: String,
    /// How, or by what.
    pub how: String,
    /// What is kept of the address.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

statements! {
    ADD = "INSERT INTO sign_in_events (id, happened_at, person_id, what, how, address, agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_PERSON = "SELECT id, happened_at, person_id, what, how, address, agent FROM sign_in_events
        WHERE person_id = $1 AND (happened_at, id) < ($2, $3) ORDER BY happened_at DESC, id DESC LIMIT $4";
    OF_TEAM = "SELECT id, happened_at, person_id, what, how, address, agent FROM sign_in_events
        WHERE person_id IN (SELECT person_id FROM members WHERE team = $1 AND left_at IS NULL)
        AND (happened_at, id) < ($2, $3) ORDER BY happened_at DESC, id DESC LIMIT $4";
    OF_EVERYONE = "SELECT id, happened_at, person_id, what, how, address, agent FROM sign_in_events
        WHERE (happened_at, id) < ($1, $2) ORDER BY happened_at DESC, id DESC LIMIT $3";
    FIND = "SELECT id, happened_at, person_id, what, how, address, agent FROM sign_in_events WHERE id = $1";
    SIGNED_IN_BEFORE = "SELECT id FROM sign_in_events WHERE person_id = $1 AND happened_at < $2 AND what = 'SIGNED_IN'
        LIMIT 1";
    COUNT_UNKNOWN = "INSERT INTO unknown_sign_ins (day, count) VALUES ($1, 1)
        ON CONFLICT (day) DO UPDATE SET count = unknown_sign_ins.count + 1";
    UNKNOWN = "SELECT day, count FROM unknown_sign_ins ORDER BY day DESC LIMIT 400";
    PURGE = "DELETE FROM sign_in_events WHERE happened_at < $1";
    PURGE_UNKNOWN = "DELETE FROM unknown_sign_ins WHERE day < $1";
}

/// Where a page of the newest begins.
pub const NEWEST: (Timestamp, &str) = (Timestamp::from_millis(i64::MAX), "");

/// Notes something.
#[must_use]
pub fn add(event: &SignInEvent) -> Statement {
    let values = vec![
        event.id.as_str().into(),
        event.at.into(),
        event.person.into(),
        event.what.as_str().into(),
        event.how.as_str().into(),
        event.address.as_str().into(),
        event.agent.as_str().into(),
    ];
    Statement::new(ADD, values).expecting_one("a new entry")
}

/// At most this many entries of a person before a place, newest first.
#[must_use]
pub fn of_person(person: PersonId, before: (Timestamp, &str), most: u32) -> Statement {
    Statement::new(OF_PERSON, vec![person.into(), before.0.into(), before.1.into(), i64::from(most).into()])
}

/// The same of the present members of a team.
#[must_use]
pub fn of_team(team: IssuerId, before: (Timestamp, &str), most: u32) -> Statement {
    Statement::new(OF_TEAM, vec![team.into(), before.0.into(), before.1.into(), i64::from(most).into()])
}

/// The same of everybody.
#[must_use]
pub fn of_everyone(before: (Timestamp, &str), most: u32) -> Statement {
    Statement::new(OF_EVERYONE, vec![before.0.into(), before.1.into(), i64::from(most).into()])
}

/// Finds an entry.
#[must_use]
pub fn find(event: EventId) -> Statement {
    Statement::new(FIND, vec![event.to_string().into()])
}

/// A sign-in of a person before this moment, if there was any.
#[must_use]
pub fn signed_in_before(person: PersonId, moment: Timestamp) -> Statement {
    Statement::new(SIGNED_IN_BEFORE, vec![person.into(), moment.into()])
}

/// Counts an attempt that named nobody, on the day of this moment.
#[must_use]
pub fn count_unknown(now: Timestamp) -> Statement {
    Statement::new(COUNT_UNKNOWN, vec![day_of(now).into()])
}

/// How many attempts named nobody, by day, newest first.
#[must_use]
pub fn unknown() -> Statement {
    Statement::new(UNKNOWN, vec![])
}

/// Removes what happened before this moment.
#[must_use]
pub fn purge(before: Timestamp) -> [Statement; 2] {
    [Statement::new(PURGE, vec![before.into()]), Statement::new(PURGE_UNKNOWN, vec![day_of(before).into()])]
}

/// The beginning of the day, in UTC.
const fn day_of(moment: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 3600 * 1000;
    Timestamp::from_millis(moment.as_millis().div_euclid(DAY) * DAY)
}

impl TryFrom<Row> for SignInEvent {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.text(0)?.to_owned(),
            at: row.time(1)?,
            person: row.maybe_id(2)?,
            what: row.text(3)?.to_owned(),
            how: row.text(4)?.to_owned(),
            address: row.text(5)?.to_owned(),
            agent: row.text(6)?.to_owned(),
        })
    }
}
