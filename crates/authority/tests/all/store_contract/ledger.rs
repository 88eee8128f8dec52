//! What every engine promises of the ledger.

use super::bed::{Bed, at, beside, claiming, commit, decided, events, ledger};
use counterfoil_authority::store::tables::installation;
use counterfoil_authority::store::{
    ChainHash, Commit, CommitFault, Head, Position, Statement, Store, StoreFault, Value, tables,
};
use counterfoil_core::id::EpochId;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) async fn a_commit_stands_where_it_says_with_the_hash_of_everything_before(bed: &dyn Bed) {
    let store = bed.open().await;
    let mut two = decided(&*store, "a", 0).await;
    two.events = vec![b"one".to_vec(), vec![0, 255]];
    let answered = commit(&*store, two).await.unwrap();
    assert_eq!(answered.last, Position(2));
    assert_eq!(answered.rows, ledger(&*store).await, "the answer holds the rows as they stand");
    assert_eq!(commit(&*store, decided(&*store, "b", 0).await).await.map(|done| done.last), Ok(Position(3)));
    let rows = ledger(&*store).await;
    let standing: Vec<_> =
        rows.iter().map(|row| (row.stream.as_str(), row.version, row.bytes.as_slice())).collect();
    assert_eq!(standing, [("a", 1, &b"one"[..]), ("a", 2, &[0, 255]), ("b", 1, b"b 0")]);
    assert_eq!(rows[0].hash, ChainHash::default().of_next(b"one"));
}

pub(crate) async fn a_refused_commit_of_a_group_leaves_nothing_and_the_others_stand(bed: &dyn Bed) {
    let store = bed.open().await;
    let mut answers = Vec::new();
    for number in 0..30 {
        let mut next =
            claiming(decided(&*store, &format!("s{number}"), 0).await, &[&format!("key:{number}")]);
        next.side = vec![installation::set(&format!("setting {number}"), "set")];
        if number % 3 == 1 {
            next.side.push(installation::set_first(&format!("setting {number}"), "again"));
        }
        answers.push(store.commit(next));
    }
    for (number, answer) in answers.into_iter().enumerate() {
        let answer = answer.await;
        let is_good = number % 3 != 1;
        assert_eq!(answer.is_ok(), is_good, "{number}: {answer:?}");
        let setting = store.read(installation::value(&format!("setting {number}"))).await.unwrap();
        assert_eq!(setting.is_empty(), !is_good, "{number}");
        assert_eq!(store.claimed(&format!("key:{number}")).await.unwrap().is_some(), is_good, "{number}");
    }
    let expected: Vec<_> =
        (0..30).filter(|number| number % 3 != 1).map(|number| format!("s{number} 0")).collect();
    assert_eq!(events(&*store).await, expected);
}

pub(crate) async fn commits_are_carried_out_in_the_order_of_the_calls(bed: &dyn Bed) {
    let store = bed.open().await;
    let first = decided(&*store, "a", 0).await;
    let waiting: Vec<_> = (0..100)
        .map(|version| {
            let events = vec![format!("{version}").into_bytes()];
            store.commit(Commit { expected_version: version, events, ..first.clone() })
        })
        .collect();
    for (answer, position) in waiting.into_iter().zip(1..) {
        assert_eq!(answer.await.map(|done| done.last), Ok(Position(position)));
    }
    assert_eq!(events(&*store).await, (0..100).map(|version| version.to_string()).collect::<Vec<_>>());
}

