//! Telling the server what keys were used for here, so that it knows when a key was last used and which roles it
//! needs.
//!
//! What is counted is gathered, and told in batches. A batch has a number, and is told again as it is until the server
//! has answered: so it counts once, whatever became of an answer. While the server is away what is gathered is
//! bounded; what finds no room is lost, and that it was lost is counted.

use super::wire::Wire;
use crate::Usage;
use crate::clock::Now;
use crate::uses::report::{MOST_REPORTED, UsageReport};
use crate::uses::{LastExpiry, LastUse, Use};
use crate::verifier::Verifier;
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use http::StatusCode;
use hyper::body::Bytes;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const PATH: &str = "/v1/feed/uses";
/// How often what keys were used for is taken, and told.
const EVERY: Duration = Duration::from_secs(5);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the last batches may take once the verifier stops, and how long to rest between two attempts.
const FAREWELL: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_millis(100);
/// How many rows of each sort are gathered at most: some megabytes.
const MOST_GATHERED: usize = 20_000;

/// Who is handed what keys were used for.
pub(super) type Listener = Arc<dyn Fn(Usage) + Send + Sync>;

pub(super) struct Reporter {
    verifier: Arc<Verifier>,
    wire: Wire,
    listener: Option<Listener>,
    instance: String,
    last_number: u64,
    /// The batch that is being told: what it has, and its text.
    waiting: Option<(u64, Bytes)>,
    gathered: Gathered,
}

/// What is not in a batch yet.
#[derive(Default)]
struct Gathered {
    /// How often, by everything else there is to a use.
    uses: HashMap<Use, u64>,
    last: HashMap<KeyId, Timestamp>,
    expiries: HashMap<KeyId, Timestamp>,
    lost: u64,
}

/// How an attempt to tell a batch ended.
enum Told {
    Counted,
    /// It will never be taken.
    Refused,
    /// It may be taken later.
    NotHeard,
}

impl Reporter {
    pub(super) fn new(verifier: Arc<Verifier>, wire: Wire, listener: Option<Listener>) -> Self {
        let (waiting, gathered) = (None, Gathered::default());
        Self { verifier, wire, listener, instance: instance(), last_number: 0, waiting, gathered }
    }

    /// Takes and tells every few seconds, for ever.
    pub(super) async fn report(&mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            let usage = self.take();
            if let Some(listener) = &self.listener {
                listener(usage);
            }
            self.tell().await;
        }
    }

    /// Takes the last, tells it if that is quickly done, and gives it.
    pub(super) async fn finish(mut self) -> Usage {
        let mut usage = self.take();
        let telling = async {
            while !self.tell().await {
                tokio::time::sleep(REST).await;
            }
        };
        let _ = timeout(FAREWELL, telling).await;
        usage.not_counted = usage.not_counted.saturating_add(self.gathered.lost);
        usage
    }

    fn take(&mut self) -> Usage {
        let mut usage = self.verifier.take_usage(Now::read());
        usage.not_counted = usage.not_counted.saturating_add(std::mem::take(&mut self.gathered.lost));
        self.gathered.add(&usage);
        usage
    }

    /// Tells batch after batch, until there is none left (`true`) or one was not heard.
    async fn tell(&mut self) -> bool {
        while let Some((rows, text)) = self.batch() {
            match told(&mut self.wire, text).await {
                Told::Counted => self.waiting = None,
                Told::Refused => {
                    self.gathered.lost = self.gathered.lost.saturating_add(rows);
                    self.waiting = None;
                }
                Told::NotHeard => return false,
            }
        }
        true
    }

    /// The batch that is told next: the one that may not have been heard before any other.
    fn batch(&mut self) -> Option<(u64, Bytes)> {
        if self.waiting.is_none() {
            let report = self.gathered.batch();
            if report.rows() == 0 {
                return None;
            }
            self.last_number += 1;
            let report = UsageReport { instance: self.instance.clone(), batch: self.last_number, ..report };
            let uses = report.uses.iter().map(|used| used.count).sum();
            // What is made of numbers and names can always be written.
            self.waiting = Some((uses, serde_json::to_vec(&report).unwrap_or_default().into()));
        }
        self.waiting.clone()
    }
}

async fn told(wire: &mut Wire, text: Bytes) -> Told {
    match wire.post(PATH, text, PATIENCE).await.map(|answered| answered.status) {
        Ok(status) if status.is_success() => Told::Counted,
        // A credential that is not good any more may be given back, a server may be busy.
        Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) => {
            Told::NotHeard
        }
        Ok(status) if status.is_client_error() => Told::Refused,
        Ok(_) | Err(_) => Told::NotHeard,
    }
}

