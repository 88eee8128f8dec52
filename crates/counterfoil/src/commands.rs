//! Third stage: one file a command, each one call into the authority.

mod access;

mod backup;
mod bootstrap;
mod catalog;
mod holder;
mod ledger;
mod links;
mod manual;
mod operator;
mod people;
mod replica;
mod restore;
mod sandbox;
mod seal;
mod serve;
mod team;
mod words;

use crate::arguments::{Command, IssuerCommand};
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Does what was asked.
pub(crate) fn carry_out(command: Command, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        Command::Holder(command) => holder::carry_out(command, printer),
        Command::Completions { shell } => manual::completions(shell, printer).map(done),
        Command::Man { dir } => manual::pages(&dir, printer).map(done),
        Command::Issuer(command) => runtime()?.block_on(issue(command, printer)),
    }
}

fn runtime() -> Result<Runtime, Problem> {
    Runtime::new().map_err(|fault| {
        Problem::new(format!("no threads to work with: {fault}"), "raise the limits of this process")
    })
}

async fn issue(command: IssuerCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        IssuerCommand::Serve(arguments) => serve::serve(&arguments, printer).await,
        IssuerCommand::Bootstrap(arguments) => bootstrap::bootstrap(&arguments, printer).await.map(done),
        IssuerCommand::Access(command) => access::access(command, printer).await.map(done),
        IssuerCommand::Team(command) => team::team(command, printer).await.map(done),
        IssuerCommand::People(command) => people::people(command, printer).await.map(done),
        IssuerCommand::Operator(command) => operator::operator(&command, printer).await.map(done),
        IssuerCommand::Replica(command) => replica::replica(&command, printer).await.map(done),
        IssuerCommand::Catalog(command) => catalog::catalog(command, printer).await,
        IssuerCommand::Ledger(command) => ledger::ledger(&command, printer).await,
        IssuerCommand::Seal(command) => seal::seal(&command, printer).await.map(done),
        IssuerCommand::Backup(arguments) => backup::backup(&arguments, printer).await.map(done),
        IssuerCommand::Sandbox(arguments) => sandbox::sandbox(arguments, printer).await,
        IssuerCommand::Restore(arguments) => restore::restore(&arguments, printer).await.map(done),
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
