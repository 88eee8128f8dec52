//! What keys were used for: counts by hour for 90 days, then by day for 13 months, when each key was last
//! used, and until when its tokens may be.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// For how long counts are kept by the hour, in days.
pub const HOURS_KEPT_DAYS: u64 = 90;
/// For how long counts are kept by the day, in days: thirteen months.
pub const DAYS_KEPT_DAYS: u64 = 396;
/// For how long it is remembered which batches were flushed, in days. No server tries a flush
/// for that long.
const BATCHES_KEPT_DAYS: u64 = 7;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How often a key was used in one way within one hour or day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which key.
    pub key: KeyId,
    /// When the hour or day began.
    pub since: Timestamp,
    /// Whose key.
    pub team: IssuerId,
    /// Which group of endpoints.
    pub group: String,
    /// Reading or writing.
    pub access: String,
    /// Which family of paths.
    pub family: String,
    /// How it ended.
    pub outcome: String,
    /// How often.
    pub count: u64,
}

/// When a key was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUsed {
    /// Which key.
    pub key: KeyId,
    /// When.
    pub at: Timestamp,
}

/// Until when the longest-lived token may be used that was seen of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastExpiry {
    /// Which key.
    pub key: KeyId,
    /// The latest expiry.
    pub at: Timestamp,
}

