//! The ledger in use: the state that is read from it, and the way into it.
//!
//! There is one way for anything to change: decide, commit, read the ledger, fold. The state
//! moves only by rows that are durable, so nobody ever sees what is not.

mod submit;

pub use submit::{Alongside, Done, Rejected};

use crate::clock::Clock;
use crate::facts::{place_of, tell, tell_all};
use crate::failure::Failure;
use crate::state::{FoldFault, State};
use crate::store::{Committed, Head, LedgerRow, Position, Store};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::IssuerId;
use counterfoil_core::team::{Team, no_such_team};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Verifier};
use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use submit::Staged;

/// How many rows are read first: mostly it is the one that was just written.
const FIRST_ROWS: usize = 64;
/// How many rows are read at a time after that.
const ROWS_AT_ONCE: usize = 4096;

/// The ledger in use.
pub struct Ledger {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    catalog: RwLock<InUse>,
    /// Knows what the state knows, once it was told everything: each row is in it before whoever wrote
    /// the row is answered.
    verifier: Arc<Verifier>,
    state: RwLock<State>,
    stopped: RwLock<Option<String>>,
    staging: Mutex<HashMap<IssuerId, Staged>>,
    generations: AtomicU64,
    settled: tokio::sync::Notify,
    reading: tokio::sync::Mutex<()>,
}

/// The catalog that decisions are taken by.
#[derive(Clone)]
struct InUse {
    catalog: Arc<Catalog>,
    fingerprint: Arc<str>,
}

