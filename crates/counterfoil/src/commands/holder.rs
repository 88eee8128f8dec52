//! What holders do: one file a command, each one call into the holder's crate.

mod blast_radius;
mod burn;
mod custody;
mod doctor;
mod exec;
mod held;
mod keys;
mod listing;
mod offer;
mod passphrase;
mod prices;
mod profile;
mod receipt;
mod request;
mod rotate;
mod scan;
mod token;
mod transaction;
mod typed;

use crate::arguments::HolderCommand;
use crate::printer::Printer;
use crate::problem::Problem;
use std::process::ExitCode;

/// Does what was asked. No executor and no TLS are set up before something needs them: a token is to be had in
/// milliseconds.
pub(crate) fn carry_out(command: HolderCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    counterfoil_holder::memory::protect();
    match command {
        HolderCommand::Token(arguments) => token::token(&arguments, printer),
        HolderCommand::Request(arguments) => request::request(&arguments, printer),
        HolderCommand::Exec(arguments) => exec::exec(&arguments, printer),
        HolderCommand::Doctor(arguments) => doctor::doctor(&arguments, printer),
        HolderCommand::Keys(command) => keys::keys(&command, printer),
        HolderCommand::Rotate(arguments) => rotate::rotate(&arguments, printer),
        HolderCommand::Custody(command) => custody::custody(&command, printer),
        HolderCommand::Profile(command) => profile::profile(command, printer),
        HolderCommand::Scan(arguments) => scan::scan(&arguments, printer),
        HolderCommand::Burn(arguments) => burn::burn(&arguments, printer),
        HolderCommand::Prices(command) => prices::prices(&command, printer),
        HolderCommand::Transaction(command) => transaction::transaction(&command, printer),
        HolderCommand::Offer(command) => offer::offer(&command, printer),
        HolderCommand::Receipt(command) => receipt::receipt(&command, printer),
    }
}
