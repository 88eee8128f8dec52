//! Several servers on one PostgreSQL: races, and an older copy under their feet.

use crate::house::{House, admin_key};
use crate::races;
use crate::store_postgres::Database;
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Failure, Request, Settings};
use counterfoil_core::event::{Actor, RevocationReason};
use counterfoil_core::id::{KeyId, KeyName, KindName};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_generates_on_two_servers_make_exactly_fifty() {
    let database = Database::new().await;
    let house = House::build_on(Some(database.url())).await;
    let servers = vec![house.server(), house.another().await];
    races::sixty_four_generates_at_forty_five_make_exactly_fifty(servers, &house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_downloads_on_two_servers_hand_over_exactly_one_half() {
    let database = Database::new().await;
    let house = House::build_on(Some(database.url())).await;
    let servers = vec![house.server(), house.another().await];
    races::sixty_four_downloads_hand_over_exactly_one_half(servers, &house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_half_is_handed_over_after_its_revocation_on_another_server() {
    let database = Database::new().await;
    let house = House::build_on(Some(database.url())).await;
    let servers = vec![house.server(), house.another().await];
    races::a_half_is_not_handed_over_after_its_revocation(servers, &house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_writes_another_knows_within_a_second() {
    let database = Database::new().await;
    let house = House::build_on(Some(database.url())).await;
    let other = house.another().await;
    for _ in 0..5 {
        let key = generate(&house).await.unwrap();
        let written = Instant::now();
        while !other.ledger().team(house.team).unwrap().keys.contains_key(&key) {
            assert!(written.elapsed() < Duration::from_secs(1), "{key} is not known after a second");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_running_server_refuses_an_older_copy_until_somebody_adopts_it() {
    let database = Database::new().await;
    let house = House::build_on(Some(database.url())).await;
    let other = house.another().await;
    let key = generate(&house).await.unwrap();
    let raw = database.raw().await;
    raw.batch_execute("CREATE SCHEMA older; CREATE TABLE older.ledger AS TABLE ledger; CREATE TABLE older.head AS TABLE head; CREATE TABLE older.streams AS TABLE streams").await.unwrap();
    revoke(&house, key).await;
    other.follow_once().await.unwrap();
    raw.batch_execute("BEGIN; DELETE FROM ledger; DELETE FROM streams; DELETE FROM head; INSERT INTO streams SELECT * FROM older.streams; INSERT INTO ledger SELECT * FROM older.ledger; INSERT INTO head SELECT * FROM older.head; COMMIT").await.unwrap();
    for server in [house.server(), other.clone()] {
        eventually_refuses(&server, &house).await;
    }
    assert!(matches!(generate(&house).await, Err(Failure::LedgerStopped(_))));

    let settings = Settings { adopt_older_ledger: true, serve: false, ..house.settings.clone() };
    let adopting = Authority::start(settings).await.unwrap();
    adopting.adopt_ledger().await.unwrap();
    for server in [house.server(), other] {
        let waited = Instant::now();
        while server.ledger().team(house.team).is_err() {
            assert!(waited.elapsed() < Duration::from_secs(15), "a server did not take up the new epoch");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(server.ledger().state().unwrap().revocations_missing_since().is_some());
    }
}

async fn eventually_refuses(server: &Authority, house: &House) {
    let waited = Instant::now();
    while server.ledger().team(house.team).is_ok() {
        assert!(waited.elapsed() < Duration::from_secs(5), "a server goes on with an older copy");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
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

async fn revoke(house: &House, key: KeyId) {
    let request = Request::by(Actor::User(house.owner));
    let reason = RevocationReason::Unspecified;
    house.server().revoke(house.team, &request, vec![key], reason, None).await.unwrap();
}
