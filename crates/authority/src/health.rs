//! How the installation is: the ledger, and everybody who reads it.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::replicas::Replica;
use crate::state::CatalogInForce;
use crate::store::tables::servers;
use crate::store::{Head, Position, all_of};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

pub use crate::store::tables::servers::Server;

/// For how long a server that went silent is still shown.
const SHOWN: Duration = Duration::from_secs(24 * 3600);
/// How long a server or replica may say nothing before it counts as silent: each reports every few seconds.
const SILENT: Duration = Duration::from_secs(60);

/// How the installation is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Epoch, position and hash of the last event that this server has read.
    pub head: Head,
    /// The format level of the ledger.
    pub level: u32,
    /// The date of the latest event.
    pub latest: Timestamp,
    /// The catalog in force.
    pub catalog: Option<CatalogInForce>,
    /// Since when revocations may be missing, if the ledger was ever restored.
    pub revocations_missing_since: Option<Timestamp>,
    /// Where the last revocation stands, and when it happened.
    pub last_revocation: Option<(Position, Timestamp)>,
    /// How many teams there are, and how many keys, revoked ones too.
    pub teams: usize,
    /// How many keys there are, revoked ones too.
    pub keys: usize,
    /// What the server that answers is called among the servers.
    pub here: String,
    /// The servers that reported in the last day, those that started first in front.
    pub servers: Vec<Server>,
    /// The replicas that follow the feed, by name.
    pub replicas: Vec<Replica>,
    /// What time it is.
    pub now: Timestamp,
}

impl Authority {
    /// How the installation is at this moment, as this server sees it.
    ///
    /// # Errors
    /// If the ledger has stopped, or the store can't be read.
    pub async fn health(&self) -> Result<Health, Failure> {
        let now = self.now();
        let servers = all_of(self.store().read(servers::seen_since(now.minus(SHOWN))).await?)?;
        let replicas = self.replicas().await?;
        let state = self.ledger().state()?;
        Ok(Health {
            head: state.head(),
            level: state.level(),
            latest: state.latest(),
            catalog: state.catalog().cloned(),
            revocations_missing_since: state.revocations_missing_since(),
            last_revocation: state.last_revocation(),
            teams: state.teams().count(),
            keys: state.key_count(),
            here: self.server.clone(),
            servers,
            replicas,
            now,
        })
    }
}

impl Health {
    /// Whether something that last reported then has gone silent.
    #[must_use]
    pub fn is_silent(&self, seen_at: Timestamp) -> bool {
        self.now.since(seen_at) > SILENT
    }

    /// Whether a replica has read the last revocation.
    #[must_use]
    pub fn knows_all_revocations(&self, replica: &Replica) -> bool {
        self.last_revocation.is_none_or(|(position, _)| replica.position >= position)
    }
}
