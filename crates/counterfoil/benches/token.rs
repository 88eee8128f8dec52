//! The first token, as a whole process, beside `openssl dgst -sign` over as many bytes with the same half.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on ends, and prints its figures"
)]

use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::half::PrivateHalf;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 61;
/// What the house promises, on a machine at rest.
const PROMISED: f64 = 15.0;

fn main() {
    let temp = tempfile::tempdir().expect("a folder");
    let half = PrivateHalf::generate(&SystemRandom::new()).expect("a half");
    let key = temp.path().join("AuthKey_2X9R4HXF34.p8");
    fs::write(&key, half.to_pem().expect("a PEM").as_bytes()).expect("a file");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a mode");
    let message = temp.path().join("message");
    fs::write(&message, [b'x'; 240]).expect("a file");
    let (ours, theirs) = medians(&mut || token(temp.path(), &key), &mut || openssl(&key, &message));
    line("a token, the whole process", ours, PROMISED, "≤ 1");
    line("a token, the whole process, to openssl dgst -sign", ours, theirs, "≤ 4");
}

/// The two in turn, so that whatever else the machine does falls on both.
fn medians(one: &mut dyn FnMut() -> Command, other: &mut dyn FnMut() -> Command) -> (f64, f64) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ones.push(took(one()));
        others.push(took(other()));
    }
    (median(ones), median(others))
}

fn took(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("a process");
    assert!(status.success(), "{command:?}");
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn token(home: &Path, key: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.args(["token", "--issuer-id", "57246542-96fe-1a63-e053-0824d011072a", "--private-key"]).arg(key);
    command.env_clear().env("HOME", home);
    command
}

fn openssl(key: &Path, message: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-sign"]).arg(key).arg(message);
    command
}

fn line(what: &str, measured: f64, reference: f64, must: &str) {
    let document = serde_json::json!({
        "what": what, "unit": "ms", "measured": measured, "reference": reference, "must": must,
    });
    println!("{document}");
}
