//! The chores of this repository, as one program: `cargo xtask --help` lists them.

mod bench;
mod cargo_deny;
mod debian;
mod fetch;
mod gate;
mod guard;
mod postgres;
mod printer;
mod rules;
mod runner;
mod rust_text;
mod steps;
mod tally;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::runner::Runner;

/// The chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run the gate: everything that a change must pass.
    Test {
        /// Run this step only; may be given several times.
        #[arg(long, value_name = "STEP", value_parser = gate::step_names())]
        only: Vec<String>,
        /// List the steps and stop.
        #[arg(long)]
        list: bool,
        /// Passed on to `cargo test` in the step `tests`, such as `-p counterfoil-core`.
        #[arg(last = true, value_name = "ARGUMENTS")]
        cargo_test: Vec<String>,
    },
    /// Run COMMAND with a PostgreSQL of its own in COUNTERFOIL_TEST_POSTGRES.
    Postgres {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Run COMMAND with the test programs of npm and PyPI in COUNTERFOIL_TEST_NPM and COUNTERFOIL_TEST_PYPI.
    Programs {
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Run the benchmarks; fails if one misses its bound.
    Bench {
        /// Run this benchmark only; may be given several times.
        #[arg(long, value_name = "BENCHMARK", value_parser = bench::names())]
        only: Vec<String>,
        /// Print one JSON document instead of the table.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(code) => code,
        Err(reason) => {
            printer::error(&reason);
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<ExitCode, String> {
    match chore {
        Chore::Test { list: true, .. } => {
            gate::list();
            Ok(ExitCode::SUCCESS)
        }
        Chore::Test { only, cargo_test, .. } => gate::run(&Runner::start()?, &only, cargo_test),
        Chore::Postgres { command } => postgres::run_beside(&Runner::start()?, &command),
        Chore::Programs { command } => fetch::run_beside(&Runner::start()?, &command),
        Chore::Bench { only, json } => bench::run(&Runner::start()?, &only, json),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_step_that_does_not_exist_is_a_usage_error() {
        let Err(error) = Arguments::try_parse_from(["cargo xtask", "test", "--only", "nonsense"]) else {
            panic!("accepted");
        };
        assert_eq!(error.exit_code(), 2);
    }
}
