//! The store in PostgreSQL: the contract, and what only a server can suffer.

use crate::store_contract::bed::{beside, commit, decided, events, eventually};
use crate::store_contract::{Bed, keeps_the_contract};
use async_trait::async_trait;
use counterfoil_authority::store::postgres::Postgres;
use counterfoil_authority::store::tables::{every_text, installation};
use counterfoil_authority::store::{CommitFault, Store, StoreFault};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

keeps_the_contract!(crate::store_postgres::Database);

/// A database of a test's own. It is left behind: to drop one makes the server write everything to
/// the disk, which is slow, and the server is thrown away after the tests.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    pub(crate) async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server =
            std::env::var("COUNTERFOIL_TEST_POSTGRES").expect("COUNTERFOIL_TEST_POSTGRES names a server");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("counterfoil_test_{}_{number}", std::process::id());
        connect(&server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { server, name }
    }

    pub(crate) fn url(&self) -> String {
        let (base, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let base = base.rsplit_once('/').unwrap().0;
        format!("{base}/{}?{query}", self.name)
    }

    /// A connection that knows nothing of the store.
    pub(crate) async fn raw(&self) -> tokio_postgres::Client {
        connect(&self.url()).await
    }

    /// Ends every other connection to the database.
    async fn cut(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.raw().await.batch_execute(end).await.unwrap();
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[async_trait]
impl Bed for Database {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Postgres::open(&self.url()).await.unwrap())
    }
}

#[tokio::test]
async fn postgres_understands_every_statement() {
    let database = Database::new().await;
    let _store = database.open().await;
    let raw = database.raw().await;
    for sql in every_text() {
        raw.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

#[tokio::test]
async fn the_tables_are_those_of_the_list() {
    let database = Database::new().await;
    let _store = database.open().await;
    let rows = database
        .raw()
        .await
        .query(
            "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO',
                    EXISTS (SELECT 1 FROM information_schema.key_column_usage k
                        JOIN information_schema.table_constraints t USING (constraint_name, table_name)
                        WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name
                        AND k.column_name = c.column_name)
             FROM information_schema.columns c JOIN information_schema.tables b USING (table_schema, table_name)
             WHERE c.table_schema = 'public' AND b.table_type = 'BASE TABLE'
             ORDER BY c.table_name COLLATE \"C\", c.ordinal_position",
            &[],
        )
        .await
        .unwrap();
    let lines = rows.iter().map(|row| {
        let kind = match row.get::<_, &str>(2) {
            "bigint" => "number",
            "text" => "text",
            _ => "bytes",
        };
        crate::store_contract::column_line(row.get(0), row.get(1), kind, row.get(3), row.get(4))
    });
    assert_eq!(lines.collect::<String>(), include_str!("../all/store_contract/tables.txt"));
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_says_it_can_be_used() {
    let database = Database::new().await;
    drop(database.open().await);
    let add =
        "INSERT INTO schema_versions (number, name, compatible_from, applied_at) VALUES ($1, 'later', $2, 0)";
    database.raw().await.execute(add, &[&1001_i64, &1_i64]).await.unwrap();
    drop(database.open().await);
    database.raw().await.execute(add, &[&1002_i64, &1002_i64]).await.unwrap();
    let refused = Postgres::open(&database.url()).await.err();
    assert!(matches!(refused, Some(StoreFault::Newer { found: 1002, .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_servers_may_make_the_tables_at_once() {
    let database = Database::new().await;
    let url = database.url();
    let openings: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Postgres::open(&url).await.unwrap() })
        })
        .collect();
    let mut heads = Vec::new();
    for opening in openings {
        heads.push(opening.await.unwrap().head().await.unwrap());
    }
    assert!(heads.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_wrong_password_is_not_shown() {
    let database = Database::new().await;
    let url = database.url();
    let (_, rest) = url.split_once('@').unwrap();
    let refused = Postgres::open(&format!("postgres://nobody:hunter2@{rest}")).await.err().unwrap();
    assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_connections_were_cut_the_store_connects_again() {
    let database = Database::new().await;
    let store = database.open().await;
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
    database.cut().await;
    let next = eventually_decided(&*store, 1).await;
    let again =
        || async { matches!(commit(&*store, next.clone()).await, Ok(_) | Err(CommitFault::Conflict)) };
    eventually("it commits", again).await;
    assert_eq!(events(&*store).await, ["a 0", "a 1"]);
}

async fn eventually_decided(store: &dyn Store, version: u64) -> counterfoil_authority::store::Commit {
    eventually("it reads", || async { store.head().await.is_ok() }).await;
    decided(store, "a", version).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_holds_the_head_for_long_writers_are_told_so() {
    let database = Database::new().await;
    let store = database.open().await;
    let mut raw = database.raw().await;
    let transaction = raw.transaction().await.unwrap();
    transaction.batch_execute("SELECT * FROM head FOR UPDATE").await.unwrap();
    let begun = Instant::now();
    let outcome = commit(&*store, decided(&*store, "a", 0).await).await;
    assert!(matches!(outcome, Err(CommitFault::Unavailable(_))), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    transaction.rollback().await.unwrap();
    commit(&*store, decided(&*store, "a", 0).await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_noticed_and_nothing_is_acknowledged() {
    let database = Database::new().await;
    let store = database.open().await;
    let next = beside(decided(&*store, "a", 0).await, vec![installation::set("a", "b")]);
    let drop_it = format!("DROP DATABASE {} WITH (FORCE)", database.name);
    connect(&database.server).await.batch_execute(&drop_it).await.unwrap();
    for _ in 0..3 {
        let outcome = commit(&*store, next.clone()).await;
        assert!(matches!(outcome, Err(CommitFault::Unavailable(_))), "{outcome:?}");
    }
    assert!(matches!(store.head().await, Err(StoreFault::Unavailable(_))));
}

#[tokio::test]
async fn every_session_waits_for_the_disk() {
    let database = Database::new().await;
    let set = format!("ALTER DATABASE {} SET synchronous_commit = off", database.name);
    connect(&database.server).await.batch_execute(&set).await.unwrap();
    let store = database.open().await;
    let setting = || {
        counterfoil_authority::store::Statement::new("SELECT current_setting('synchronous_commit')", vec![])
    };
    assert_eq!(store.read(setting()).await.unwrap()[0].text(0), Ok("on"));
    let written = store.write(vec![setting()]).await.unwrap();
    assert_eq!(written[0][0].text(0), Ok("on"));
}
