//! Lending: the servers on one database, be it one or several, share the hour of each key.
//!
//! Each server lets through only what it was lent, ahead of the requests and beside them. What it holds
//! counts as spent until it is given back, so that nothing is ever let through twice, whoever dies with a
//! loan in hand. docs/limits.md says what is promised.

mod books;

use crate::authority::Authority;
use crate::failure::Failure;
use crate::store::tables::loans::{self, LoanId, Pot, Taken};
use crate::store::tables::servers;
use crate::store::{Row, Statement, StoreFault, first_of};
use books::{Books, Due, Need};
use counterfoil_core::id::{KeyId, ServiceName};
use counterfoil_verify::{Awake, Loan};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};

/// How long a loan lasts.
const LASTING: Duration = Duration::from_secs(60);
/// How much earlier than that it is void here. The database's end is later still: it begins to count when
/// the loan is written, and we when it was asked for.
const SLACK: Duration = Duration::from_secs(1);
/// The least part of an hour that is lent, and what is lent first: it is lost for an hour if the server dies.
const LEAST_PART: u32 = 50;
/// How much more is lent next to whoever has spent most of a loan.
const GROWTH: u32 = 4;
/// How often it is looked who needs more.
const PACE: Duration = Duration::from_millis(100);
/// How long a request waits for a loan.
const PATIENCE: Duration = Duration::from_millis(1500);
/// When it is looked again whether others have given something back.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How many loans are asked for in one transaction.
const MOST_AT_ONCE: usize = 256;
/// Who has not reported for that long lends nothing any more.
const GONE_AFTER: Duration = Duration::from_secs(60);

/// What goes on with loans.
#[derive(Debug)]
pub(crate) struct Lending {
    books: Mutex<Books>,
    wanted: Notify,
    begun: AtomicU64,
    done: watch::Sender<Done>,
}

/// The last round that is done.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    round: u64,
    failed: bool,
}

impl Default for Lending {
    fn default() -> Self {
        Self {
            books: Mutex::default(),
            wanted: Notify::new(),
            begun: AtomicU64::new(0),
            done: watch::Sender::new(Done::default()),
        }
    }
}

