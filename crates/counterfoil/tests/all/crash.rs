//! `kill -9` under writes: nothing that was acknowledged is lost, nothing is half done, and the
//! server is ready again within a second.
//!
//! `COUNTERFOIL_CRASH_ROUNDS` says how often; the gate takes a short form. Half of all starts must be
//! that fast, or every one in the full form, which wants a release build and the machine to itself:
//!
//! `COUNTERFOIL_CRASH_ROUNDS=500 cargo test --release -p counterfoil --test all killed_under_writes -- --nocapture`

use crate::installation::{Bootstrapped, Installation, Serving};
use crate::token::{Key, public_of};
use counterfoil_core::catalog::Catalog;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const WRITERS: u64 = 4;
const READY_WITHIN: Duration = Duration::from_secs(1);

/// What the server acknowledged of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Acknowledged {
    downloaded: bool,
    revoked: bool,
}

/// Of a round: what was acknowledged, and the keys that somebody was about to change when the
/// server died, of which both may be true.
#[derive(Default)]
struct Round {
    acknowledged: BTreeMap<String, Acknowledged>,
    in_flight: Vec<String>,
}

/// How often, and how strictly the starts are timed.
#[derive(Clone, Copy)]
pub(crate) struct Rounds {
    number: u64,
    every_start_is_fast: bool,
}

impl Rounds {
    /// So many, unless the environment says otherwise.
    pub(crate) fn usually(number: u64) -> Self {
        match std::env::var("COUNTERFOIL_CRASH_ROUNDS") {
            Ok(rounds) => Self {
                number: rounds.parse().expect("a number"),
                every_start_is_fast: !cfg!(debug_assertions),
            },
            Err(_) => Self { number, every_start_is_fast: false },
        }
    }
}

