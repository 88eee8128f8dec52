//! Wakes whoever waits for something to change.

use crate::sync::{Mutex, MutexGuard, PoisonError};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

/// Rings for everybody who listens. Whoever is woken looks for himself whether it concerns him.
#[derive(Default)]
pub(crate) struct Bell {
    waiting: Mutex<BTreeMap<u64, Waker>>,
}

/// A place among those who listen; it is given up when dropped.
pub(crate) struct Ear<'b> {
    bell: &'b Bell,
    number: u64,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Bell {
    pub(crate) fn ring(&self) {
        for waker in std::mem::take(&mut *self.waiting()).into_values() {
            waker.wake();
        }
    }

    pub(crate) fn ear(&self) -> Ear<'_> {
        Ear { bell: self, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ear<'_> {
    /// Listens from now on. Whoever calls this must look once more afterwards: what changed before
    /// has rung already.
    pub(crate) fn listen(&self, waker: &Waker) {
        self.bell.waiting().insert(self.number, waker.clone());
    }
}

impl Drop for Ear<'_> {
    fn drop(&mut self) {
        self.bell.waiting().remove(&self.number);
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[bell, {} listen]", self.waiting().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_bell_rings_once_for_each_who_listens_and_not_for_who_has_gone() {
        let (bell, count) = (Bell::default(), Arc::new(Count::default()));
        let waker = Waker::from(count.clone());
        let (one, another) = (bell.ear(), bell.ear());
        one.listen(&waker);
        one.listen(&waker);
        another.listen(&waker);
        drop(another);
        bell.ring();
        bell.ring();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(bell.waiting().is_empty());
    }
}
