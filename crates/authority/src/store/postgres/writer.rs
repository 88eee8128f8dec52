//! The one task that writes: it takes what waits and commits it as a group.
//!
//! A group takes few round trips, however many commits it holds: the head's lock; everything the
//! commits ask; everything they write, sent together in the hope that nothing is refused; the
//! head and the end. A side write that does find other rows than it needs is undone to its
//! savepoint, together with what stands behind it, which is then written again without it.

use super::address::Address;
use super::connection::{Connected, Fault, Found, PATIENCE, Sent, is_broken_rule};
use super::{Figures, count};
use crate::store::append::{Admitted, Tail};
use crate::store::migrations::TABLES;
use crate::store::queue::{Done, Job, Replacement, Work, gather};
use crate::store::{Commit, CommitFault, Committed, Head, Position, Statement, StoreFault, append};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep};
use tokio_postgres::Error;

/// The most pieces of work that share a transaction. Each may be a subtransaction, and more than
/// 64 of those make reading slow for everybody.
const MOST_IN_A_GROUP: usize = 60;
/// How often a group is tried that lost against another transaction.
const MOST_TRIES: u32 = 5;
/// How many statements of a replacement are sent together.
const SENT_TOGETHER: usize = 256;
/// How long it waits after a failed attempt to connect; twice as long after each, up to the most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

const LOCKED_HEAD: &str = "SELECT epoch, position, hash FROM head WHERE id = 1 FOR UPDATE";

/// What the task works with.
pub(super) struct Writer {
    pub(super) address: Address,
    pub(super) connection: Option<Connected>,
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) grown: watch::Sender<Position>,
    pub(super) committed: Arc<Notify>,
    pub(super) figures: Arc<Figures>,
    pub(super) rest: Rest,
}

/// When the next attempt to connect may be made.
#[derive(Default)]
pub(super) struct Rest {
    until: Option<(Instant, StoreFault)>,
    pause: Duration,
}

type Outcome = Result<Done, CommitFault>;

impl Writer {
    /// Works until nobody can hand in more.
    pub(super) async fn work(mut self) {
        let mut next = None;
        while let Some(job) = match next.take() {
            Some(job) => Some(job),
            None => self.queue.recv().await,
        } {
            next = self.take_on(job).await;
        }
    }

    /// Does a job, together with the work that waits behind it. Answers a job that was taken
    /// from the queue and must be done alone.
    async fn take_on(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Work(work) => {
                let (group, next) = gather(work, MOST_IN_A_GROUP, || self.queue.try_recv().ok());
                self.commit_group(group).await;
                return next;
            }
            Job::Replace(statements, reply) => drop(reply.send(self.replace(statements).await)),
            // PostgreSQL's log can't be emptied from here.
            Job::Forget(reply) => drop(reply.send(Ok(()))),
        }
        None
    }

    async fn commit_group(&mut self, group: Vec<Work>) {
        match self.try_group(&group).await {
            Ok((outcomes, head)) => {
                self.note(&group, &outcomes);
                self.tell(head);
                group.into_iter().zip(outcomes).for_each(|(work, outcome)| work.answer(outcome));
            }
            Err(fault) => {
                tracing::warn!(%fault, "a group of writes failed");
                group.into_iter().for_each(|work| work.answer(Err(fault.clone())));
            }
        }
    }

    fn note(&self, group: &[Work], outcomes: &[Outcome]) {
        count(&self.figures.groups);
        for (work, outcome) in group.iter().zip(outcomes) {
            match (work, outcome) {
                (_, Err(_)) => count(&self.figures.refused),
                (Work::Commit(..), Ok(_)) => count(&self.figures.commits),
                (Work::Write(..), Ok(_)) => count(&self.figures.writes),
            }
        }
    }

    fn tell(&self, head: Head) {
        if self.grown.send_if_modified(|position| std::mem::replace(position, head.position) != head.position)
        {
            self.committed.notify_one();
        }
    }

    /// A group that lost against another transaction is tried again, a few times.
    async fn try_group(&mut self, group: &[Work]) -> Result<(Vec<Outcome>, Head), CommitFault> {
        let mut pause = Duration::from_millis(5);
        for _ in 1..MOST_TRIES {
            match self.try_once(group).await {
                Err(Broken::Engine(fault)) if fault.is_passing() => {
                    count(&self.figures.retries);
                    sleep(pause).await;
                    pause *= 2;
                }
                outcome => return outcome.map_err(Into::into),
            }
        }
        self.try_once(group).await.map_err(Into::into)
    }

    /// A connection on which something failed is given up, and its transaction with it.
    async fn try_once(&mut self, group: &[Work]) -> Result<(Vec<Outcome>, Head), Broken> {
        let mut connection = self.connected().await?;
        let outcome = Group { connection: &mut connection, work: group }.carry_out().await?;
        self.connection = Some(connection);
        Ok(outcome)
    }

    async fn connected(&mut self) -> Result<Connected, StoreFault> {
        if let Some(connection) = self.connection.take().filter(|connection| !connection.is_closed()) {
            return Ok(connection);
        }
        self.rest.refuse()?;
        count(&self.figures.connects);
        let connecting = Connected::to(&self.address).await;
        self.rest.note(connecting.as_ref().err());
        connecting
    }

    async fn replace(&mut self, statements: Replacement) -> Result<(), StoreFault> {
        let mut connection = self.connected().await?;
        let head = replace_all(&mut connection, statements).await?;
        connection.long_command("COMMIT").await?;
        self.connection = Some(connection);
        self.grown.send_replace(head.position);
        self.committed.notify_one();
        Ok(())
    }
}

