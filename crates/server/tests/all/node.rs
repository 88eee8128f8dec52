//! Programs of npm that tests run, by node.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A program that runs until this is dropped.
pub(crate) struct Program {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Program {
    /// Starts `tests/npm/NAME` with one argument.
    pub(crate) fn start(name: &str, argument: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/npm").join(name);
        let packages = std::env::var("COUNTERFOIL_TEST_NPM")
            .expect("this test needs programs of npm: run it by `cargo xtask test --only tests`");
        let mut child = Command::new("node")
            .arg(script)
            .arg(argument)
            .env("COUNTERFOIL_TEST_NPM", packages)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { lines, _child: child }
    }

    /// The next line that it prints.
    pub(crate) async fn line(&mut self) -> String {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.next_line()).await;
        line.expect("the program prints nothing").unwrap().expect("the program has ended")
    }
}
