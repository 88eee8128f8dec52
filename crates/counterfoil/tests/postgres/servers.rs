//! Several servers on one database, and what happens when it is away.

use crate::crash::{Rounds, crash};
use crate::database::Database;
use crate::installation::Installation;
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn nothing_acknowledged_is_lost() {
    let database = Database::make();
    crash(&Installation::on(database.url.clone()), Rounds::usually(6));
}

/// Two machines share the database and the seal key, nothing else.
#[test]
fn what_one_server_writes_another_knows_within_a_second() {
    let database = Database::make();
    let (one, other) = (Installation::on(database.url.clone()), Installation::on(database.url.clone()));
    let made = one.bootstrap(&[]);
    fs::create_dir(other.data()).unwrap();
    fs::copy(one.data().join("seal.key"), other.data().join("seal.key")).unwrap();
    let (first, second) = (one.serve(&["--name", "first"]), other.serve(&["--name", "second"]));
    let body = json!({"data": {"type": "apiKeys", "attributes": {"nickname": "n", "keyType": "TEAM", "roles": ["SALES"]}}});
    let generated = first.ask("POST", "/v1/apiKeys", Some(&made.key), Some(&body));
    let path = format!("/v1/apiKeys/{}", generated.text("/data/id"));
    let done = Instant::now();
    while second.get(&path, Some(&made.key)).status != 200 {
        assert!(done.elapsed() < Duration::from_secs(1));
    }
    let half = second.ask("POST", &format!("{path}/download"), Some(&made.key), None);
    assert_eq!(half.status, 200, "{half:?}");
    assert_eq!(first.ask("POST", &format!("{path}/download"), Some(&made.key), None).status, 409);
}

#[test]
fn commands_work_beside_a_server_on_another_machine() {
    let database = Database::make();
    let (machine, desk) = (Installation::on(database.url.clone()), Installation::on(database.url.clone()));
    let made = machine.bootstrap(&[]);
    fs::create_dir(desk.data()).unwrap();
    fs::copy(machine.data().join("seal.key"), desk.data().join("seal.key")).unwrap();
    let serving = machine.serve(&[]);
    assert_eq!(serving.get("/v1/apiKeys", Some(&made.key)).status, 200);
    desk.json(&["access", "withdraw", &made.team]);
    let done = Instant::now();
    while serving.get("/v1/apiKeys", Some(&made.key)).status == 200 {
        assert!(done.elapsed() < Duration::from_secs(1));
    }
}
