//! A server in a process of its own: this test binary once more, running one test that serves.

use crate::town::Town;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A server that can be stopped; killed when dropped.
pub(crate) struct Apart {
    child: Child,
    pub(crate) feed: String,
    /// A replica's.
    pub(crate) credential: String,
    /// A key's that may do everything.
    pub(crate) token: String,
    /// What it writes goes with this: whoever is killed clears nothing away.
    _folder: tempfile::TempDir,
}

/// What the line begins with that tells how to reach it.
const SERVES: &str = "serves ";

impl Apart {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("TMPDIR", folder.path());
        command.args(["--ignored", "--exact", "apart::serve", "--nocapture"]).kill_on_drop(true);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = loop {
            let line = lines.next_line().await.unwrap().expect("it ended before it served");
            if let Some((_, said)) = line.split_once(SERVES) {
                break said.to_owned();
            }
        };
        let [feed, credential, token] = said.split(' ').collect::<Vec<_>>()[..] else { panic!("{said}") };
        let [feed, credential, token] = [feed, credential, token].map(str::to_owned);
        Self { child, feed, credential, token, _folder: folder }
    }

    /// Sends a signal by name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
        assert!(sent.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is the server of a_server_that_is_stopped_and_goes_on_is_followed_again"]
async fn serve() {
    let town = Town::stale_after(Duration::from_secs(1)).await;
    let (credential, key) = (town.replica("edge").await, town.key("ADMIN").await);
    println!("{SERVES}{} {credential} {}", town.url(), key.token());
    tokio::time::sleep(Duration::from_secs(120)).await;
}
