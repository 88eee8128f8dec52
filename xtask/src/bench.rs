//! `cargo xtask bench`: every benchmark that is registered here, in the release profile.

use std::process::ExitCode;

use crate::printer;
use crate::runner::Runner;

/// A benchmark target of a crate.
struct Benchmark {
    package: &'static str,
    target: &'static str,
}

const BENCHMARKS: &[Benchmark] = &[];

/// Runs them all, also after one has failed.
pub(crate) fn run(runner: &Runner) -> Result<ExitCode, String> {
    if BENCHMARKS.is_empty() {
        return Err(
            "no benchmark is registered yet\nhint: add a row to BENCHMARKS in xtask/src/bench.rs".to_owned()
        );
    }
    let mut code = ExitCode::SUCCESS;
    for Benchmark { package, target } in BENCHMARKS {
        printer::headline(target, package);
        if let Err(reason) =
            runner.run(runner.cargo().args(["bench", "--package", package, "--bench", target]))
        {
            printer::error(&reason);
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
