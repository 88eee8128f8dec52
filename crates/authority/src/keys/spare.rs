//! The next key's pair, made while the disk writes down the last one's.
//!
//! Who makes one key after the other waits for the disk each time, and a processor with them. So whoever makes a key
//! shortly after another leaves a pair for the next. It is nobody's, and is wiped if nobody comes for it at once.

use super::Pair;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How soon after a key another is expected, and how long a pair waits for it.
const SOON: Duration = Duration::from_secs(1);

/// At most one pair that is nobody's.
#[derive(Clone, Default)]
pub(crate) struct Spare(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    pair: Option<Pair>,
    last_key_at: Option<Instant>,
    is_watched: bool,
}

impl State {
    fn expects_another(&self) -> bool {
        self.last_key_at.is_some_and(|at| at.elapsed() < SOON)
    }
}

impl Spare {
    /// The pair that was left here.
    pub(super) fn take(&self) -> Option<Pair> {
        self.lock().pair.take()
    }

    /// Leaves a pair for the next key, if this one came soon after another. Whoever can't make one leaves none.
    pub(super) fn leave<E>(&self, make: impl FnOnce() -> Result<Pair, E>) {
        let is_wanted = {
            let mut state = self.lock();
            let expects_another = state.expects_another();
            state.last_key_at = Some(Instant::now());
            expects_another && state.pair.is_none()
        };
        let Some(pair) = is_wanted.then(make).and_then(Result::ok) else { return };
        let mut state = self.lock();
        state.pair = Some(pair);
        if !std::mem::replace(&mut state.is_watched, true) {
            tokio::spawn(self.clone().wipe_when_idle());
        }
    }

    async fn wipe_when_idle(self) {
        loop {
            tokio::time::sleep(SOON).await;
            let mut state = self.lock();
            if !state.expects_another() {
                state.pair = None;
                state.is_watched = false;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use counterfoil_core::half::PrivateHalf;

    fn pair() -> Result<Pair, ()> {
        let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
        Ok(Pair { public: half.public(), private: Some(half.to_pem().unwrap()) })
    }

    #[tokio::test]
    async fn a_key_alone_leaves_nothing_behind() {
        let spare = Spare::default();
        spare.leave(pair);
        assert!(spare.take().is_none());
    }

    #[tokio::test]
    async fn a_key_soon_after_another_leaves_a_pair_that_is_taken_once() {
        let spare = Spare::default();
        spare.leave(pair);
        spare.leave(pair);
        assert!(spare.take().is_some_and(|pair| pair.private.is_some()));
        assert!(spare.take().is_none());
    }

    #[tokio::test]
    async fn a_pair_that_nobody_comes_for_is_wiped() {
        let spare = Spare::default();
        spare.leave(pair);
        spare.leave(pair);
        for _ in 0..300 {
            if spare.lock().pair.is_none() {
                return assert!(!spare.lock().is_watched, "the next is watched anew");
            }
            tokio::time::sleep(SOON / 10).await;
        }
        panic!("it is still there");
    }

    #[tokio::test]
    async fn who_can_make_none_leaves_none() {
        let spare = Spare::default();
        spare.leave(pair);
        spare.leave(|| Err(()));
        assert!(spare.take().is_none());
    }
}
