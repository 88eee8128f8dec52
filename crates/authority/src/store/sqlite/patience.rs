//! For how long a thread looks again and again for what it waits for, before it sleeps.
//!
//! Who writes one thing after another is back soon, and is answered soon; and to wake a thread takes nearly as long as
//! a quick disk takes to sync. Where many write at once nobody looks: writes gather while the writer is woken, and
//! share a transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long the writer looks for more work.
const FOR_WORK: Duration = Duration::from_micros(200);
/// How long a caller looks for their answer: longer than a quick disk takes.
const FOR_AN_ANSWER: Duration = Duration::from_millis(2);

/// What the writer and its callers know of each other.
pub(super) struct Patience {
    several_processors: bool,
    wrote_for_one: AtomicBool,
}

impl Patience {
    /// The patience on this machine: none where whoever looks would keep the only processor.
    pub(super) fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { several_processors: processors > 1, wrote_for_one: AtomicBool::new(false) }
    }

    /// Notes how many shared the last transaction.
    pub(super) fn wrote_for(&self, many: usize) {
        self.wrote_for_one.store(many == 1, Ordering::Relaxed);
    }

    /// How long to look for more work.
    pub(super) fn for_work(&self) -> Duration {
        self.or_none(FOR_WORK)
    }

    /// How long to look for an answer.
    pub(super) fn for_an_answer(&self) -> Duration {
        self.or_none(FOR_AN_ANSWER)
    }

    fn or_none(&self, patience: Duration) -> Duration {
        let is_worth_it = self.several_processors && self.wrote_for_one.load(Ordering::Relaxed);
        if is_worth_it { patience } else { Duration::ZERO }
    }
}
