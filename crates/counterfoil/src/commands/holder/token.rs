//! `token`: a fresh token.

use super::held::{Held, held, server, surroundings, time};
use crate::arguments::{ServerFlag, TokenArguments};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::clock::{self, Clocks};
use counterfoil_holder::dates;
use counterfoil_holder::mint::{self, Order};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn token(arguments: &TokenArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let order = Order {
        ttl: time(&arguments.ttl)?,
        scopes: arguments.scopes.clone(),
        bundle: arguments.bundle_id.clone(),
        audience: arguments.audience.clone(),
    };
    let Held { chosen, key } = held(&arguments.key, &around, printer)?;
    let url = server(&ServerFlag::default(), Some(&chosen), &around, order.bundle.is_some())?;
    let now = Clocks::read(&around).server_time(&url, clock::now());
    let minted = mint::mint(&key, &order, &Catalog::appstore(), now)?;
    let document = json!({
        "token": minted.token.as_str(),
        "header": minted.header,
        "claims": minted.claims,
        "expiresAt": dates::written(minted.expires),
    });
    printer.result(&document, || minted.token.to_string())?;
    Ok(ExitCode::SUCCESS)
}