/// Why a group was not committed.
enum Broken {
    /// Something failed before the end.
    Engine(Fault),
    /// What every caller of the group is told.
    Told(CommitFault),
}

/// A group within its transaction.
struct Group<'a> {
    connection: &'a mut Connected,
    work: &'a [Work],
}

/// A piece of work that is being written: which one, what admitted it if it is a commit, and
/// which of the answers are its own.
struct Written {
    index: usize,
    admitted: Option<Admitted>,
    answers: Range<usize>,
}

impl Group<'_> {
    async fn carry_out(mut self) -> Result<(Vec<Outcome>, Head), Broken> {
        let learnt = self.begin().await?;
        let learnt = self.learn(learnt).await?;
        let (outcomes, tail) = self.write(&learnt).await?;
        self.end(learnt.head(), tail.head()).await?;
        Ok((outcomes, tail.head()))
    }

    /// Begins, takes the head's lock, and reads what is under it.
    async fn begin(&mut self) -> Result<Tail, Broken> {
        let (head, last) = (Statement::new(LOCKED_HEAD, vec![]), append::last_stream());
        let begin = Sent::Command("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE".into());
        let answers = self.connection.all(&[begin, Sent::Statement(&head), Sent::Statement(&last)]).await?;
        let mut answers = succeeded(answers)?.into_iter().skip(1).map(|(rows, _)| rows);
        let head = append::read_head(answers.next().unwrap_or_default())?;
        let last = answers.next().unwrap_or_default();
        Ok(Tail::new(head, last.first().map_or(Ok(0), |row| row.integer(0))?))
    }

    /// Asks everything that the commits need to know.
    async fn learn(&mut self, mut tail: Tail) -> Result<Tail, Broken> {
        let questions: HashSet<_> = self.commits().flat_map(|commit| tail.questions(commit)).collect();
        let questions: Vec<_> =
            questions.into_iter().map(|question| (question.statement(), question)).collect();
        let sent: Vec<_> = questions.iter().map(|(statement, _)| Sent::Statement(statement)).collect();
        let answers = succeeded(self.connection.all(&sent).await?)?;
        for ((_, question), (rows, _)) in questions.into_iter().zip(answers) {
            tail.learn(question, &rows)?;
        }
        Ok(tail)
    }

    /// Writes everything that is admitted, again and again until nothing more is refused.
    async fn write(&mut self, learnt: &Tail) -> Result<(Vec<Outcome>, Tail), Broken> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(self.work.len());
        let mut settled = learnt.clone();
        while outcomes.len() < self.work.len() {
            let first = outcomes.len();
            let mut tail = settled.clone();
            let (plan, mut written) = self.plan(first, &mut tail);
            let mut answers = self.connection.all(&sent(self.work, &written)).await?;
            let refused = self.first_refused(&written, &answers)?;
            let end = refused.as_ref().map_or(written.len(), |(at, _)| *at);
            let stopped = written.get(end).map_or(self.work.len(), |written| written.index);
            written.truncate(end);
            let mut done = written.into_iter();
            for refusal in plan.into_iter().take(stopped - first) {
                outcomes.push(match refusal {
                    Some(fault) => Err(fault),
                    None => Ok(self.done(done.next(), &mut settled, &mut answers)),
                });
            }
            if let Some((_, fault)) = refused {
                self.connection.command(&format!("ROLLBACK TO {}", savepoint(stopped))).await?;
                outcomes.push(Err(fault));
            }
        }
        Ok((outcomes, settled))
    }

    /// What is refused and what is to be written of the work from `first` on.
    fn plan(&self, first: usize, tail: &mut Tail) -> (Vec<Option<CommitFault>>, Vec<Written>) {
        let (mut plan, mut written, mut answers) = (Vec::new(), Vec::new(), 0);
        for (index, work) in self.work.iter().enumerate().skip(first) {
            let admitted = match work {
                Work::Commit(commit, _) => tail.admit(commit).map(Some),
                Work::Write(..) => Ok(None),
            };
            let admitted = match admitted {
                Ok(admitted) => admitted,
                Err(fault) => {
                    plan.push(Some(fault));
                    continue;
                }
            };
            if let Some(admitted) = &admitted {
                tail.take(admitted);
            }
            let own = admitted.as_ref().map_or(0, |admitted| admitted.statements.len());
            let end = answers + 1 + own + work.side().len();
            written.push(Written { index, admitted, answers: answers..end });
            answers = end;
            plan.push(None);
        }
        (plan, written)
    }

    /// The first piece of work that was refused, by its place, and why.
    fn first_refused(
        &self,
        written: &[Written],
        answers: &[Result<Found, Error>],
    ) -> Result<Option<(usize, CommitFault)>, Broken> {
        for (at, each) in written.iter().enumerate() {
            let answers = answers.get(each.answers.start + 1..each.answers.end).unwrap_or_default();
            for (statement, answer) in statements_of(self.work, each).zip(answers) {
                let is_good = match answer {
                    Ok((_, count)) => statement.is_met_by(*count),
                    Err(error) if is_broken_rule(error) => false,
                    Err(error) => return Err(broken(error)),
                };
                if !is_good {
                    return Ok(Some((at, CommitFault::Unexpected(statement.name()))));
                }
            }
        }
        Ok(None)
    }

    fn done(&self, written: Option<Written>, tail: &mut Tail, answers: &mut [Result<Found, Error>]) -> Done {
        let Some(written) = written else { return Done::Wrote(Vec::new()) };
        if let Some(admitted) = written.admitted {
            tail.take(&admitted);
            return Done::Committed(Committed { last: admitted.head.position, rows: admitted.rows });
        }
        let answers = answers.get_mut(written.answers.start + 1..written.answers.end).unwrap_or_default();
        let rows = answers
            .iter_mut()
            .map(|answer| answer.as_mut().map_or_else(|_| Vec::new(), |(rows, _)| std::mem::take(rows)));
        Done::Wrote(rows.collect())
    }

    /// Moves the head and commits. From here on, whoever gets no answer does not know.
    ///
    /// A warning means that the commit stands here but the standby has not got it.
    async fn end(&mut self, from: Head, to: Head) -> Result<(), Broken> {
        let warnings = self.connection.warnings();
        let moved = append::move_head(&to);
        let mut sent = vec![Sent::Statement(&moved), Sent::Command("COMMIT".into())];
        if from == to {
            sent.remove(0);
        }
        match self.connection.all(&sent).await.and_then(|answers| succeeded(answers).map_err(Fault::Engine)) {
            Ok(_) if self.connection.warnings() == warnings => Ok(()),
            Ok(_) => Err(unknown("the database committed with a warning, so perhaps on one machine only")),
            Err(fault) if fault.is_an_answer() => Err(Broken::Engine(fault)),
            Err(fault) => Err(unknown(&fault.to_string())),
        }
    }

    fn commits(&self) -> impl Iterator<Item = &Commit> {
        self.work.iter().filter_map(|work| match work {
            Work::Commit(commit, _) => Some(&**commit),
            Work::Write(..) => None,
        })
    }
}

