//! Starting: open the store, begin or read the ledger, and check that all fits together.

mod read;

pub(crate) use read::read_all;

use crate::authority::Authority;
use crate::clock::Clock;
use crate::credentials::hasher::Hasher;
use crate::entry::ReadFault;
use crate::failure::Failure;
use crate::idempotency::Twins;
use crate::keys::Spare;
use crate::ledger::Ledger;
use crate::lending::Lending;
use crate::outbox::Pace;
use crate::refusals::Refusals;
use crate::replicas::Sightings;
use crate::seal::SealKey;
use crate::seal_rotate::RotateFault;
use crate::seal_source::{SealSource, SealSourceFault};
use crate::sign_in::throttle::Throttle;
use crate::site::SiteSettings;
use crate::state::{CatalogInForce, FoldFault, State};
use crate::store::tables::{halves, installation, servers};
use crate::store::{
    Claim, Commit, CommitFault, Head, Position, Store, StoreFault, postgres::Postgres, sqlite::Sqlite,
};
use crate::usage::Usage;
use crate::witness::Witness;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use counterfoil_core::catalog::{Catalog, CatalogFaults};
use counterfoil_core::event::{Actor, Entry, Event, FORMAT_LEVEL, Stream};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Budgets, Settings as VerdictSettings, Verifier};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How far the clock may be behind the last event.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);
/// The setting that holds the text of the catalog in force.
pub(crate) const CATALOG_TEXT: &str = "catalog";

/// With what an authority starts.
#[derive(Clone)]
pub struct Settings {
    /// Where files are kept: the database, the seal key, the note of how far the ledger was seen.
    pub data_dir: PathBuf,
    /// `postgres://…`, or nothing for SQLite in the data directory.
    pub database: Option<String>,
    /// The text of the catalog that must be in force (and is adopted by an empty ledger); nothing
    /// for the one that is in force, which is the built-in one on an empty ledger.
    pub catalog: Option<String>,
    /// Where the seal key comes from.
    pub seal: SealSource,
    /// Whether this is a server that stays: it follows the ledger and is known to the others.
    pub serve: bool,
    /// Whether an older copy of the ledger in the place of the one that was seen is taken as it
    /// is, under a new epoch.
    pub adopt_older_ledger: bool,
    /// Whether a seal key that is lost may be replaced, which costs what waits for its download.
    pub replace_lost_seal_key: bool,
    /// How long a private half waits for its download.
    pub half_lifetime: Duration,
    /// Where people sign in.
    pub site: SiteSettings,
    /// What this server is called.
    pub name: String,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How verdicts are given. The budgets are always lent: by the store, to all servers on it, so that
    /// none is used up anew by a restart.
    pub verdicts: VerdictSettings,
}

/// Why an authority can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The store can't be opened or read.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] FoldFault),
    /// There is no fitting seal key.
    #[error(transparent)]
    Seal(#[from] SealSourceFault),
    /// The catalog that was given is not well formed.
    #[error("the catalog can't be used:\n{0}")]
    Catalog(CatalogFaults),
    /// Another catalog is in force.
    #[error(
        "the catalog in force here is «{in_force}», and another one («{given}») was given. Leave it out to use the one in force, or change it for all servers with `counterfoil catalog use FILE`"
    )]
    OtherCatalog {
        /// The name of the one in force.
        in_force: String,
        /// The name of the one given.
        given: String,
    },
    /// The database was put back to an older state.
    #[error(
        "the ledger in the database is not the one this machine has seen: it was at position {seen}, and the database ends at {found} or goes on otherwise. An older copy stands in its place, so revocations may be missing. To go on with it knowingly, run `counterfoil ledger adopt`"
    )]
    OlderLedger {
        /// How far this machine had seen it.
        seen: Position,
        /// How far it goes now.
        found: Position,
    },
    /// The clock is behind.
    #[error(
        "this machine's clock is {behind_seconds} seconds behind the ledger's last event. Set the clock (is NTP running?), then start again"
    )]
    ClockBehind {
        /// By how much.
        behind_seconds: u64,
    },
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl StartFault {
    /// Whether the store can't be reached, so that the same start may go well later.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Store(StoreFault::Unavailable(_)) | Self::Failed(Failure::Unavailable(_)))
    }
}

/// Whether a server has read the ledger from this data directory before.
#[must_use]
pub fn has_seen_ledger(data_dir: &Path) -> bool {
    Witness::in_data_dir(data_dir).read().is_some()
}

impl From<RotateFault> for StartFault {
    fn from(fault: RotateFault) -> Self {
        match fault {
            RotateFault::Source(fault) => Self::Seal(fault),
            RotateFault::Failed(failure) => Self::Failed(failure),
            other @ RotateFault::Given { .. } => Self::Failed(Failure::Seal(other.to_string())),
        }
    }
}

