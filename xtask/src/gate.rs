//! The gate: its steps one after the other, and what came of each.
//!
//! A step that fails does not keep the later ones from running: one run shows everything there is to mend. Only a
//! step whose tools can't be had is skipped, which fails the gate too.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::builder::PossibleValuesParser;

use crate::printer;
use crate::runner::Runner;
use crate::steps::{STEPS, Session, Step, TESTS};
use crate::tally::Tally;

/// What came of a step.
struct Record {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

enum Outcome {
    Passed(String),
    Failed(String),
    Skipped(String),
}

/// Runs the steps of these names, all if none is named. The exit code is a failure if one did not pass.
pub(crate) fn run(runner: &Runner, only: &[String], cargo_test: Vec<String>) -> Result<ExitCode, String> {
    let chosen = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);
    let mut session = Session { runner, cargo_test, tally: Tally::default() };
    let mut records = Vec::new();
    for step in STEPS.iter().filter(chosen) {
        records.push(take(step, &mut session));
    }
    let tested = records.iter().any(|record| record.name == TESTS);
    printer::line(&format!("\n{}", summary(&records, tested.then_some(session.tally))));
    let passed = records.iter().all(|record| matches!(record.outcome, Outcome::Passed(_)));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints every step and what it checks.
pub(crate) fn list() {
    for Step { name, about, .. } in STEPS {
        printer::line(&format!("{name:10}{about}"));
    }
}

/// What `--only` takes.
pub(crate) fn step_names() -> PossibleValuesParser {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().into()
}

fn take(step: &Step, session: &mut Session<'_>) -> Record {
    let began = Instant::now();
    printer::headline(step.name, step.about);
    let outcome = judge(step, session);
    if let Outcome::Failed(reason) | Outcome::Skipped(reason) = &outcome {
        printer::error(reason);
    }
    Record { name: step.name, outcome, took: began.elapsed() }
}

fn judge(step: &Step, session: &mut Session<'_>) -> Outcome {
    match step.tools.iter().try_for_each(|tool| tool.ensure(session.runner)) {
        Err(reason) => Outcome::Skipped(reason),
        Ok(()) => (step.run)(session).map_or_else(Outcome::Failed, Outcome::Passed),
    }
}

/// The totals come last, and only of a run that was to test.
fn summary(records: &[Record], tally: Option<Tally>) -> String {
    let mut rows = vec![["step", "result", "seconds", ""].map(str::to_owned)];
    rows.extend(records.iter().map(row));
    let totals = tally.map(|tally| format!("\n{tally}"));
    printer::table(&rows, &[2]) + &totals.unwrap_or_default()
}

fn row(record: &Record) -> [String; 4] {
    let (result, note) = match &record.outcome {
        Outcome::Passed(note) => ("ok", note),
        Outcome::Failed(reason) => ("FAILED", reason),
        Outcome::Skipped(reason) => ("SKIPPED", reason),
    };
    let note = note.lines().next().unwrap_or_default();
    [record.name.to_owned(), result.to_owned(), format!("{:.1}", record.took.as_secs_f64()), note.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_every_step_with_its_seconds_and_ends_in_the_totals() {
        let record = |name, outcome, millis| Record { name, outcome, took: Duration::from_millis(millis) };
        let records = [
            record("fmt", Outcome::Passed(String::new()), 1_240),
            record("clippy", Outcome::Failed("`cargo clippy` failed\nmore".to_owned()), 60_000),
            record("deny", Outcome::Skipped("no network".to_owned()), 0),
        ];
        let expected = "\
step    result   seconds
fmt     ok           1.2
clippy  FAILED      60.0  `cargo clippy` failed
deny    SKIPPED      0.0  no network

7 passed, 1 failed";
        assert_eq!(summary(&records, Some(Tally { passed: 7, failed: 1, ignored: 0 })), expected);
    }

    #[test]
    fn no_two_steps_have_the_same_name() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn a_step_whose_check_fails_has_failed() {
        let runner = Runner::start().unwrap();
        let mut session = Session { runner: &runner, cargo_test: Vec::new(), tally: Tally::default() };
        let step = Step { name: "red", about: "", tools: &[], run: |_| Err("on purpose".to_owned()) };
        assert!(matches!(judge(&step, &mut session), Outcome::Failed(reason) if reason == "on purpose"));
    }
}
