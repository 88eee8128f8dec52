//! Where tokens wait whose signature must be checked: not on the threads that answer, and not without bound.

use crate::clock::Now;
use crate::verdict::Verdict;
use crate::verifier::{NeedsProof, Presented, Request, Verifier};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How many wait for each that is checked: at ten thousand checks a second, two tenths of a second's work.
const WAITING: usize = 2048;
const RETRY: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) struct Lane {
    free: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
    most: usize,
}

impl Lane {
    /// As many at once as there are processors.
    pub(super) fn usual() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self::new(processors, processors.saturating_mul(WAITING))
    }

    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        let most = at_once.saturating_add(waiting);
        Self { free: Arc::new(Semaphore::new(at_once)), inside: Arc::default(), most }
    }

    /// The verdict on a token that must be checked, as of the moment when its turn comes.
    pub(super) async fn decide(
        &self,
        verifier: &Arc<Verifier>,
        request: Request<'_>,
        wanting: NeedsProof,
    ) -> Verdict {
        if !wanting.is_known {
            // There is no half to check it by.
            return verifier.decide(&request, Now::read());
        }
        let (Some(_place), Presented::Bearer(token)) = (self.enter(), request.token) else {
            return wanting.overloaded(RETRY);
        };
        let Ok(runtime) = Handle::try_current() else { return wanting.overloaded(RETRY) };
        let Ok(turn) = self.free.clone().acquire_owned().await else { return wanting.overloaded(RETRY) };
        let question = Owned::of(&request, token);
        let verifier = verifier.clone();
        let checking = runtime.spawn_blocking(move || {
            let _turn = turn;
            verifier.decide(&question.borrowed(), Now::read())
        });
        // It fails only when the runtime ends.
        checking.await.unwrap_or_else(|_| wanting.overloaded(RETRY))
    }

    fn enter(&self) -> Option<Place> {
        let room = |inside| (inside < self.most).then_some(inside + 1);
        self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).ok()?;
        Some(Place(self.inside.clone()))
    }
}

/// A place in the lane, given up when dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that can go to another thread.
struct Owned {
    method: String,
    target: String,
    token: String,
    id: String,
    from: String,
}

impl Owned {
    fn of(request: &Request<'_>, token: &str) -> Self {
        let Request { method, target, id, from, .. } = *request;
        let [method, target, token, id, from] = [method, target, token, id, from].map(str::to_owned);
        Self { method, target, token, id, from }
    }

    fn borrowed(&self) -> Request<'_> {
        let Self { method, target, token, id, from } = self;
        Request { method, target, token: Presented::Bearer(token), id, from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_room_is_told_so_and_who_leaves_makes_room() {
        let lane = Lane::new(1, 1);
        let (one, two) = (lane.enter(), lane.enter());
        assert!(one.is_some() && two.is_some() && lane.enter().is_none());
        drop(one);
        assert!(lane.enter().is_some());
    }
}
