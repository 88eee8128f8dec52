//! What the ledger says: the fold of all its events.

use crate::entry::ProvenEntry;
use crate::store::{ChainHash, Head, LedgerRow, Position};
use counterfoil_core::event::{Event, FORMAT_LEVEL, Stream};
use counterfoil_core::id::{EpochId, IssuerId, KeyId};
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What the ledger says, up to one position.
///
/// Nothing changes it but the ledger's rows, in order, each proven by the chain of hashes.
#[derive(Clone, Debug)]
pub struct State {
    head: Head,
    level: u32,
    catalog: Option<CatalogInForce>,
    restored: Option<Timestamp>,
    latest: Timestamp,
    last_revocation: Option<(Position, Timestamp)>,
    installation_version: u64,
    replicas: BTreeSet<String>,
    teams: HashMap<IssuerId, Arc<Team>, RandomState>,
    keys: HashMap<KeyId, IssuerId, RandomState>,
}

/// Which catalog the ledger was decided by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogInForce {
    /// What it is called.
    pub name: String,
    /// Its fingerprint, in hex.
    pub fingerprint: String,
}

/// Why a row can't be taken in. The fold stops there: nothing is ever skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldFault {
    /// The rows are not in order.
    #[error("the ledger has no row {expected}: row {found} came in its place")]
    Gap {
        /// The position that was due.
        expected: Position,
        /// The position that came.
        found: Position,
    },
    /// The chain of hashes is broken.
    #[error(
        "row {0} of the ledger is not what was written: its hash does not fit. Restore a backup, or ask who changed the database"
    )]
    Broken(Position),
    /// The row says that it is of another stream, or another event of it.
    #[error("row {0} of the ledger stands under another stream than it was written for")]
    Misplaced(Position),
    /// The event can't be read.
    #[error("row {0} of the ledger can't be read by this release: {1}")]
    Unreadable(Position, String),
    /// The ledger's format is newer.
    #[error(
        "the ledger was raised to format level {found}, and this release reads up to {FORMAT_LEVEL}: start a newer release"
    )]
    Newer {
        /// The ledger's level.
        found: u32,
    },
}

impl State {
    /// Before the first row of an epoch.
    #[must_use]
    pub fn empty(epoch: EpochId) -> Self {
        Self {
            head: Head { epoch, position: Position::default(), hash: ChainHash::default() },
            level: FORMAT_LEVEL,
            catalog: None,
            restored: None,
            latest: Timestamp::default(),
            last_revocation: None,
            installation_version: 0,
            replicas: BTreeSet::new(),
            teams: HashMap::default(),
            keys: HashMap::default(),
        }
    }

    /// How far this has read.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The ledger's format level.
    #[must_use]
    pub const fn level(&self) -> u32 {
        self.level
    }

    /// The catalog in force; `None` only before the ledger has begun.
    #[must_use]
    pub const fn catalog(&self) -> Option<&CatalogInForce> {
        self.catalog.as_ref()
    }

    /// Since when revocations may be missing, if the ledger was ever restored.
    #[must_use]
    pub const fn revocations_missing_since(&self) -> Option<Timestamp> {
        self.restored
    }

    /// The latest date of any event so far.
    #[must_use]
    pub const fn latest(&self) -> Timestamp {
        self.latest
    }

    /// Where the last revocation stands, and when it happened, if there was one: how far a replica must have
    /// read to know of every key that has ended.
    #[must_use]
    pub const fn last_revocation(&self) -> Option<(Position, Timestamp)> {
        self.last_revocation
    }

    /// How many events the installation's own stream has.
    #[must_use]
    pub const fn installation_version(&self) -> u64 {
        self.installation_version
    }

    /// The replicas that have a credential.
    #[must_use]
    pub const fn replicas(&self) -> &BTreeSet<String> {
        &self.replicas
    }

    /// A team.
    #[must_use]
    pub fn team(&self, id: IssuerId) -> Option<&Arc<Team>> {
        self.teams.get(&id)
    }