pub(crate) async fn when_a_commit_fails_those_decided_on_it_conflict(bed: &dyn Bed) {
    let store = bed.open().await;
    let good = decided(&*store, "a", 0).await;
    let failing = beside(good.clone(), vec![missing_setting()]);
    let outcomes =
        [failing, Commit { expected_version: 1, ..good.clone() }, Commit { expected_version: 2, ..good }]
            .map(|commit| store.commit(commit));
    let [first, second, third] = outcomes;
    assert_eq!(first.await, Err(CommitFault::Unexpected("the setting")));
    assert_eq!(second.await, Err(CommitFault::Conflict));
    assert_eq!(third.await, Err(CommitFault::Conflict));
    assert_eq!(events(&*store).await, [""; 0]);
    let next = decided(&*store, "a", 0).await;
    assert_eq!(commit(&*store, next.clone()).await.map(|done| done.last), Ok(Position(1)));
    assert_eq!(commit(&*store, next).await, Err(CommitFault::Conflict), "the version has moved on");
}

pub(crate) async fn a_claim_is_taken_across_streams(bed: &dyn Bed) {
    let store = bed.open().await;
    let first = claiming(decided(&*store, "a", 0).await, &["key:A", "half:1"]);
    let second = claiming(decided(&*store, "b", 0).await, &["key:B", "half:1"]);
    let outcomes = [first, second].map(|commit| store.commit(commit));
    let [first, second] = outcomes;
    assert_eq!(first.await.map(|done| done.last), Ok(Position(1)));
    assert_eq!(second.await, Err(CommitFault::ClaimTaken(1)));
    assert_eq!(store.claimed("half:1").await.unwrap().as_deref(), Some("a"));
    assert_eq!(store.claimed("key:B").await.unwrap(), None, "nothing of a refused commit stays");
    let again = claiming(decided(&*store, "a", 1).await, &["key:A"]);
    assert_eq!(commit(&*store, again).await, Err(CommitFault::ClaimTaken(0)));
    let twice = claiming(decided(&*store, "a", 1).await, &["key:C", "key:C"]);
    assert_eq!(commit(&*store, twice).await, Err(CommitFault::ClaimTaken(1)));
}

pub(crate) async fn a_side_write_that_finds_other_rows_undoes_its_commit(bed: &dyn Bed) {
    let store = bed.open().await;
    let side = vec![installation::set("a", "b"), missing_setting(), installation::set("c", "d")];
    let refused = claiming(beside(decided(&*store, "a", 0).await, side.clone()), &["key:A"]);
    assert_eq!(commit(&*store, refused).await, Err(CommitFault::Unexpected("the setting")));
    assert_eq!(events(&*store).await, [""; 0]);
    assert_eq!(store.claimed("key:A").await.unwrap(), None);
    assert_eq!(store.write(side).await, Err(StoreFault::Unexpected("the setting")));
    for name in ["a", "c"] {
        assert_eq!(store.read(installation::value(name)).await.unwrap(), []);
    }
}

pub(crate) async fn a_broken_rule_of_the_tables_undoes_its_commit_only(bed: &dyn Bed) {
    let store = bed.open().await;
    // No such person: the table's own rule is broken, not an expectation.
    let orphan =
        tables::people::join(super::bed::member(1), super::bed::team(1), super::bed::person_id(1), at(1));
    let broken = beside(decided(&*store, "a", 0).await, vec![installation::set("a", "b"), orphan]);
    let good = beside(decided(&*store, "b", 0).await, vec![installation::set("c", "d")]);
    let outcomes = [broken, good].map(|commit| store.commit(commit));
    let [broken, good] = outcomes;
    assert!(matches!(broken.await, Err(CommitFault::Unexpected(_))));
    assert_eq!(good.await.map(|done| done.last), Ok(Position(1)));
    assert_eq!(store.read(installation::value("a")).await.unwrap(), []);
    assert_eq!(events(&*store).await, ["b 0"]);
}

