//! The ledger in use: the state that is read from it, and the way into it.
//!
//! There is one way for anything to change: decide, commit, read the ledger, fold. The state
//! moves only by rows that are durable, so nobody ever sees what is not.

use crate::clock::Clock;
use crate::facts::{place_of, tell, tell_all};
use crate::failure::Failure;
use crate::state::{FoldFault, State};
use crate::store::{Claim, Commit, CommitFault, Committed, Head, LedgerRow, Position, Statement, Store};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, Entry, Event, Stream};
use counterfoil_core::id::IssuerId;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::{Circumstances, Command, Team, no_such_team};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Verifier};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often a decision is taken again because somebody else was faster.
const MOST_TRIES: usize = 16;
/// How many rows are read first: mostly it is the one that was just written.
const FIRST_ROWS: usize = 64;
/// How many rows are read at a time after that.
const ROWS_AT_ONCE: usize = 4096;
/// How far the clock may be behind the last event.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// What goes along with the events of a decision, in the same transaction.
#[derive(Clone, Debug, Default)]
pub struct Alongside {
    /// What is claimed for ever.
    pub claims: Vec<Claim>,
    /// Side writes.
    pub side: Vec<Statement>,
}

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Done {
    /// The team afterwards.
    pub team: Arc<Team>,
    /// What happened; nothing, if all was so already.
    pub events: Vec<Event>,
    /// Where the last event stands; where the reader was, if nothing happened.
    pub position: Position,
}

/// Why a submission did not go through.
#[derive(Debug)]
pub enum Rejected {
    /// A failure as everywhere.
    Failed(Failure),
    /// The claim of this index is taken.
    ClaimTaken(usize),
    /// A side write's expectation, by its name, was not met.
    Unexpected(&'static str),
}

impl From<Failure> for Rejected {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.into())
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Failed(failure) => failure,
            Rejected::ClaimTaken(_) => Self::Fault("a claim is taken that nobody expected to be".into()),
            Rejected::Unexpected(name) => {
                Self::Fault(format!("the side write «{name}» found other rows than it needs"))
            }
        }
    }
}

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

/// A team with what was decided but is not durable yet.
struct Staged {
    team: Arc<Team>,
    pending: usize,
    generation: u64,
}

/// What deciding led to.
enum Decided {
    /// A commit is on its way.
    Waiting { events: Vec<Event>, generation: u64, answer: oneshot::Receiver<Result<Committed, CommitFault>> },
    /// Nothing needs to change.
    Nothing(Arc<Team>),
    /// It hangs on something that is not durable yet.
    Unsettled,
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

    /// Decides a command and makes what was decided durable. When this returns, the state has it.
    ///
    /// `alongside` is asked for each decision anew, since another decision may need other rows.
    ///
    /// # Errors
    /// Nothing was changed, except for [`Failure::Unknown`].
    pub async fn submit(
        &self,
        team: IssuerId,
        by: Actor,
        command: &Command,
        alongside: impl Fn(&[Event]) -> Alongside + Send + Sync,
    ) -> Result<Done, Rejected> {
        for _ in 0..MOST_TRIES {
            match self.decide(team, by, command, &alongside)? {
                Decided::Nothing(team) => {
                    return Ok(Done { team, events: Vec::new(), position: self.state()?.head().position });
                }
                Decided::Unsettled => self.until_settled(team).await,
                Decided::Waiting { events, generation, answer } => {
                    let answer = answered(answer.await);
                    match self.settle(team, generation, answer).await {
                        Ok(position) => return Ok(Done { team: self.team(team)?, events, position }),
                        Err(CommitFault::Conflict) => self.catch_up().await.map(drop)?,
                        Err(fault) => return Err(rejected(fault)),
                    }
                }
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()).into())
    }