impl Gathered {
    fn add(&mut self, usage: &Usage) {
        for used in &usage.uses {
            let way = Use { count: 0, ..used.clone() };
            if self.uses.len() < MOST_GATHERED || self.uses.contains_key(&way) {
                *self.uses.entry(way).or_default() += used.count;
            } else {
                self.lost = self.lost.saturating_add(used.count);
            }
        }
        usage.last.iter().for_each(|LastUse { key, at }| keep_latest(&mut self.last, *key, *at));
        usage.expiries.iter().for_each(|LastExpiry { key, at }| keep_latest(&mut self.expiries, *key, *at));
    }

    /// Takes as much out as one batch has.
    fn batch(&mut self) -> UsageReport {
        let uses = some_of(&mut self.uses, MOST_REPORTED);
        let uses: Vec<Use> = uses.into_iter().map(|(way, count)| Use { count, ..way }).collect();
        let last = some_of(&mut self.last, MOST_REPORTED - uses.len());
        let last: Vec<LastUse> = last.into_iter().map(|(key, at)| LastUse { key, at }).collect();
        let expiries = some_of(&mut self.expiries, MOST_REPORTED - uses.len() - last.len());
        let expiries = expiries.into_iter().map(|(key, at)| LastExpiry { key, at }).collect();
        UsageReport { uses, last, expiries, ..UsageReport::default() }
    }
}

fn keep_latest(moments: &mut HashMap<KeyId, Timestamp>, key: KeyId, at: Timestamp) {
    if moments.len() < MOST_GATHERED || moments.contains_key(&key) {
        let latest = moments.entry(key).or_insert(at);
        *latest = at.max(*latest);
    }
}

fn some_of<K: Clone + Eq + std::hash::Hash, V>(all: &mut HashMap<K, V>, most: usize) -> Vec<(K, V)> {
    let names: Vec<K> = all.keys().take(most).cloned().collect();
    names.into_iter().filter_map(|name| all.remove_entry(&name)).collect()
}

/// A name that no other run has: 128 bits of the system's randomness. It is no secret.
fn instance() -> String {
    let half = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uses::UseOutcome;
    use counterfoil_core::catalog::Access;
    use counterfoil_core::id::IssuerId;

    fn used(number: usize, count: u64) -> Use {
        Use {
            key: KeyId::try_from(format!("K{number:09}").as_str()).unwrap(),
            team: IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap(),
            since: Timestamp::from_seconds(3600),
            group: None,
            access: Access::Read,
            family: "/v1/apps".to_owned(),
            outcome: UseOutcome::Allowed,
            count,
        }
    }

    fn usage(uses: Vec<Use>) -> Usage {
        let last = uses.iter().map(|used| LastUse { key: used.key, at: used.since }).collect();
        Usage { uses, last, ..Usage::default() }
    }

    #[test]
    fn what_is_told_together_adds_up_and_is_told_once() {
        let mut gathered = Gathered::default();
        gathered.add(&usage(vec![used(1, 2), used(2, 1)]));
        gathered.add(&usage(vec![used(1, 5)]));
        let mut batch = gathered.batch();
        batch.uses.sort_by_key(|used| used.key);
        assert_eq!((batch.uses, batch.last.len()), (vec![used(1, 7), used(2, 1)], 2));
        assert_eq!(gathered.batch().rows(), 0);
    }

    #[test]
    fn while_the_server_is_away_memory_is_bounded_and_what_is_lost_is_counted() {
        let mut gathered = Gathered::default();
        gathered.add(&usage((0..MOST_GATHERED + 7).map(|number| used(number, 3)).collect()));
        assert_eq!(
            (gathered.uses.len(), gathered.last.len(), gathered.lost),
            (MOST_GATHERED, MOST_GATHERED, 21)
        );
        gathered.add(&usage(vec![used(0, 1)]));
        assert_eq!(gathered.lost, 21, "what has room already goes on being counted");
        let mut batches = std::iter::from_fn(|| Some(gathered.batch().rows()).filter(|rows| *rows > 0));
        assert!(batches.all(|rows| rows <= MOST_REPORTED));
    }

    #[test]
    fn two_runs_have_two_names() {
        let (one, other) = (instance(), instance());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
    }

    #[test]
    fn a_report_is_read_as_it_is_written() {
        let last = vec![LastUse { key: used(1, 1).key, at: Timestamp::from_millis(5) }];
        let report =
            UsageReport { instance: instance(), batch: 3, uses: vec![used(1, 2)], last, expiries: vec![] };
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<UsageReport>(&text).unwrap(), report);
        let row = r#"{"key":"K000000001","team":"57246542-96fe-1a63-e053-0824d011072a","since":3600000,"group":null,"access":"READ","family":"/v1/apps","outcome":"ALLOWED","count":2}"#;
        assert!(text.contains(row), "{text}");
    }
}
