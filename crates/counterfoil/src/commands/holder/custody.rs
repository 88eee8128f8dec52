//! `custody`: what is put is read back and proven; what is got is the one private half that is ever printed.

use super::held::surroundings;
use super::passphrase::ask;
use crate::arguments::{CustodyCommand, MeansFlags};
use crate::printer::Printer;
use crate::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_holder::custody::{self, Existing, Means};
use counterfoil_holder::fastlane;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::pem;
use counterfoil_holder::reference::Ref;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::json;
use std::io::Read as _;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// More than any form of a private half takes.
const LIMIT: u64 = 64 * 1024;
/// What is listed where no store is named.
const NEAR: [&str; 5] = ["env", "file", "gpg", "age", "keyring"];

pub(super) fn custody(command: &CustodyCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    match command {
        CustodyCommand::Put { reference, from, replace, means } => {
            let from = from.as_deref().map(reference_of).transpose()?;
            with(means, &around, |means| put(from.as_ref(), reference, *replace, means, printer))
        }
        CustodyCommand::Copy { from, to, replace, means } => {
            let from = reference_of(from)?;
            with(means, &around, |means| put(Some(&from), to, *replace, means, printer))
        }
        CustodyCommand::Get { reference, base64, means } => {
            with(means, &around, |means| get(reference, *base64, means, printer))
        }
        CustodyCommand::List { store, means } => {
            with(means, &around, |means| list(store.as_deref(), means, printer))
        }
        CustodyCommand::Remove { reference, yes, means } => {
            with(means, &around, |means| remove(reference, *yes, means, printer))
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Calls `act` with what was typed of means.
pub(super) fn with<T>(flags: &MeansFlags, around: &Surroundings, act: impl FnOnce(&Means<'_>) -> T) -> T {
    let means = Means::new(around, &ask).with_passphrase_file(flags.passphrase_file.clone());
    act(&means.with_identities(flags.identity.clone()).with_recipients(flags.recipients.clone()))
}

/// A private half that was read, and the key id that stood beside it.
pub(super) struct Read {
    pub(super) half: PrivateHalf,
    pub(super) key_id: Option<KeyId>,
}

/// Reads what is kept at a REF, saying what is to be said of it.
pub(super) fn read(from: &Ref, means: &Means<'_>, printer: &Printer) -> Result<Read, Problem> {
    let kept = custody::open(from, means).and_then(|store| store.get()).map_err(|fault| fault.of(from))?;
    kept.warnings.iter().for_each(|warning| warn(warning, printer));
    of_bytes(&kept.bytes, &from.to_string(), printer)
}

fn of_bytes(bytes: &[u8], place: &str, printer: &Printer) -> Result<Read, Problem> {
    let (bytes, key_id) = if fastlane::is_json(bytes) {
        let file = fastlane::read(bytes).map_err(|fault| fault.of(place))?;
        let key_id = file.key_id.as_deref().and_then(|id| KeyId::try_from(id).ok());
        (Zeroizing::new(file.key.as_bytes().to_vec()), key_id)
    } else {
        (Zeroizing::new(bytes.to_vec()), None)
    };
    let (half, repairs) = pem::read_half(&bytes).map_err(|fault| Fault::from(fault).of(place))?;
    repairs.iter().for_each(|repair| printer.warn(&format!("{place}: {repair}")));
    Ok(Read { half, key_id })
}

fn put(
    from: Option<&Ref>,
    to: &str,
    replace: bool,
    means: &Means<'_>,
    printer: &Printer,
) -> Result<(), Problem> {
    let to = reference_of(to)?;
    if !to.can_be_written() {
        return Err(Problem::usage(
            format!("{to} can't be written"),
            "a process can't change its parent's variables; `custody get --base64 REF` prints a line for one",
        ));
    }
    let half = match from {
        Some(from) => read(from, means, printer)?.half,
        None => of_bytes(&standard_input()?, "standard input", printer)?.half,
    };
    let existing = if replace { Existing::IsReplaced } else { Existing::Stays };
    let store = custody::open(&to, means).map_err(|fault| fault.of(&to))?;
    let warnings = custody::keep(&*store, &half, existing).map_err(|fault| fault.of(&to))?;
    warnings.iter().for_each(|warning| warn(warning, printer));
    let thumbprint = half.public().thumbprint();
    let document = json!({ "ref": to.to_string(), "thumbprint": thumbprint, "proven": true });
    printer.result(&document, || format!("kept in {to}, read back and proven\nthumbprint {thumbprint}"))
}

fn get(from: &str, base64: bool, means: &Means<'_>, printer: &Printer) -> Result<(), Problem> {
    let from = reference_of(from)?;
    let half = read(&from, means, printer)?.half;
    let pem =
        half.to_pem().map_err(|fault| Problem::new(fault, "this is the machine's failure; try again"))?;
    let text = Zeroizing::new(if base64 { STANDARD.encode(pem.as_bytes()) } else { pem.to_string() });
    printer.result(&json!({ "ref": from.to_string(), "privateKey": text.as_str() }), || text.to_string())
}

/// Where no store is named, one that can't be asked is no fault.
fn list(store: Option<&str>, means: &Means<'_>, printer: &Printer) -> Result<(), Problem> {
    let found: Vec<_> = match store {
        Some(store) => custody::list(store, means)?,
        None => NEAR.iter().flat_map(|store| custody::list(store, means).unwrap_or_default()).collect(),
    };
    printer.result(&json!({ "refs": found }), || match found.is_empty() {
        true => "Nothing is kept there.".to_owned(),
        false => found.join("\n"),
    })
}

fn remove(reference: &str, yes: bool, means: &Means<'_>, printer: &Printer) -> Result<(), Problem> {
    let place = reference_of(reference)?;
    let store = custody::open(&place, means).map_err(|fault| fault.of(&place))?;
    let what = format!("What {place} keeps will be gone. If it is the only copy, its key is of no more use.");
    printer.confirm(&what, "remove", yes)?;
    store.remove().map_err(|fault| fault.of(&place))?;
    printer.result(&json!({ "ref": place.to_string(), "removed": true }), || {
        format!("{place} keeps nothing any more")
    })
}

fn reference_of(text: &str) -> Result<Ref, Problem> {
    Ref::try_from(text).map_err(|fault| Problem::usage(fault, fault.mend()))
}

fn standard_input() -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize));
    let read = std::io::stdin().lock().take(LIMIT).read_to_end(&mut bytes);
    match read {
        Ok(1..) => Ok(bytes),
        Ok(_) => Err(Problem::usage(
            "nothing came in on standard input",
            "name a REF with --from, or pipe the PEM in",
        )),
        Err(fault) => {
            Err(Problem::new(format!("standard input can't be read: {fault}"), "name a REF with --from"))
        }
    }
}

fn warn(fault: &Fault, printer: &Printer) {
    printer.warn(&format!("{}\nhint: {}", fault.message(), fault.hint()));
}