impl From<ReadFault> for StartFault {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Store(fault) => fault.into(),
            ReadFault::Row(fault) => fault.into(),
        }
    }
}

impl Authority {
    /// Opens what is there, or begins anew where there is nothing.
    ///
    /// # Errors
    /// If anything does not fit; nothing was changed then, but what an empty store needs.
    pub async fn start(settings: Settings) -> Result<Arc<Self>, StartFault> {
        let given =
            settings.catalog.as_deref().map(Catalog::parse).transpose().map_err(StartFault::Catalog)?;
        let store = open_store(&settings).await?;
        let clock = Arc::clone(&settings.clock);
        let began = Awake::read();
        let head = begin_if_empty(store.as_ref(), clock.as_ref(), given.as_ref()).await?;
        let state = read_all(&store, head).await?;
        check_clock(&state, clock.now())?;
        let witness = Witness::in_data_dir(&settings.data_dir);
        if !settings.adopt_older_ledger {
            check_witness(store.as_ref(), &witness, &state).await?;
        }
        let catalog = catalog_in_force(store.as_ref(), state.catalog(), given).await?;
        let started = clock.now();
        let (seal, is_lost) = match seal_key(store.as_ref(), &settings, started).await {
            Err(StartFault::Seal(_)) if settings.replace_lost_seal_key => (stand_in()?, true),
            found => (found?, false),
        };
        let verdicts = VerdictSettings { budgets: Budgets::Lent, ..settings.verdicts };
        let verifier = Verifier::new(Arc::new(catalog), verdicts);
        let authority = Arc::new(Self {
            ledger: Ledger::new(store, clock, Arc::new(verifier), state),
            random: SystemRandom::new(),
            seal: RwLock::new(Arc::new(seal)),
            seal_source: settings.seal,
            spare: Spare::default(),
            usage: Usage::default(),
            refusals: Refusals::default(),
            lending: Lending::default(),
            sightings: Sightings::default(),
            twins: Twins::default(),
            half_lifetime: settings.half_lifetime,
            hasher: Hasher::default(),
            throttle: Throttle::default(),
            mail_pace: Pace::default(),
            site: RwLock::new(Arc::new(settings.site)),
            sends_mail: AtomicBool::new(false),
            server: server_id(&settings.name)?,
            started_at: started,
            witness,
            tasks: Mutex::default(),
        });
        authority.ledger.heard_at(began);
        if is_lost {
            authority.replace_lost_seal_key().await?;
        }
        if settings.serve {
            authority.stay().await?;
        }
        Ok(authority)
    }

    /// Makes this server known to the others and starts what goes on beside the requests.
    async fn stay(self: &Arc<Self>) -> Result<(), Failure> {
        self.report_as_living().await?;
        self.note_witness();
        let telling = Arc::clone(self);
        spawn_blocking(move || telling.give_verdicts())
            .await
            .map_err(|fault| Failure::Fault(fault.to_string()))?;
        self.start_tasks();
        Ok(())
    }
}

impl Authority {
    /// Lets the other servers know that this one lives, and what it can read.
    ///
    /// # Errors
    /// If the store did not take it.
    pub async fn report_as_living(&self) -> Result<(), Failure> {
        let report = servers::Server {
            id: self.server.clone(),
            name: self.server.split('/').next().unwrap_or_default().to_owned(),
            started_at: self.started_at,
            seen_at: self.now(),
            reads_level: u64::from(FORMAT_LEVEL),
        };
        self.store().write(vec![servers::report(&report)]).await?;
        Ok(())
    }
}

/// Drawn anew at each start, so that two lives of one server are told apart.
fn server_id(name: &str) -> Result<String, Failure> {
    let mut bytes = [0; 8];
    let random = SystemRandom::new();
    random.fill(&mut bytes).map_err(|_| Failure::Fault("this machine gives no random bytes".into()))?;
    Ok(format!("{}/{:016x}", name.replace('/', "-"), u64::from_le_bytes(bytes)))
}

pub(crate) async fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, StoreFault> {
    Ok(match &settings.database {
        None => Arc::new(Sqlite::open(&settings.data_dir.join("counterfoil.db"))?),
        Some(url) => Arc::new(Postgres::open(url).await?),
    })
}