    /// Opens a team or writes to the installation's own stream: decided on the stream's length
    /// alone.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub async fn append(
        &self,
        of: Stream,
        by: Actor,
        decide: impl Fn(&State) -> Result<(Vec<Event>, Alongside), Failure> + Send + Sync,
    ) -> Result<Position, Rejected> {
        for _ in 0..MOST_TRIES {
            let (answer, head) = {
                let state = self.state()?;
                let (events, alongside) = decide(&state)?;
                if events.is_empty() {
                    return Ok(state.head().position);
                }
                let version = match of {
                    Stream::Installation => state.installation_version(),
                    Stream::Team(team) => state.team(team).map_or(0, |team| team.version),
                };
                let commit = self.commit_of(&state, of, version, by, &events, alongside)?;
                (self.store.commit(commit), state.head())
            };
            match answered(answer.await) {
                Ok(committed) => {
                    return self.take_in(&committed).await.map(|()| committed.last).map_err(Into::into);
                }
                Err(CommitFault::Conflict) => {
                    self.catch_up().await?;
                    tracing::debug!(position = head.position.0, "Somebody else was faster; deciding again");
                }
                Err(fault) => return Err(rejected(fault)),
            }
        }
        Err(Failure::Unavailable("others were faster each time".into()).into())
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

    /// Decides against the team as it will be once everything on its way is durable, and hands the
    /// commit in under the same lock, so that commits arrive in the order of the decisions.
    fn decide(
        &self,
        id: IssuerId,
        by: Actor,
        command: &Command,
        alongside: &(impl Fn(&[Event]) -> Alongside + Send + Sync),
    ) -> Result<Decided, Rejected> {
        let in_use = self.in_use();
        let now = self.now();
        let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state()?;
        in_use.must_be_in_force(&state)?;
        let durable = state.team(id).cloned().ok_or_else(|| no_such_team(id))?;
        let staged = staging.get(&id).filter(|staged| staged.team.version > durable.version);
        let base = staged.map_or_else(|| Arc::clone(&durable), |staged| Arc::clone(&staged.team));
        let unsettled = staged.is_some();
        let events = match base.decide(command, Circumstances { catalog: &in_use.catalog, by, now }) {
            Err(_) if unsettled => return Ok(Decided::Unsettled),
            Ok(events) if events.is_empty() && unsettled => return Ok(Decided::Unsettled),
            Ok(events) if events.is_empty() => return Ok(Decided::Nothing(base)),
            decided => decided?,
        };
        let commit =
            self.commit_of(&state, Stream::Team(id), base.version, by, &events, alongside(&events))?;
        drop(state);
        let mut next = Team::clone(&base);
        events.iter().for_each(|event| next.apply(now, by, event));
        let answer = self.store.commit(commit);
        let generation = self.stage(&mut staging, id, next);
        Ok(Decided::Waiting { events, generation, answer })
    }

    fn stage(&self, staging: &mut HashMap<IssuerId, Staged>, id: IssuerId, team: Team) -> u64 {
        let team = Arc::new(team);
        let fresh = || self.generations.fetch_add(1, Ordering::Relaxed);
        let staged = staging.entry(id).or_insert_with(|| Staged {
            team: Arc::clone(&team),
            pending: 0,
            generation: fresh(),
        });
        staged.team = team;
        staged.pending += 1;
        staged.generation
    }

    fn commit_of(
        &self,
        state: &State,
        of: Stream,
        expected_version: u64,
        by: Actor,
        events: &[Event],
        alongside: Alongside,
    ) -> Result<Commit, Failure> {
        let at = self.check_clock(state)?;
        self.in_use().must_be_in_force(state)?;
        if let Some(event) = events.iter().find(|event| event.level() > state.level()) {
            let (name, level) = (event.name(), event.level());
            return Err(Failure::Fault(format!(
                "{name} needs ledger format {level}: run `counterfoil ledger upgrade`"
            )));
        }
        let bytes = |event: &Event| Entry { of, at, by, event: event.clone() }.to_bytes();
        Ok(Commit {
            seen: state.head(),
            stream: of.to_string(),
            expected_version,
            events: events.iter().map(bytes).collect(),
            claims: alongside.claims,
            side: alongside.side,
        })
    }

    fn check_clock(&self, state: &State) -> Result<Timestamp, Failure> {
        let now = self.now();
        let behind = state.latest().since(now);
        if behind > CLOCK_TOLERANCE {
            Err(Failure::ClockBehind { behind_seconds: behind.as_secs() })
        } else {
            Ok(now)
        }
    }

    /// Takes the answer to a commit in: after a success the state has it, after a failure nobody
    /// decides on it any more.
    async fn settle(
        &self,
        id: IssuerId,
        generation: u64,
        answer: Result<Committed, CommitFault>,
    ) -> Result<Position, CommitFault> {
        let known = match &answer {
            Ok(committed) => self.take_in(committed).await,
            Err(_) => Ok(()),
        };
        {
            let mut staging = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(staged) = staging.get_mut(&id).filter(|staged| staged.generation == generation) {
                staged.pending -= 1;
                if answer.is_err() || staged.pending == 0 {
                    staging.remove(&id);
                }
            }
        }
        self.settled.notify_waiters();
        let committed = answer?;
        known.map_err(|failure| CommitFault::Unknown(failure.to_string()))?;
        Ok(committed.last)
    }

    /// Waits until nothing of this team is on its way, or for a moment.
    async fn until_settled(&self, id: IssuerId) {
        let notified = self.settled.notified();
        let busy = self.staging.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id);
        if busy {
            let _ = tokio::time::timeout(Duration::from_secs(2), notified).await;
        }
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

/// A store that is gone without an answer may have committed.
fn answered(
    answer: Result<Result<Committed, CommitFault>, oneshot::error::RecvError>,
) -> Result<Committed, CommitFault> {
    answer.unwrap_or_else(|_| Err(CommitFault::Unknown("the store has shut down".into())))
}

fn rejected(fault: CommitFault) -> Rejected {
    match fault {
        CommitFault::ClaimTaken(index) => Rejected::ClaimTaken(index),
        CommitFault::Unexpected(name) => Rejected::Unexpected(name),
        CommitFault::OtherLedger => Failure::LedgerStopped(CommitFault::OtherLedger.to_string()).into(),
        CommitFault::Unknown(why) => Failure::Unknown(why).into(),
        CommitFault::Conflict => Failure::Unavailable("others were faster".into()).into(),
        CommitFault::Unavailable(why) => Failure::Unavailable(why).into(),
    }
}
