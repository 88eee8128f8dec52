//! `keys`: a server's keys.

use super::blast_radius;
use super::held::{Held, held, server, surroundings, wanted, warn_of_clear_text, with_caller, with_means};
use crate::arguments::{
    DownloadArguments, GenerateArguments, KeyFlags, KeysCommand, ListArguments, RevokeArguments, ServerFlag,
    ShowArguments,
};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_holder::custody;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::keys::{Keys, Listed, Wish};
use counterfoil_holder::mint::Order;
use counterfoil_holder::pem;
use counterfoil_holder::reference::Ref;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn keys(command: &KeysCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        KeysCommand::List(arguments) => list(arguments, printer),
        KeysCommand::Show(arguments) => show(arguments, printer),
        KeysCommand::Generate(arguments) => generate(arguments, printer),
        KeysCommand::Download(arguments) => download(arguments, printer),
        KeysCommand::Revoke(arguments) => revoke(arguments, printer),
        KeysCommand::BlastRadius(arguments) => blast_radius::tell(arguments, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Calls `act` with the server's keys.
fn with_keys<T>(
    flags: &KeyFlags,
    flag: &ServerFlag,
    around: &Surroundings,
    printer: &Printer,
    act: impl FnOnce(&mut Keys<'_, '_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let Held { chosen, key } = held(flags, around, printer)?;
    let base = server(flag, Some(&chosen), around, false)?;
    warn_of_clear_text(&base, printer);
    with_caller(&key, Order::plain(TTL), around, PATIENCE, printer, |caller, _| {
        act(&mut Keys::new(caller, &base))
    })
}

fn list(arguments: &ListArguments, printer: &Printer) -> Result<(), Problem> {
    let around = surroundings();
    let keys = with_keys(&arguments.key, &arguments.server, &around, printer, |keys| {
        Ok(keys.list(!arguments.revoked)?)
    })?;
    printer.result(&json!({ "keys": keys }), || table(&keys))
}

fn table(keys: &[Listed]) -> String {
    let mut table =
        Table::new(["key id", "name", "kind", "roles", "last used", "state"], "There are no keys.");
    for key in keys {
        let state =
            if key.is_active { "active".to_owned() } else { format!("revoked {}", day(&key.revoking_date)) };
        table.row([
            key.id.clone(),
            key.nickname.clone(),
            key.key_type.clone(),
            key.roles.join(", "),
            day(&key.last_used),
            state,
        ]);
    }
    table.text()
}

fn day(date: &Option<String>) -> String {
    date.as_deref().and_then(|date| date.get(..10)).unwrap_or_default().to_owned()
}

fn show(arguments: &ShowArguments, printer: &Printer) -> Result<(), Problem> {
    let (around, id) = (surroundings(), key_id(&arguments.id)?);
    let key = with_keys(&arguments.key, &arguments.server, &around, printer, |keys| Ok(keys.show(id)?))?;
    tell(&key, None, printer)
}

fn tell(key: &Listed, kept: Option<&Ref>, printer: &Printer) -> Result<(), Problem> {
    let document = json!({ "key": key, "privateKey": kept.map(ToString::to_string) });
    printer.result(&document, || {
        let mut lines = vec![
            format!("key id        {}", key.id),
            format!("name          {}", key.nickname),
            format!("kind          {}", key.key_type),
            format!("roles         {}", if key.roles.is_empty() { "-".into() } else { key.roles.join(", ") }),
            format!("active        {}", if key.is_active { "yes" } else { "no" }),
        ];
        let dates = [
            ("generated", &key.created_date),
            ("last used", &key.last_used),
            ("revoked", &key.revoking_date),
        ];
        lines.extend(dates.iter().filter_map(|(name, date)| Some(format!("{name:13} {}", date.as_deref()?))));
        lines.extend(key.revocation_reason.iter().map(|reason| format!("reason        {reason}")));
        lines.extend(kept.map(|kept| format!("private half  {kept}")));
        if key.can_download {
            lines.push(format!(
                "The private half waits: `counterfoil keys download {}` takes it, once.",
                key.id
            ));
        }
        lines.join("\n")
    })
}

fn generate(arguments: &GenerateArguments, printer: &Printer) -> Result<(), Problem> {
    let around = surroundings();
    let to = arguments.to.as_deref().map(writable).transpose()?;
    let kind = kind(&arguments.kind);
    let half = if arguments.local { Some(new_half()?) } else { None };
    let public = half.as_ref().map(PrivateHalf::public);
    let wish =
        Wish { nickname: &arguments.name, kind: &kind, roles: &arguments.roles, public: public.as_ref() };
    let (key, to) = with_keys(&arguments.key, &arguments.server, &around, printer, |keys| {
        let key = keys.generate(&wish)?;
        let id = key_id(&key.id)?;
        let to = to.map_or_else(|| usual_place(id, &kind), Ok)?;
        let pem = match &half {
            Some(half) => half.to_pem().map_err(|fault| Fault::new(fault, "revoke the key and try again"))?,
            None => keys.download(id)?,
        };
        keep(&pem, &to, &arguments.key, &around, id)?;
        Ok((Listed { can_download: false, ..key }, to))
    })?;
    tell(&key, Some(&to), printer)
}

fn download(arguments: &DownloadArguments, printer: &Printer) -> Result<(), Problem> {
    let (around, id) = (surroundings(), key_id(&arguments.id)?);
    let to = arguments.to.as_deref().map(writable).transpose()?;
    let (key, to) = with_keys(&arguments.key, &arguments.server, &around, printer, |keys| {
        let key = keys.show(id)?;
        // Looked at before the half is taken: it can be taken only once.
        let to = to.map_or_else(|| usual_place(id, &key.key_type), Ok)?;
        let pem = keys.download(id)?;
        keep(&pem, &to, &arguments.key, &around, id)?;
        Ok((Listed { can_download: false, ..key }, to))
    })?;
    tell(&key, Some(&to), printer)
}

fn revoke(arguments: &RevokeArguments, printer: &Printer) -> Result<(), Problem> {
    let (around, id) = (surroundings(), key_id(&arguments.id)?);
    let reason = arguments.reason.as_deref().map(|reason| reason.to_ascii_uppercase().replace('-', "_"));
    let own = wanted(&arguments.key).key_id.is_some_and(|own| own == id.as_str());
    let own = if own { " It is the acting key itself." } else { "" };
    printer.confirm(&format!("Revoking {id} can't be undone.{own}"), id.as_str(), arguments.yes)?;
    let revoked = |keys: &mut Keys<'_, '_>| Ok(keys.revoke(id, reason.as_deref())?);
    let key = with_keys(&arguments.key, &arguments.server, &around, printer, revoked)?;
    tell(&key, None, printer)
}

fn key_id(text: &str) -> Result<KeyId, Problem> {
    Ok(KeyId::try_from(text)?)
}

/// A kind as it is typed, in the form of a catalog's names.
fn kind(typed: &str) -> String {
    typed.to_ascii_uppercase().replace('-', "_")
}

/// The downloaded file's name, in the current folder.
fn usual_place(id: KeyId, kind: &str) -> Result<Ref, Problem> {
    let catalog = Catalog::appstore();
    let prefix = catalog.kind(kind).map_or("AuthKey_", |kind| kind.file_prefix.as_str());
    let path = format!("{prefix}{id}.p8");
    if std::path::Path::new(&path).exists() {
        return Err(Problem::new(
            format!("{path} is there already"),
            "move it away, or name another place with --to",
        ));
    }
    Ok(Ref::File(path.into()))
}

fn writable(text: &str) -> Result<Ref, Problem> {
    let to = Ref::try_from(text).map_err(Fault::from)?;
    if to.can_be_written() {
        Ok(to)
    } else {
        Err(Problem::usage(format!("{to} can't be written"), "name another REF"))
    }
}

fn new_half() -> Result<PrivateHalf, Problem> {
    PrivateHalf::generate(&SystemRandom::new())
        .map_err(|fault| Problem::new(fault, "this is the machine's failure; try again"))
}

/// Keeps the half and proves that what is kept is it. A half that can't be kept is lost: the server has it no more.
fn keep(pem: &str, to: &Ref, flags: &KeyFlags, around: &Surroundings, id: KeyId) -> Result<(), Problem> {
    let lost = |fault: Fault| {
        Problem::new(
            format!("the private half of {id} could not be kept: {fault}"),
            format!(
                "{}; the half is lost: `counterfoil keys revoke {id}`, then generate another",
                fault.hint()
            ),
        )
    };
    with_means(flags, around, |means| {
        let store = custody::open(to, means).map_err(lost)?;
        store.put(pem).map_err(lost)?;
        let kept = store.get().map_err(lost)?;
        let half =
            |bytes: &[u8]| pem::read_half(bytes).map(|(half, _)| half).map_err(|fault| lost(fault.into()));
        custody::prove(&half(&kept.bytes)?, &half(pem.as_bytes())?.public()).map_err(lost)
    })
}
