//! `exec`: a command with the key where it looks for it.

use super::held::{Held, held, server, surroundings};
use crate::arguments::{ExecArguments, ServerFlag};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::clock::{self, Clocks};
use counterfoil_holder::exec::{Gifts, TokenServer, run};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::Url;
use counterfoil_holder::mint::{self, Order};
use counterfoil_holder::sources::{HeldKey, Source};
use counterfoil_holder::surroundings::Surroundings;
use std::process::ExitCode;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a token that is served is good for.
const SERVED: Duration = Duration::from_secs(600);

pub(super) fn exec(arguments: &ExecArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let Held { chosen, key } = held(&arguments.key, &around, printer)?;
    let server = || server(&ServerFlag::default(), Some(&chosen), &around, false);
    let served = if arguments.serve_token { Some(serve(&key, server()?, &around)?) } else { None };
    let gifts = Gifts {
        variables: !arguments.no_variables,
        key_file: arguments.key_file,
        token_url: served.as_ref().map(TokenServer::url),
        url: url(&chosen.source),
    };
    Ok(ExitCode::from(run(&arguments.command, &key, &gifts)?))
}

fn url(source: &Source) -> Option<&str> {
    source.url.as_deref()
}

/// A copy of the key mints on a thread of its own, by the server's time: what other runs learned of it meanwhile
/// counts at once.
fn serve(key: &HeldKey, server: Url, around: &Surroundings) -> Result<TokenServer, Fault> {
    let (copy, around) = (key.copied()?, around.clone());
    let catalog = Catalog::appstore();
    TokenServer::start(move || {
        let now = Clocks::read(&around).server_time(&server, clock::now());
        let minted = mint::mint(&copy, &Order::plain(SERVED), &catalog, now)?;
        Ok(Zeroizing::new(minted.token.to_string()))
    })
}
