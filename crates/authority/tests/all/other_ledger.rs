//! An older copy of the database put in the place of the one that servers work on: each notices,
//! refuses, and nothing that was revoked lives again unsaid.

use crate::house::{House, admin_key};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Failure, Request, Settings, StartFault};
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::{KeyId, KeyName, KindName};
use std::fs;
use std::path::{Path, PathBuf};

#[tokio::test]
async fn a_running_server_notices_an_older_file_in_the_place_of_its_own_and_refuses() {
    let house = House::build_on(None).await;
    let older = copy_of(house.folder());
    let key = revoked_key(&house).await;
    put_in_place(&older, house.folder());
    house.server().follow_once().await.unwrap_err();
    assert!(matches!(house.server().ledger().team(house.team), Err(Failure::LedgerStopped(_))));
    let refused = generate(&house).await.unwrap_err();
    assert!(matches!(refused, Failure::LedgerStopped(_)), "{refused:?} for a key beside {key}");
}

#[tokio::test]
async fn a_server_refuses_while_another_epoch_is_not_read_yet() {
    let house = House::build_on(None).await;
    let database = rusqlite::Connection::open(house.folder().join("counterfoil.db")).unwrap();
    database.execute("UPDATE ledger SET hash = zeroblob(32) WHERE position = 2", []).unwrap();
    database.execute("UPDATE head SET epoch = '00000000-0000-4000-8000-000000000000'", []).unwrap();
    house.server().follow_once().await.unwrap_err();
    let refused = house.server().ledger().team(house.team).unwrap_err();
    assert!(matches!(refused, Failure::LedgerStopped(_)), "{refused:?}");
}

#[tokio::test]
async fn nothing_is_acknowledged_after_the_file_was_replaced_even_before_the_server_looked() {
    let house = House::build_on(None).await;
    let older = copy_of(house.folder());
    put_in_place(&older, house.folder());
    let refused = generate(&house).await.unwrap_err();
    assert!(matches!(refused, Failure::LedgerStopped(_) | Failure::Unavailable(_)), "{refused:?}");
}

#[tokio::test]
async fn a_server_does_not_start_on_an_older_copy_unless_told_to() {
    let house = House::build_on(None).await;
    let older = copy_of(house.folder());
    let key = revoked_key(&house).await;
    house.server().shutdown().await;
    put_in_place(&older, house.folder());
    let refused = Authority::start(house.settings.clone()).await.err().unwrap();
    assert!(matches!(refused, StartFault::OlderLedger { .. }), "{refused}");
    assert!(refused.to_string().contains("counterfoil ledger adopt"), "{refused}");

    let told = Settings { adopt_older_ledger: true, ..house.settings.clone() };
    let adopting = Authority::start(told).await.unwrap();
    let before = adopting.ledger().known_head().epoch;
    adopting.adopt_ledger().await.unwrap();
    adopting.shutdown().await;
    let server = Authority::start(house.settings.clone()).await.unwrap();
    assert_ne!(server.ledger().known_head().epoch, before);
    assert!(server.ledger().state().unwrap().revocations_missing_since().is_some());
    assert!(!server.ledger().team(house.team).unwrap().keys.contains_key(&key));
}

#[tokio::test]
async fn a_half_that_waited_is_not_handed_out_by_the_older_copy() {
    let house = House::build_on(None).await;
    let key = generate(&house).await.unwrap();
    let older = copy_of(house.folder());
    house.server().download(house.team, Actor::User(house.owner), key).await.unwrap();
    house.server().shutdown().await;
    put_in_place(&older, house.folder());
    let told = Settings { adopt_older_ledger: true, ..house.settings.clone() };
    let server = Authority::start(told).await.unwrap();
    server.adopt_ledger().await.unwrap();
    server.download(house.team, Actor::User(house.owner), key).await.unwrap_err();
}

async fn generate(house: &House) -> Result<KeyId, Failure> {
    let new = NewKeyRequest {
        kind: KindName::try_from("TEAM").unwrap(),
        name: KeyName::try_from("a key").unwrap(),
        roles: Some(admin_key()),
        half: NewHalf::Issuer,
    };
    let request = Request::by(Actor::User(house.owner));
    house.server().generate(house.team, &request, &new).await.map(|answered| answered.value)
}

async fn revoked_key(house: &House) -> KeyId {
    let key = generate(house).await.unwrap();
    let request = Request::by(Actor::User(house.owner));
    house
        .server()
        .revoke(house.team, &request, vec![key], RevocationReason::Unspecified, None)
        .await
        .unwrap();
    key
}

/// A whole and consistent copy of the database as it is now.
fn copy_of(folder: &Path) -> PathBuf {
    let copy = folder.join("older.db");
    let database = rusqlite::Connection::open(folder.join("counterfoil.db")).unwrap();
    database.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    copy
}

fn put_in_place(older: &Path, folder: &Path) {
    for log in ["counterfoil.db-wal", "counterfoil.db-shm"] {
        let _ = fs::remove_file(folder.join(log));
    }
    fs::rename(older, folder.join("counterfoil.db")).unwrap();
}
