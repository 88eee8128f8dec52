//! What waits for an engine's writer, and how it is answered.

use super::{Commit, CommitFault, Committed, Row, Statement, StoreFault};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most jobs that may wait; beyond, callers are told at once.
pub(crate) const MOST_WAITING: usize = 4096;

/// Where an answer goes.
pub(crate) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// The answer to a commit, once it is durable or refused.
///
/// Whoever awaits it may look for it again and again for a moment before they sleep: to wake a thread takes
/// nearly as long as a quick disk takes to sync. Other tasks go on in between, and other threads.
#[derive(Debug)]
#[must_use = "a commit is durable only when its answer says so"]
pub struct Answer {
    receiver: oneshot::Receiver<Result<Committed, CommitFault>>,
    watchful_for: Duration,
    watched_until: Option<Instant>,
}

impl Answer {
    /// An answer that comes this way, and for how long it is looked for before whoever awaits it sleeps.
    pub(crate) const fn by(
        receiver: oneshot::Receiver<Result<Committed, CommitFault>>,
        watchful_for: Duration,
    ) -> Self {
        Self { receiver, watchful_for, watched_until: None }
    }
}

impl Future for Answer {
    type Output = Result<Committed, CommitFault>;

    /// A store that is gone without an answer may have committed.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(answer) = Pin::new(&mut self.receiver).poll(context) {
            let gone = |_| Err(CommitFault::Unknown("the store has shut down".into()));
            return Poll::Ready(answer.unwrap_or_else(gone));
        }
        if !self.watchful_for.is_zero() {
            let now = Instant::now();
            let until = now + self.watchful_for;
            if now < *self.watched_until.get_or_insert(until) {
                std::thread::yield_now();
                context.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

/// The statements that replace everything.
pub(crate) type Replacement = Box<dyn Iterator<Item = Statement> + Send>;

/// Something for the writer to do.
pub(crate) enum Job {
    /// May share a transaction with what waits behind it.
    Work(Work),
    /// Replaces everything.
    Replace(Replacement, Reply<(), StoreFault>),
    /// Makes erased bytes unreadable now.
    Forget(Reply<(), StoreFault>),
}

/// Something that is written, whole or not at all.
pub(crate) enum Work {
    /// Events, with what belongs to them.
    Commit(Box<Commit>, Reply<Committed, CommitFault>),
    /// Side writes only.
    Write(Vec<Statement>, Reply<Vec<Vec<Row>>, StoreFault>),
}

/// What shares a transaction with this work: what waits behind it, up to so many, as far as the
/// next job that must be done alone, which is answered too.
pub(crate) fn gather(
    first: Work,
    most: usize,
    mut next: impl FnMut() -> Option<Job>,
) -> (Vec<Work>, Option<Job>) {
    let mut group = vec![first];
    while group.len() < most {
        match next() {
            Some(Job::Work(work)) => group.push(work),
            other => return (group, other),
        }
    }
    (group, None)
}

/// What became of a piece of work that was not refused.
#[derive(Debug)]
pub(crate) enum Done {
    /// The commit's events stand here.
    Committed(Committed),
    /// The rows that each statement answered.
    Wrote(Vec<Vec<Row>>),
}

impl Work {
    /// The side writes.
    pub(crate) fn side(&self) -> &[Statement] {
        match self {
            Self::Commit(commit, _) => &commit.side,
            Self::Write(statements, _) => statements,
        }
    }

    /// Whether it removes bytes that must vanish from the engine's log too.
    pub(crate) fn erases(&self) -> bool {
        self.side().iter().any(|statement| statement.erases)
    }

    /// Tells whoever waits. Nobody may be waiting any more; that changes nothing.
    pub(crate) fn answer(self, outcome: Result<Done, CommitFault>) {
        match (self, outcome) {
            (Self::Commit(_, reply), Ok(Done::Committed(committed))) => drop(reply.send(Ok(committed))),
            (Self::Commit(_, reply), Ok(Done::Wrote(_))) => drop(reply.send(Err(astray()))),
            (Self::Commit(_, reply), Err(fault)) => drop(reply.send(Err(fault))),
            (Self::Write(_, reply), Ok(Done::Wrote(rows))) => drop(reply.send(Ok(rows))),
            (Self::Write(_, reply), Ok(Done::Committed(_))) => drop(reply.send(Err(astray().into()))),
            (Self::Write(_, reply), Err(fault)) => drop(reply.send(Err(fault.into()))),
        }
    }
}

impl Job {
    /// Refuses the job.
    pub(crate) fn refuse(self, fault: CommitFault) {
        match self {
            Self::Work(work) => work.answer(Err(fault)),
            Self::Replace(_, reply) | Self::Forget(reply) => drop(reply.send(Err(fault.into()))),
        }
    }
}

impl From<CommitFault> for StoreFault {
    /// What a commit's fault means to a side write.
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::Unexpected(name) => Self::Unexpected(name),
            CommitFault::Unavailable(why) => Self::Unavailable(why),
            CommitFault::Unknown(why) => Self::Unavailable(format!("{why}; the write may have happened")),
            CommitFault::OtherLedger | CommitFault::Conflict | CommitFault::ClaimTaken(_) => {
                Self::Corrupt(fault.to_string())
            }
        }
    }
}

impl From<StoreFault> for CommitFault {
    /// What a fault of the store means to a commit that could not be carried out.
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Unexpected(name) => Self::Unexpected(name),
            StoreFault::Corrupt(_) => Self::OtherLedger,
            StoreFault::Unavailable(why) => Self::Unavailable(why),
            StoreFault::Newer { .. } | StoreFault::Unfit(_) => Self::Unavailable(fault.to_string()),
        }
    }
}

/// What callers hear when the writer is gone.
pub(crate) fn closed() -> StoreFault {
    StoreFault::Unavailable("it is closed".into())
}

/// What callers hear when too much waits.
pub(crate) fn full() -> StoreFault {
    StoreFault::Unavailable("too many writes are waiting".into())
}

fn astray() -> CommitFault {
    CommitFault::Unknown("the answer belongs to another write".into())
}
