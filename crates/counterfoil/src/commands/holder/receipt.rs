//! `receipt`: a transaction id out of a receipt.

use super::typed::read;
use crate::arguments::ReceiptCommand;
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_holder::receipts::{self, LONGEST, Receipt};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn receipt(command: &ReceiptCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    let ReceiptCommand::TransactionId { file } = command;
    let Receipt { kind, transaction } = receipts::read(&read(file, LONGEST, "receipt")?)?;
    let Some(id) = transaction else {
        return Err(Problem::new(
            "there is no transaction in this receipt",
            "nothing was bought with it, or it was cleared",
        ));
    };
    printer.result(&json!({ "transactionId": id, "receipt": kind.name() }), || id.clone())?;
    Ok(ExitCode::SUCCESS)
}
