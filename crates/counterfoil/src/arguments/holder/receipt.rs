//! `receipt`: receipts of before there was signed data.

use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with receipts.
#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Print a transaction id of a receipt, to ask the App Store Server API with
    TransactionId {
        /// A file with the receipt in base64; - reads standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
}
