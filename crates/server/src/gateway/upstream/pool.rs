//! Connections to the upstream that wait for their next exchange.

use super::wire::Wire;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// How long an unused connection is kept. Most servers keep theirs at least as long, some only five seconds:
/// what they closed is noticed before it is used.
pub(super) const REST: Duration = Duration::from_secs(30);
/// How often connections that rest too long are looked for.
pub(super) const SWEEP: Duration = Duration::from_secs(5);
/// How many are kept.
const MOST: usize = 1024;

/// Those used last are used first, so that what is not needed grows old.
#[derive(Default)]
pub(super) struct Pool {
    resting: Mutex<VecDeque<Wire>>,
    is_swept: AtomicBool,
}

impl Pool {
    /// A connection that is open as far as anybody knows.
    pub(super) async fn take(&self) -> Option<Wire> {
        loop {
            let mut wire = self.resting().pop_back()?;
            wire.look().await;
            if wire.is_free() && !wire.rests_longer_than(REST) {
                return Some(wire);
            }
        }
    }

    pub(super) fn put(self: &Arc<Self>, mut wire: Wire) {
        wire.rest();
        let mut resting = self.resting();
        if resting.len() < MOST {
            resting.push_back(wire);
        }
        drop(resting);
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn forget_old(&self) {
        let mut old = Vec::new();
        let mut resting = self.resting();
        while let Some(wire) = resting.pop_front_if(|wire| wire.rests_longer_than(REST)) {
            old.push(wire);
        }
        drop(resting);
        drop(old);
    }

    fn resting(&self) -> MutexGuard<'_, VecDeque<Wire>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.forget_old();
    }
}
