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
