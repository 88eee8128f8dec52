//! A connection, made fit for the ledger, and carrying out statements on it.

use super::address::Address;
use crate::store::{CommitFault, Row, Statement, StoreFault, Value};
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::{AsyncMessage, Client, Error, SimpleQueryMessage};

/// How long the head may take to be read: how fresh a server's view is hangs on it, so a database that
/// hangs must be noticed soon.
pub(super) const HEAD_PATIENCE: Duration = Duration::from_secs(3);
/// How long any other answer may take. A disk that syncs slowly for a while is no database that hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer of many rows may take.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(30);

/// What a session is set to. A lock is given up before the patience of whoever waits ends, and a
/// server that vanished within a transaction holds the head for seconds only.
///
/// `synchronous_commit` may be stricter already, and is left so.
const SETTINGS: &str = "
    SET lock_timeout = '2s';
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = '5s';
    SET client_min_messages = 'warning';
    SELECT set_config('synchronous_commit',
        CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false);
    SELECT current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery(),
        current_setting('server_encoding'), current_setting('server_version_num')";

/// The oldest PostgreSQL that is still kept up by its makers.
const OLDEST_GOOD: u32 = 140_000;

/// A connection that is fit for the ledger.
pub(super) struct Connected {
    client: Client,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
    warnings: Arc<AtomicU64>,
    notified: Arc<Notify>,
}

/// Why something was not done on a connection.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database, or the way to it.
    Engine(Error),
    /// No answer in time.
    Late,
}

/// What a statement found: its rows, and how many it changed or answered.
pub(super) type Found = (Vec<Row>, u64);

type Step<'a> = Pin<Box<dyn Future<Output = Result<Found, Error>> + Send + 'a>>;

impl Connected {
    /// Connects and sets the session up.
    ///
    /// # Errors
    /// `Unfit` for a database that would lose what it acknowledged, or takes no writes.
    pub(super) async fn to(address: &Address) -> Result<Self, StoreFault> {
        let connecting = address.config.connect(address.tls.clone());
        let (client, mut connection) = within(HEAD_PATIENCE, connecting).await?;
        let (warnings, notified) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (warned, told) = (Arc::clone(&warnings), Arc::clone(&notified));
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    AsyncMessage::Notice(notice) if notice.parsed_severity() == Some(Severity::Warning) => {
                        tracing::warn!(message = notice.message(), "the database warns");
                        warned.fetch_add(1, Ordering::SeqCst);
                    }
                    AsyncMessage::Notification(_) => told.notify_one(),
                    _ => {}
                }
            }
        });
        let answer = within(PATIENCE, client.simple_query(SETTINGS)).await?;
        refuse_unfit(&answer)?;
        Ok(Self { client, prepared: HashMap::new(), warnings, notified })
    }

    /// How many warnings have come on this connection. Those that belong to an answer are counted
    /// before the answer is there.
    pub(super) fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::SeqCst)
    }

    /// Told whenever a notification comes.
    pub(super) fn notified(&self) -> Arc<Notify> {
        Arc::clone(&self.notified)
    }

    /// Whether nothing can be asked any more.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Carries out one statement, whatever it expects.
    pub(super) async fn one(&mut self, statement: &Statement, patience: Duration) -> Result<Found, Fault> {
        within(patience, async {
            prepare(&mut self.prepared, &self.client, statement.sql).await?;
            let Some(prepared) = self.prepared.get(statement.sql) else { return Ok((Vec::new(), 0)) };
            carry_out(&self.client, prepared, &statement.values).await
        })
        .await
    }

    /// Carries out these statements, sent together, and answers what each found, in order. After
    /// one that failed within a transaction, all others fail too.
    pub(super) async fn all(&mut self, statements: &[Sent<'_>]) -> Result<Vec<Result<Found, Error>>, Fault> {
        within(PATIENCE, async {
            for sent in statements {
                if let Sent::Statement(statement) = sent {
                    prepare(&mut self.prepared, &self.client, statement.sql).await?;
                }
            }
            let steps = statements.iter().filter_map(|sent| self.step(sent)).collect();
            Ok::<_, Error>(in_order(steps).await)
        })
        .await
    }

    /// Carries out commands without parameters and answers.
    pub(super) async fn command(&self, sql: &str) -> Result<(), Fault> {
        within(PATIENCE, self.client.batch_execute(sql)).await
    }

    /// Carries out commands without parameters and answers, however long it takes.
    pub(super) async fn long_command(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    fn step<'a>(&'a self, sent: &'a Sent<'_>) -> Option<Step<'a>> {
        Some(match sent {
            Sent::Statement(statement) => {
                let prepared = self.prepared.get(statement.sql)?;
                Box::pin(carry_out(&self.client, prepared, &statement.values))
            }
            Sent::Command(sql) => Box::pin(async move {
                self.client.batch_execute(sql).await?;
                Ok((Vec::new(), 0))
            }),
        })
    }
}

