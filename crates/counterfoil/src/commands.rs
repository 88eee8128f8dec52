//! Third stage: one file a command, each one call into the authority.

mod access;

mod backup;
mod bootstrap;
mod catalog;
mod ledger;
mod links;
mod operator;
mod people;
mod replica;
mod restore;
mod seal;
mod serve;
mod team;
mod words;

use crate::arguments::Command;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

/// Does what was asked.
pub(crate) async fn carry_out(command: Command, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        Command::Serve(arguments) => serve::serve(&arguments, printer).await,
        Command::Bootstrap(arguments) => bootstrap::bootstrap(&arguments, printer).await.map(done),
        Command::Access(command) => access::access(command, printer).await.map(done),
        Command::Team(command) => team::team(command, printer).await.map(done),
        Command::People(command) => people::people(command, printer).await.map(done),
        Command::Operator(command) => operator::operator(&command, printer).await.map(done),
        Command::Replica(command) => replica::replica(&command, printer).await.map(done),
        Command::Catalog(command) => catalog::catalog(command, printer).await,
        Command::Ledger(command) => ledger::ledger(&command, printer).await,
        Command::Seal(command) => seal::seal(&command, printer).await.map(done),
        Command::Backup(arguments) => backup::backup(&arguments, printer).await.map(done),
        Command::Restore(arguments) => restore::restore(&arguments, printer).await.map(done),
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