/// Writes the ledger's first events. Of two servers that start on the same empty store, one does.
async fn begin_if_empty(
    store: &dyn Store,
    clock: &dyn Clock,
    given: Option<&Catalog>,
) -> Result<Head, StartFault> {
    let head = store.head().await?;
    if head.position > Position::default() {
        return Ok(head);
    }
    let builtin;
    let catalog = match given {
        Some(catalog) => catalog,
        None => {
            builtin = Catalog::appstore();
            &builtin
        }
    };
    let events = [
        Event::LedgerBegun { epoch: head.epoch },
        Event::CatalogAdopted { name: catalog.name.clone(), fingerprint: catalog.fingerprint().to_string() },
    ];
    let entry =
        |event| Entry { of: Stream::Installation, at: clock.now(), by: Actor::Operator, event }.to_bytes();
    let commit = Commit {
        seen: head,
        stream: Stream::Installation.to_string(),
        expected_version: 0,
        events: events.into_iter().map(entry).collect(),
        claims: Vec::<Claim>::new(),
        side: vec![installation::set(CATALOG_TEXT, &catalog.to_toml())],
    };
    match store.commit(commit).await {
        Ok(_) | Err(CommitFault::Conflict) => Ok(store.head().await?),
        Err(fault) => Err(Failure::Unavailable(fault.to_string()).into()),
    }
}

fn check_clock(state: &State, now: Timestamp) -> Result<(), StartFault> {
    let behind = state.latest().since(now);
    if behind > CLOCK_TOLERANCE {
        return Err(StartFault::ClockBehind { behind_seconds: behind.as_secs() });
    }
    Ok(())
}

/// The ledger may have grown, or live in another epoch by a restore that was said. It may not be
/// shorter or other than this machine has seen it.
async fn check_witness(store: &dyn Store, witness: &Witness, state: &State) -> Result<(), StartFault> {
    let Some(seen) = witness.read().filter(|seen| seen.epoch == state.head().epoch) else { return Ok(()) };
    let before = Position(seen.position.0.saturating_sub(1));
    let row = store.rows_after(before, 1).await?.into_iter().next();
    let same = seen.position == Position::default() || row.is_some_and(|row| seen.is(row.hash));
    if same {
        Ok(())
    } else {
        Err(StartFault::OlderLedger { seen: seen.position, found: state.head().position })
    }
}

/// The catalog that the ledger names, from the text that was stored with the event.
pub(crate) async fn catalog_in_force(
    store: &dyn Store,
    in_force: Option<&CatalogInForce>,
    given: Option<Catalog>,
) -> Result<Catalog, StartFault> {
    let Some(in_force) = in_force else {
        return Err(Failure::LedgerStopped("the ledger names no catalog".into()).into());
    };
    if let Some(given) = given {
        if given.fingerprint().to_string() == in_force.fingerprint {
            return Ok(given);
        }
        return Err(StartFault::OtherCatalog { in_force: in_force.name.clone(), given: given.name });
    }
    let builtin = Catalog::appstore();
    if builtin.fingerprint().to_string() == in_force.fingerprint {
        return Ok(builtin);
    }
    let rows = store.read(installation::value(CATALOG_TEXT)).await?;
    let text = installation::read(&rows)?.unwrap_or_default();
    let catalog = Catalog::parse(&text).map_err(StartFault::Catalog)?;
    if catalog.fingerprint().to_string() == in_force.fingerprint {
        return Ok(catalog);
    }
    Err(Failure::LedgerStopped(format!(
        "the text of the catalog «{}» in the database is not the one that the ledger names",
        in_force.name
    ))
    .into())
}

/// The seal key that the store knows; the first start makes it known.
async fn seal_key(store: &dyn Store, settings: &Settings, now: Timestamp) -> Result<SealKey, StartFault> {
    if let Some(kek) = seal_key_in_force(store).await? {
        return Ok(settings.seal.load(Some(&kek))?);
    }
    let key = settings.seal.load(None)?;
    let known =
        halves::SealKey { kek: key.id().to_owned(), proof: key.id().as_bytes().to_vec(), created_at: now };
    store
        .write(vec![installation::set_first("seal-key", key.id()), halves::add_seal_key(&known)])
        .await
        .or_else(|fault| match fault {
            StoreFault::Unexpected(_) => Ok(Vec::new()),
            fault => Err(fault),
        })?;
    match seal_key_in_force(store).await? {
        Some(kek) => Ok(settings.seal.load(Some(&kek))?),
        None => Ok(key),
    }
}

/// A key that nothing is ever sealed with, until the lost one is replaced.
fn stand_in() -> Result<SealKey, Failure> {
    SealKey::generate(&SystemRandom::new())
}

/// The id of the newest seal key that the store knows.
pub(crate) async fn seal_key_in_force(store: &dyn Store) -> Result<Option<String>, StoreFault> {
    let rows = store.read(halves::seal_keys()).await?;
    let keys: Vec<halves::SealKey> = crate::store::all_of(rows)?;
    Ok(keys.into_iter().next_back().map(|key| key.kek))
}