impl Ledger {
    /// A ledger that was read up to `state`, and a verifier that judges by the catalog in force there.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, verifier: Arc<Verifier>, state: State) -> Self {
        Self {
            store,
            clock,
            catalog: RwLock::new(InUse::from(verifier.catalog())),
            verifier,
            state: RwLock::new(state),
            stopped: RwLock::new(None),
            staging: Mutex::default(),
            generations: AtomicU64::new(0),
            settled: tokio::sync::Notify::new(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// The state as it is now. Don't hold it over an await.
    ///
    /// # Errors
    /// If the ledger was found to be other than it was.
    pub fn state(&self) -> Result<RwLockReadGuard<'_, State>, Failure> {
        match &*self.stopped.read().unwrap_or_else(PoisonError::into_inner) {
            Some(why) => Err(Failure::LedgerStopped(why.clone())),
            None => Ok(self.state.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// How far this was read, whether the ledger has stopped or not.
    #[must_use]
    pub fn known_head(&self) -> Head {
        self.state.read().unwrap_or_else(PoisonError::into_inner).head()
    }

    /// Whether the ledger was found to be other than it was.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The catalog in force.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.in_use().catalog
    }

    /// Puts another catalog in force for what this process decides and judges from here on.
    pub fn use_catalog(&self, catalog: Arc<Catalog>) {
        let mut in_use = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
        *in_use = InUse::from(Arc::clone(&catalog));
        self.verifier.use_catalog(catalog);
    }

    /// The text of the catalog of this fingerprint, if it is the one in use.
    pub(crate) fn text_of_catalog(&self, fingerprint: &str) -> Result<String, Failure> {
        let in_use = self.in_use();
        if *in_use.fingerprint == *fingerprint { Ok(in_use.catalog.to_toml()) } else { Err(being_read()) }
    }

    /// What gives verdicts on what the ledger says.
    #[must_use]
    pub const fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Tells the verifier all that is known, so that from here on it knows what the state knows.
    pub(crate) fn tell_verifier(&self) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        tell_all(&self.verifier, &state);
    }

    /// A read of the head has succeeded that *began* then, and all that it showed is in the state. Of a
    /// ledger that has stopped nothing is heard.
    pub(crate) fn heard_at(&self, began: Awake) {
        let stopped = self.stopped.read().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            self.verifier.fence().read_began_at(began);
        }
    }

    /// Whether decisions are taken by the catalog that the ledger names. In between, for as long as
    /// it takes to read the new one, nothing is decided.
    #[must_use]
    pub fn uses(&self, fingerprint: &str) -> bool {
        *self.in_use().fingerprint == *fingerprint
    }

    fn in_use(&self) -> InUse {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// A team.
    ///
    /// # Errors
    /// If there is no such team, or the ledger has stopped.
    pub fn team(&self, id: IssuerId) -> Result<Arc<Team>, Failure> {
        let found = self.state()?.team(id).cloned();
        found.ok_or_else(|| no_such_team(id).into())
    }

    /// Refuses everything from now on, until the process starts anew: the ledger is not what it was.
    pub fn stop(&self, why: String) {
        tracing::error!(why, "The ledger can't be trusted any more; nothing is answered from it");
        let mut stopped = self.stopped.write().unwrap_or_else(PoisonError::into_inner);
        self.verifier.fence().shut();
        *stopped = Some(why);
    }

    /// Puts in a state that was read from the beginning: another epoch of the ledger.
    pub fn reload(&self, state: State) {
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).clear();
        {
            let mut present = self.state.write().unwrap_or_else(PoisonError::into_inner);
            *present = state;
            if self.verifier.place().is_some() {
                tell_all(&self.verifier, &present);
            }
        }
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Reads what the ledger has beyond the state, and folds it in.
    ///
    /// # Errors
    /// If the store can't be read, or the ledger goes on otherwise than the state says: then the
    /// ledger has stopped.
    pub async fn catch_up(&self) -> Result<Position, Failure> {
        let _turn = self.reading.lock().await;
        let mut most = FIRST_ROWS;
        loop {
            let known = self.state()?.head().position;
            let rows = self.store.rows_after(known, most).await?;
            self.fold(&rows)?;
            if rows.len() < most {
                return Ok(self.state()?.head().position);
            }
            most = ROWS_AT_ONCE;
        }
    }

    /// Returns once the state has this position.
    ///
    /// # Errors
    /// As [`Ledger::catch_up`].
    pub async fn at_least(&self, position: Position) -> Result<(), Failure> {
        if self.state()?.head().position >= position || self.catch_up().await? >= position {
            return Ok(());
        }
        Err(Failure::Unavailable(format!("the ledger does not show position {position} yet")))
    }

    /// Returns once the state has what was committed. Its rows are folded in as they were written, unless others
    /// stand before them that must be read first.
    async fn take_in(&self, committed: &Committed) -> Result<(), Failure> {
        {
            let _turn = self.reading.lock().await;
            let head = self.state()?.head();
            let next = committed.rows.first().filter(|row| row.position == head.position.next());
            if next.is_some_and(|row| head.hash.of_next(&row.bytes) == row.hash) {
                return self.fold(&committed.rows);
            }
        }
        self.at_least(committed.last).await
    }

    fn fold(&self, rows: &[LedgerRow]) -> Result<(), Failure> {
        let folded = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            rows.iter().try_for_each(|row| self.fold_one(&mut state, row))
        };
        folded.map_err(|fault| {
            self.stop(fault.to_string());
            Failure::LedgerStopped(fault.to_string())
        })
    }

    /// Nobody is answered from this row before the verifier knows it: it is told under the state's lock.
    fn fold_one(&self, state: &mut State, row: &LedgerRow) -> Result<(), FoldFault> {
        let proven = state.apply(row)?;
        if self.verifier.place().is_some() {
            tell(&self.verifier, state, &proven);
            self.verifier.read_through(place_of(state.head()));
        }
        Ok(())
    }
}

impl InUse {
    /// Whether this is the catalog that the ledger names.
    fn must_be_in_force(&self, state: &State) -> Result<(), Failure> {
        if state.catalog().is_some_and(|in_force| *in_force.fingerprint != *self.fingerprint) {
            return Err(being_read());
        }
        Ok(())
    }
}

impl From<Arc<Catalog>> for InUse {
    fn from(catalog: Arc<Catalog>) -> Self {
        let fingerprint = catalog.fingerprint().to_string().into();
        Self { catalog, fingerprint }
    }
}

fn being_read() -> Failure {
    Failure::Unavailable("another catalog was just put in force and is being read".into())
}
