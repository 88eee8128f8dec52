//! Reading the ledger of a million keys at a start: how long beside what SQLite needs to read the
//! same rows, and how much memory what was read takes.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]

mod large_ledger;
#[path = "../../core/benches/measuring.rs"]
mod measuring;

use large_ledger::{BenchDir, KEYS, fill, start};
use measuring::{Measurement, in_turn, median, seconds};
use rusqlite::{Connection, OpenFlags};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use tokio::runtime::Runtime;

const ROUNDS: usize = 5;
const MOST_BYTES_A_KEY: f64 = 600.0;
/// Set for the child process: the directory whose ledger it reads to see what that takes.
const CHILD: &str = "COUNTERFOIL_BENCH_READS";

fn main() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return print_growth(Path::new(&dir));
    }
    if !measuring::is_wanted() {
        return;
    }
    let dir = BenchDir::make();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async { start(dir.path(), false).await.shutdown().await });
    fill(&dir.database());
    let (measured, reference) =
        in_turn(ROUNDS, || replay_seconds(&runtime, dir.path()), || read_seconds(&dir.database()));
    let what = "replay of a million keys / SQLite reads the same rows";
    Measurement { what, unit: "s", measured, reference, must: "≤ 3" }.print();

    let measured = median((0..ROUNDS).map(|_| growth_in_a_child(dir.path()))) / KEYS as f64;
    let what = "resident memory of the state / what it may take";
    Measurement { what, unit: "bytes a key", measured, reference: MOST_BYTES_A_KEY, must: "≤ 1" }.print();
}

/// A whole start. Letting go of the authority again is not in it.
fn replay_seconds(runtime: &Runtime, dir: &Path) -> f64 {
    let mut started = None;
    let seconds = seconds(|| started = Some(runtime.block_on(start(dir, false))));
    let authority = started.unwrap();
    assert_eq!(authority.ledger().state().unwrap().key_count(), KEYS);
    runtime.block_on(authority.shutdown());
    seconds
}

/// One thread, every column of every row fetched.
fn read_seconds(database: &Path) -> f64 {
    seconds(|| {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let sql = "SELECT position, stream, version, bytes, hash FROM ledger ORDER BY position";
        let mut statement = connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut sum = 0_i64;
        while let Some(row) = rows.next().unwrap() {
            let numbers = (0..3).map(|column| row.get_ref(column).unwrap().as_i64().unwrap()).sum::<i64>();
            let bytes = [3, 4].map(|column| row.get_ref(column).unwrap().as_blob().unwrap());
            let lengths = bytes.iter().map(|bytes| bytes.len() as i64 + i64::from(bytes[0])).sum::<i64>();
            sum = sum.wrapping_add(numbers + lengths);
        }
        black_box(sum);
    })
}

/// By how many bytes a process of its own grows that starts on this directory.
fn growth_in_a_child(dir: &Path) -> f64 {
    let output = Command::new(std::env::current_exe().unwrap()).env(CHILD, dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn print_growth(dir: &Path) {
    let runtime = Runtime::new().unwrap();
    let before = resident();
    let authority = runtime.block_on(start(dir, false));
    let after = resident();
    assert_eq!(authority.ledger().state().unwrap().key_count(), KEYS);
    println!("{}", after - before);
}

/// What the system says that this process has in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
