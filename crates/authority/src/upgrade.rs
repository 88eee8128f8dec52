//! Raising the ledger's format, once every living server can read what may be written then.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::ledger::Alongside;
use crate::store::all_of;
use crate::store::tables::servers::{self, Server};
use counterfoil_core::event::{Actor, Event, FORMAT_LEVEL, Stream};
use std::time::Duration;

/// A server that has not reported for so long is taken to be gone. Servers report each minute.
const GONE_AFTER: Duration = Duration::from_secs(180);

/// The ledger's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// The level in force now.
    pub level: u32,
    /// Whether it was lower before.
    pub changed: bool,
}

/// Why the format was not raised.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeFault {
    /// Servers live that could not read the new format.
    #[error("these servers read the ledger up to a lower level than {FORMAT_LEVEL} and would stop: {}", .0.join(", "))]
    OlderServers(Vec<String>),
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Authority {
    /// Lets servers write all kinds of events that this release knows.
    ///
    /// # Errors
    /// If a server lives that can't read them, or the store did not take it.
    pub async fn upgrade_ledger(&self) -> Result<Upgraded, UpgradeFault> {
        if self.ledger().state()?.level() >= FORMAT_LEVEL {
            return Ok(Upgraded { level: FORMAT_LEVEL, changed: false });
        }
        let older = self.servers_below(FORMAT_LEVEL).await?;
        if !older.is_empty() {
            return Err(UpgradeFault::OlderServers(older));
        }
        let raised = self.ledger().append(Stream::Installation, Actor::Operator, |state| {
            let is_raised = state.level() >= FORMAT_LEVEL;
            let events =
                if is_raised { Vec::new() } else { vec![Event::FormatRaised { level: FORMAT_LEVEL }] };
            Ok((events, Alongside::default()))
        });
        raised.await.map_err(Failure::from)?;
        Ok(Upgraded { level: FORMAT_LEVEL, changed: true })
    }

    /// The living servers that don't read this level, by name.
    async fn servers_below(&self, level: u32) -> Result<Vec<String>, Failure> {
        let living = self.store().read(servers::seen_since(self.now().minus(GONE_AFTER))).await?;
        let living: Vec<Server> = all_of(living)?;
        let older = living.into_iter().filter(|server| server.reads_level < u64::from(level));
        Ok(older.map(|server| server.name).collect())
    }
}
