//! The calls of a key since a chosen moment: what whoever else had its private half may have done with it.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::usage::UsageRow;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::time::Timestamp;

/// The calls of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Since when they were looked for: never from before there was the key.
    pub since: Timestamp,
    /// Each way of calling in each hour, or day, the oldest first.
    pub rows: Vec<UsageRow>,
}

impl Authority {
    /// What a key, revoked or not, was used for since this moment, or since it was generated. Whole hours are told,
    /// and days of what is older than 90 days: the one that the moment lies in is among them. What this server
    /// counted is written down first; what others counted in the last seconds may be missing.
    ///
    /// # Errors
    /// If there is no such key, or the store can't be written or read.
    pub async fn calls_of(
        &self,
        team: IssuerId,
        key: KeyId,
        since: Option<Timestamp>,
    ) -> Result<Calls, Failure> {
        let team = self.ledger().team(team)?;
        let record = team.keys.get(&key).ok_or_else(|| Refusal::NoSuch(Thing::Key, key.to_string()))?;
        let since = since.unwrap_or(record.created_at).max(record.created_at);
        self.flush_usage().await?;
        Ok(Calls { since, rows: self.usage_of(key, since).await? })
    }
}
