//! The key that a command works with, and the server that it calls.

use crate::arguments::{KeyFlags, ServerFlag};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::caller::{Caller, Tools};
use counterfoil_holder::clock::Clocks;
use counterfoil_holder::custody::Means;
use counterfoil_holder::http::{Client, Url};
use counterfoil_holder::mint::{Order, span};
use counterfoil_holder::sources::{self, Chosen, Found, HeldKey, Wanted};
use counterfoil_holder::surroundings::Surroundings;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// Where keys are for whoever names no server.
const APP_STORE_CONNECT: &str = "https://api.appstoreconnect.apple.com";
/// …and in-app purchase keys.
const APP_STORE_SERVER: &str = "https://api.storekit.itunes.apple.com";

/// What surrounds this process.
pub(super) fn surroundings() -> Surroundings {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    Surroundings::new(std::env::vars_os(), folder)
}

/// What was typed of a key.
pub(super) fn wanted(flags: &KeyFlags) -> Wanted {
    Wanted {
        key_id: flags.key_id.clone(),
        issuer_id: flags.issuer_id.clone(),
        private_key: flags.private_key.clone(),
        profile: flags.profile.clone(),
    }
}

/// Calls `act` with the means that stores may need.
pub(super) fn with_means<T>(flags: &KeyFlags, around: &Surroundings, act: impl FnOnce(&Means<'_>) -> T) -> T {
    let means = Means::new(around, &super::passphrase::ask);
    let means = means.with_passphrase_file(flags.passphrase_file.clone());
    act(&means.with_identities(flags.identity.clone()))
}

/// A key and where it came from.
pub(super) struct Held {
    pub(super) chosen: Chosen,
    pub(super) key: HeldKey,
}

/// Finds the key, says what is to be said of how it was found, and refuses what `--strict` refuses.
pub(super) fn held(flags: &KeyFlags, around: &Surroundings, printer: &Printer) -> Result<Held, Problem> {
    let chosen = sources::choose(&wanted(flags), around)?;
    if flags.verbose {
        printer.say(&format!("the key comes from {}", chosen.source.name));
        chosen.others.iter().for_each(|other| printer.say(&format!("also seen: {other}")));
    }
    let Found { key, warnings } = with_means(flags, around, |means| chosen.open(means))?;
    for warning in warnings {
        if flags.strict {
            return Err(Problem::new(warning.message(), warning.hint()));
        }
        printer.warn(&format!("{}\nhint: {}", warning.message(), warning.hint()));
    }
    Ok(Held { chosen, key })
}

/// The server that is called: what was typed, else what the source says, else the variable, else Apple's.
pub(super) fn server(
    flag: &ServerFlag,
    chosen: Option<&Chosen>,
    around: &Surroundings,
    has_bundle: bool,
) -> Result<Url, Problem> {
    let typed = flag.url.as_deref();
    let named = typed.or_else(|| chosen.and_then(|chosen| chosen.source.url.as_deref()));
    let apple = if has_bundle { APP_STORE_SERVER } else { APP_STORE_CONNECT };
    Ok(Url::parse(named.or_else(|| around.text("COUNTERFOIL_URL")).unwrap_or(apple))?)
}

/// A stretch of time that was typed.
pub(super) fn time(text: &str) -> Result<Duration, Problem> {
    span::read(text).map_err(|fault| Problem::usage(fault.message(), fault.hint()))
}

/// Calls `act` with the key at work. What it waits for is told where somebody watches.
pub(super) fn with_caller<T>(
    key: &HeldKey,
    order: Order,
    around: &Surroundings,
    timeout: Duration,
    printer: &Printer,
    act: impl FnOnce(&mut Caller<'_>, &Catalog) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let client = Client::new(timeout, around)?;
    let catalog = Catalog::appstore();
    let say = |sentence: &str| printer.say(sentence);
    let tools = Tools { client: &client, catalog: &catalog, say: &say };
    let mut caller = Caller::new(key, order, Clocks::read(around), tools);
    act(&mut caller, &catalog)
}

/// Says it if a token is about to travel in clear.
pub(super) fn warn_of_clear_text(url: &Url, printer: &Printer) {
    if !url.is_private() {
        printer.warn(&format!(
            "tokens travel to {} in clear: whoever listens can use them while they last",
            url.origin()
        ));
    }
}

/// Whether somebody watches.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
