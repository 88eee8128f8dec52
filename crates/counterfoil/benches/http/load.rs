//! Load as fast as it is answered: wrk on 32 connections.

use crate::machine::Server;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/http/requests.lua");
const CONNECTIONS: &str = "-c32";
/// How long one round takes, in seconds.
pub(crate) const SECONDS: usize = 1;

/// What a round asks for: one head, many tokens.
pub(crate) struct Requests {
    head: PathBuf,
    tokens: PathBuf,
    count: usize,
}

impl Requests {
    /// As nginx asks before it lets a request through.
    pub(crate) fn of_a_proxy(dir: &Path, name: &str, tokens: &[String]) -> Self {
        let target = "/v1/apps/1234567890/appStoreVersions";
        let head = format!(
            "GET /authorize HTTP/1.1\r\nHost: localhost\r\nX-Original-Method: GET\r\nX-Original-URI: {target}\r\n"
        );
        Self::write(dir, name, &head, tokens)
    }

    /// As a client asks.
    pub(crate) fn of_a_client(dir: &Path, name: &str, tokens: &[String]) -> Self {
        Self::write(
            dir,
            name,
            "GET /v1/apps/1234567890/appStoreVersions HTTP/1.1\r\nHost: localhost\r\n",
            tokens,
        )
    }

    fn write(dir: &Path, name: &str, head: &str, tokens: &[String]) -> Self {
        let [head_file, token_file] = ["head", "tokens"].map(|kind| dir.join(format!("{name}.{kind}")));
        fs::write(&head_file, format!("{head}Authorization: Bearer ")).unwrap();
        fs::write(&token_file, tokens.join("\n")).unwrap();
        Self { head: head_file, tokens: token_file, count: tokens.len() }
    }

    /// How many a second this server answers. Every answer must be of the kind of 200.
    pub(crate) fn per_second(&self, server: &Server) -> f64 {
        self.run(server).per_second()
    }

    /// The same, where no token may come twice.
    pub(crate) fn per_second_each_once(&self, server: &Server) -> f64 {
        let run = self.run(server);
        assert!(
            run.requests < self.count,
            "{} tokens were too few for {} requests",
            self.count,
            run.requests
        );
        run.per_second()
    }

    fn run(&self, server: &Server) -> Run {
        let before = server.process.busy();
        let output = Command::new("wrk")
            .args(["-t1", CONNECTIONS, "--timeout", "5s", "--latency", "-s", SCRIPT])
            .args([format!("-d{SECONDS}s"), format!("http://{}/", server.address), "--".to_owned()])
            .args([&self.head, &self.tokens])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let run = said.lines().find_map(Run::parse).unwrap_or_else(|| panic!("wrk: {output:?}"));
        run.tell(server.name, &self.tokens, server.process.busy() - before);
        assert_eq!((run.refused, run.failed), (0, 0), "not every answer was good: {run:?}");
        run
    }
}

/// What a round came to.
#[derive(Debug)]
struct Run {
    requests: usize,
    microseconds: usize,
    refused: usize,
    failed: usize,
    slowest_of_a_hundred: usize,
}

impl Run {
    fn parse(line: &str) -> Option<Self> {
        let numbers: Option<Vec<usize>> =
            line.strip_prefix("came to ")?.split(' ').map(|number| number.parse().ok()).collect();
        let [requests, microseconds, refused, failed, slowest_of_a_hundred] = numbers?[..] else {
            return None;
        };
        Some(Self { requests, microseconds, refused, failed, slowest_of_a_hundred })
    }

    fn per_second(&self) -> f64 {
        self.requests as f64 * 1e6 / self.microseconds as f64
    }

    /// On standard error, for whoever watches.
    fn tell(&self, server: &str, requests: &Path, busy: f64) {
        let Self { requests: count, microseconds, slowest_of_a_hundred: slowest, .. } = *self;
        let requests = requests.file_stem().unwrap_or_default().to_string_lossy();
        let (rate, each, share) =
            (self.per_second(), busy * 1e6 / count as f64, busy * 1e8 / microseconds as f64);
        eprintln!(
            "{server:>8} {requests:<12} {rate:>8.0} /s, {each:>6.2} µs of the processor each ({share:.0} %), 99 of 100 within {slowest} µs"
        );
    }
}
