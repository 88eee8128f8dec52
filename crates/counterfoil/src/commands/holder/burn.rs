//! `burn`.

use crate::arguments::BurnArguments;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

pub(super) fn burn(_: &BurnArguments, _: &Printer) -> Result<ExitCode, Problem> {
    Err(Problem::new("not built yet", "soon"))
}
