//! A holder's home: keys in it, and nothing else around.

use crate::installation::{Bootstrapped, Installation, Ran, Serving};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

pub(super) const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";

/// A holder, with a team of a server's own.
pub(super) struct Hand {
    pub(super) installation: Installation,
    pub(super) made: Bootstrapped,
}

impl Hand {
    pub(super) fn new() -> Self {
        let installation = Installation::new();
        let made = installation.bootstrap(&["--individual"]);
        Self { installation, made }
    }

    /// The command, with the team key of an administrator in variables.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.env("COUNTERFOIL_KEY_ID", &self.made.key.id).env("COUNTERFOIL_ISSUER_ID", &self.made.team);
        command.env("COUNTERFOIL_PRIVATE_KEY", self.path());
        command
    }

    /// The command, with no key anywhere.
    pub(super) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = self.installation.command(arguments);
        command.env("HOME", self.home()).env("PATH", "/usr/bin:/bin");
        command
    }

    pub(super) fn home(&self) -> PathBuf {
        let home = self.installation.beside("home");
        fs::create_dir_all(&home).unwrap();
        home
    }

    /// Where the team key's file is.
    pub(super) fn path(&self) -> PathBuf {
        let path = self.made.document["key"]["path"].as_str().unwrap();
        self.installation.beside(path)
    }

    pub(super) fn pem(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    /// Another file, for its owner alone.
    pub(super) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.installation.beside(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments))
    }

    /// Runs it with `--json` against that server; it must give this exit code.
    pub(super) fn json(&self, server: &Serving, arguments: &[&str], code: i32) -> Value {
        let mut command = self.command(arguments);
        command.args(["--json", "--url", &server.url()]);
        let ran = ran(command);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        ran.document()
    }
}

pub(super) fn ran(mut command: Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// No part of a private half is in what was printed: no 20 characters of its base64 in a row.
pub(super) fn assert_no_key(pem: &str, ran: &Ran) {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // The first 36 bytes of every P-256 key in this form are the same.
    let secret = &body[48..];
    for at in 0..secret.len() - 20 {
        let part = &secret[at..at + 20];
        assert!(!ran.stdout.contains(part) && !ran.stderr.contains(part), "key material was printed");
    }
}
