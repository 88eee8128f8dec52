//! The one thread that writes: it takes what waits, commits it as a group, and keeps the
//! write-ahead log short.

use super::checkpoint::Checkpoints;
use super::connection::{Fault, read, run};
use super::file::DatabaseFile;
use super::patience::Patience;
use super::{Figures, count};
use crate::store::append::Tail;
use crate::store::migrations::TABLES;
use crate::store::queue::{Done, Job, Replacement, Work, gather};
use crate::store::{Commit, CommitFault, Committed, Head, Position, Statement, StoreFault, append};
use rusqlite::{Connection, ErrorCode};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;
use tokio::sync::watch;

/// The most pieces of work that share a transaction.
const MOST_IN_A_GROUP: usize = 256;

/// What the thread works with.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) file: Arc<DatabaseFile>,
    pub(super) checkpoints: Checkpoints,
    pub(super) queue: Receiver<Job>,
    pub(super) grown: watch::Sender<Position>,
    pub(super) figures: Arc<Figures>,
    pub(super) patience: Arc<Patience>,
}

impl Writer {
    /// Works until nobody can hand in more.
    pub(super) fn work(mut self) {
        let mut next = None;
        while let Some(job) = next.take().or_else(|| self.wait_for_job()) {
            next = self.take_on(job);
            self.checkpoints.after_writing(&self.connection, &self.file);
        }
        self.checkpoints.on_closing(&self.connection, &self.file);
    }

