//! How fast a history is searched, beside the time that git itself takes to read every object of it.
//!
//! Prints one JSON object a line. The bound is on the ratio, so that it holds on any machine.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by failing")]

use counterfoil_holder::scan::Scan;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Commits, and files that change in each.
const COMMITS: usize = 100;
const FILES: usize = 20;
const FILE: usize = 50_000;
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    // The best of each: what else runs on the machine only ever slows.
    let mut bytes = 0;
    let git = (0..ROUNDS).map(|_| timed(|| read_by_git(folder.path()))).min().unwrap();
    let ours = (0..ROUNDS).map(|_| timed(|| bytes = scanned(folder.path()))).min().unwrap();
    let rate = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e6;
    println!(
        "{}",
        serde_json::json!({
            "what": "scan --history / git cat-file --batch | wc -c",
            "unit": "MB/s",
            "measured": rate(ours),
            "reference": rate(git),
            "must": "≥ 0.8",
        })
    );
}

/// A hundred megabytes of objects, as an import packs them.
fn repository(folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args(["-c", "gc.auto=0"]).args(arguments);
        assert!(git.status().unwrap().success());
    };
    git(&["init", "-q"]);
    let mut import = Command::new("git");
    import.arg("-C").arg(folder).args(["fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    let mut to = std::io::BufWriter::new(import.stdin.take().unwrap());
    let mut random = 7_u64;
    for commit in 0..COMMITS {
        writeln!(
            to,
            "commit refs/heads/main\ncommitter A <a@b.c> {} +0000\ndata 1\nx",
            1_700_000_000 + commit
        )
        .unwrap();
        for file in 0..FILES {
            let text = text(&mut random);
            write!(to, "M 100644 inline src/{file}.txt\ndata {}\n", text.len()).unwrap();
            to.write_all(text.as_bytes()).unwrap();
            to.write_all(b"\n").unwrap();
        }
    }
    to.flush().unwrap();
    drop(to);
    assert!(import.wait().unwrap().success());
}

/// Text as programs have it: words that come again, and lines that don't.
fn text(random: &mut u64) -> String {
    const WORDS: [&str; 16] = [
        "let",
        "key",
        "PRIVATE",
        "base64",
        "fn",
        "return",
        "team",
        "MIGTAg",
        "token",
        "if",
        "match",
        "==",
        "{",
        "}",
        "-----",
        "https://example.com/v1/apps",
    ];
    let mut text = String::with_capacity(FILE + 64);
    while text.len() < FILE {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match (*random >> 60, *random >> 33) {
            (0, _) => text.push('\n'),
            (1, number) => text.push_str(&format!("{number:x}{:x}", random.rotate_left(17))),
            (_, number) => text.push_str(WORDS[number as usize % WORDS.len()]),
        }
        text.push(' ');
    }
    text
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn read_by_git(folder: &Path) {
    let line = "git cat-file --batch-all-objects --batch --unordered | wc -c";
    let status = Command::new("sh").args(["-c", line]).current_dir(folder).stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
}

fn scanned(folder: &Path) -> u64 {
    let mut watch = |_| ();
    let mut scan = Scan::new(&mut watch);
    scan.history(folder).unwrap();
    let report = scan.report();
    assert!(report.findings.is_empty());
    report.bytes
}
