//! Following the feed of a Counterfoil server, so that a verifier anywhere knows what the ledger says.
//!
//! A [`Follower`] takes a snapshot, then fact after fact, and tells the verifier's fence how fresh that is.
//! Each answer is checked as a whole before any of it is taken in: its epoch, its positions, and at the next
//! request its hash, by the server. What does not fit shuts the fence, and everything is read anew; what is
//! not understood shuts it until it is. docs/feed.md describes what is asked, docs/revocation.md what follows.

mod address;
mod check;
mod pause;
mod reporter;
mod task;
mod wire;

pub use address::SourceFault;

use crate::fact::{Place, Position};
use crate::verifier::Verifier;
use crate::{Awake, Usage};
use address::Address;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where the feed is, and what is shown there.
#[derive(Clone)]
pub struct Source {
    address: Address,
    credential: Credential,
    trusted: Vec<u8>,
    catalog: CatalogFrom,
    usage: Option<Arc<dyn Fn(Usage) + Send + Sync>>,
}

/// What `counterfoil replica add` showed once.
#[derive(Clone)]
struct Credential(String);

/// Whose word on the catalog counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatalogFrom {
    /// The feed's: the catalog in force is taken from there and checked against its fingerprint.
    #[default]
    Feed,
    /// The embedder's: the verifier keeps the catalog that it was made with, and refuses while another is
    /// in force.
    Embedder,
}

impl Source {
    /// The feed of the server at `url` (its public URL), which knows this replica by `credential`.
    ///
    /// # Errors
    /// If it is no URL, or one over which the credential would go in the clear: plain `http` is for this
    /// machine.
    pub fn new(url: &str, credential: &str) -> Result<Self, SourceFault> {
        let address = Address::read(url)?;
        if !address.is_private() {
            return Err(SourceFault::InTheClear(url.to_owned()));
        }
        Self::at(address, credential)
    }

    /// As [`Source::new`], for a network that nobody else listens to: plain `http` to any machine.
    ///
    /// # Errors
    /// If it is no URL.
    pub fn on_trusted_network(url: &str, credential: &str) -> Result<Self, SourceFault> {
        Self::at(Address::read(url)?, credential)
    }

    fn at(address: Address, credential: &str) -> Result<Self, SourceFault> {
        let is_visible = |byte: u8| byte.is_ascii_graphic();
        if credential.is_empty() || !credential.bytes().all(is_visible) {
            return Err(SourceFault::Credential);
        }
        let credential = Credential(credential.to_owned());
        Ok(Self { address, credential, trusted: Vec::new(), catalog: CatalogFrom::Feed, usage: None })
    }

    /// Trusts these certificates (PEM) instead of the system's.
    #[must_use]
    pub fn trusting(self, pem: &[u8]) -> Self {
        Self { trusted: pem.to_vec(), ..self }
    }

    /// Takes the catalog from there.
    #[must_use]
    pub fn catalog_from(self, catalog: CatalogFrom) -> Self {
        Self { catalog, ..self }
    }

    /// Hands over every few seconds what keys were used for here. The server is told of it in any case.
    #[must_use]
    pub fn telling_usage(self, tell: impl Fn(Usage) + Send + Sync + 'static) -> Self {
        Self { usage: Some(Arc::new(tell)), ..self }
    }
}

/// Shows no credential.
impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Source")
            .field("address", &self.address)
            .field("catalog", &self.catalog)
            .finish_non_exhaustive()
    }
}

/// A verifier that follows a feed. It stops when this is dropped; the fence then shuts of itself.
#[derive(Debug)]
pub struct Follower {
    verifier: Arc<Verifier>,
    state: watch::Receiver<State>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Usage>,
}

/// How the following goes.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// How far was read; `None` before the first snapshot.
    pub place: Option<Place>,
    /// How far the ledger goes, by the last answer.
    pub head: Option<Position>,
    /// What is wrong since the last answer that was good; `None` while all is well.
    pub trouble: Option<Trouble>,
    /// How many snapshots were taken in.
    pub snapshots: u64,
    /// How many facts.
    pub facts: u64,
}

/// Why the feed can't be followed at present. It is tried again, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer, or half of one.
    #[error("the feed at {address} can't be reached: {why}")]
    Unreachable {
        /// Where.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The credential is not, or no longer, good.
    #[error("the feed does not take this credential; `counterfoil replica add NAME` makes one")]
    NotLetIn,
    /// The server does not answer from the ledger at present.
    #[error("the feed answered with status {0}")]
    NotAnswered(u16),
    /// Something in the answer is not known to this release, or is no answer of a feed.
    #[error("the feed's answer is not understood: {0}")]
    NotUnderstood(String),
    /// The answer does not follow on what was read.
    #[error("the feed's answer does not follow on what was read: {0}")]
    DoesNotFollow(String),
    /// The ledger is another one, or another row stands where we are.
    #[error("the ledger is another one than was read; it is read anew")]
    OtherLedger,
    /// The server has read less of this ledger than we have.
    #[error("the server has read the ledger to {theirs} only, and we to {ours}")]
    Behind {
        /// How far the server is.
        theirs: Position,
        /// How far we are.
        ours: Position,
    },
    /// The catalog in force can't be judged by.
    #[error("the catalog in force can't be used: {0}")]
    Catalog(String),
}

impl Follower {
    /// Follows the feed from now on, in a task of the runtime that this is called in. The verifier refuses
    /// until the first snapshot is there.
    ///
    /// # Errors
    /// If the certificates that were given, or the system's, can't be read, or there is no runtime.
    pub fn spawn(source: Source, verifier: Arc<Verifier>) -> Result<Self, SourceFault> {
        let runtime = Handle::try_current().map_err(|_| SourceFault::NoRuntime)?;
        let wire = wire::Wire::new(source.address.clone(), &source.trusted, &source.credential.0)?;
        let (telling, state) = watch::channel(State::default());
        let (stop, stopped) = watch::channel(false);
        // One of its own: the other waits for news most of the time.
        let telling_of_uses = wire::Wire::new(source.address.clone(), &source.trusted, &source.credential.0)?;
        let reporter = reporter::Reporter::new(verifier.clone(), telling_of_uses, source.usage.clone());
        let task = task::Task::new(source, wire, verifier.clone(), telling);
        let task = runtime.spawn(task.run(reporter, stopped));
        Ok(Self { verifier, state, stop, task })
    }

    /// How it goes at this moment.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it goes otherwise than when this was last asked; `None` when it has stopped.
    pub async fn changed(&mut self) -> Option<State> {
        self.state.changed().await.ok()?;
        Some(self.state.borrow_and_update().clone())
    }

    /// How old the view of the ledger is; `None` if there is none.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.verifier.fence().age(Awake::read())
    }

    /// What follows.
    #[must_use]
    pub const fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Waits until the ledger was read to this position or beyond. Whoever revoked a key waits here for what
    /// the revocation answered, and then knows that this verifier has it. `false` if the following has ended
    /// before.
    pub async fn has_read(&mut self, position: Position) -> bool {
        let read = |state: &State| state.place.is_some_and(|place| place.position >= position);
        self.state.wait_for(read).await.is_ok()
    }

    /// Stops, tells the server the last of what keys were used for here, if it can be reached within five seconds, and
    /// gives what was not handed over of it.
    pub async fn stop(mut self) -> Usage {
        self.stop.send_replace(true);
        (&mut self.task).await.unwrap_or_default()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}
