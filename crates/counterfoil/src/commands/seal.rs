//! `seal`: the key that seals private halves until their download.

use crate::arguments::{RotateSeal, SealCommand};
use crate::opening::{Manner, Opened, open};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_authority::seal_rotate::RotateFault;
use serde_json::json;

pub(super) async fn seal(command: &SealCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        SealCommand::Rotate(arguments) if arguments.lost => replace_lost(arguments, printer).await,
        SealCommand::Rotate(arguments) => rotate(arguments, printer).await,
    }
}

async fn rotate(arguments: &RotateSeal, printer: &Printer) -> Result<(), Problem> {
    let opened = open(&arguments.settings.0, Manner::default(), printer).await?;
    let rotated = opened.authority.rotate_seal().await.map_err(rotate_problem)?;
    let document = json!({"resealed": rotated.resealed, "erased": 0});
    printer.result(&document, || {
        format!(
            "A new seal key is in force and the old one destroyed; {} half(s) were sealed anew",
            rotated.resealed
        )
    })
}

async fn replace_lost(arguments: &RotateSeal, printer: &Printer) -> Result<(), Problem> {
    let what = "This gives the old seal key up: every private half that waits for its download is erased.";
    printer.confirm(what, "lost", arguments.yes)?;
    let manner = Manner { replace_lost_seal_key: true, ..Manner::default() };
    let Opened { authority, .. } = open(&arguments.settings.0, manner, printer).await?;
    authority.shutdown().await;
    printer.result(&json!({"replaced": true}), || "A new seal key is in force".to_owned())
}

fn rotate_problem(fault: RotateFault) -> Problem {
    let hint = match &fault {
        RotateFault::Given { .. } => "docs/running.md, «The seal key»",
        RotateFault::Source(_) => "check the file and the rights of its directory; the old key is in force",
        RotateFault::Failed(failure) => return failure.clone().into(),
    };
    Problem::new(fault, hint)
}
