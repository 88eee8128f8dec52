//! `custody`.

use crate::arguments::CustodyCommand;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

pub(super) fn custody(_: &CustodyCommand, _: &Printer) -> Result<ExitCode, Problem> {
    Err(Problem::new("not built yet", "soon"))
}
