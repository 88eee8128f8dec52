//! `restore`: a backup in the place of what is there.

use super::backup::Shower;
use super::words::date;
use crate::arguments::RestoreArguments;
use crate::data_dir;
use crate::opening::{Manner, read_settings, start, store_hint, with};
use crate::printer::{Printer, Table};
use crate::problem::{Problem, at_file};
use crate::settings::Settings;
use counterfoil_authority::backup::BackupFault;
use counterfoil_authority::restore::{RestoreFault, Restored, Revocations, Revoked, RevokedHow};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

pub(super) async fn restore(arguments: &RestoreArguments, printer: &Printer) -> Result<(), Problem> {
    let settings = read_settings(&arguments.settings.0, printer)?;
    let revocations = arguments.apply_revocations.as_deref().map(revocations_of).transpose()?;
    if arguments.replace {
        let what = "This throws away what is there and puts the backup in its place. All sessions, links and recovery codes end.";
        printer.confirm(what, "replace", arguments.yes)?;
    }
    let restored = put_in_place(arguments, &settings, printer).await?;
    let revoked = match revocations {
        Some(revocations) => apply(&settings, revocations).await?,
        None => Vec::new(),
    };
    tell(&restored, &revoked, arguments.apply_revocations.is_some(), printer)
}

/// What the export tells, read whole before anything is replaced.
fn revocations_of(path: &Path) -> Result<Revocations, Problem> {
    let file = File::open(path).map_err(|fault| at_file("read the audit export", path, &fault))?;
    Revocations::read(file).map_err(|fault| {
        Problem::new(fault, "nothing was changed; save the answer of GET /v1/auditEvents and name that file")
    })
}

/// A running server may go on: it notices the new epoch and reads everything anew.
async fn put_in_place(
    arguments: &RestoreArguments,
    settings: &Settings,
    printer: &Printer,
) -> Result<Restored, Problem> {
    data_dir::prepare(&settings.data)?;
    let authority = with(settings, Manner::default())?;
    let mut shower = Shower::new(*printer);
    let mut show = |progress| shower.show(progress);
    let restored =
        counterfoil_authority::restore::restore(&authority, &arguments.file, arguments.replace, &mut show);
    restored.await.map_err(restore_problem)
}

async fn apply(settings: &Settings, revocations: Revocations) -> Result<Vec<Revoked>, Problem> {
    let authority = start(settings, Manner::default()).await?;
    let revoked = authority.apply_revocations(revocations).await;
    authority.shutdown().await;
    revoked.map_err(|fault| {
        Problem::new(
            fault,
            "the backup is in place and the keys before this one are revoked: revoke the rest by hand, now",
        )
    })
}

fn tell(restored: &Restored, revoked: &[Revoked], given: bool, printer: &Printer) -> Result<(), Problem> {
    let since = date(restored.revocations_missing_since);
    if !given {
        printer.warn(&format!(
            "keys that were revoked after {since} are active again: revoke them, or restore with --apply-revocations"
        ));
    }
    printer.say("Private halves that waited for their download are gone, as are all sessions and links.");
    printer.say(
        "Everybody's recovery codes are void, since nobody knows which were used meanwhile: who needs some makes new ones.",
    );
    printer.say("Passwords and passkeys are those of the backup: take away again what was taken away since.");
    let document = json!({
        "epoch": restored.head.epoch,
        "head": restored.head.position.0,
        "hash": restored.head.hash.to_string(),
        "revocationsMissingSince": since,
        "revocations": revoked.iter().map(shown).collect::<Vec<_>>(),
    });
    printer.result(&document, || {
        let mut table = Table::new(["key", "issuer id", "revocation"], "No revocation was applied.");
        for one in revoked {
            let team = one.team.map(|team| team.to_string()).unwrap_or_default();
            table.row([one.key.to_string(), team, how(one.how).to_owned()]);
        }
        let revocations = if given { format!("\n{}", table.text()) } else { String::new() };
        format!(
            "Restored up to position {} under the epoch {}{revocations}",
            restored.head.position, restored.head.epoch
        )
    })
}

fn shown(revoked: &Revoked) -> Value {
    json!({"keyId": revoked.key, "issuerId": revoked.team, "outcome": how(revoked.how)})
}

fn how(how: RevokedHow) -> &'static str {
    match how {
        RevokedHow::Now => "REVOKED",
        RevokedHow::Already => "ALREADY_REVOKED",
        RevokedHow::Unknown => "UNKNOWN_KEY",
    }
}

fn restore_problem(fault: RestoreFault) -> Problem {
    let hint = match &fault {
        RestoreFault::Backup(BackupFault::Io(_)) => "check the path; nothing was changed",
        RestoreFault::Backup(_) => "take another copy of the backup; nothing was changed",
        RestoreFault::NotEmpty { .. } => {
            "nothing was changed; `counterfoil backup` keeps what is there first"
        }
        RestoreFault::ClockBehind { .. } => {
            "`timedatectl` shows whether the clock is kept; nothing was changed"
        }
        RestoreFault::Changed => "nothing was changed; nobody may write the file meanwhile",
        RestoreFault::Store(fault) => store_hint(fault),
        RestoreFault::Failed(failure) => return failure.clone().into(),
    };
    Problem::new(fault, hint)
}
