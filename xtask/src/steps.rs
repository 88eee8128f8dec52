//! What each step of the gate does.

use std::process::Command;

use crate::cargo_deny;
use crate::debian::{self, Program};
use crate::fetch;
use crate::postgres::{self, Postgres};
use crate::printer;
use crate::rules::{self, snapshots::References};
use crate::runner::{Runner, shown};
use crate::tally::Tally;

/// One step of the gate. Steps know nothing of one another.
pub(crate) struct Step {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// What it checks, in a few words.
    pub(crate) about: &'static str,
    /// What must be there before it runs.
    pub(crate) tools: &'static [Tool],
    /// Returns a note for the summary, or why it failed.
    pub(crate) run: fn(&mut Session<'_>) -> Result<String, String>,
}

/// A program that a step needs and that can be installed.
pub(crate) enum Tool {
    /// It comes in a Debian package.
    Debian(&'static Program),
    /// It is built by cargo.
    CargoDeny,
}

impl Tool {
    /// Installs it if it is missing and we may.
    pub(crate) fn ensure(&self, runner: &Runner) -> Result<(), String> {
        match self {
            Self::Debian(program) => debian::ensure(runner, &[program]),
            Self::CargoDeny => cargo_deny::ensure(runner),
        }
    }
}

/// What the steps of one run share.
pub(crate) struct Session<'a> {
    pub(crate) runner: &'a Runner,
    /// What was typed for `cargo test`; empty for the whole workspace.
    pub(crate) cargo_test: Vec<String>,
    /// The tests of this run, summed.
    pub(crate) tally: Tally,
}

/// The step whose totals end the summary.
pub(crate) const TESTS: &str = "tests";

/// The steps in their order: quick ones first.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "fmt", about: "every file is formatted", tools: &[], run: fmt },
    Step {
        name: "rules",
        about: "the house rules of this repository",
        tools: &[Tool::Debian(&debian::GIT)],
        run: house_rules,
    },
    Step {
        name: "deny",
        about: "licences, sources and banned crates",
        tools: &[Tool::CargoDeny],
        run: |session| cargo_deny::check(session.runner).map(|()| String::new()),
    },
    Step { name: "clippy", about: "no lint has anything to say", tools: &[], run: clippy },
    Step { name: "docs", about: "the documentation builds and its links resolve", tools: &[], run: docs },
    Step {
        name: TESTS,
        about: "every test, also those that need PostgreSQL, a proxy or a browser",
        tools: &[
            Tool::Debian(&debian::INITDB),
            Tool::Debian(&debian::GIT),
            Tool::Debian(&debian::NGINX),
            Tool::Debian(&debian::CADDY),
            Tool::Debian(&debian::HAPROXY),
            Tool::Debian(&debian::CHROMIUM),
            Tool::Debian(&debian::CHROMEDRIVER),
            Tool::Debian(&debian::GPG),
            Tool::Debian(&debian::OPENSSL),
            Tool::Debian(&debian::AGE),
            Tool::Debian(&debian::GNOME_KEYRING),
            Tool::Debian(&debian::DBUS),
        ],
        run: tests,
    },
];

fn fmt(session: &mut Session<'_>) -> Result<String, String> {
    cargo(session, &["fmt", "--all", "--check"]).map_err(|reason| format!("{reason}\nhint: cargo fmt --all"))
}

fn clippy(session: &mut Session<'_>) -> Result<String, String> {
    cargo(session, &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

fn docs(session: &mut Session<'_>) -> Result<String, String> {
    let mut doc = session.runner.cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings");
    session.runner.run(&mut doc).map(|()| String::new())
}

fn house_rules(session: &mut Session<'_>) -> Result<String, String> {
    let violations = rules::violations(session.runner)?;
    violations.iter().for_each(|violation| printer::line(violation));
    match violations.len() {
        0 => Ok(String::new()),
        1 => Err("1 violation".to_owned()),
        count => Err(format!("{count} violations")),
    }
}

/// `--all-features` switches on the tests that need a server; with a server at hand none is skipped.
///
/// Snapshots that no test looked at are found only when all tests ran and passed.
fn tests(session: &mut Session<'_>) -> Result<String, String> {
    let postgres = Postgres::start(session.runner)?;
    let references = References::start(session.runner);
    let mut test = session.runner.cargo();
    test.args(["test", "--no-fail-fast", "--all-features"]).env(postgres::VARIABLE, postgres.url());
    test.envs(fetch::ensure(session.runner)?);
    references.collect_in(&mut test);
    let everything = session.cargo_test.is_empty();
    if everything {
        test.arg("--workspace")
    } else {
        test.args(&session.cargo_test)
    };
    run_tests(session, &mut test, printer::line)?;
    if everything { references.check(session.runner) } else { Ok(()) }.map(|()| session.tally.to_string())
}

fn run_tests(session: &mut Session<'_>, test: &mut Command, show: fn(&str)) -> Result<(), String> {
    let tally = &mut session.tally;
    let status = session.runner.lines(test, |line| {
        show(line);
        if let Some(counts) = Tally::read(line) {
            *tally += counts;
        }
    })?;
    match tally {
        _ if !status.success() => Err(format!("`{}` failed: {tally}", shown(test))),
        Tally { passed: 0, .. } => Err(format!("`{}` ran no test", shown(test))),
        _ => Ok(()),
    }
}

fn cargo(session: &Session<'_>, arguments: &[&str]) -> Result<String, String> {
    session.runner.run(session.runner.cargo().args(arguments)).map(|()| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> (Result<(), String>, Tally) {
        let runner = Runner::start().unwrap();
        let mut session = Session { runner: &runner, cargo_test: Vec::new(), tally: Tally::default() };
        let result = run_tests(&mut session, Command::new("sh").args(["-c", script]), |_| ());
        (result, session.tally)
    }

    #[test]
    fn a_run_of_no_tests_fails() {
        let (result, _) = sh("exit 0");
        assert!(result.unwrap_err().ends_with("ran no test"));
    }

    #[test]
    fn a_run_that_fails_says_how_many_tests_did() {
        let (result, _) =
            sh("echo 'test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured'; exit 101");
        assert!(result.unwrap_err().ends_with("failed: 4 passed, 1 failed"));
    }

    #[test]
    fn the_tests_of_a_run_that_passes_are_counted() {
        let (result, tally) = sh("echo 'test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured'");
        assert_eq!((result, tally.passed), (Ok(()), 4));
    }
}
