//! What the benchmarks share: figures taken in turn, and the line that says what they came to.
//!
//! A benchmark prints one JSON object a line; `cargo xtask bench` judges them and makes the table.

use std::time::Instant;

/// A figure beside the figure it is held against.
pub(crate) struct Measurement {
    /// What is held against what.
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) measured: f64,
    pub(crate) reference: f64,
    /// What the one divided by the other must be: `≥ 0.95`, `≤ 3`.
    pub(crate) must: &'static str,
}

impl Measurement {
    #[expect(clippy::print_stdout, reason = "a benchmark says what it found")]
    pub(crate) fn print(&self) {
        let line = serde_json::json!({
            "what": self.what,
            "unit": self.unit,
            "measured": self.measured,
            "reference": self.reference,
            "must": self.must,
        });
        println!("{line}");
    }
}

/// Whether this is `cargo bench`. Other runs of a benchmark (`cargo test --benches`) only see it build.
pub(crate) fn is_wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Both figures, taken in turn so that whatever slows this machine for a while slows both: those of the [`middle`]
/// round. The first round, which warms caches, does not count.
pub(crate) fn in_turn(
    rounds: usize,
    mut ours: impl FnMut() -> f64,
    mut theirs: impl FnMut() -> f64,
) -> (f64, f64) {
    middle((0..=rounds).map(|_| (ours(), theirs())).skip(1))
}

/// The figures of the round whose ratio is in the middle. A machine's speed may change by half within a run, so figures
/// of different rounds are not held against each other.
pub(crate) fn middle(rounds: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let mut rounds: Vec<_> = rounds.collect();
    rounds.sort_by(|one, other| f64::total_cmp(&(one.0 / one.1), &(other.0 / other.1)));
    rounds.get(rounds.len() / 2).copied().unwrap_or((f64::NAN, f64::NAN))
}

/// How long this takes, in seconds.
pub(crate) fn seconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// The middle one; of an even number, the higher of the two in the middle.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
