//! A ledger that is longer than what is read at once.

use crate::house::House;
use counterfoil_authority::state::FoldFault;
use counterfoil_authority::store::sqlite::Sqlite;
use counterfoil_authority::store::{Commit, Position, Store};
use counterfoil_authority::{Authority, StartFault};
use counterfoil_core::event::{Actor, Entry, Event, Stream};
use counterfoil_core::time::Timestamp;
use rusqlite::Connection;
use std::path::Path;

/// How many rows a start reads at a time.
const PART: u64 = 1024;

#[tokio::test]
async fn a_start_stops_at_the_first_row_that_is_wrong_wherever_a_part_begins() {
    let house = House::build_on(None).await;
    let version = house.server().ledger().state().unwrap().installation_version();
    house.server().shutdown().await;
    let database = house.folder().join("counterfoil.db");
    lengthen(&database, version, 4 * PART + 9).await;
    for position in [1, PART, PART + 1, 4 * PART + 1] {
        let changed = fault_after(&house, "UPDATE ledger SET bytes = x'7b7d' WHERE position = ?1", position);
        assert_eq!(changed.await, FoldFault::Broken(Position(position)));
        let moved =
            fault_after(&house, "UPDATE ledger SET version = version + 9999 WHERE position = ?1", position);
        assert_eq!(moved.await, FoldFault::Misplaced(Position(position)));
        let lost = fault_after(&house, "DELETE FROM ledger WHERE position = ?1", position).await;
        let next = Position(position + 1);
        let gap = FoldFault::Gap { expected: Position(position), found: next };
        let gap_before_a_part = FoldFault::Gap { expected: Position(position), found: next.next() };
        assert!([gap, gap_before_a_part, FoldFault::Broken(next)].contains(&lost), "{lost}");
    }
    Authority::start(house.settings.clone()).await.unwrap().shutdown().await;
}

/// Changes the database, starts on it, and puts it back.
async fn fault_after(house: &House, change: &str, position: u64) -> FoldFault {
    let database = house.folder().join("counterfoil.db");
    let kept = std::fs::read(&database).unwrap();
    let connection = Connection::open(&database).unwrap();
    assert_eq!(connection.execute(change, [position as i64]).unwrap(), 1);
    drop(connection);
    let fault = Authority::start(house.settings.clone()).await.err().unwrap();
    for rest in ["-wal", "-shm"] {
        drop(std::fs::remove_file(house.folder().join(format!("counterfoil.db{rest}"))));
    }
    std::fs::write(&database, kept).unwrap();
    match fault {
        StartFault::Ledger(fault) => fault,
        other => panic!("{other}"),
    }
}

/// Adds events of the installation, of which there are so many already, up to this length.
async fn lengthen(database: &Path, version: u64, length: u64) {
    let store = Sqlite::open(database).unwrap();
    let seen = store.head().await.unwrap();
    let entry = |number: u64| {
        let event = Event::ReplicaAdded { name: format!("replica {number}") };
        let at = Timestamp::from_seconds(1);
        Entry { of: Stream::Installation, at, by: Actor::Operator, event }.to_bytes()
    };
    let commit = Commit {
        seen,
        stream: Stream::Installation.to_string(),
        expected_version: version,
        events: (seen.position.0..length).map(entry).collect(),
        claims: vec![],
        side: vec![],
    };
    store.commit(commit).await.unwrap();
    store.forget_erased().await.unwrap();
}
