//! How long a revoked key still opens anything, at the server that acknowledged it and at another one.

use crate::client;
use crate::house::{House, Key};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many keys are revoked.
const KEYS: usize = 200;
/// How long a server may take to hear of a new key.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after the acknowledgement the servers are still asked.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// What became of the requests that started after the acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many there were at the server that acknowledged.
    pub(crate) asked_here: usize,
    /// How many of them were let in.
    pub(crate) accepted_here: usize,
    /// For each key, how long after the acknowledgement the other server still let a new request in.
    pub(crate) still_open_there: Vec<Duration>,
}

impl Found {
    /// So long or shorter was the other server open for 99 of 100 keys.
    pub(crate) fn slowest_of_a_hundred(&self) -> Duration {
        let mut sorted = self.still_open_there.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(Duration::MAX)
    }
}

/// Makes keys at one server, has them used at both all the time, and revokes them at the first.
pub(crate) fn find(here: &House, there: &str) -> Found {
    let mut found = Found::default();
    for number in 0..KEYS {
        let key = here.keys[0].register_another(&here.server.address, number);
        let token = key.token(0);
        [&here.server.address, there].iter().for_each(|address| await_open(address, &token));
        let over = AtomicBool::new(false);
        let ((here_said, there_said), acknowledged) = thread::scope(|threads| {
            let here_asks = threads.spawn(|| ask_until(&here.server.address, &token, &over));
            let there_asks = threads.spawn(|| ask_until(there, &token, &over));
            // Both are asked all the time when it comes.
            thread::sleep(Duration::from_millis(20));
            let acknowledged = revoke(here, &key);
            thread::sleep(AFTERWARDS);
            over.store(true, Ordering::Relaxed);
            ((here_asks.join().unwrap(), there_asks.join().unwrap()), acknowledged)
        });
        let after = |asked: &&Asked| asked.at > acknowledged;
        found.asked_here += here_said.iter().filter(after).count();
        found.accepted_here += here_said.iter().filter(after).filter(|asked| asked.let_in).count();
        let last = there_said.iter().filter(|asked| asked.let_in).map(|asked| asked.at).max().unwrap();
        assert!(there_said.iter().any(|asked| !asked.let_in), "the other server never heard of it");
        found.still_open_there.push(last.saturating_duration_since(acknowledged));
    }
    found
}

/// One request: when it started, and whether it was let in.
struct Asked {
    at: Instant,
    let_in: bool,
}

fn ask_until(address: &str, token: &str, over: &AtomicBool) -> Vec<Asked> {
    let mut line = None;
    let mut asked = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let at = Instant::now();
        let answer = crate::crowd::ask(&mut line, address, token).unwrap();
        assert!(["200", "401"].contains(&answer.as_str()), "{answer}");
        asked.push(Asked { at, let_in: answer == "200" });
    }
    asked
}

fn await_open(address: &str, token: &str) {
    let began = Instant::now();
    while crate::crowd::ask(&mut None, address, token).unwrap() != "200" {
        assert!(began.elapsed() < PATIENCE, "{address} does not let a new key in");
    }
}

/// When it was acknowledged.
fn revoke(at: &House, key: &Key) -> Instant {
    let body = json!({ "data": { "type": "apiKeys", "id": key.id, "attributes": { "isActive": false } } });
    let token = at.keys[0].token(0);
    let path = format!("/v1/apiKeys/{}", key.id);
    let answer = client::ask(&at.server.address, "PATCH", &path, Some(&token), Some(&body)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    Instant::now()
}
