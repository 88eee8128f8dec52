//! The use cases on PostgreSQL, and backups from one engine to the other.

use crate::store_postgres::Database;
use crate::use_cases::place::{DAY, asks};
use crate::use_cases::{Place, use_cases_hold};
use counterfoil_authority::restore::restore;
use counterfoil_authority::{Authority, Settings, verify_ledger};
use counterfoil_core::time::Timestamp;

async fn place() -> Place {
    let database = Database::new().await;
    Place::above(Some(database.url()), database).await
}

use_cases_hold!(crate::use_cases_postgres::place);

/// From SQLite to PostgreSQL and back: two restores, and nothing else, have been added.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_goes_from_one_engine_to_the_other_and_back() {
    let origin = Place::on(None).await;
    let holder = origin.holder().await;
    let key = holder.key;
    let ada = origin.joined("ada@example.com", "DEVELOPER").await;
    assert_eq!(asks(&holder, &origin.server(), "GET", "/v1/apps").await.reason(), None);
    origin.server().flush_usage().await.unwrap();
    let events = origin.events().await;
    let first = origin.house.folder().join("first");
    origin.back_up(&first).await;

    let (database, folder) = (Database::new().await, tempfile::tempdir().unwrap());
    let on_postgres = Settings { database: Some(database.url()), ..origin.elsewhere(folder.path()) };
    restore(&on_postgres, &first, false, &mut |_| {}).await.unwrap();
    let there = Authority::start(on_postgres).await.unwrap();
    let second = origin.house.folder().join("second");
    there.backup(&second, &mut |_| {}).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let on_sqlite = origin.elsewhere(folder.path());
    origin.clock.pass(DAY);
    restore(&on_sqlite, &second, false, &mut |_| {}).await.unwrap();
    let back = Authority::start(on_sqlite.clone()).await.unwrap();
    for server in [&there, &back] {
        let team = server.ledger().team(origin.id()).unwrap();
        assert_eq!(team.members, origin.team().members);
        assert_eq!(team.keys.get(&key).unwrap().public, origin.team().keys.get(&key).unwrap().public);
        let found = server.person_of(origin.id(), ada).await.unwrap().unwrap();
        assert_eq!(found.email, "ada@example.com");
        let usage = server.usage_of(key, Timestamp::from_millis(0)).await.unwrap();
        assert_eq!(usage, origin.server().usage_of(key, Timestamp::from_millis(0)).await.unwrap());
    }
    let report = verify_ledger(&on_sqlite, &mut |_| {}).await.unwrap();
    assert_eq!((report.fault, report.head.0), (None, events.len() as u64 + 2));
}
