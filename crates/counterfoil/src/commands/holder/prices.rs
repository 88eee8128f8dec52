//! `prices`: what products cost, and what they should.

mod audit;
mod wished;

use super::held::{Held, held, server, surroundings, warn_of_clear_text, with_caller};
use crate::arguments::{KeyFlags, PricesCommand, ServerFlag};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_holder::clock;
use counterfoil_holder::mint::Order;
use counterfoil_holder::prices::{Day, Store};
use counterfoil_holder::surroundings::Surroundings;
use std::process::ExitCode;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn prices(command: &PricesCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        PricesCommand::Audit(arguments) => audit::audit(arguments, printer),
        PricesCommand::Plan(arguments) => wished::plan(arguments, printer),
        PricesCommand::Apply(arguments) => wished::apply(arguments, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Calls `act` with App Store Connect and the day that it is.
fn with_store<T>(
    flags: &KeyFlags,
    flag: &ServerFlag,
    printer: &Printer,
    act: impl FnOnce(&mut Store<'_, '_>, &Surroundings, &Day) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let around = surroundings();
    let Held { chosen, key } = held(flags, &around, printer)?;
    let base = server(flag, Some(&chosen), &around, false)?;
    warn_of_clear_text(&base, printer);
    with_caller(&key, Order::plain(TTL), &around, PATIENCE, printer, |caller, _| {
        act(&mut Store::new(caller, &base), &around, &Day::of(clock::now()))
    })
}
