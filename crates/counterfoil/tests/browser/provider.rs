//! An account elsewhere: the real `oidc-provider` of npm, with pages of its own.

use crate::browser::Browser;
use crate::house::{House, TeamHouse};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A provider that runs until this is dropped.
pub(crate) struct Provider {
    child: Child,
    output: BufReader<ChildStdout>,
    issuer: String,
}

impl Provider {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/npm/oidc-provider.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node: see `cargo xtask programs`");
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut provider = Self { child, output, issuer: String::new() };
        provider.issuer = provider.line();
        provider
    }

    fn sends_people_back_to(&mut self, url: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{url}").unwrap();
        assert_eq!(self.line(), "ready");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl TeamHouse {
    /// One whose people may sign in by a provider, called Example.
    pub(crate) fn with_provider() -> (Self, Provider) {
        let mut provider = Provider::start();
        let settings = format!(
            "[[provider]]\nname = \"Example\"\nissuer = \"{}\"\nclient-id = \"counterfoil\"\n\
             client-secret = \"hush hush, it is a secret\"\nscopes = [\"email\"]\n",
            provider.issuer
        );
        let team = House::with_team_and(|installation| {
            fs::write(installation.beside("counterfoil.toml"), &settings).unwrap();
            vec!["--config".to_owned(), "counterfoil.toml".to_owned()]
        });
        provider.sends_people_back_to(&format!("{}/sign-in/with/example/callback", team.house.url()));
        (team, provider)
    }
}

/// Signs in at the provider under this name, and agrees to everything.
pub(crate) fn sign_in_there(browser: &Browser, name: &str) {
    browser.fill("Enter any login", name).fill("and password", "any").click("Sign-in");
    if browser.offers("Continue") {
        browser.click("Continue");
    }
}