/// Kills a server this often while it writes.
#[expect(clippy::print_stdout, reason = "what a long run has seen is worth a line")]
pub(crate) fn crash(installation: &Installation, rounds: Rounds) {
    let catalog = catalog_without_hours(installation);
    let made = Arc::new(bootstrapped(installation, &catalog));
    let mut before = Round::default();
    let mut starts = Vec::new();
    let mut acknowledged = 0;
    for number in 0..rounds.number {
        let serving = Arc::new(installation.serve(&["--catalog", &catalog]));
        starts.push(serving.took);
        let fast = serving.took < READY_WITHIN || !rounds.every_start_is_fast;
        assert!(fast, "round {number}: ready after {:?}", serving.took);
        check(&serving, &made.key, &before);
        before = write_until_killed(serving, &made, number);
        acknowledged += before.acknowledged.len();
    }
    let serving = installation.serve(&["--catalog", &catalog]);
    check(&serving, &made.key, &before);
    serving.stop();
    assert_eq!(installation.json(&["ledger", "verify"])["ok"], json!(true));
    assert!(acknowledged as u64 >= rounds.number, "only {acknowledged} keys in {} rounds", rounds.number);
    starts.sort_unstable();
    let (median, slowest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    assert!(median < READY_WITHIN, "ready after {median:?} in most rounds");
    println!(
        "{} rounds, {acknowledged} keys acknowledged, ready after {median:?}, at most {slowest:?}",
        rounds.number
    );
}

/// A catalog by which a key may ask as often as it likes: what a server held of a key's hour when it was killed
/// counts as spent, and there are more rounds than an hour has loans.
fn catalog_without_hours(installation: &Installation) -> String {
    let file = installation.beside("catalog.toml");
    let usual = Catalog::appstore().to_toml();
    let catalog = usual.replace("requests_per_hour = 3600\n", "");
    assert_ne!(catalog, usual);
    std::fs::write(&file, catalog).unwrap();
    file.to_str().unwrap().to_owned()
}

/// A team on that catalog, which the first server puts in force.
fn bootstrapped(installation: &Installation, catalog: &str) -> Bootstrapped {
    let serving = installation.serve(&["--catalog", catalog]);
    let made = installation.bootstrap(&[]);
    serving.stop();
    made
}

fn write_until_killed(serving: Arc<Serving>, made: &Arc<Bootstrapped>, number: u64) -> Round {
    let round = Arc::new(Mutex::new(Round::default()));
    let writers: Vec<_> = (0..WRITERS).map(|_| writer(&serving, made, &round)).collect();
    // Spread over the life of a write by a step that no period of the server divides.
    std::thread::sleep(Duration::from_millis(60 + number * 37 % 190));
    let status =
        std::process::Command::new("kill").args(["-KILL", &serving.pid().to_string()]).status().unwrap();
    assert!(status.success());
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    drop(serving);
    Arc::into_inner(round).unwrap().into_inner().unwrap()
}

/// Generates a key, downloads it, revokes it, and again, until the server does not answer.
fn writer(serving: &Arc<Serving>, made: &Arc<Bootstrapped>, round: &Arc<Mutex<Round>>) -> JoinHandle<()> {
    let (serving, made, round) = (Arc::clone(serving), Arc::clone(made), Arc::clone(round));
    std::thread::spawn(move || while one_life(&serving, &made.key, &round).is_some() {})
}

fn one_life(serving: &Serving, key: &Key, round: &Mutex<Round>) -> Option<()> {
    let new = json!({"data": {"type": "apiKeys", "attributes": {"nickname": "crash", "keyType": "TEAM", "roles": ["SALES"]}}});
    let generated = serving.try_ask("POST", "/v1/apiKeys", Some(key), Some(&new)).ok()?;
    assert_eq!(generated.status, 201, "{generated:?}");
    let id = generated.text("/data/id");
    let path = format!("/v1/apiKeys/{id}");
    let acknowledge = |what: fn(&mut Acknowledged)| {
        let mut round = round.lock().unwrap();
        what(round.acknowledged.entry(id.clone()).or_default());
        round.in_flight.push(id.clone());
    };
    acknowledge(|_| ());
    let half = serving.try_ask("POST", &format!("{path}/download"), Some(key), None).ok()?;
    assert_eq!(half.status, 200, "{half:?}");
    acknowledge(|key| key.downloaded = true);
    let revoke = json!({"data": {"type": "apiKeys", "id": id, "attributes": {"isActive": false}}});
    let revoked = serving.try_ask("PATCH", &path, Some(key), Some(&revoke)).ok()?;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    acknowledge(|key| key.revoked = true);
    round.lock().unwrap().in_flight.retain(|at| *at != id);
    Some(())
}

/// What was acknowledged is there, and each active key either has its half waiting, which opens
/// and belongs to it, or says that it was downloaded. What is left active is revoked, so that the
/// limit of active keys is never met.
fn check(serving: &Serving, key: &Key, before: &Round) {
    for (id, acknowledged) in &before.acknowledged {
        let answer = serving.get(&format!("/v1/apiKeys/{id}"), Some(key));
        assert_eq!(answer.status, 200, "{id} is lost: {answer:?}");
        let attributes = answer.json()["data"]["attributes"].clone();
        let found = Acknowledged {
            downloaded: attributes["canDownload"] == json!(false),
            revoked: attributes["isActive"] == json!(false),
        };
        assert!(found.revoked || !acknowledged.revoked, "{id}: a revocation is lost: {attributes}");
        assert!(found.downloaded || !acknowledged.downloaded, "{id}: a download is forgotten: {attributes}");
        if !before.in_flight.contains(id) {
            assert_eq!(found.revoked, acknowledged.revoked, "{id}: {attributes}");
        }
    }
    for resource in active(serving, key) {
        let id = resource["id"].as_str().unwrap();
        if id != key.id {
            whole(serving, key, id, &resource["attributes"]);
        }
    }
}

fn active(serving: &Serving, key: &Key) -> Vec<Value> {
    let answer = serving.get("/v1/apiKeys?filter[isActive]=true&limit=200", Some(key));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap().clone()
}

fn whole(serving: &Serving, key: &Key, id: &str, attributes: &Value) {
    let answer = serving.ask("POST", &format!("/v1/apiKeys/{id}/download"), Some(key), None);
    if attributes["canDownload"] == json!(true) {
        assert_eq!(answer.status, 200, "{id}: half a key: {answer:?}");
        assert_eq!(public_of(&answer.body).to_pem(), attributes["publicKey"].as_str().unwrap(), "{id}");
    } else {
        assert_eq!(answer.status, 409, "{id}: downloaded twice: {answer:?}");
    }
    let revoke = json!({"data": {"type": "apiKeys", "id": id, "attributes": {"isActive": false}}});
    let revoked = serving.ask("PATCH", &format!("/v1/apiKeys/{id}"), Some(key), Some(&revoke));
    assert_eq!(revoked.status, 200, "{revoked:?}");
}
