//! The verifier under many orders of the steps that its threads take.
//!
//! This compiles the verifier's own sources once more, with shuttle's locks and atomics in the place of the
//! standard library's: at each of them, and at each start and end of a thread, another thread may go on. What comes
//! from elsewhere (the maps, the cache, the swaps of pointers) counts as one step each.

#![expect(
    dead_code,
    unused_imports,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "whole modules are taken as they are, with their tests; and this is a program that tells what it tried"
)]

extern crate self as counterfoil_verify;

#[path = "../verdicts/bed.rs"]
mod bed;
mod orders;
/// What the sources name `crate::sync`.
mod sync {
    pub(crate) use shuttle::sync::atomic;
    pub(crate) use shuttle::sync::{Mutex, MutexGuard};
    pub(crate) use std::sync::PoisonError;
}
#[path = "../../src/lib.rs"]
mod verify;

pub use verify::*;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// How many orders of each kind are tried, unless `COUNTERFOIL_SHUTTLE_ORDERS` says otherwise.
const ORDERS: usize = 60;
/// How many times another thread goes on against the rules of precedence, at most.
const DEPTH: usize = 4;
/// What a thread needs that checks signatures.
const STACK: usize = 1024 * 1024;

fn main() {
    let count = std::env::var("COUNTERFOIL_SHUTTLE_ORDERS").map_or(ORDERS, |count| count.parse().unwrap());
    let orders = orders::ALL;
    println!("\nrunning {} tests", orders.len());
    for (name, body) in orders {
        let config = || {
            let mut config = Config::new();
            config.stack_size = STACK;
            config
        };
        Runner::new(RandomScheduler::new(count), config()).run(body);
        Runner::new(PctScheduler::new(DEPTH, count), config()).run(body);
        println!("test {name} ... ok");
    }
    println!("\ntest result: ok. {} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", orders.len());
}
