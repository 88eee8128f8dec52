//! What keys were used for at a verifier elsewhere, as the server is told of it: docs/feed.md.

use super::{LastExpiry, LastUse, Use};
use serde::{Deserialize, Serialize};

/// How many rows one report has at most.
pub const MOST_REPORTED: usize = 1_000;

/// One batch of what was counted. Told again under the same number it says the same, and counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// One run of one verifier, by a name that no other has: batches are numbered within it.
    pub instance: String,
    /// The batch's number, from 1.
    pub batch: u64,
    /// How often keys were used, and for what.
    #[serde(default)]
    pub uses: Vec<Use>,
    /// When keys were last used.
    #[serde(default)]
    pub last: Vec<LastUse>,
    /// Until when tokens of keys may be used that were seen.
    #[serde(default)]
    pub expiries: Vec<LastExpiry>,
}

impl UsageReport {
    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.uses.len() + self.last.len() + self.expiries.len()
    }
}
