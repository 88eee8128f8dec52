//! `cargo xtask bench`: every benchmark that is registered here, in the release profile.
//!
//! A benchmark prints one JSON object a line, a figure beside the figure it is held against. What is
//! bounded is the ratio of the two, so that the bounds hold on any machine.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::debian::{self, Program};
use crate::postgres::{self, Postgres};
use crate::printer;
use crate::runner::{Runner, shown};

/// A benchmark target of a crate.
struct Benchmark {
    package: &'static str,
    target: &'static str,
    /// What must be there before it runs.
    programs: &'static [&'static Program],
    /// Whether it wants a PostgreSQL, as tests do.
    postgres: bool,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark::of("counterfoil-core", "token_verification"),
    Benchmark::of("counterfoil-verify", "verdict"),
    Benchmark::of("counterfoil-verify", "registry"),
    Benchmark::of("counterfoil-authority", "replay"),
    Benchmark::of("counterfoil-authority", "durable_generate"),
    Benchmark::of("counterfoil-sandbox", "lists"),
    Benchmark { programs: &[&debian::GIT], ..Benchmark::of("counterfoil-holder", "scan") },
    Benchmark { programs: &[&debian::OPENSSL], ..Benchmark::of("counterfoil", "token") },
    Benchmark {
        programs: &[&debian::WRK, &debian::HAPROXY, &debian::NGINX, &debian::INITDB],
        postgres: true,
        ..Benchmark::of("counterfoil", "http")
    },
];

impl Benchmark {
    /// One that needs nothing else.
    const fn of(package: &'static str, target: &'static str) -> Self {
        Self { package, target, programs: &[], postgres: false }
    }
}

/// The names that `--only` takes.
pub(crate) fn names() -> Vec<&'static str> {
    BENCHMARKS.iter().map(|benchmark| benchmark.target).collect()
}

/// Runs those that are wanted, also after one has failed; all, if none is named.
pub(crate) fn run(runner: &Runner, only: &[String], json: bool) -> Result<ExitCode, String> {
    let wanted = |benchmark: &&Benchmark| only.is_empty() || only.iter().any(|name| name == benchmark.target);
    let (mut measurements, mut whole) = (Vec::new(), true);
    for benchmark in BENCHMARKS.iter().filter(wanted) {
        if let Err(reason) = measure(runner, benchmark, &mut measurements) {
            printer::error(&reason);
            whole = false;
        }
    }
    let good = whole && measurements.iter().all(Measurement::is_good);
    if json {
        let measurements: Vec<Value> = measurements.iter().map(Measurement::to_json).collect();
        printer::line(&json!({ "ok": good, "measurements": measurements }).to_string());
    } else {
        printer::line(printer::table(&table(&measurements), &[1, 2, 4]).trim_end());
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(runner: &Runner, benchmark: &Benchmark, into: &mut Vec<Measurement>) -> Result<(), String> {
    let Benchmark { package, target, programs, postgres } = benchmark;
    debian::ensure(runner, programs)?;
    let mut command = runner.cargo();
    command.args(["bench", "--package", package, "--bench", target]);
    let postgres = postgres.then(|| Postgres::start(runner)).transpose()?;
    command.envs(postgres.as_ref().map(|postgres| (postgres::VARIABLE, postgres.url())));
    let (mut fault, before) = (None, into.len());
    let status = runner.lines(&mut command, |line| match Measurement::parse(line) {
        Ok(measurement) => into.push(measurement),
        Err(reason) => fault = Some(format!("{target} printed «{line}»: {reason}")),
    })?;
    match fault {
        _ if !status.success() => Err(format!("`{}` failed ({status})", shown(&command))),
        Some(fault) => Err(fault),
        None if into.len() == before => Err(format!("{target} measured nothing")),
        None => Ok(()),
    }
}

/// A figure beside the figure it is held against.
#[derive(Debug, PartialEq)]
struct Measurement {
    what: String,
    unit: String,
    measured: f64,
    reference: f64,
    bound: Bound,
}

/// What the one divided by the other must be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Measurement {
    fn parse(line: &str) -> Result<Self, String> {
        let object: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
        let text = |name: &str| object[name].as_str().ok_or(format!("`{name}` is no text"));
        let number = |name: &str| object[name].as_f64().ok_or(format!("`{name}` is no number"));
        Ok(Self {
            what: text("what")?.to_owned(),
            unit: text("unit")?.to_owned(),
            measured: number("measured")?,
            reference: number("reference")?,
            bound: Bound::parse(text("must")?)?,
        })
    }

    fn ratio(&self) -> f64 {
        self.measured / self.reference
    }

    /// A ratio that is no number is not good, whatever the bound.
    fn is_good(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.ratio() >= bound,
            Bound::AtMost(bound) => self.ratio() <= bound,
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "what": self.what,
            "unit": self.unit,
            "measured": self.measured,
            "reference": self.reference,
            "ratio": self.ratio(),
            "must": self.bound.to_string(),
            "ok": self.is_good(),
        })
    }
}

