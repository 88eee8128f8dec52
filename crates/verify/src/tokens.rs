//! Tokens that were verified before.
//!
//! Only what was proven and judged good enters. An entry holds no permission: it points at the key's
//! live record, and whether the key is revoked, what its team may do and what its roles are is read
//! there at every hit. The text of a token is what it is looked up by, never who it is: the same
//! signature in other bytes is only another entry, for the same record.

mod remembered;

use crate::hot::HotKey;
use crate::registry::KeyRecord;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::world::World;
use counterfoil_core::half::VerifyingHalf;
use counterfoil_core::id::KeyId;
use counterfoil_core::token::VerifiedToken;
use quick_cache::sync::Cache;
use remembered::{Asked, Remembered};
use std::sync::Arc;

/// How many halves are kept ready to verify, 600 bytes each.
const READY_HALVES: usize = 8192;

/// A token that was verified, and what it was judged by.
pub(crate) struct Known {
    /// The catalog and the registry at that time. With any other the entry is worth nothing.
    pub(crate) world: Arc<World>,
    /// The number of the service that it was judged for.
    pub(crate) service: usize,
    /// The number of the key's kind.
    pub(crate) kind: usize,
    pub(crate) token: VerifiedToken,
    pub(crate) record: Arc<KeyRecord>,
    pub(crate) hot: Arc<HotKey>,
    is_asked_for: AtomicBool,
}

impl Known {
    pub(crate) const fn new(
        world: Arc<World>,
        (service, kind): (usize, usize),
        token: VerifiedToken,
        record: Arc<KeyRecord>,
        hot: Arc<HotKey>,
    ) -> Self {
        Self { world, service, kind, token, record, hot, is_asked_for: AtomicBool::new(false) }
    }

    /// Notes that it was asked for. Nearly always that is known, and then nothing is written.
    fn ask(&self) {
        if !self.is_asked_for.load(Ordering::Relaxed) {
            self.is_asked_for.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it was asked for since this was last called.
    fn was_asked_for(&self) -> bool {
        self.is_asked_for.swap(false, Ordering::Relaxed)
    }
}

/// The verified tokens, and public halves that are ready to verify more.
pub(crate) struct Tokens {
    known: Remembered,
    halves: Cache<KeyId, Arc<VerifyingHalf>>,
}

impl Tokens {
    /// Room for so many tokens of the usual length.
    pub(crate) fn new(places: usize) -> Self {
        Self { known: Remembered::new(places), halves: Cache::new(READY_HALVES) }
    }

    /// The token, if it was verified for this service in this world.
    pub(crate) fn get(&self, world: &Arc<World>, service: usize, token: &str) -> Option<Arc<Known>> {
        let known = self.known.get(&Asked { service, token })?;
        Arc::ptr_eq(&known.world, world).then_some(known)
    }

    /// Keeps a verified token.
    pub(crate) fn insert(&self, token: &str, known: Arc<Known>) {
        self.known.insert(token, known);
    }

    /// Lets go of all tokens, whose world is over.
    pub(crate) fn clear(&self) {
        self.known.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The half of this key, ready to verify, if it is kept. A key id may name another half in another
    /// epoch of the ledger, so the record's is what counts.
    pub(crate) fn half(&self, key: KeyId, record: &KeyRecord) -> Option<Arc<VerifyingHalf>> {
        self.halves.get(&key).filter(|ready| *ready.half() == record.half)
    }

    /// Keeps a half that has proven to be in use.
    pub(crate) fn keep_half(&self, key: KeyId, half: Arc<VerifyingHalf>) {
        self.halves.insert(key, half);
    }
}
