//! What is done at most ten times a second, however many want it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const EVERY: Duration = Duration::from_millis(100);
/// How long anybody waits for something that is done once for all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that is done at most so often.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Whether it may be done now; then it counts as done.
    pub(crate) fn may(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| last.elapsed() >= EVERY);
        if may {
            *last = Some(Instant::now());
        }
        may
    }
}

/// Something that is done once for all who want it at the same time, and at most so often.
#[derive(Debug, Default)]
pub(crate) struct Together(tokio::sync::Mutex<Option<Instant>>);

impl Together {
    /// Does it, or waits until it is done for another; not at all if it was begun a moment ago.
    pub(crate) async fn once_for_all(&self, act: impl Future<Output = ()>) {
        let doing = async {
            let mut last = self.0.lock().await;
            if last.is_none_or(|last| last.elapsed() >= EVERY) {
                *last = Some(Instant::now());
                act.await;
            }
        };
        if timeout(PATIENCE, doing).await.is_err() {
            tracing::debug!("Something that many wait for takes too long");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    #[test]
    fn a_thing_that_is_done_seldom_is_not_done_twice_at_once() {
        let seldom = Seldom::default();
        assert!(seldom.may());
        assert!(!seldom.may());
    }

    #[tokio::test]
    async fn a_thing_that_many_want_is_done_once_and_all_wait_for_it() {
        let (together, done) = (Together::default(), AtomicU32::new(0));
        let want = async || {
            let act = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                done.fetch_add(1, Ordering::Relaxed);
            };
            together.once_for_all(act).await;
            assert_eq!(done.load(Ordering::Relaxed), 1);
        };
        tokio::join!(want(), want(), want());
        tokio::time::sleep(EVERY).await;
        let again = async {
            done.fetch_add(1, Ordering::Relaxed);
        };
        together.once_for_all(again).await;
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_it_for_ever() {
        let together = Together::default();
        together.once_for_all(std::future::pending()).await;
    }
}
