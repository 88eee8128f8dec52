//! Verdicts while the database hangs, and after the server itself was stopped.

use crate::cable::Cable;
use crate::database::Database;
use crate::installation::{Bootstrapped, Installation, Serving};
use crate::token::Key;
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

/// How old the view may be, by the built-in catalog.
const BOUND: Duration = Duration::from_secs(5);
/// How old it may be already when the database goes away: the head is read every half a second.
const USUAL: Duration = Duration::from_millis(2500);
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn verdicts_go_on_while_the_database_hangs_and_stop_at_the_bound_until_it_is_back() {
    let database = Database::make();
    let cable = Cable::to(&database.url);
    let machine = Installation::on(cable.url(&database.url));
    let made = unlimited(&machine);
    let serving = machine.serve(&[]);
    stays_up_to_the_bound(&serving, &made.key, || cable.hold());
    withdraw_elsewhere(&machine, &database, &made);
    let back = Instant::now();
    cable.release();
    recovers_to(403, &serving, &made.key, back);
}

/// Those that it has open hang; new ones don't.
#[test]
fn connections_that_hang_are_replaced_by_new_ones() {
    let database = Database::make();
    let machine = Installation::on(database.url.clone());
    let made = unlimited(&machine);
    let serving = machine.serve(&[]);
    assert_eq!(authorize(&serving, &made.key).status, 200);
    let backends = backends(&database);
    assert!(!backends.is_empty());
    signal(&backends, "STOP");
    thread::sleep(BOUND + USUAL);
    let said = authorize(&serving, &made.key);
    signal(&backends, "CONT");
    assert_eq!(said.status, 200, "{said:?}");
}

/// The time in which a server was stopped counts: what it was asked meanwhile it answers from what it then reads.
#[test]
fn a_server_that_was_stopped_lets_nothing_in_that_was_revoked_meanwhile() {
    let database = Database::make();
    let (one, other) = (Installation::on(database.url.clone()), Installation::on(database.url.clone()));
    let made = unlimited(&one);
    share_seal_key(&one, &other);
    let (stopped, awake) = (one.serve(&["--name", "one"]), other.serve(&["--name", "other"]));
    assert_eq!(authorize(&stopped, &made.key).status, 200);
    stopped.signal("STOP");
    let asked: Vec<_> = (0..4).map(|_| Asked::of(&stopped, &made.key)).collect();
    let revoke = json!({"data": {"type": "apiKeys", "id": made.key.id, "attributes": {"isActive": false}}});
    let path = format!("/v1/apiKeys/{}", made.key.id);
    assert_eq!(awake.ask("PATCH", &path, Some(&made.key), Some(&revoke)).status, 200);
    thread::sleep(BOUND + Duration::from_secs(1));
    let back = Instant::now();
    stopped.signal("CONT");
    for asked in asked {
        let said = asked.answer();
        assert!([401, 503].contains(&said.status), "{said:?}");
    }
    recovers_to(401, &stopped, &made.key, back);
}

/// A team whose keys have no limit an hour: shares of a limit are lent out by the database, too.
fn unlimited(machine: &Installation) -> Bootstrapped {
    let made = machine.bootstrap(&[]);
    let shown = machine.run(&["catalog", "show"]).stdout;
    let limited = |line: &&str| line.starts_with("requests_per_hour");
    assert!(shown.lines().any(|line| limited(&line)));
    let lines: Vec<_> = shown.lines().filter(|line| !limited(line)).collect();
    fs::write(machine.beside("catalog.toml"), lines.join("\n")).unwrap();
    machine.json(&["catalog", "use", "catalog.toml", "--yes"]);
    made
}

/// Good while the view is young enough, refused with `Retry-After` from then on.
fn stays_up_to_the_bound(serving: &Serving, key: &Key, goes_away: impl FnOnce()) {
    assert_eq!(authorize(serving, key).status, 200);
    goes_away();
    let began = Instant::now();
    let mut is_shut = false;
    while began.elapsed() < BOUND * 2 {
        let asked_at = began.elapsed();
        let said = authorize(serving, key);
        if said.status == 503 {
            assert!(asked_at + USUAL > BOUND, "after {asked_at:?} already");
            assert!(said.head.contains("\r\nretry-after: 1\r\n"), "{said:?}");
            is_shut = true;
        } else {
            assert_eq!(said.status, 200, "{said:?}");
            assert!(!is_shut && asked_at <= BOUND, "still after {asked_at:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(is_shut);
}

/// From the fence to this, and nothing else between: least of all one more yes.
fn recovers_to(status: u16, serving: &Serving, key: &Key, back: Instant) {
    loop {
        let said = authorize(serving, key);
        if said.status == status {
            return;
        }
        assert_eq!(said.status, 503, "{said:?}");
        assert!(back.elapsed() < PATIENCE, "never back");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The team's access is taken back, by way of a connection that does not hang.
fn withdraw_elsewhere(machine: &Installation, database: &Database, made: &Bootstrapped) {
    let desk = Installation::on(database.url.clone());
    share_seal_key(machine, &desk);
    desk.json(&["access", "withdraw", &made.team]);
}

fn share_seal_key(from: &Installation, to: &Installation) {
    fs::create_dir(to.data()).unwrap();
    fs::copy(from.data().join("seal.key"), to.data().join("seal.key")).unwrap();
}

/// The database's processes that work for whoever is connected to it.
fn backends(database: &Database) -> Vec<i32> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let sql =
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    })
}

fn signal(processes: &[i32], name: &str) {
    let ids = processes.iter().map(i32::to_string);
    assert!(Command::new("kill").arg(format!("-{name}")).args(ids).status().unwrap().success());
}

/// What `/authorize` says of `GET /v1/apps`.
fn authorize(serving: &Serving, key: &Key) -> Said {
    Asked::of(serving, key).answer()
}

/// A question that is on its way.
struct Asked(TcpStream);

/// What came back.
#[derive(Debug)]
struct Said {
    status: u16,
    head: String,
}

impl Asked {
    fn of(serving: &Serving, key: &Key) -> Self {
        let mut stream = TcpStream::connect(serving.listen()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = key.token();
        let request = format!(
            "GET /authorize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(stream)
    }

    fn answer(mut self) -> Said {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase() + "\r\n";
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Said { status: status.unwrap_or_else(|| panic!("{text:?}")), head }
    }
}
