//! The commands of those who hold keys.

mod burn;
mod custody;
mod help;
mod keys;
mod offer;
mod prices;
mod receipt;
mod rotate;
mod scan;
mod transaction;

pub(crate) use burn::BurnArguments;
pub(crate) use custody::{CustodyCommand, MeansFlags};
pub(crate) use keys::{
    BlastRadiusArguments, DownloadArguments, GenerateArguments, KeysCommand, ListArguments, RevokeArguments,
    ShowArguments,
};
pub(crate) use offer::{IntroductoryArguments, OfferCommand, PromotionalArguments, SubscriptionFlags};
pub(crate) use prices::{ApplyArguments, AuditArguments, PlanArguments, PricesCommand};
pub(crate) use receipt::ReceiptCommand;
pub(crate) use rotate::{ActingFlags, RotateArguments, RotateCommand, RunFlags};
pub(crate) use scan::{ScanArguments, ScanCommand};
pub(crate) use transaction::{SignedArguments, TransactionCommand, VerifyArguments};

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What a holder can do. None of it needs a server of Counterfoil.
#[derive(Debug, Subcommand)]
pub(crate) enum HolderCommand {
    /// Print a fresh token
    #[command(after_long_help = help::TOKEN)]
    Token(TokenArguments),
    /// Call an API with a fresh token, and say why it refuses
    #[command(after_long_help = help::REQUEST)]
    Request(RequestArguments),
    /// Run a command that finds the key where it looks for it
    #[command(after_long_help = help::EXEC)]
    Exec(ExecArguments),
    /// Say why a key or a token does not work
    #[command(after_long_help = help::DOCTOR)]
    Doctor(DoctorArguments),
    /// List, generate, download and revoke the keys of a server
    #[command(subcommand, after_long_help = help::KEYS)]
    Keys(KeysCommand),
    /// Put a fresh key in the place of an old one
    #[command(after_long_help = help::ROTATE)]
    Rotate(Box<RotateArguments>),
    /// Put private halves into a store, get and copy them
    #[command(subcommand, after_long_help = help::CUSTODY)]
    Custody(CustodyCommand),
    /// Keep ids and places of keys under a name
    #[command(subcommand, after_long_help = help::PROFILE)]
    Profile(ProfileCommand),
    /// Find private keys in files and in a git history
    #[command(after_long_help = help::SCAN)]
    Scan(ScanArguments),
    /// End a leaked key with nothing but its private half
    #[command(after_long_help = help::BURN)]
    Burn(BurnArguments),
    /// Compare prices in all territories, and bring a file of prices about
    #[command(subcommand, after_long_help = help::PRICES)]
    Prices(PricesCommand),
    /// Verify what the App Store signs: transactions, renewals, notifications
    #[command(subcommand, after_long_help = help::TRANSACTION)]
    Transaction(TransactionCommand),
    /// Sign offers and who may have them, for StoreKit
    #[command(subcommand, after_long_help = help::OFFER)]
    Offer(OfferCommand),
    /// Read receipts of before there was signed data
    #[command(subcommand, after_long_help = help::RECEIPT)]
    Receipt(ReceiptCommand),
}

/// Which key. Unless said otherwise it is a profile, then COUNTERFOIL_…, then the variables and files of fastlane,
/// codemagic, asc and the private_keys folders.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeyFlags {
    /// The key id
    #[arg(long, value_name = "ID", help_heading = "Key")]
    pub(crate) key_id: Option<String>,
    /// The team's issuer id; none for an individual key
    #[arg(long, value_name = "ID", help_heading = "Key")]
    pub(crate) issuer_id: Option<String>,
    /// Where the private half is kept, such as file:PATH, env:VARIABLE or vault:MOUNT/PATH#FIELD
    #[arg(long, value_name = "REF", help_heading = "Key")]
    pub(crate) private_key: Option<String>,
    /// A profile (see `counterfoil profile`)
    #[arg(long, value_name = "NAME", help_heading = "Key")]
    pub(crate) profile: Option<String>,
    /// A file with the passphrase of gpg: and age: [else COUNTERFOIL_PASSPHRASE, or asked for]
    #[arg(long, value_name = "FILE", help_heading = "Key")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The age identity that opens an age: file
    #[arg(long, value_name = "FILE", help_heading = "Key")]
    pub(crate) identity: Option<PathBuf>,
    /// Refuse a private half that others can read or that had to be repaired
    #[arg(long, help_heading = "Key")]
    pub(crate) strict: bool,
    /// Say which key was taken, why, and which others were seen
    #[arg(long, short, help_heading = "Output")]
    pub(crate) verbose: bool,
}

