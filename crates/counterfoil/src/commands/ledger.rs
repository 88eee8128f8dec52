//! `ledger`: checking it, raising its format, accepting an older copy of it.

use super::words::date;
use crate::arguments::LedgerCommand;
use crate::data_dir;
use crate::opening::{Manner, open, read_settings, store_hint, with};
use crate::printer::Printer;
use crate::problem::Problem;
use crate::settings::Typed;
use counterfoil_authority::upgrade::UpgradeFault;
use counterfoil_authority::{LedgerReport, LedgerReportFault, verify_ledger};
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn ledger(command: &LedgerCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        LedgerCommand::Verify { settings } => verify(&settings.0, printer).await,
        LedgerCommand::Upgrade { settings } => upgrade(&settings.0, printer).await.map(super::done),
        LedgerCommand::Adopt { yes, anyway, settings } => {
            if !anyway {
                must_have_seen_another(&settings.0, printer).await?;
            }
            adopt(*yes, &settings.0, printer).await.map(super::done)
        }
    }
}

/// Opens the store by itself, so that it says what is wrong with a ledger that no server would start with.
async fn verify(typed: &Typed, printer: &Printer) -> Result<ExitCode, Problem> {
    let settings = read_settings(typed, printer)?;
    if settings.database.is_none() {
        data_dir::expect_data(&settings.data)?;
    }
    let report = verify_ledger(&with(&settings, Manner::default())?, &mut |_| ()).await;
    let report = report.map_err(|fault| match fault {
        LedgerReportFault::Store(fault) => Problem::new(&fault, store_hint(&fault)),
    })?;
    let ok = report.fault.is_none();
    let document = json!({
        "ok": ok,
        "epoch": report.epoch,
        "head": report.head.0,
        "hash": report.hash.to_string(),
        "fault": report.fault,
    });
    printer.result(&document, || verified(&report))?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn verified(report: &LedgerReport) -> String {
    let LedgerReport { epoch, head, hash, fault } = report;
    match fault {
        None => format!("The ledger is whole: {head} events in epoch {epoch}, hash {hash}"),
        Some(fault) => {
            format!("The ledger is right up to position {head} (hash {hash}), and not further: {fault}")
        }
    }
}

async fn upgrade(typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let opened = open(typed, Manner::default(), printer).await?;
    let upgraded = opened.authority.upgrade_ledger().await.map_err(|fault| match fault {
        UpgradeFault::OlderServers(_) => Problem::new(fault, "update those servers first, or stop them"),
        UpgradeFault::Failed(failure) => failure.into(),
    })?;
    printer.result(&json!({"level": upgraded.level, "changed": upgraded.changed}), || {
        match upgraded.changed {
            true => format!("The ledger has format level {} now", upgraded.level),
            false => format!("The ledger had format level {} already", upgraded.level),
        }
    })
}

/// A ledger with which a server would start needs no adopting, which costs what waits for its download.
async fn must_have_seen_another(typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let Ok(opened) = open(typed, Manner::default(), printer).await else { return Ok(()) };
    opened.authority.shutdown().await;
    Err(Problem::new(
        "there is nothing to adopt: the ledger in the database is the one that this machine has seen",
        "run it on the machine whose server refuses; or, if you are sure, here with --anyway",
    ))
}

async fn adopt(yes: bool, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let what = "This goes on with the ledger as the database has it now. What it lacks is lost: keys that were \
                revoked since are active again. Private halves that wait for their download, sessions and links \
                are gone.";
    printer.confirm(what, "adopt", yes)?;
    let opened = open(typed, Manner { adopt_older_ledger: true, ..Manner::default() }, printer).await?;
    let adopted = opened.authority.adopt_ledger().await?;
    opened.authority.shutdown().await;
    let since = date(adopted.revocations_missing_since);
    let document = json!({
        "epoch": adopted.head.epoch,
        "head": adopted.head.position.0,
        "hash": adopted.head.hash.to_string(),
        "revocationsMissingSince": since,
    });
    printer.warn(&format!("keys that were revoked after {since} are active again: revoke them"));
    printer.result(&document, || {
        format!(
            "The ledger goes on from position {} under the epoch {}",
            adopted.head.position, adopted.head.epoch
        )
    })
}