    /// Waits for a job, and meanwhile keeps the log short.
    fn wait_for_job(&mut self) -> Option<Job> {
        if let Some(job) = self.look_for_job() {
            return Some(job);
        }
        loop {
            let patience = self.checkpoints.due().saturating_duration_since(Instant::now());
            match self.queue.recv_timeout(patience) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.checkpoints.when_due(&self.connection, &self.file),
            }
        }
    }

    /// Looks for a job for a moment, and lets whoever else wants the processor have it.
    fn look_for_job(&self) -> Option<Job> {
        let until = Instant::now() + self.patience.for_work();
        while Instant::now() < until {
            if let Ok(job) = self.queue.try_recv() {
                return Some(job);
            }
            std::thread::yield_now();
        }
        None
    }

    /// Does a job, together with the work that waits behind it. Answers a job that was taken
    /// from the queue and must be done alone.
    fn take_on(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Work(work) => {
                let (group, next) = gather(work, MOST_IN_A_GROUP, || self.queue.try_recv().ok());
                self.commit_group(group);
                next
            }
            Job::Replace(statements, reply) => {
                drop(reply.send(self.replace(statements)));
                None
            }
            Job::Forget(reply) => {
                drop(reply.send(self.checkpoints.truncate(&self.connection, &self.file)));
                None
            }
        }
    }

    /// Nobody is answered before the group is durable, refusals neither: they may rest on what
    /// came before them in the group.
    fn commit_group(&mut self, group: Vec<Work>) {
        self.patience.wrote_for(group.len());
        match self.carry_out(&group) {
            Ok((outcomes, head)) => {
                self.note(&group, &outcomes);
                self.file.note(head);
                group.into_iter().zip(outcomes).for_each(|(work, outcome)| work.answer(outcome));
                self.grown
                    .send_if_modified(|position| std::mem::replace(position, head.position) != head.position);
            }
            Err(fault) => {
                tracing::warn!(%fault, "a group of writes failed");
                let fault = CommitFault::from(fault);
                group.into_iter().for_each(|work| work.answer(Err(fault.clone())));
            }
        }
    }

    fn note(&mut self, group: &[Work], outcomes: &[Result<Done, CommitFault>]) {
        count(&self.figures.groups);
        for (work, outcome) in group.iter().zip(outcomes) {
            match (work, outcome) {
                (_, Err(_)) => count(&self.figures.refused),
                (Work::Commit(..), Ok(_)) => count(&self.figures.commits),
                (Work::Write(..), Ok(_)) => count(&self.figures.writes),
            }
            if outcome.is_ok() && work.erases() {
                self.checkpoints.erased();
            }
        }
    }

    /// One transaction. What was refused in it left nothing behind.
    fn carry_out(&self, group: &[Work]) -> Result<(Vec<Result<Done, CommitFault>>, Head), StoreFault> {
        self.file.check()?;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        match self.within_transaction(group) {
            // Alone in its transaction, what is refused is undone with it.
            Ok(outcome) if matches!(&*outcome.0, [Err(_)]) => {
                self.roll_back();
                Ok(outcome)
            }
            Ok(outcome) => self.commit().map(|()| outcome),
            Err(fault) => {
                self.roll_back();
                Err(fault)
            }
        }
    }

    fn within_transaction(
        &self,
        group: &[Work],
    ) -> Result<(Vec<Result<Done, CommitFault>>, Head), StoreFault> {
        let head = append::read_head(read(&self.connection, &append::head())?)?;
        let last_stream = read(&self.connection, &append::last_stream())?;
        let mut tail = Tail::new(head, last_stream.first().map_or(Ok(0), |row| row.integer(0))?);
        let outcomes = match group {
            [alone] => vec![refused_or_done(self.work_on(&mut tail, alone))?],
            _ => group.iter().map(|work| self.one(&mut tail, work)).collect::<Result<_, _>>()?,
        };
        if tail.head() != head {
            run(&self.connection, &append::move_head(&tail.head()))?;
        }
        Ok((outcomes, tail.head()))
    }

    /// One piece of work, undone by itself if it is refused.
    fn one(&self, tail: &mut Tail, work: &Work) -> Result<Result<Done, CommitFault>, StoreFault> {
        self.execute("SAVEPOINT work")?;
        let outcome = refused_or_done(self.work_on(tail, work))?;
        if outcome.is_err() {
            self.execute("ROLLBACK TO work")?;
        }
        self.execute("RELEASE work")?;
        Ok(outcome)
    }

    fn work_on(&self, tail: &mut Tail, work: &Work) -> Result<Done, Fault> {
        match work {
            Work::Commit(commit, _) => self.append(tail, commit).map(Done::Committed),
            Work::Write(statements, _) => self.write(statements).map(Done::Wrote),
        }
    }

    fn append(&self, tail: &mut Tail, commit: &Commit) -> Result<Committed, Fault> {
        for question in tail.questions(commit) {
            let answer = run(&self.connection, &question.statement())?;
            tail.learn(question, &answer).map_err(|fault| Fault::Refused(fault.into()))?;
        }
        let admitted = tail.admit(commit).map_err(Fault::Refused)?;
        for statement in admitted.statements.iter().chain(&commit.side) {
            run(&self.connection, statement)?;
        }
        tail.take(&admitted);
        Ok(Committed { last: admitted.head.position, rows: admitted.rows })
    }

    fn write(&self, statements: &[Statement]) -> Result<Vec<Vec<crate::store::Row>>, Fault> {
        statements.iter().map(|statement| run(&self.connection, statement)).collect()
    }

    fn replace(&mut self, statements: Replacement) -> Result<(), StoreFault> {
        self.file.check()?;
        self.execute("BEGIN IMMEDIATE")?;
        let outcome = self.replace_all(statements).and_then(|head| self.commit().map(|()| head));
        match outcome {
            Ok(head) => {
                self.file.note(head);
                self.grown.send_replace(head.position);
                self.checkpoints.erased();
                Ok(())
            }
            Err(fault) => {
                self.roll_back();
                Err(fault)
            }
        }
    }

    fn replace_all(&self, statements: Replacement) -> Result<Head, StoreFault> {
        for table in TABLES {
            self.connection.execute(&format!("DELETE FROM {table}"), [])?;
        }
        for statement in statements {
            run(&self.connection, &statement)?;
        }
        append::read_head(read(&self.connection, &append::head())?)
    }

    /// A commit whose sync failed may or may not be on the disk, and the system has forgotten
    /// which pages were lost. Nothing that this process knows can be trusted from here on.
    fn commit(&self) -> Result<(), StoreFault> {
        let Err(error) = self.execute_raw("COMMIT") else { return Ok(()) };
        if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
            tracing::error!(%error, "the disk failed while committing: stopping, since nobody knows what it holds");
            std::process::abort();
        }
        self.roll_back();
        Err(error.into())
    }

    /// SQLite may have rolled back by itself already.
    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute_raw("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn execute(&self, sql: &'static str) -> Result<(), StoreFault> {
        Ok(self.execute_raw(sql)?)
    }

    fn execute_raw(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

/// What was refused leaves the transaction whole; what the engine could not do ends it.
fn refused_or_done(outcome: Result<Done, Fault>) -> Result<Result<Done, CommitFault>, StoreFault> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Fault::Refused(fault)) => Ok(Err(fault)),
        Err(fault) => Err(fault.into()),
    }
}
