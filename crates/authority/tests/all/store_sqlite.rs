//! The store in one file: the contract, and what only a file can suffer.

use crate::store_contract::bed::{at, beside, commit, decided, events, eventually, key, team};
use crate::store_contract::rows::keep;
use crate::store_contract::{Bed, keeps_the_contract};
use async_trait::async_trait;
use counterfoil_authority::store::sqlite::Sqlite;
use counterfoil_authority::store::tables::{every_text, halves, installation};
use counterfoil_authority::store::{CommitFault, Store, StoreFault};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

keeps_the_contract!(crate::store_sqlite::Folder);

/// A folder of a test's own, gone afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    #[expect(clippy::unused_async, reason = "other beds have to wait")]
    pub(crate) async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("counterfoil-store-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("ledger.db")
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// A connection that knows nothing of the store.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[async_trait]
impl Bed for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Sqlite::open(&self.file()).unwrap())
    }
}

#[tokio::test]
async fn every_file_is_ours_alone() {
    let folder = Folder::new().await;
    fs::write(folder.file(), "").unwrap();
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let store = folder.open().await;
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
    assert!(folder.files().len() >= 2);
    for file in folder.files() {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn sqlite_understands_every_statement() {
    let folder = Folder::new().await;
    let _store = folder.open().await;
    let raw = folder.raw();
    assert!(every_text().len() > 80);
    for sql in every_text() {
        let statement = raw.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        for number in 1..=statement.parameter_count() {
            assert_eq!(statement.parameter_name(number), Some(format!("${number}").as_str()), "{sql}");
        }
    }
}

#[tokio::test]
async fn the_tables_are_those_of_the_list() {
    let folder = Folder::new().await;
    let _store = folder.open().await;
    let raw = folder.raw();
    let mut statement = raw
        .prepare(
            "SELECT m.name, i.name, i.type, i.\"notnull\", i.pk FROM sqlite_schema m, pragma_table_info(m.name) i
             WHERE m.type = 'table' ORDER BY m.name, i.cid",
        )
        .unwrap();
    let columns = statement.query_map([], |row| {
        let kind = match row.get::<_, String>(2)?.as_str() {
            "INTEGER" => "number",
            "TEXT" => "text",
            _ => "bytes",
        };
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        let (required, primary): (bool, i64) = (row.get(3)?, row.get(4)?);
        Ok(crate::store_contract::column_line(&table, &column, kind, required, primary > 0))
    });
    let found: String = columns.unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(found, include_str!("store_contract/tables.txt"));
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_says_it_can_be_used() {
    let folder = Folder::new().await;
    drop(folder.open().await);
    let add =
        "INSERT INTO schema_versions (number, name, compatible_from, applied_at) VALUES (?1, 'later', ?2, 0)";
    folder.raw().execute(add, (1001, 1)).unwrap();
    drop(folder.open().await);
    folder.raw().execute(add, (1002, 1002)).unwrap();
    let refused = Sqlite::open(&folder.file()).err();
    assert!(matches!(refused, Some(StoreFault::Newer { found: 1002, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new().await;
    fs::write(folder.file(), "not a database, though long enough to be taken for one".repeat(100)).unwrap();
    assert!(matches!(Sqlite::open(&folder.file()).err(), Some(StoreFault::Corrupt(_))));
}

#[tokio::test]
async fn many_processes_may_make_the_file_at_once() {
    let folder = Folder::new().await;
    let openings: Vec<_> = (0..6)
        .map(|_| {
            let file = folder.file();
            std::thread::spawn(move || Sqlite::open(&file).unwrap())
        })
        .collect();
    let stores: Vec<_> = openings.into_iter().map(|opening| opening.join().unwrap()).collect();
    let head = stores[0].head().await.unwrap();
    for store in &stores {
        assert_eq!(store.head().await.unwrap(), head);
    }
}

/// An older copy of the database, made while it was closed.
async fn with_older_copy(folder: &Folder) -> (Arc<dyn Store>, PathBuf) {
    let store = folder.open().await;
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
    drop(store);
    let copy = folder.0.join("copy");
    fs::copy(folder.file(), &copy).unwrap();
    let store = folder.open().await;
    for version in 1..4 {
        commit(&*store, decided(&*store, "a", version).await).await.unwrap();
    }
    (store, copy)
}

async fn refuses_everything(store: &dyn Store, seen: counterfoil_authority::store::Head) {
    assert!(matches!(store.head().await, Err(StoreFault::Corrupt(_))));
    let next = counterfoil_authority::store::Commit {
        seen,
        stream: "b".into(),
        expected_version: 0,
        events: vec![vec![1]],
        claims: vec![],
        side: vec![],
    };
    assert_eq!(commit(store, next).await, Err(CommitFault::OtherLedger));
    assert!(matches!(store.write(vec![installation::set("a", "b")]).await, Err(StoreFault::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_put_in_the_place_of_ours_is_noticed_and_left_alone() {
    let folder = Folder::new().await;
    let (store, copy) = with_older_copy(&folder).await;
    let seen = store.head().await.unwrap();
    for log in ["ledger.db-wal", "ledger.db-shm"] {
        fs::remove_file(folder.0.join(log)).unwrap();
    }
    fs::rename(&copy, folder.file()).unwrap();
    refuses_everything(&*store, seen).await;
    drop(store);
    assert_eq!(events(&*folder.open().await).await, ["a 0"], "what was put there is untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_copied_over_ours_is_noticed() {
    let folder = Folder::new().await;
    let (store, copy) = with_older_copy(&folder).await;
    let seen = store.head().await.unwrap();
    // What a long time without writes leaves: all is in the main file.
    store.forget_erased().await.unwrap();
    // The clock of file systems ticks every few milliseconds only.
    tokio::time::sleep(Duration::from_millis(50)).await;
    fs::copy(&copy, folder.file()).unwrap();
    refuses_everything(&*store, seen).await;
    drop(store);
    assert_eq!(events(&*folder.open().await).await, ["a 0"], "what was put there is untouched");
}

#[tokio::test]
async fn a_file_that_was_removed_is_noticed() {
    let folder = Folder::new().await;
    let (store, _) = with_older_copy(&folder).await;
    let seen = store.head().await.unwrap();
    fs::remove_file(folder.file()).unwrap();
    refuses_everything(&*store, seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_with_room_behind_its_end_is_read_as_far_as_it_was_written() {
    let (folder, elsewhere) = (Folder::new().await, Folder::new().await);
    let (store, other) = (folder.open().await, folder.open().await);
    for version in 0..20 {
        let by = if version % 2 == 0 { &store } else { &other };
        commit(&**by, decided(&**by, "a", version).await).await.unwrap();
    }
    let log = || fs::read(folder.0.join("ledger.db-wal")).unwrap();
    eventually("there is room", || async { log().ends_with(&[0; 4096]) }).await;
    for file in ["ledger.db", "ledger.db-wal"] {
        fs::copy(folder.0.join(file), elsewhere.0.join(file)).unwrap();
    }
    assert_eq!(events(&*elsewhere.open().await).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_by_another_process_is_no_replacement() {
    let folder = Folder::new().await;
    let (store, other) = (folder.open().await, folder.open().await);
    for version in 0..5 {
        commit(&*other, decided(&*other, "a", version).await).await.unwrap();
        other.forget_erased().await.unwrap();
        store.head().await.unwrap();
    }
    commit(&*store, decided(&*store, "a", 5).await).await.unwrap();
    drop(other);
    commit(&*store, decided(&*store, "a", 6).await).await.unwrap();
    assert_eq!(events(&*store).await.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_bytes_are_in_no_file_once_they_are_forgotten() {
    const SEALED: &[u8] = b"the sealed half that must be gone";
    let folder = Folder::new().await;
    let store = folder.open().await;
    let half = halves::PendingHalf {
        key: key(1),
        team: team(1),
        sealed: SEALED.repeat(300),
        kek: "kek1".into(),
        created_at: at(1),
    };
    keep(&*store, &half).await;
    assert!(holds(&folder.0, SEALED), "or this test can't fail");
    store.forget_erased().await.unwrap();
    assert!(holds(&folder.0, SEALED), "it waits in the main file");
    commit(&*store, beside(decided(&*store, "a", 0).await, vec![halves::erase(half.key)])).await.unwrap();
    eventually("no reader holds the log", || async { store.forget_erased().await.is_ok() }).await;
    assert!(!holds(&folder.0, SEALED));
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_bytes_are_forgotten_within_the_minute_without_being_asked() {
    let folder = Folder::new().await;
    let (store, other) = (folder.open().await, folder.open().await);
    let mut statements = Vec::new();
    for (store, number) in [(&store, 1), (&other, 2)] {
        let half = halves::PendingHalf {
            key: key(number),
            team: team(1),
            sealed: format!("sealed half {number}").into_bytes(),
            kek: "kek1".into(),
            created_at: at(1),
        };
        keep(&**store, &half).await;
        statements.push(halves::erase(half.key));
    }
    other.write(statements).await.unwrap();
    // Whoever erased is gone without having emptied the log, as if it had been killed.
    std::mem::forget(other);
    for _ in 0..50 {
        if !holds(&folder.0, b"sealed half") {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("still there");
}

fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let found = fs::read(entry.unwrap().path()).unwrap();
        found.windows(bytes.len()).any(|window| window == bytes)
    })
}
