//! What servers were lent of the hours of keys.
//!
//! A loan counts as spent from the moment it is taken, and for an hour after its end; whoever returns one
//! says how much of it was spent. So in no sixty minutes is more let through than is lent, whoever dies
//! with a loan in hand. Only the database's clock is asked, so that the clocks of servers need not agree.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{KeyId, ServiceName};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Which loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanId {
    /// Of which key's hour.
    pub key: KeyId,
    /// At which service.
    pub service: ServiceName,
    /// To which server.
    pub server: String,
    /// The server's own number, never used twice.
    pub number: u64,
}

/// A loan that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many requests.
    pub requests: u64,
    /// Until when, by the database's clock.
    pub ends_at: u64,
}

/// What there is of a key's hour at a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pot {
    /// How many requests count.
    pub counting: u64,
    /// When the next of them count no more.
    pub next_free: u64,
    /// How many loans are in hands of others, and may come back in part.
    pub others: u64,
    /// What time it is, by the database's clock.
    pub now: u64,
}

statements! {
    TAKE = "INSERT INTO loans (key_id, service, server, number, requests, ends_at)
        SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT),
            CASE WHEN pot.rest < CAST($5 AS BIGINT) THEN pot.rest WHEN pot.rest / 8 < $5 THEN $5
                WHEN pot.rest / 8 > CAST($6 AS BIGINT) THEN $6 ELSE pot.rest / 8 END,
            pot.now + CAST($7 AS BIGINT)
        FROM (SELECT CAST(CAST($8 AS BIGINT) - COALESCE(SUM(l.requests), 0) AS BIGINT) AS rest, MAX(c.now) AS now
            FROM database_clock c LEFT JOIN loans l
            ON l.key_id = $1 AND l.service = $2 AND l.ends_at + 3600000 > c.now) pot
        WHERE pot.rest > CAST($9 AS BIGINT)
        ON CONFLICT (key_id, service, server, number) DO UPDATE SET requests = loans.requests
        RETURNING requests, ends_at";
    POT = "SELECT CAST(COALESCE(SUM(l.requests), 0) AS BIGINT),
            CAST(COALESCE(MIN(l.ends_at) + 3600000, MAX(c.now)) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN l.ends_at > c.now AND l.server <> $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
            MAX(c.now)
        FROM database_clock c LEFT JOIN loans l
        ON l.key_id = $2 AND l.service = $3 AND l.requests > 0 AND l.ends_at + 3600000 > c.now";
    /// What was spent was spent by now: the loan need not count from its end.
    GIVE_BACK = "UPDATE loans SET requests = $1,
            ends_at = (SELECT CASE WHEN c.now < loans.ends_at THEN c.now ELSE loans.ends_at END FROM database_clock c)
        WHERE key_id = $2 AND service = $3 AND server = $4 AND number = $5";
    GIVE_BACK_WHOLE = "DELETE FROM loans WHERE key_id = $1 AND service = $2 AND server = $3 AND number = $4";
    PURGE = "DELETE FROM loans WHERE ends_at < (SELECT c.now - 7200000 FROM database_clock c)";
}

/// Takes a loan of an hour of `limit` requests: an eighth of what is left within these sizes, or all that is
/// left if it is less. Finds no row if no more than `reserve` is left. Repeated, it finds the same loan.
#[must_use]
pub fn take(
    loan: &LoanId,
    sizes: RangeInclusive<u32>,
    lasting: Duration,
    limit: u32,
    reserve: u32,
) -> Statement {
    let (least, most) = sizes.into_inner();
    let mut values = place_of(loan);
    values.extend([
        i64::from(least).into(),
        i64::from(most).into(),
        i64::try_from(lasting.as_millis()).unwrap_or(i64::MAX).into(),
        i64::from(limit).into(),
        i64::from(reserve).into(),
    ]);
    Statement::new(TAKE, values)
}

/// Asks what there is of a key's hour; finds one row.
#[must_use]
pub fn pot(key: KeyId, service: &ServiceName, server: &str) -> Statement {
    Statement::new(POT, vec![server.into(), key.into(), service.as_str().into()])
}

/// Gives back what was not spent of a loan.
#[must_use]
pub fn give_back(loan: &LoanId, spent: u32) -> Statement {
    if spent == 0 {
        return Statement::new(GIVE_BACK_WHOLE, place_of(loan));
    }
    let mut values = vec![i64::from(spent).into()];
    values.extend(place_of(loan));
    Statement::new(GIVE_BACK, values)
}

/// Forgets loans that count no more.
#[must_use]
pub fn purge() -> Statement {
    Statement::new(PURGE, Vec::new())
}

fn place_of(loan: &LoanId) -> Vec<crate::store::Value> {
    vec![loan.key.into(), loan.service.as_str().into(), loan.server.as_str().into(), loan.number.into()]
}

impl TryFrom<Row> for Taken {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self { requests: row.count(0)?, ends_at: row.count(1)? })
    }
}

impl TryFrom<Row> for Pot {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            counting: row.count(0)?,
            next_free: row.count(1)?,
            others: row.count(2)?,
            now: row.count(3)?,
        })
    }
}