statements! {
    BATCH = "INSERT INTO usage_batches (server, batch, flushed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    ADD = "INSERT INTO usage_hours (key_id, hour, team, endpoint_group, access, family, outcome, count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (key_id, hour, team, endpoint_group, access, family, outcome)
        DO UPDATE SET count = usage_hours.count + excluded.count";
    USED = "INSERT INTO last_used (key_id, used_at) VALUES ($1, $2)
        ON CONFLICT (key_id) DO UPDATE SET used_at = excluded.used_at WHERE excluded.used_at > last_used.used_at";
    EXPIRES = "INSERT INTO last_expiry (key_id, expires_at) VALUES ($1, $2)
        ON CONFLICT (key_id) DO UPDATE SET expires_at = excluded.expires_at
        WHERE excluded.expires_at > last_expiry.expires_at";
    LAST_EXPIRY = "SELECT key_id, expires_at FROM last_expiry WHERE key_id = $1";
    HOURS_OF = "SELECT key_id, hour, team, endpoint_group, access, family, outcome, count FROM usage_hours
        WHERE key_id = $1 AND hour >= $2 ORDER BY hour, endpoint_group, access, family, outcome";
    DAYS_OF = "SELECT key_id, day, team, endpoint_group, access, family, outcome, count FROM usage_days
        WHERE key_id = $1 AND day >= $2 ORDER BY day, endpoint_group, access, family, outcome";
    LAST_USED = "SELECT key_id, used_at FROM last_used WHERE key_id = $1";
    LAST_USED_OF = "SELECT key_id, used_at FROM last_used WHERE key_id IN
        ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    ALL_LAST_USED = "SELECT key_id, used_at FROM last_used WHERE key_id > $1 ORDER BY key_id LIMIT $2";
    LAST_USED_SINCE = "SELECT key_id, used_at FROM last_used WHERE used_at >= $1";
    /// Two servers that roll up at once wait for each other here, so that nothing is added up twice.
    TAKE_TURN = "INSERT INTO installation (name, value) VALUES ('usage-rolled-up', $1)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    ROLL_UP = "INSERT INTO usage_days (key_id, day, team, endpoint_group, access, family, outcome, count)
        SELECT key_id, hour - hour % 86400000, team, endpoint_group, access, family, outcome, CAST(SUM(count) AS BIGINT)
        FROM usage_hours WHERE hour < $1
        GROUP BY key_id, hour - hour % 86400000, team, endpoint_group, access, family, outcome
        ON CONFLICT (key_id, day, team, endpoint_group, access, family, outcome)
        DO UPDATE SET count = usage_days.count + excluded.count";
    PURGE_HOURS = "DELETE FROM usage_hours WHERE hour < $1";
    PURGE_DAYS = "DELETE FROM usage_days WHERE day < $1";
    PURGE_BATCHES = "DELETE FROM usage_batches WHERE flushed_at < $1";
}

/// What a refused flush is called: the batch has been counted already, which is as good as done.
pub const COUNTED_ALREADY: &str = "a batch that was not counted yet";

/// Adds a batch of counts, last uses and expiries. The batch's number is the server's own, and never used
/// twice: a flush that is repeated because nobody knows whether it happened is undone whole, with
/// `Unexpected(COUNTED_ALREADY)`.
#[must_use]
pub fn flush(
    server: &str,
    batch: u64,
    counts: &[Count],
    used: &[LastUsed],
    expiries: &[LastExpiry],
    now: Timestamp,
) -> Vec<Statement> {
    let first = vec![server.into(), batch.into(), now.into()];
    let mut statements = vec![Statement::new(BATCH, first).expecting_one(COUNTED_ALREADY)];
    statements.extend(counts.iter().map(add));
    statements.extend(used.iter().map(|used| Statement::new(USED, vec![used.key.into(), used.at.into()])));
    let expires = |seen: &LastExpiry| Statement::new(EXPIRES, vec![seen.key.into(), seen.at.into()]);
    statements.extend(expiries.iter().map(expires));
    statements
}

/// A key's counts by hour since this moment.
#[must_use]
pub fn hours_of(key: KeyId, since: Timestamp) -> Statement {
    Statement::new(HOURS_OF, vec![key.into(), hour_of(since).into()])
}

/// A key's counts by day since this moment, as far as they are not kept by the hour any more.
#[must_use]
pub fn days_of(key: KeyId, since: Timestamp) -> Statement {
    Statement::new(DAYS_OF, vec![key.into(), day_of(since).into()])
}

/// When a key was last used.
#[must_use]
pub fn last_used(key: KeyId) -> Statement {
    Statement::new(LAST_USED, vec![key.into()])
}

/// Until when tokens of a key may be used, as far as they were seen.
#[must_use]
pub fn last_expiry(key: KeyId) -> Statement {
    Statement::new(LAST_EXPIRY, vec![key.into()])
}

/// How many keys [`last_used_of`] asks for at most.
pub const KEYS_AT_ONCE: usize = 20;

/// When these keys were last used; of more than [`KEYS_AT_ONCE`], the first ones are asked for.
#[must_use]
pub fn last_used_of(keys: &[KeyId]) -> Statement {
    let key = |at: usize| keys.get(at).map(ToString::to_string).unwrap_or_default().into();
    Statement::new(LAST_USED_OF, (0..KEYS_AT_ONCE).map(key).collect())
}

/// When keys were last used: at most this many after a key, in the order of their ids.
#[must_use]
pub fn all_last_used(after: Option<KeyId>, most: u32) -> Statement {
    let after = after.map(|key| key.to_string()).unwrap_or_default();
    Statement::new(ALL_LAST_USED, vec![after.into(), i64::from(most).into()])
}

/// The keys that were used since this moment.
#[must_use]
pub fn last_used_since(moment: Timestamp) -> Statement {
    Statement::new(LAST_USED_SINCE, vec![moment.into()])
}

/// Adds up what is kept by the hour for too long into days, and removes days that are kept for
/// too long. Carried out together.
#[must_use]
pub fn roll_up(now: Timestamp) -> Vec<Statement> {
    let hours_end = day_of(now.minus(days(HOURS_KEPT_DAYS)));
    let days_end = day_of(now.minus(days(DAYS_KEPT_DAYS)));
    vec![
        Statement::new(TAKE_TURN, vec![now.as_millis().to_string().into()]),
        Statement::new(ROLL_UP, vec![hours_end.into()]),
        Statement::new(PURGE_HOURS, vec![hours_end.into()]),
        Statement::new(PURGE_DAYS, vec![days_end.into()]),
        Statement::new(PURGE_BATCHES, vec![now.minus(days(BATCHES_KEPT_DAYS)).into()]),
    ]
}

/// When the hour of this moment began.
#[must_use]
pub fn hour_of(moment: Timestamp) -> Timestamp {
    Timestamp::from_millis(moment.as_millis().div_euclid(HOUR).saturating_mul(HOUR))
}

/// When the day of this moment began.
#[must_use]
pub fn day_of(moment: Timestamp) -> Timestamp {
    Timestamp::from_millis(moment.as_millis().div_euclid(DAY).saturating_mul(DAY))
}

fn add(count: &Count) -> Statement {
    let values = vec![
        count.key.into(),
        hour_of(count.since).into(),
        count.team.into(),
        count.group.as_str().into(),
        count.access.as_str().into(),
        count.family.as_str().into(),
        count.outcome.as_str().into(),
        count.count.into(),
    ];
    Statement::new(ADD, values)
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

impl TryFrom<Row> for Count {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            key: row.id(0)?,
            since: row.time(1)?,
            team: row.id(2)?,
            group: row.text(3)?.to_owned(),
            access: row.text(4)?.to_owned(),
            family: row.text(5)?.to_owned(),
            outcome: row.text(6)?.to_owned(),
            count: row.count(7)?,
        })
    }
}

impl TryFrom<Row> for LastUsed {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self { key: row.id(0)?, at: row.time(1)? })
    }
}

impl TryFrom<Row> for LastExpiry {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self { key: row.id(0)?, at: row.time(1)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_days_begin_where_they_should() {
        let moment = Timestamp::from_millis(DAY + 2 * HOUR + 5);
        assert_eq!(hour_of(moment), Timestamp::from_millis(DAY + 2 * HOUR));
        assert_eq!(day_of(moment), Timestamp::from_millis(DAY));
        assert_eq!(day_of(Timestamp::from_millis(-1)), Timestamp::from_millis(-DAY));
    }
}