async fn replace_all(connection: &mut Connected, mut statements: Replacement) -> Result<Head, StoreFault> {
    connection.command("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    connection.command("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
    connection.one(&Statement::new(LOCKED_HEAD, vec![]), PATIENCE).await?;
    for table in TABLES {
        connection.long_command(&format!("DELETE FROM {table}")).await?;
    }
    loop {
        let next: Vec<Statement> = statements.by_ref().take(SENT_TOGETHER).collect();
        if next.is_empty() {
            break;
        }
        let sent: Vec<_> = next.iter().map(Sent::Statement).collect();
        let found = succeeded(connection.all(&sent).await?).map_err(Fault::Engine)?;
        if let Some((statement, _)) =
            next.iter().zip(found).find(|(statement, (_, count))| !statement.is_met_by(*count))
        {
            return Err(StoreFault::Unexpected(statement.name()));
        }
    }
    append::read_head(connection.one(&append::head(), PATIENCE).await?.0)
}

impl Rest {
    /// Refuses while it is too early to connect again.
    fn refuse(&self) -> Result<(), StoreFault> {
        match &self.until {
            Some((until, fault)) if Instant::now() < *until => Err(fault.clone()),
            _ => Ok(()),
        }
    }

    fn note(&mut self, fault: Option<&StoreFault>) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.until = fault.map(|fault| (Instant::now() + self.pause, fault.clone()));
        if fault.is_none() {
            self.pause = Duration::ZERO;
        }
    }
}

