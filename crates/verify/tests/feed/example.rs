//! `examples/embedded.rs` as a second process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

/// The example, running; killed when dropped.
pub(crate) struct Embedded {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Embedded {
    pub(crate) async fn start(feed: &str, credential: &str) -> Self {
        let mut command = tokio::process::Command::new(binary());
        command.env_clear().env("COUNTERFOIL_FEED", feed).env("COUNTERFOIL_REPLICA", credential);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.next_line().await.unwrap().expect("the example says where it listens");
        // Whoever writes to a pipe that nobody reads stops one day.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address: address.parse().unwrap() }
    }

    /// Sends a signal by name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }
}

/// `cargo test` builds the examples beside the tests; `cargo test --test feed` does not.
fn binary() -> PathBuf {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = std::env::current_exe().unwrap();
        let built = here.parent().and_then(|deps| deps.parent()).unwrap().join("examples/embedded");
        if !built.exists() {
            let build =
                ["build", "-p", "counterfoil-verify", "--features", "feed,tower", "--example", "embedded"];
            assert!(Command::new(env!("CARGO")).args(build).status().unwrap().success());
        }
        built
    });
    BUILT.clone()
}
