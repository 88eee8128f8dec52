//! The way into the ledger: a command is decided, what was decided is made durable, and only then known.

use super::Ledger;
use crate::failure::Failure;
use crate::state::State;
use crate::store::{Answer, Claim, Commit, CommitFault, Committed, Position, Statement};
use counterfoil_core::event::{Actor, Entry, Event, Stream};
use counterfoil_core::id::IssuerId;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::{Circumstances, Command, Team, no_such_team};
use counterfoil_core::time::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How often a decision is taken again because somebody else was faster.
const MOST_TRIES: usize = 16;
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

/// A team with what was decided but is not durable yet.
pub(super) struct Staged {
    team: Arc<Team>,
    pending: usize,
    generation: u64,
}

/// What deciding led to.
enum Decided {
    /// A commit is on its way.
    Waiting { events: Vec<Event>, generation: u64, answer: Answer },
    /// Nothing needs to change.
    Nothing(Arc<Team>),
    /// It hangs on something that is not durable yet.
    Unsettled,
}

impl Ledger {
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
                    match self.settle(team, generation, answer.await).await {
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
            match answer.await {
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
