//! The two clocks of a verdict: what time it is, and how long something took, sleep included.

use counterfoil_core::time::Timestamp;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// Both clocks, read once for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The date. It may step in both directions.
    pub wall: Timestamp,
    /// Time that only passes, also while the machine sleeps.
    pub awake: Awake,
}

impl Now {
    /// Reads both. The date may be some milliseconds late: its clock is read at the last tick, which
    /// costs a fifth.
    #[must_use]
    pub fn read() -> Self {
        Self { wall: wall(), awake: Awake::read() }
    }
}

/// A moment on a clock that never steps and counts the time a machine is suspended: a verifier that
/// slept has not heard of the ledger meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Awake(u64);

impl Awake {
    /// This moment.
    #[must_use]
    pub fn read() -> Self {
        Self::of(clock_gettime(PASSING))
    }

    /// The moment this long after the clock's beginning.
    #[must_use]
    pub fn after_start(passed: Duration) -> Self {
        Self(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX))
    }

    /// Nanoseconds since the clock's beginning.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Milliseconds since the clock's beginning.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// A moment later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// A moment earlier; `None` if the clock had not begun yet.
    #[must_use]
    pub fn minus(self, by: Duration) -> Option<Self> {
        self.0.checked_sub(u64::try_from(by.as_nanos()).ok()?).map(Self)
    }

    fn of(time: Timespec) -> Self {
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0)))
    }
}

/// Elsewhere than on Linux the monotonic clock is the nearest there is.
#[cfg(target_os = "linux")]
const PASSING: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const PASSING: ClockId = ClockId::Monotonic;

#[cfg(target_os = "linux")]
const DATE: ClockId = ClockId::RealtimeCoarse;
#[cfg(not(target_os = "linux"))]
const DATE: ClockId = ClockId::Realtime;

fn wall() -> Timestamp {
    let time = clock_gettime(DATE);
    Timestamp::from_millis(time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "another clock to compare with")]
    fn the_date_is_the_systems_to_a_tick() {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let ours = u128::try_from(Now::read().wall.as_millis()).unwrap();
        assert!(system.abs_diff(ours) <= 50, "{system} {ours}");
    }

    #[test]
    fn time_passes_and_is_told_from_the_later_moment() {
        let earlier = Awake::read();
        let later = earlier.plus(Duration::from_millis(1500));
        assert!(Awake::read() >= earlier);
        assert_eq!(later.since(earlier), Duration::from_millis(1500));
        assert_eq!(earlier.since(later), Duration::ZERO);
        assert_eq!(Awake::after_start(Duration::from_secs(2)).as_millis(), 2000);
    }
}