impl Bound {
    fn parse(text: &str) -> Result<Self, String> {
        let parsed = text.split_once(' ').and_then(|(sign, bound)| {
            let bound = bound.parse().ok()?;
            match sign {
                "≥" => Some(Self::AtLeast(bound)),
                "≤" => Some(Self::AtMost(bound)),
                _ => None,
            }
        });
        parsed.ok_or(format!("«{text}» is no bound such as «≥ 0.95» or «≤ 3»"))
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(out, "≥ {bound}"),
            Self::AtMost(bound) => write!(out, "≤ {bound}"),
        }
    }
}

fn table(measurements: &[Measurement]) -> Vec<[String; 7]> {
    let head = ["measured / reference", "measured", "reference", "unit", "ratio", "must be", "ok"];
    let row = |measurement: &Measurement| {
        [
            measurement.what.clone(),
            figure(measurement.measured),
            figure(measurement.reference),
            measurement.unit.clone(),
            format!("{:.2}", measurement.ratio()),
            measurement.bound.to_string(),
            if measurement.is_good() { "yes" } else { "NO" }.to_owned(),
        ]
    };
    std::iter::once(head.map(str::to_owned)).chain(measurements.iter().map(row)).collect()
}

fn figure(number: f64) -> String {
    if number.abs() < 100.0 { format!("{number:.2}") } else { format!("{number:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(measured: f64, reference: f64, must: &str) -> Measurement {
        let line = json!({ "what": "a / b", "unit": "s", "measured": measured, "reference": reference, "must": must });
        Measurement::parse(&line.to_string()).unwrap()
    }

    #[test]
    fn a_ratio_is_good_up_to_its_bound_and_no_further() {
        for (measured, must, good) in [
            (0.95, "≥ 0.95", true),
            (0.94, "≥ 0.95", false),
            (3.0, "≤ 3", true),
            (3.1, "≤ 3", false),
            (0.1, "≤ 3", true),
        ] {
            assert_eq!(measurement(measured, 1.0, must).is_good(), good, "{measured} {must}");
        }
    }

    #[test]
    fn nothing_beside_nothing_is_not_good() {
        assert!(!measurement(0.0, 0.0, "≥ 0.95").is_good());
        assert!(!measurement(0.0, 0.0, "≤ 3").is_good());
    }

    #[test]
    fn what_is_no_measurement_is_refused_by_what_is_wrong_with_it() {
        let line = r#"{"what":"a","unit":"s","measured":1.0,"reference":"x","must":"≤ 3"}"#;
        assert_eq!(Measurement::parse(line), Err("`reference` is no number".to_owned()));
        let line = r#"{"what":"a","unit":"s","measured":1.0,"reference":1,"must":"< 3"}"#;
        assert_eq!(Measurement::parse(line), Err("«< 3» is no bound such as «≥ 0.95» or «≤ 3»".to_owned()));
        assert!(Measurement::parse("test result: ok").is_err());
    }

    #[test]
    fn the_table_shows_what_missed_its_bound() {
        let rows = table(&[measurement(16.7, 2.0, "≤ 3")]);
        assert_eq!(rows[1], ["a / b", "16.70", "2.00", "s", "8.35", "≤ 3", "NO"]);
    }
}