pub(crate) async fn positions_have_no_gaps_with_many_writers_and_two_stores(bed: &dyn Bed) {
    const WRITERS: usize = 8;
    const EACH: u64 = 25;
    let stores = [bed.open().await, bed.open().await];
    let writers = (0..WRITERS).map(|number| {
        let store = Arc::clone(&stores[number % 2]);
        // Each pair of writers, one on each store, fights for a stream.
        tokio::spawn(async move { append_many(&*store, &format!("s{}", number / 2), EACH).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let rows = ledger(&*stores[0]).await;
    assert_eq!(rows.len() as u64, WRITERS as u64 * EACH);
    assert_eq!(rows, ledger(&*stores[1]).await);
    for stream in 0..WRITERS / 2 {
        let name = format!("s{stream}");
        let versions: Vec<_> = rows.iter().filter(|row| row.stream == name).map(|row| row.version).collect();
        assert_eq!(versions, (1..=2 * EACH).collect::<Vec<_>>());
    }
}

/// Appends this many events, deciding again after each conflict.
async fn append_many(store: &dyn Store, stream: &str, count: u64) {
    let mut done = 0;
    while done < count {
        let newest = store.stream_before(stream, u64::MAX, 1).await.unwrap();
        let version = newest.first().map_or(0, |row| row.version);
        match commit(store, decided(store, stream, version).await).await {
            Ok(_) => done += 1,
            Err(CommitFault::Conflict) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
}

pub(crate) async fn another_ledger_is_noticed(bed: &dyn Bed) {
    let store = bed.open().await;
    for version in 0..3 {
        commit(&*store, decided(&*store, "a", version).await).await.unwrap();
    }
    let good = decided(&*store, "a", 3).await;
    let others = [
        Head { epoch: EpochId::from_random([9; 16]), ..good.seen },
        Head { position: Position(4), ..good.seen },
        Head { hash: ChainHash([9; 32]), ..good.seen },
        Head { position: Position(2), ..good.seen },
        Head { position: Position(0), ..good.seen },
    ];
    for seen in others {
        let outcome = commit(&*store, Commit { seen, ..good.clone() }).await;
        assert_eq!(outcome, Err(CommitFault::OtherLedger), "{seen:?}");
    }
    let second = store.rows_after(Position(1), 1).await.unwrap().remove(0);
    let seen = Head { position: second.position, hash: second.hash, ..good.seen };
    commit(&*store, Commit { seen, ..good }).await.expect("an older row of this ledger is good");
}

pub(crate) async fn a_commit_without_events_is_refused(bed: &dyn Bed) {
    let store = bed.open().await;
    let empty = Commit { events: vec![], ..decided(&*store, "a", 0).await };
    assert_eq!(commit(&*store, empty).await, Err(CommitFault::Unexpected("an event")));
}

pub(crate) async fn a_stream_is_read_backwards(bed: &dyn Bed) {
    let store = bed.open().await;
    for version in 0..5 {
        commit(&*store, decided(&*store, "a", version).await).await.unwrap();
        commit(&*store, decided(&*store, "b", version).await).await.unwrap();
    }
    let rows = store.stream_before("a", 5, 2).await.unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row.stream.as_str(), row.version, row.position)).collect();
    assert_eq!(found, [("a", 4, Position(7)), ("a", 3, Position(5))]);
    assert_eq!(store.stream_before("c", 5, 2).await.unwrap(), []);
    assert_eq!(store.rows_after(Position(8), 1).await.unwrap()[0].position, Position(9));
    assert_eq!(store.rows_after(Position(10), 1).await.unwrap(), []);
}

pub(crate) async fn a_snapshot_stays_as_it_was(bed: &dyn Bed) {
    let store = bed.open().await;
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
    let mut snapshot = store.snapshot().await.unwrap();
    for version in 1..20 {
        let side = vec![installation::set("a", &version.to_string())];
        commit(&*store, beside(decided(&*store, "a", version).await, side)).await.unwrap();
    }
    let count = || Statement::new("SELECT COUNT(*) FROM ledger", vec![]);
    assert_eq!(snapshot.read(count()).await.unwrap()[0].integer(0), Ok(1));
    assert_eq!(snapshot.read(installation::value("a")).await.unwrap(), []);
    assert_eq!(store.read(count()).await.unwrap()[0].integer(0), Ok(20));
}

pub(crate) async fn everything_is_there_after_reopening(bed: &dyn Bed) {
    let store = bed.open().await;
    let side = vec![installation::set("a", "b")];
    commit(&*store, claiming(beside(decided(&*store, "a", 0).await, side), &["key:A"])).await.unwrap();
    let (head, rows) = (store.head().await.unwrap(), ledger(&*store).await);
    drop(store);
    let store = bed.open().await;
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(ledger(&*store).await, rows);
    assert_eq!(store.claimed("key:A").await.unwrap().as_deref(), Some("a"));
    let value = installation::read(&store.read(installation::value("a")).await.unwrap());
    assert_eq!(value.unwrap().as_deref(), Some("b"));
    commit(&*store, decided(&*store, "a", 1).await).await.unwrap();
}

pub(crate) async fn waiting_ends_when_another_store_writes(bed: &dyn Bed) {
    let (reader, writer) = (bed.open().await, bed.open().await);
    for version in 0..3 {
        let begun = Instant::now();
        let waiting = tokio::spawn({
            let reader = Arc::clone(&reader);
            async move { reader.wait_after(Position(version), Duration::from_secs(20)).await }
        });
        commit(&*writer, decided(&*writer, "a", version).await).await.unwrap();
        waiting.await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(reader.rows_after(Position(version), 10).await.unwrap().len(), 1);
    }
    writer.wait_after(Position(2), Duration::from_secs(20)).await;
}

pub(crate) async fn waiting_ends_when_the_patience_does(bed: &dyn Bed) {
    let store = bed.open().await;
    let begun = Instant::now();
    store.wait_after(Position(0), Duration::from_millis(200)).await;
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

pub(crate) async fn replacing_leaves_nothing_of_what_was(bed: &dyn Bed) {
    let store = bed.open().await;
    let side = vec![installation::set("a", "b")];
    commit(&*store, claiming(beside(decided(&*store, "a", 0).await, side), &["key:A"])).await.unwrap();
    let epoch = EpochId::from_random([5; 16]);
    store.replace(Box::new(another_ledger(epoch).into_iter())).await.unwrap();
    assert_eq!(store.head().await.unwrap().epoch, epoch);
    assert_eq!(events(&*store).await, ["restored"]);
    assert_eq!(store.claimed("key:A").await.unwrap(), None);
    assert_eq!(store.read(installation::value("a")).await.unwrap(), []);
    assert_eq!(
        commit(&*store, decided(&*store, "restored", 1).await).await.map(|done| done.last),
        Ok(Position(2))
    );
}

pub(crate) async fn a_replacement_that_fails_changes_nothing(bed: &dyn Bed) {
    let store = bed.open().await;
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
    let mut statements = another_ledger(EpochId::from_random([5; 16]));
    statements.push(missing_setting());
    let outcome = store.replace(Box::new(statements.into_iter())).await;
    assert_eq!(outcome, Err(StoreFault::Unexpected("the setting")));
    assert_eq!(events(&*store).await, ["a 0"]);
    commit(&*store, decided(&*store, "a", 1).await).await.unwrap();
}

fn another_ledger(epoch: EpochId) -> Vec<Statement> {
    let hash = ChainHash::default().of_next(b"restored");
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    vec![
        Statement::new(
            "INSERT INTO head (id, epoch, position, hash) VALUES (1, $1, 1, $2)",
            vec![epoch.to_string().into(), bytes(&hash.0)],
        ),
        Statement::new("INSERT INTO streams (number, name) VALUES (1, 'restored')", vec![]),
        Statement::new(
            "INSERT INTO ledger (position, stream, version, bytes, hash) VALUES (1, 1, 1, $1, $2)",
            vec![bytes(b"restored"), bytes(&hash.0)],
        ),
    ]
}

/// A write that must find a setting which nobody has set.
fn missing_setting() -> Statement {
    installation::unset("missing").expecting_one("the setting")
}
