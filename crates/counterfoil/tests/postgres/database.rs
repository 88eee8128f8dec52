//! A database of a test's own, gone afterwards.

use std::sync::atomic::{AtomicU64, Ordering};
use tokio_postgres::NoTls;

/// A fresh database on the tests' server.
pub(crate) struct Database {
    name: String,
    /// Where it is.
    pub(crate) url: String,
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Database {
    pub(crate) fn make() -> Self {
        let name = format!("binary_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        on_server(&format!("CREATE DATABASE {name}"));
        let server = server();
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        Self { name, url }
    }

    /// The server's processes that work for whoever is connected to this.
    pub(crate) fn backends(&self) -> Vec<i32> {
        let name = self.name.clone();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let sql = "SELECT pid FROM pg_stat_activity WHERE datname = $1";
            let rows = client.query(sql, &[&name]).await.unwrap();
            drop(client);
            let _ = connection.await;
            rows.iter().map(|row| row.get(0)).collect()
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn server() -> String {
    std::env::var("COUNTERFOIL_TEST_POSTGRES")
        .expect("COUNTERFOIL_TEST_POSTGRES names a server; `cargo xtask test` does that")
}

fn on_server(sql: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        let _ = connection.await;
    });
}
