//! What holders do: one file a command, each one call into the holder's crate.

use crate::arguments::HolderCommand;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

mod burn;
mod custody;
mod scan;

/// Does what was asked. No executor and no TLS are set up before something needs them: a token is to be had in
/// milliseconds.
pub(crate) fn carry_out(command: HolderCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        HolderCommand::Custody(command) => custody::custody(&command, printer),
        HolderCommand::Scan(arguments) => scan::scan(&arguments, printer),
        HolderCommand::Burn(arguments) => burn::burn(&arguments, printer),
        HolderCommand::Token(_)
        | HolderCommand::Request(_)
        | HolderCommand::Exec(_)
        | HolderCommand::Doctor(_)
        | HolderCommand::Keys(_)
        | HolderCommand::Profile(_) => Err(Problem::new("not built yet", "soon")),
    }
}
