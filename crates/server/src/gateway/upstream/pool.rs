//! Connections to the upstream that wait for their next exchange.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// How long an unused connection is kept. Most servers keep theirs at least as long, some only five seconds:
/// what they closed is noticed before it is used.
pub(super) const REST: Duration = Duration::from_secs(30);
/// How often connections that rest too long are looked for.
pub(super) const SWEEP: Duration = Duration::from_secs(5);
/// How many are kept.
const MOST: usize = 1024;

/// Those used last are used first, so that what is not needed grows old.
pub(super) struct Pool<L> {
    resting: Mutex<VecDeque<Resting<L>>>,
    is_swept: AtomicBool,
}

/// A connection that rests, and since when.
struct Resting<L> {
    line: L,
    since: Instant,
}

impl<L> Default for Pool<L> {
    fn default() -> Self {
        Self { resting: Mutex::default(), is_swept: AtomicBool::default() }
    }
}

impl<L: Send + 'static> Pool<L> {
    /// A connection that was open when it was put here, not long ago.
    pub(super) fn take(&self) -> Option<L> {
        let last = self.resting().pop_back()?;
        // All before it are older.
        if last.is_old() {
            self.forget_old();
            return None;
        }
        Some(last.line)
    }

    pub(super) fn put(self: &Arc<Self>, line: L) {
        let mut resting = self.resting();
        if resting.len() < MOST {
            resting.push_back(Resting { line, since: Instant::now() });
        }
        drop(resting);
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn forget_old(&self) {
        let mut old = Vec::new();
        let mut resting = self.resting();
        while let Some(line) = resting.pop_front_if(|resting| resting.is_old()) {
            old.push(line);
        }
        drop(resting);
        drop(old);
    }

    fn resting(&self) -> MutexGuard<'_, VecDeque<Resting<L>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Resting<L> {
    fn is_old(&self) -> bool {
        self.since.elapsed() > REST
    }
}

async fn sweep<L: Send + 'static>(pool: Weak<Pool<L>>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.forget_old();
    }
}
