//! How much memory the registry of a million keys takes, that nobody has used yet.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "the child process says what it found")]

#[expect(dead_code, reason = "figures are not taken in turn here")]
#[path = "../../core/benches/measuring.rs"]
mod measuring;
#[expect(dead_code, reason = "nobody uses a cold key")]
mod town;

use counterfoil_core::catalog::Catalog;
use counterfoil_verify::{Settings, Verifier};
use measuring::{Measurement, median};
use std::process::Command;
use std::sync::Arc;
use town::{Town, millions};

const KEYS: usize = 1_000_000;
const ROUNDS: usize = 3;
const MOST_BYTES_A_KEY: f64 = 200.0;
/// Set for the child process, in which nothing else has taken memory.
const CHILD: &str = "COUNTERFOIL_BENCH_REGISTERS";

fn main() {
    if std::env::var_os(CHILD).is_some() {
        return print_growth();
    }
    if !measuring::is_wanted() {
        return;
    }
    let measured = median((0..ROUNDS).map(|_| growth_in_a_child())) / KEYS as f64;
    let what = "resident memory of a cold key / what it may take";
    Measurement { what, unit: "bytes a key", measured, reference: MOST_BYTES_A_KEY, must: "≤ 1" }.print();
}

fn print_growth() {
    let verifier = Verifier::new(Arc::new(Catalog::appstore()), Settings::default());
    verifier.load(&Town::of(1).snapshot());
    let before = resident();
    millions(&verifier, KEYS);
    let after = resident();
    assert_eq!(verifier.key_count(), KEYS + 1);
    println!("{}", after - before);
}

fn growth_in_a_child() -> f64 {
    let child = Command::new(std::env::current_exe().unwrap()).env(CHILD, "1").output().unwrap();
    assert!(child.status.success());
    String::from_utf8(child.stdout).unwrap().trim().parse().unwrap()
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}