impl Authority {
    /// What is left of a key's hour that could be lent.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn left_of_hour(&self, key: KeyId, service: &ServiceName, limit: u32) -> Result<u32, Failure> {
        let pot: Option<Pot> = first_of(self.store().read(loans::pot(key, service, &self.server)).await?)?;
        let counting = pot.map_or(u64::MAX, |pot| pot.counting);
        Ok(limit.saturating_sub(u32::try_from(counting).unwrap_or(u32::MAX)))
    }

    /// Waits until those who want a loan were looked after, a moment at most. Whoever was refused only for
    /// want of one asks for a verdict again after this. Answers whether it may help to wait once more: not
    /// while the database is away.
    pub async fn until_lent(&self) -> bool {
        let mut done = self.lending.done.subscribe();
        let begun = self.lending.begun.load(Ordering::SeqCst);
        self.lending.wanted.notify_one();
        // A round that has begun may have passed by the key already, and one that failed tells enough.
        let is_looked_after = |done: &Done| done.round > begun || done.failed;
        let waited = tokio::time::timeout(PATIENCE, done.wait_for(is_looked_after)).await;
        matches!(waited, Ok(Ok(done)) if !done.failed)
    }

    /// Lends and takes back, for as long as this server lives.
    pub(crate) async fn lend_for_ever(&self) {
        let mut failing = false;
        loop {
            let _ = tokio::time::timeout(PACE, self.lending.wanted.notified()).await;
            match self.lend(Awake::read()).await {
                Ok(()) => failing = false,
                Err(failure) if !failing => {
                    failing = true;
                    tracing::warn!(%failure, "Nothing can be lent of the keys' hours; what was lent is spent, then requests are refused");
                }
                Err(_) => {}
            }
        }
    }

    /// One round: books what was spent, takes loans for those who need them, gives back what is over.
    ///
    /// # Errors
    /// If the store can't be written; nobody has more than before then.
    pub async fn lend(&self, asked: Awake) -> Result<(), Failure> {
        let round = self.lending.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let lent = self.lend_to_all(asked).await;
        self.lending.done.send_replace(Done { round, failed: lent.is_err() });
        lent
    }

    /// Gives everything back. From here on this server gives no verdicts.
    ///
    /// # Errors
    /// If the store can't be written; then it counts as spent.
    pub(crate) async fn give_all_back(&self) -> Result<(), Failure> {
        self.verifier().fence().shut();
        let mut books = self.lending.books.lock().await;
        books.end(|_| true, |held| self.void(held));
        self.write_ended(&mut books).await
    }

    async fn lend_to_all(&self, asked: Awake) -> Result<(), Failure> {
        let mut books = self.lending.books.lock().await;
        let now = counterfoil_verify::Now { wall: self.now(), awake: asked };
        let mut due = books.take_in(self.verifier().take_accounts(now), asked);
        books.end(|held| held.until <= asked, |held| self.void(held));
        while !due.is_empty() {
            let some = due.split_off(due.len().saturating_sub(MOST_AT_ONCE));
            self.lend_to(&mut books, some, asked).await?;
        }
        self.write_ended(&mut books).await
    }

    /// Takes one loan for each of these, in one transaction, and puts it in the place of the last.
    async fn lend_to(&self, books: &mut Books, due: Vec<Due>, asked: Awake) -> Result<(), Failure> {
        let catalog = self.catalog();
        let limit = |due: &Due| catalog.service(due.service.as_str())?.requests_per_hour;
        let wanted: Vec<(Due, u32, LoanId)> = due
            .into_iter()
            .filter_map(|due| limit(&due).map(|limit| (due, limit)))
            .map(|(due, limit)| {
                let (key, service) = (due.key, due.service.clone());
                let id = LoanId { key, service, server: self.server.clone(), number: books.next_number() };
                (due, limit, id)
            })
            .collect();
        let mut statements = vec![servers::seen_since(self.now().minus(GONE_AFTER))];
        statements.extend(wanted.iter().flat_map(|(due, limit, id)| self.asking(due, id, *limit)));
        let mut answers = self.store().write(statements).await?.into_iter();
        let is_alone = self.is_alone(answers.next().unwrap_or_default())?;
        for (due, limit, id) in wanted {
            let (taken, pot) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
            let (taken, pot) = (first_of::<Taken>(taken)?, first_of::<Pot>(pot)?);
            let Some(pot) = pot else { continue };
            match taken {
                Some(taken) => {
                    let rest = u64::from(limit).saturating_sub(pot.counting);
                    let behind = is_alone.then(|| u32::try_from(rest).unwrap_or(u32::MAX));
                    self.hand_over(books, due, id.number, loan(&taken, pot.now, behind, asked));
                }
                None if due.need == Need::Soon => books.cool(&due),
                None => self.is_dry(books, &due, pot, asked),
            }
        }
        Ok(())
    }

    /// Whoever only may be asked soon gets the least there is, and nothing of an hour that is half used: that is for
    /// those who are asked now, wherever it is.
    fn asking(&self, due: &Due, id: &LoanId, limit: u32) -> [Statement; 2] {
        let least = (limit / LEAST_PART).max(1);
        let (most, reserve) = match due.need {
            Need::Now { held } => (held.saturating_mul(GROWTH).max(least), 0),
            Need::Soon => (least, limit.div_ceil(2)),
        };
        [
            loans::take(id, least..=most, LASTING, limit, reserve),
            loans::pot(id.key, &id.service, &self.server),
        ]
    }

    /// Whether no other server may be lent anything.
    fn is_alone(&self, rows: Vec<Row>) -> Result<bool, StoreFault> {
        let servers: Vec<servers::Server> = crate::store::all_of(rows)?;
        Ok(servers.iter().all(|server| server.id == self.server))
    }

    fn hand_over(&self, books: &mut Books, due: Due, number: u64, loan: Loan) {
        let spent = self.verifier().lend(due.key, due.team, &due.service, loan);
        books.replace(due, number, loan.requests, loan.until, spent);
    }

    /// Nothing is left to lend. What others hold they may give back.
    fn is_dry(&self, books: &mut Books, due: &Due, pot: Pot, asked: Awake) {
        let free = Duration::from_millis(pot.next_free.saturating_sub(pot.now));
        let again = if pot.others > 0 { free.min(LOOK_AGAIN) } else { free };
        let until = asked.plus(again.max(PACE));
        books.put_off(due, until);
        self.verifier().run_dry(due.key, due.team, &due.service, until);
    }

    /// Voids what is left of a loan, and tells what was spent since that was last asked.
    fn void(&self, held: &books::Held) -> u32 {
        let nothing = Loan { requests: 0, until: Awake::after_start(Duration::ZERO), behind: None };
        self.verifier().lend(held.key, held.team, &held.service, nothing)
    }

    /// Tells the store of loans that have ended. What it did not hear of is told again.
    async fn write_ended(&self, books: &mut Books) -> Result<(), Failure> {
        while let Some(some) = books.ended(MOST_AT_ONCE) {
            let id = |ended: &books::Ended| LoanId {
                key: ended.key,
                service: ended.service.clone(),
                server: self.server.clone(),
                number: ended.number,
            };
            let statements = some.iter().map(|ended| loans::give_back(&id(ended), ended.spent)).collect();
            self.store().write(statements).await?;
            books.told(some.len());
        }
        Ok(())
    }
}

/// A loan that the store granted when its clock showed `now`, by the clock of whoever asked before that.
fn loan(taken: &Taken, now: u64, behind: Option<u32>, asked: Awake) -> Loan {
    let lasts = Duration::from_millis(taken.ends_at.saturating_sub(now)).saturating_sub(SLACK);
    let requests = u32::try_from(taken.requests).unwrap_or(u32::MAX);
    Loan { requests, until: asked.plus(lasts), behind }
}