/// One of several things that are sent together.
pub(super) enum Sent<'a> {
    /// A statement.
    Statement(&'a Statement),
    /// A command without parameters and answers.
    Command(String),
}

/// Waits for the database, but not for ever.
pub(super) async fn within<T, E: Into<Fault>>(
    patience: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    timeout(patience, work).await.map_err(|_| Fault::Late)?.map_err(Into::into)
}

async fn prepare(
    known: &mut HashMap<&'static str, tokio_postgres::Statement>,
    client: &Client,
    sql: &'static str,
) -> Result<(), Error> {
    if !known.contains_key(sql) {
        known.insert(sql, client.prepare(sql).await?);
    }
    Ok(())
}

async fn carry_out(
    client: &Client,
    prepared: &tokio_postgres::Statement,
    values: &[Value],
) -> Result<Found, Error> {
    let mut answer = pin!(client.query_raw(prepared, values).await?);
    let mut rows = Vec::new();
    while let Some(row) = answer.try_next().await? {
        let columns = (0..row.len()).map(|column| row.try_get::<_, Value>(column));
        rows.push(Row::new(columns.collect::<Result<_, _>>()?));
    }
    Ok((rows, answer.rows_affected().unwrap_or(0)))
}

/// Polls each future once, in order, which sends its request; then waits for the answers, which
/// come in the same order.
async fn in_order(mut steps: Vec<Step<'_>>) -> Vec<Result<Found, Error>> {
    let mut answers: Vec<Option<Result<Found, Error>>> = Vec::with_capacity(steps.len());
    for step in &mut steps {
        answers.push(poll_fn(|context| Poll::Ready(poll_once(step, context))).await);
    }
    let mut outcomes = Vec::with_capacity(steps.len());
    for (step, answer) in steps.into_iter().zip(answers) {
        outcomes.push(match answer {
            Some(answer) => answer,
            None => step.await,
        });
    }
    outcomes
}

fn poll_once(step: &mut Step<'_>, context: &mut std::task::Context<'_>) -> Option<Result<Found, Error>> {
    match step.as_mut().poll(context) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

fn refuse_unfit(answer: &[SimpleQueryMessage]) -> Result<(), StoreFault> {
    let last = answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let setting = |column| last.and_then(|row| row.get(column)).unwrap_or_default();
    refuse_settings([setting(0), setting(1), setting(2), setting(3), setting(4)])
}

fn refuse_settings([fsync, full_pages, standby, encoding, version]: [&str; 5]) -> Result<(), StoreFault> {
    let why = if fsync != "on" {
        "the database has fsync=off: it forgets what it acknowledged when the power fails"
    } else if full_pages != "on" {
        "the database has full_page_writes=off: it is damaged when the power fails"
    } else if standby != "f" {
        "the database is a standby and takes no writes: name the primary"
    } else if encoding != "UTF8" {
        "the database's encoding is not UTF8"
    } else if version.parse::<u32>().is_ok_and(|version| version >= OLDEST_GOOD) {
        return Ok(());
    } else {
        "the database is older than PostgreSQL 14"
    };
    Err(StoreFault::Unfit(why.into()))
}

impl Fault {
    /// Whether the same may well succeed when it is done again.
    pub(super) fn is_passing(&self) -> bool {
        let code = match self {
            Self::Engine(error) => error.code(),
            Self::Late => None,
        };
        code.is_some_and(|code| {
            [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
        })
    }

    /// Whether the database answered, so that it is known that it did not do it.
    pub(super) fn is_an_answer(&self) -> bool {
        let Self::Engine(error) = self else { return false };
        error.as_db_error().is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
    }
}

/// Whether the error is a rule of the tables that a statement broke.
pub(super) fn is_broken_rule(error: &Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("23"))
}

/// Says what happened, without what statements carried.
impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::Late => return out.write_str("the database does not answer"),
            Self::Engine(error) => error,
        };
        match (error.as_db_error(), error.source()) {
            (Some(answer), _) => write!(out, "{} ({})", answer.message(), answer.code().code()),
            (None, Some(cause)) => write!(out, "{error}: {cause}"),
            (None, None) => error.fmt(out),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Fault> for StoreFault {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::Engine(error) => error.code().map(SqlState::code),
            Fault::Late => None,
        };
        match code {
            Some("XX001" | "XX002") => Self::Corrupt(fault.to_string()),
            _ => Self::Unavailable(fault.to_string()),
        }
    }
}

impl From<Fault> for CommitFault {
    fn from(fault: Fault) -> Self {
        Self::Unavailable(fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_would_lose_what_it_acknowledged_is_refused() {
        let good = ["on", "on", "f", "UTF8", "150004"];
        assert_eq!(refuse_settings(good), Ok(()));
        for (at, bad) in [(0, "off"), (1, "off"), (2, "t"), (3, "LATIN1"), (4, "130000"), (4, "")] {
            let mut settings = good;
            settings[at] = bad;
            assert!(matches!(refuse_settings(settings), Err(StoreFault::Unfit(_))), "{settings:?}");
        }
    }
}
