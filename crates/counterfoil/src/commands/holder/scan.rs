//! `scan`.

use crate::arguments::ScanArguments;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

pub(super) fn scan(_: &ScanArguments, _: &Printer) -> Result<ExitCode, Problem> {
    Err(Problem::new("not built yet", "soon"))
}