/// What is sent to write this: each piece of work behind a savepoint of its own.
fn sent<'a>(work: &'a [Work], written: &'a [Written]) -> Vec<Sent<'a>> {
    let mut sent = Vec::new();
    for each in written {
        sent.push(Sent::Command(format!("SAVEPOINT {}", savepoint(each.index))));
        sent.extend(statements_of(work, each).map(Sent::Statement));
    }
    sent
}

/// What writes a piece of work: its own statements, then its side writes.
fn statements_of<'a>(work: &'a [Work], written: &'a Written) -> impl Iterator<Item = &'a Statement> {
    let own = written.admitted.as_ref().map_or(&[][..], |admitted| &admitted.statements);
    let side = work.get(written.index).map_or(&[][..], Work::side);
    own.iter().chain(side)
}

/// The answers, if all are good; else the first that is not: those behind it only say that the
/// transaction has failed.
fn succeeded(answers: Vec<Result<Found, Error>>) -> Result<Vec<Found>, Error> {
    answers.into_iter().collect()
}

fn savepoint(index: usize) -> String {
    format!("work_{index}")
}

fn unknown(why: &str) -> Broken {
    Broken::Told(CommitFault::Unknown(why.into()))
}

/// The connection is given up, so what the error says is all that is kept of it.
fn broken(error: &Error) -> Broken {
    let code = error.code().map_or("", |code| code.code());
    Broken::Told(CommitFault::Unavailable(format!("{error} {code}")))
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Engine(fault)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Engine(Fault::Engine(error))
    }
}

impl From<StoreFault> for Broken {
    fn from(fault: StoreFault) -> Self {
        Self::Told(fault.into())
    }
}

impl From<Broken> for CommitFault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Engine(fault) => fault.into(),
            Broken::Told(fault) => fault,
        }
    }
}
