//! The entrance to all use cases.

use crate::credentials::hasher::Hasher;
use crate::failure::Failure;
use crate::idempotency::{IdempotencyKey, Twins};
use crate::keys::Spare;
use crate::ledger::Ledger;
use crate::lending::Lending;
use crate::outbox::Pace;
use crate::refusals::Refusals;
use crate::replicas::Sightings;
use crate::seal::SealKey;
use crate::seal_source::SealSource;
use crate::sign_in::throttle::Throttle;
use crate::site::SiteSettings;
use crate::store::{Position, Store};
use crate::usage::Usage;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Actor;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{Awake, Now, Verifier};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;

/// The entrance to all use cases. Made by [`Authority::start`].
pub struct Authority {
    pub(crate) ledger: Ledger,
    pub(crate) random: SystemRandom,
    pub(crate) seal: RwLock<Arc<SealKey>>,
    pub(crate) seal_source: SealSource,
    pub(crate) spare: Spare,
    pub(crate) usage: Usage,
    pub(crate) refusals: Refusals,
    pub(crate) lending: Lending,
    pub(crate) sightings: Sightings,
    pub(crate) twins: Twins,
    pub(crate) half_lifetime: Duration,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Throttle,
    pub(crate) site: RwLock<Arc<SiteSettings>>,
    pub(crate) sends_mail: AtomicBool,
    pub(crate) mail_pace: Pace,
    pub(crate) server: String,
    pub(crate) started_at: Timestamp,
    pub(crate) witness: crate::witness::Witness,
    pub(crate) tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// Who asks, and whether asking twice shall do it once.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub by: Actor,
    /// The request's own name, if it has one.
    pub idempotency: Option<IdempotencyKey>,
}

/// What a change answers.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// The answer itself.
    pub value: T,
    /// Where the change stands in the ledger: whoever waits for this position sees it.
    pub position: Position,
    /// Whether this is the answer to an earlier request of the same name.
    pub replayed: bool,
}

impl Request {
    /// A request without a name of its own.
    #[must_use]
    pub const fn by(by: Actor) -> Self {
        Self { by, idempotency: None }
    }
}

impl Authority {
    /// The ledger in use.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The catalog in force.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.ledger.catalog()
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ledger.now()
    }

    /// Both clocks of a verdict, read now.
    #[must_use]
    pub fn both_clocks(&self) -> Now {
        Now { wall: self.now(), awake: Awake::read() }
    }

    /// The site that people sign in to.
    #[must_use]
    pub fn site(&self) -> Arc<SiteSettings> {
        Arc::clone(&self.site.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says where people sign in, once the server knows: the port may have been any that was free.
    pub fn stand_at(&self, site: SiteSettings) {
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
    }

    /// What this server is called among the servers of the installation.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// What gives verdicts on what the ledger says. An authority that does not serve has told it nothing,
    /// so that it refuses everything; see [`Authority::give_verdicts`].
    #[must_use]
    pub const fn verifier(&self) -> &Arc<Verifier> {
        self.ledger.verifier()
    }

    /// Tells the verifier all that the ledger says. From here on it knows each change before whoever made
    /// the change is answered.
    pub fn give_verdicts(&self) {
        self.ledger.tell_verifier();
    }

    /// Makes a task one of those that end when the authority shuts down.
    pub fn until_shutdown(&self, task: JoinHandle<()>) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Ends the tasks and writes down what is still in memory only.
    pub async fn shutdown(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.iter().for_each(JoinHandle::abort);
        for task in tasks {
            let _ = task.await;
        }
        if let Err(failure) = self.flush_usage().await {
            tracing::warn!(%failure, "The last seconds of usage could not be written down");
        }
        if let Err(failure) = self.flush_refusals().await {
            tracing::warn!(%failure, "The last seconds of refusals could not be written down");
        }
        if let Err(failure) = self.give_all_back().await {
            tracing::warn!(%failure, "What was lent of the keys' hours could not be given back; it counts as spent");
        }
        let _ = self.store().write(vec![crate::store::tables::servers::gone(&self.server)]).await;
        self.note_witness();
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        self.ledger.store()
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        self.random
            .fill(&mut bytes)
            .map_err(|_| Failure::Fault("this machine gives no random bytes".into()))?;
        Ok(bytes)
    }

    pub(crate) fn seal_key(&self) -> Arc<SealKey> {
        Arc::clone(&self.seal.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note_witness(&self) {
        let Ok(head) = self.ledger.state().map(|state| state.head()) else { return };
        if let Err(fault) = self.witness.write(head) {
            tracing::warn!(%fault, "The note of how far the ledger was seen can't be written");
        }
    }
}
