//! Generating keys, each durable before it is answered: one caller beside the bare commits of
//! SQLite on the same disk, and a crowd beside one caller.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on shall fail")]

#[expect(dead_code, reason = "a ledger of a million keys is for another benchmark")]
mod large_ledger;
#[expect(dead_code, reason = "all figures are taken in turn here")]
#[path = "../../core/benches/measuring.rs"]
mod measuring;

use counterfoil_authority::authority::{Authority, Request};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::people::NewPerson;
use counterfoil_core::event::Actor;
use counterfoil_core::id::IssuerId;
use counterfoil_core::roles::Roles;
use large_ledger::{BenchDir, start};
use measuring::{Measurement, in_turn, middle, seconds};
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;

const ROUNDS: usize = 25;
const COMMITS_A_ROUND: usize = 400;
const CALLERS: usize = 64;
const KEYS_A_CALLER: usize = 10;
/// Enough that no team gets near its limit of keys.
const TEAMS: usize = 640;
/// As long as what the ledger holds of a generated key and the half that waits for its download.
const ROW: [u8; 700] = [0x5a; 700];

fn main() {
    if !measuring::is_wanted() {
        return;
    }
    let dir = BenchDir::make();
    let runtime = Runtime::new().unwrap();
    let callers = Arc::new(runtime.block_on(Callers::on(dir.path())));
    let bare = bare_database(dir.path());
    let mut rates = Vec::new();
    let (measured, reference) = in_turn(
        ROUNDS,
        || {
            let crowd = runtime.block_on(crowd_rate(&callers));
            let single = runtime.block_on(single_rate(&callers));
            rates.push((crowd, single));
            single
        },
        || bare_rate(&bare),
    );
    let what = "durable generate, one caller / bare SQLite commit";
    Measurement { what, unit: "commits/s", measured, reference, must: "≥ 0.6" }.print();

    let (measured, reference) = middle(rates.into_iter().skip(1));
    let what = "durable generate, 64 callers / one caller";
    Measurement { what, unit: "keys/s", measured, reference, must: "≥ 3" }.print();
    runtime.block_on(callers.authority.shutdown());
}

/// Who generates: the Account Holders of many teams, each in turn.
struct Callers {
    authority: Arc<Authority>,
    teams: Vec<(IssuerId, Actor)>,
    turn: AtomicUsize,
    key: NewKeyRequest,
}

impl Callers {
    async fn on(dir: &Path) -> Self {
        let authority = start(dir, true).await;
        let mut teams = Vec::with_capacity(TEAMS);
        for number in 0..TEAMS {
            teams.push(open_team(&authority, number).await);
        }
        let key = NewKeyRequest {
            kind: "TEAM".try_into().unwrap(),
            name: "CI of the app".try_into().unwrap(),
            roles: Some(Roles::from(vec!["DEVELOPER".try_into().unwrap()])),
            half: NewHalf::Issuer,
        };
        Self { authority, teams, turn: AtomicUsize::new(0), key }
    }

    async fn generate(&self) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (team, by) = self.teams[turn % self.teams.len()];
        self.authority.generate(team, &Request::by(by), &self.key).await.unwrap();
    }
}

async fn open_team(authority: &Authority, number: usize) -> (IssuerId, Actor) {
    let holder = NewPerson {
        email: format!("holder{number}@example.com").as_str().try_into().unwrap(),
        first_name: "Ada".try_into().unwrap(),
        last_name: "Lovelace".try_into().unwrap(),
    };
    let name = format!("Team number {number}").as_str().try_into().unwrap();
    let opened = authority.open_team(&name, &holder).await.unwrap();
    let by = Actor::User(opened.member);
    authority.request_access(opened.team, &Request::by(by), true).await.unwrap();
    authority.approve_access(opened.team).await.unwrap();
    (opened.team, by)
}

/// One key after the other.
async fn single_rate(callers: &Callers) -> f64 {
    let begun = std::time::Instant::now();
    for _ in 0..COMMITS_A_ROUND {
        callers.generate().await;
    }
    COMMITS_A_ROUND as f64 / begun.elapsed().as_secs_f64()
}

/// Keys from all sides.
async fn crowd_rate(callers: &Arc<Callers>) -> f64 {
    let begun = std::time::Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|_| {
            let callers = Arc::clone(callers);
            tokio::spawn(async move {
                for _ in 0..KEYS_A_CALLER {
                    callers.generate().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (CALLERS * KEYS_A_CALLER) as f64 / begun.elapsed().as_secs_f64()
}

fn bare_database(dir: &Path) -> Connection {
    let connection = Connection::open(dir.join("bare.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE bare (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
        )
        .unwrap();
    connection
}

/// One row a commit.
fn bare_rate(connection: &Connection) -> f64 {
    let mut insert = connection.prepare_cached("INSERT INTO bare (bytes) VALUES (?1)").unwrap();
    let seconds = seconds(|| {
        for _ in 0..COMMITS_A_ROUND {
            insert.execute(params![ROW]).unwrap();
        }
    });
    COMMITS_A_ROUND as f64 / seconds
}
