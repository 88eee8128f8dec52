//! `backup`: a consistent copy of everything, beside running servers.

use super::words::date;
use crate::arguments::BackupArguments;
use crate::opening::{Manner, open};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_authority::backup::{BackupFailure, Progress};
use serde_json::json;
use std::time::{Duration, Instant};

pub(super) async fn backup(arguments: &BackupArguments, printer: &Printer) -> Result<(), Problem> {
    if arguments.file.exists() {
        return Err(Problem::new(
            format!("{} is there already", arguments.file.display()),
            "nothing is ever overwritten: name another file, such as one with the date in it",
        ));
    }
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let mut shower = Shower::new(*printer);
    let made = opened.authority.backup(&arguments.file, &mut |progress| shower.show(progress)).await;
    let made = made.map_err(|failure| match failure {
        fault @ BackupFailure::File { .. } => {
            Problem::new(fault, "check the path, the rights and the room there")
        }
        BackupFailure::Failed(failure) => failure.into(),
    })?;
    let path = arguments.file.display().to_string();
    let document = json!({
        "path": path,
        "epoch": made.head.epoch,
        "head": made.head.position.0,
        "hash": made.head.hash.to_string(),
        "madeAt": date(made.made_at),
        "bytes": made.bytes,
    });
    printer.result(&document, || {
        format!("{path} holds everything up to position {} ({} bytes)", made.head.position, made.bytes)
    })
}

/// Says now and then how far a long copy has come.
pub(super) struct Shower {
    printer: Printer,
    next: Instant,
}

impl Shower {
    const PAUSE: Duration = Duration::from_secs(5);

    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, next: Instant::now() + Self::PAUSE }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        if Instant::now() >= self.next {
            self.next += Self::PAUSE;
            self.printer
                .say(&format!("{} rows so far; the ledger has {}", progress.rows, progress.ledger_rows));
        }
    }
}