    /// All teams, in no order.
    pub fn teams(&self) -> impl Iterator<Item = &Arc<Team>> {
        self.teams.values()
    }

    /// The team that a key belongs to.
    #[must_use]
    pub fn team_of_key(&self, key: KeyId) -> Option<&Arc<Team>> {
        self.keys.get(&key).and_then(|team| self.teams.get(team))
    }

    /// How many keys there are, revoked ones too.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Takes the next row in, and answers what it says.
    ///
    /// # Errors
    /// If it is not the next row, not what was written, or can't be read; nothing has changed then.
    pub fn apply(&mut self, row: &LedgerRow) -> Result<ProvenEntry, FoldFault> {
        self.check_place(row.position)?;
        let proven = ProvenEntry::of(self.head.hash, row.into())?;
        self.apply_proven(&proven)?;
        Ok(proven)
    }

    /// The same for a row that was read already, and proven to follow another: this one's head, or
    /// it is refused.
    ///
    /// # Errors
    /// As [`State::apply`].
    pub fn apply_proven(&mut self, row: &ProvenEntry) -> Result<(), FoldFault> {
        self.check_place(row.position)?;
        if row.before != self.head.hash {
            return Err(FoldFault::Broken(row.position));
        }
        match row.entry.of {
            Stream::Installation => self.apply_to_installation(row)?,
            Stream::Team(team) => self.apply_to_team(team, row)?,
        }
        self.latest = self.latest.max(row.entry.at);
        if matches!(row.entry.event, Event::KeyRevoked { .. }) {
            self.last_revocation = Some((row.position, row.entry.at));
        }
        self.head = Head { position: row.position, hash: row.hash, ..self.head };
        Ok(())
    }

    fn check_place(&self, position: Position) -> Result<(), FoldFault> {
        let expected = self.head.position.next();
        if position == expected { Ok(()) } else { Err(FoldFault::Gap { expected, found: position }) }
    }

    fn apply_to_installation(&mut self, row: &ProvenEntry) -> Result<(), FoldFault> {
        if row.version != self.installation_version + 1 {
            return Err(FoldFault::Misplaced(row.position));
        }
        match &row.entry.event {
            Event::LedgerBegun { epoch } => self.head.epoch = *epoch,
            Event::LedgerRestored { epoch, revocations_missing_since } => {
                self.head.epoch = *epoch;
                self.restored = Some(*revocations_missing_since);
                for team in self.teams.values_mut() {
                    Arc::make_mut(team).lose_pending_halves();
                }
            }
            Event::FormatRaised { level } if *level > FORMAT_LEVEL => {
                return Err(FoldFault::Newer { found: *level });
            }
            Event::FormatRaised { level } => self.level = *level,
            Event::CatalogAdopted { name, fingerprint } => {
                self.catalog = Some(CatalogInForce { name: name.clone(), fingerprint: fingerprint.clone() });
            }
            Event::ReplicaAdded { name } => {
                self.replicas.insert(name.clone());
            }
            Event::ReplicaRemoved { name } => {
                self.replicas.remove(name);
            }
            _ => {}
        }
        self.installation_version += 1;
        Ok(())
    }

    fn apply_to_team(&mut self, id: IssuerId, row: &ProvenEntry) -> Result<(), FoldFault> {
        let entry = &row.entry;
        match self.teams.get_mut(&id) {
            Some(team) if row.version == team.version + 1 => {
                Arc::make_mut(team).apply(entry.at, entry.by, &entry.event);
            }
            None if row.version == 1 => {
                if let Some(team) = Team::opened(id, entry.at, &entry.event) {
                    self.teams.insert(id, Arc::new(team));
                }
            }
            _ => return Err(FoldFault::Misplaced(row.position)),
        }
        if let Event::KeyGenerated { key, .. } = &entry.event {
            self.keys.insert(*key, id);
        }
        Ok(())
    }
}
