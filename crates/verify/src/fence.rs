//! The stale fence: a verifier that has not heard of the ledger for too long refuses, so that a
//! message that got lost can never turn into access.

use crate::clock::Awake;
use crate::sync::atomic::{AtomicU64, Ordering};
use counterfoil_core::catalog::{Service, WhenStale};
use std::time::Duration;

/// What stands for "nothing was read": no clock ever shows it.
const NEVER: u64 = 0;
/// When whoever was refused may try again.
const RETRY: Duration = Duration::from_secs(1);

/// How old the view of the ledger is.
#[derive(Debug, Default)]
pub struct Fence {
    /// When the last successful read of the head began, in nanoseconds, or [`NEVER`].
    began: AtomicU64,
}

/// What the fence says of a service at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The view is young enough.
    Fresh,
    /// It is too old, and the service answers all the same, with a warning that says how old.
    Warn(Duration),
    /// It is too old or there is none.
    Refuse {
        /// When to try again.
        retry_after: Duration,
    },
}

impl Fence {
    /// A read of the ledger's head has succeeded which *began* at `at`: all that was acknowledged
    /// before is known here. An earlier moment than the last changes nothing.
    pub fn read_began_at(&self, at: Awake) {
        self.began.fetch_max(at.as_nanos().max(NEVER + 1), Ordering::AcqRel);
    }

    /// Refuses from here on, whatever a service prefers, until something is read again: what is in
    /// memory belongs to another ledger.
    pub fn shut(&self) {
        self.began.store(NEVER, Ordering::Release);
    }

    /// How old the view is; `None` if there is none.
    #[must_use]
    pub fn age(&self, now: Awake) -> Option<Duration> {
        match self.began.load(Ordering::Acquire) {
            NEVER => None,
            began => Some(Duration::from_nanos(now.as_nanos().saturating_sub(began))),
        }
    }

    /// Whether verdicts for `service` may be given.
    #[must_use]
    pub fn check(&self, service: &Service, now: Awake) -> Freshness {
        match (self.age(now), service.when_stale) {
            (Some(age), _) if age <= service.stale_after => Freshness::Fresh,
            (Some(age), WhenStale::Warn) => Freshness::Warn(age),
            (Some(_), WhenStale::Refuse) | (None, _) => Freshness::Refuse { retry_after: RETRY },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::catalog::Catalog;

    fn at(millis: u64) -> Awake {
        Awake::after_start(Duration::from_millis(millis))
    }

    fn service(when_stale: WhenStale) -> Service {
        let service = Catalog::appstore().services.remove(0);
        Service { when_stale, stale_after: Duration::from_secs(5), ..service }
    }

    const REFUSE: Freshness = Freshness::Refuse { retry_after: RETRY };

    #[test]
    fn a_verifier_that_has_read_nothing_refuses_whatever_the_service_prefers() {
        for when_stale in [WhenStale::Refuse, WhenStale::Warn] {
            assert_eq!(Fence::default().check(&service(when_stale), at(0)), REFUSE);
        }
    }

    #[test]
    fn the_view_is_fresh_up_to_the_bound_and_no_longer() {
        let fence = Fence::default();
        fence.read_began_at(at(1000));
        for (now, refusing, warning) in [
            (1000, Freshness::Fresh, Freshness::Fresh),
            (6000, Freshness::Fresh, Freshness::Fresh),
            (6001, REFUSE, Freshness::Warn(Duration::from_millis(5001))),
        ] {
            assert_eq!(fence.check(&service(WhenStale::Refuse), at(now)), refusing, "{now}");
            assert_eq!(fence.check(&service(WhenStale::Warn), at(now)), warning, "{now}");
        }
        fence.read_began_at(at(6500));
        assert_eq!(fence.check(&service(WhenStale::Refuse), at(6501)), Freshness::Fresh);
    }

    #[test]
    fn a_read_that_began_earlier_makes_no_view_older() {
        let fence = Fence::default();
        fence.read_began_at(at(9000));
        fence.read_began_at(at(2000));
        assert_eq!(fence.age(at(9000)), Some(Duration::ZERO));
    }

    #[test]
    fn a_shut_fence_refuses_until_something_is_read() {
        let fence = Fence::default();
        fence.read_began_at(at(1000));
        fence.shut();
        assert_eq!(fence.check(&service(WhenStale::Warn), at(1000)), REFUSE);
        fence.read_began_at(at(1001));
        assert_eq!(fence.check(&service(WhenStale::Warn), at(1002)), Freshness::Fresh);
    }
}