/// Print a fresh token.
#[derive(Args, Debug)]
pub(crate) struct TokenArguments {
    /// How long it is good for, such as 90s, 10m, 1h, 30d
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(crate) ttl: String,
    /// Confine it to requests, such as "GET /v1/apps"; say it again for more
    #[arg(long = "scope", value_name = "REQUEST")]
    pub(crate) scopes: Vec<String>,
    /// The app that it is for: makes a token of an in-app purchase key
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: Option<String>,
    /// For whom it is, if not for App Store Connect
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Option<String>,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Call an API.
#[derive(Args, Debug)]
pub(crate) struct RequestArguments {
    /// GET, POST, PATCH, DELETE…
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,
    /// A whole URL, or a path on --url
    #[arg(value_name = "URL-or-PATH")]
    pub(crate) target: String,
    /// What is sent: JSON, or a file with it
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) data: Option<String>,
    /// Follow links.next, and print one document with all of data
    #[arg(long)]
    pub(crate) all: bool,
    /// A further header, such as "Accept: application/a-gzip"; say it again for more
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// Write the answer's body into a new file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Give up after this time
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(crate) timeout: String,
    /// How long the token is good for
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub(crate) ttl: String,
    /// The app, for a token of an in-app purchase key
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: Option<String>,
    /// For whom the token is, if not for App Store Connect
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) audience: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Which server.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServerFlag {
    /// The server [else the profile's, COUNTERFOIL_URL, App Store Connect]
    #[arg(long, value_name = "URL", help_heading = "Key")]
    pub(crate) url: Option<String>,
}

/// Run a command with the key.
#[derive(Args, Debug)]
pub(crate) struct ExecArguments {
    /// Give the key as a file in memory too: its path replaces {} and its folder is API_PRIVATE_KEYS_DIR
    #[arg(long)]
    pub(crate) key_file: bool,
    /// Give fresh tokens at a secret loopback URL in COUNTERFOIL_TOKEN_URL, as long as the command runs
    #[arg(long)]
    pub(crate) serve_token: bool,
    /// Leave the private half out of the variables: with --key-file or --serve-token
    #[arg(long)]
    pub(crate) no_variables: bool,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

/// Examine a key or a token.
#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    /// Examine this token; - reads it from standard input
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Ask nobody
    #[arg(long)]
    pub(crate) offline: bool,
    /// A request that the key should be good for, such as "GET /v1/apps"
    #[arg(long, value_name = "REQUEST")]
    pub(crate) request: Option<String>,
    /// The app, for an in-app purchase key
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Named sources of keys, in config.toml. No secrets are kept there.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// Keep a profile
    Add(AddProfileArguments),
    /// List the profiles
    List,
    /// Take this profile when none is named
    Use {
        /// The profile; none: take no profile unless one is named
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Forget a profile; its key and its private half stay as they are
    Remove {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// What a profile says.
#[derive(Args, Debug)]
pub(crate) struct AddProfileArguments {
    /// What it is called
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The key id
    #[arg(long, value_name = "ID")]
    pub(crate) key_id: String,
    /// The team's issuer id; none for an individual key
    #[arg(long, value_name = "ID")]
    pub(crate) issuer_id: Option<String>,
    /// Where the private half is kept
    #[arg(long, value_name = "REF")]
    pub(crate) private_key: String,
    /// The server, if not App Store Connect
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Take the place of a profile of that name
    #[arg(long)]
    pub(crate) replace: bool,
}
