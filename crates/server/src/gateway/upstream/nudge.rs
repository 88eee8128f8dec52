//! Wakes nobody who is awake.
//!
//! A connection and whoever waits for its answer talk to each other through channels, which wake each other. Both
//! are polled here by one task, one after the other: without this each word between them would have the whole
//! task, client's connection and all, polled once more for nothing.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Nobody is at it: a nudge wakes the task.
const IDLE: u8 = 0;
/// Somebody is at it.
const BUSY: u8 = 1;
/// Somebody is at it and has been nudged meanwhile, so he looks once more.
const NUDGED: u8 = 2;

/// How often one looks again before others have their turn. The runtime, too, nudges who should let others in.
const ROUNDS: usize = 4;

/// What a connection's parts are polled with.
pub(super) struct Nudge {
    inner: Arc<Inner>,
    waker: Waker,
}

#[derive(Default)]
struct Inner {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

impl Default for Nudge {
    fn default() -> Self {
        let inner = Arc::<Inner>::default();
        Self { waker: Waker::from(Arc::clone(&inner)), inner }
    }
}

impl Nudge {
    /// Polls until there is an answer, or nothing more to do before somebody else wakes the task.
    pub(super) fn poll<T>(
        &self,
        cx: &Context<'_>,
        mut look: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.inner.wakes(cx.waker());
        let mut own = Context::from_waker(&self.waker);
        self.inner.state.store(BUSY, Ordering::Release);
        for _ in 0..ROUNDS {
            let polled = look(&mut own);
            if polled.is_ready() {
                self.inner.state.store(IDLE, Ordering::Release);
                return polled;
            }
            let rested = self.inner.state.compare_exchange(BUSY, IDLE, Ordering::AcqRel, Ordering::Acquire);
            if rested.is_ok() {
                return Poll::Pending;
            }
            self.inner.state.store(BUSY, Ordering::Release);
        }
        self.inner.state.store(IDLE, Ordering::Release);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does something of which nobody need be told: whoever calls this polls next.
    pub(super) fn quietly<T>(&self, work: impl FnOnce() -> T) -> T {
        self.inner.state.store(BUSY, Ordering::Release);
        let done = work();
        self.inner.state.store(IDLE, Ordering::Release);
        done
    }
}

impl Inner {
    fn wakes(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *task = Some(waker.clone());
        }
    }
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let nudged = self.state.compare_exchange(BUSY, NUDGED, Ordering::AcqRel, Ordering::Acquire);
        if nudged == Err(IDLE) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(task) = task {
                task.wake();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_is_at_it_looks_again_and_whoever_is_not_is_woken() {
        let (nudge, count) = (Nudge::default(), Arc::new(Count::default()));
        let task = Waker::from(Arc::clone(&count));
        let (mut looks, mut kept) = (0, None);
        let polled: Poll<()> = nudge.poll(&Context::from_waker(&task), |cx| {
            looks += 1;
            kept = Some(cx.waker().clone());
            if looks < 3 {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        });
        assert!(polled.is_pending());
        assert_eq!((looks, count.0.load(Ordering::Relaxed)), (3, 0));
        let polled: Poll<()> = nudge.poll(&Context::from_waker(&task), |cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert!(polled.is_pending());
        assert_eq!(count.0.swap(0, Ordering::Relaxed), 1, "others have their turn");
        nudge.quietly(|| kept.as_ref().unwrap().wake_by_ref());
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        kept.unwrap().wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
