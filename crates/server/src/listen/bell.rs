//! What the house calls to one connection. A connection looks at it whenever it is polled, so that costs one load.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Call {
    /// Somebody wants the place.
    Leave = 1,
    /// Requests in flight may finish; no more after them.
    Drain = 2,
    /// The end.
    Cut = 4,
}

/// Remembers every call, and wakes whoever listens.
#[derive(Default)]
pub(super) struct Bell {
    calls: AtomicU8,
    listener: Mutex<Option<Waker>>,
}

impl Bell {
    pub(super) fn ring(&self, call: Call) {
        self.calls.fetch_or(call as u8, Ordering::AcqRel);
        // A listener that comes later than this finds the call when it looks, for it looks after it came.
        if let Some(listener) = self.listener.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            listener.wake_by_ref();
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.calls.load(Ordering::Acquire) == 0
    }

    pub(super) fn has_called(&self, call: Call) -> bool {
        self.calls.load(Ordering::Acquire) & call as u8 != 0
    }

    /// The same, and forgets it.
    pub(super) fn take(&self, call: Call) -> bool {
        self.calls.fetch_and(!(call as u8), Ordering::AcqRel) & call as u8 != 0
    }
}

/// Who listens to a bell; one at a time.
#[derive(Default)]
pub(super) struct Ear(Familiar);

impl Ear {
    /// Has every call from here on wake the task. To be asked before one looks.
    pub(super) fn listen(&mut self, bell: &Bell, cx: &Context<'_>) {
        if self.0.is_new(cx) {
            *bell.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        }
    }
}

/// Whether a task is the same as last time. It nearly always is, and whoever would wake it knows that already.
#[derive(Default)]
pub(super) struct Familiar(Option<Waker>);

impl Familiar {
    pub(super) fn is_new(&mut self, cx: &Context<'_>) -> bool {
        let is_new = !self.0.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if is_new {
            self.0 = Some(cx.waker().clone());
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn times(woken: &Woken) -> usize {
        woken.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_call_wakes_who_listens_however_long_ago_it_began_to() {
        let (bell, mut ear, woken) = (Bell::default(), Ear::default(), Arc::new(Woken::default()));
        let waker = Arc::clone(&woken).into();
        ear.listen(&bell, &Context::from_waker(&waker));
        ear.listen(&bell, &Context::from_waker(&waker));
        bell.ring(Call::Leave);
        bell.ring(Call::Drain);
        assert_eq!(times(&woken), 2);
    }

    #[test]
    fn a_listener_that_moved_to_another_task_is_woken_there() {
        let (bell, mut ear) = (Bell::default(), Ear::default());
        let [before, after] = [(); 2].map(|()| Arc::new(Woken::default()));
        for woken in [&before, &after] {
            ear.listen(&bell, &Context::from_waker(&Arc::clone(woken).into()));
        }
        bell.ring(Call::Cut);
        assert_eq!((times(&before), times(&after)), (0, 1));
    }

    #[test]
    fn calls_stay_until_they_are_taken() {
        let bell = Bell::default();
        assert!(bell.is_quiet());
        bell.ring(Call::Leave);
        bell.ring(Call::Drain);
        assert!(bell.has_called(Call::Leave) && bell.has_called(Call::Drain) && !bell.has_called(Call::Cut));
        assert!(bell.take(Call::Leave) && !bell.take(Call::Leave));
        assert!(bell.has_called(Call::Drain) && !bell.is_quiet());
    }
}
