//! `keys`: a server's keys, seen from a holder.

use super::{KeyFlags, ServerFlag};
use clap::{Args, Subcommand};

/// What can be done with a server's keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List the keys that the acting key may see
    List(ListArguments),
    /// Show one key
    Show(ShowArguments),
    /// Generate a key and keep its private half
    Generate(GenerateArguments),
    /// Download a private half, once
    Download(DownloadArguments),
    /// Revoke a key for good
    Revoke(RevokeArguments),
    /// Tell what was done with a key since a chosen moment
    BlastRadius(BlastRadiusArguments),
}

/// Which keys are listed.
#[derive(Args, Debug)]
pub(crate) struct ListArguments {
    /// Also those that were revoked in the last 30 days
    #[arg(long)]
    pub(crate) revoked: bool,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Which key is shown.
#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    /// The key
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// What is generated, and where its half goes.
#[derive(Args, Debug)]
pub(crate) struct GenerateArguments {
    /// What it is called, at most 30 characters. It stands in the server's ledger for ever
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// A role; say it again for more
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
    /// What kind of key
    #[arg(long, value_name = "team|in-app-purchase", default_value = "team")]
    pub(crate) kind: String,
    /// Make the pair here, and send the public half only
    #[arg(long)]
    pub(crate) local: bool,
    /// Where the private half goes [default: file:AuthKey_ID.p8, in the current folder]
    #[arg(long, value_name = "REF")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Whose half is downloaded, and where it goes.
#[derive(Args, Debug)]
pub(crate) struct DownloadArguments {
    /// The key
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
    /// Where the private half goes [default: file:AuthKey_ID.p8, in the current folder]
    #[arg(long, value_name = "REF")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// What is revoked, and why.
#[derive(Args, Debug)]
pub(crate) struct RevokeArguments {
    /// The key
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
    /// Why: unspecified, key-compromised, superseded, no-longer-used
    #[arg(long, value_name = "REASON")]
    pub(crate) reason: Option<String>,
    /// Don't ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Whose calls are told, and since when.
#[derive(Args, Debug)]
pub(crate) struct BlastRadiusArguments {
    /// The key, revoked or not
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
    /// A date, a time in UTC such as 2026-11-21T19:30:00Z, or how long ago, as in 7d [default: since it was generated]
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}
