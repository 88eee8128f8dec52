//! `transaction`: what the App Store signs for an app's own server.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done with signed data.
#[derive(Debug, Subcommand)]
pub(crate) enum TransactionCommand {
    /// Verify a signed transaction, renewal info, notification or app transaction, and print what it says
    Verify(VerifyArguments),
    /// Print what signed data claims, without verifying anything
    Decode(SignedArguments),
}

/// By what it is judged.
#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// A root certificate to trust; say it again for more [default: those in the usual folders]
    #[arg(long = "root", value_name = "FILE")]
    pub(crate) roots: Vec<PathBuf>,
    /// The app that it must be for
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: Option<String>,
    /// The number that the app must have, where it is named
    #[arg(long, value_name = "NUMBER")]
    pub(crate) app_apple_id: Option<u64>,
    /// From where it must come: Production or Sandbox
    #[arg(long, value_name = "ENVIRONMENT")]
    pub(crate) environment: Option<String>,
    /// Ask those who issued its certificates whether they revoked them since
    #[arg(long)]
    pub(crate) ocsp: bool,
    /// Ask this responder, not those that the certificates name
    #[arg(long, value_name = "URL", requires = "ocsp")]
    pub(crate) ocsp_url: Option<String>,
    #[command(flatten)]
    pub(crate) signed: SignedArguments,
}

/// Where it is.
#[derive(Args, Debug)]
pub(crate) struct SignedArguments {
    /// A file with it, or with the JSON that it was posted or answered in; - reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
}
