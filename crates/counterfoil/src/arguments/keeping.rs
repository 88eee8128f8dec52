//! Commands about the catalog, the ledger, the seal key and backups.

use super::DataFlags;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// See and change the catalog.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Explain every fault of a catalog, with line and column
    Check {
        /// The catalog to check; - reads standard input
        file: PathBuf,
    },
    /// Print the catalog in force, as TOML
    Show {
        #[command(flatten)]
        settings: DataFlags,
    },
    /// Put another catalog in force, for all servers; says first which keys it affects
    Use {
        /// The catalog
        file: PathBuf,
        /// Only say which keys it would affect
        #[arg(long)]
        dry_run: bool,
        /// Don't ask whether it is meant
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        settings: DataFlags,
    },
    /// Say which group holds a path, and which kinds of keys and roles open it
    Explain {
        /// The method, such as GET; or - to read lines of METHOD PATH from standard input
        method: String,
        /// The path, such as /v1/apps
        path: Option<String>,
        /// Explain this catalog instead of the one in force
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        settings: DataFlags,
    },
}

/// Check the ledger, raise its format, or accept an older copy of it.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Hash every row again, from the first to the last
    Verify {
        #[command(flatten)]
        settings: DataFlags,
    },
    /// Let servers write newer kinds of events; refused while a live server can't read them
    Upgrade {
        #[command(flatten)]
        settings: DataFlags,
    },
    /// Go on with an older copy of the ledger, knowingly: revocations after it are lost
    Adopt {
        /// Don't ask whether it is meant
        #[arg(long)]
        yes: bool,
        /// Also where this machine has seen no other ledger; for when only other servers have
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        settings: DataFlags,
    },
}

/// Exchange the key that seals private halves.
#[derive(Debug, Subcommand)]
pub(crate) enum SealCommand {
    /// Make a new seal key, seal what is pending anew with it, destroy the old one
    Rotate(RotateSeal),
}

/// How the seal key is exchanged.
#[derive(Args, Debug)]
pub(crate) struct RotateSeal {
    /// The old key is lost for good: erase what was sealed with it and begin with a new one
    #[arg(long)]
    pub(crate) lost: bool,
    /// Don't ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// Where the copy goes.
#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// The file to write, 0600; nothing is ever overwritten
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// What is put in place.
#[derive(Args, Debug)]
pub(crate) struct RestoreArguments {
    /// The backup
    pub(crate) file: PathBuf,
    /// Replace what is there already
    #[arg(long)]
    pub(crate) replace: bool,
    /// Revoke what this audit export says was revoked since (JSON, as /v1/auditEvents answers)
    #[arg(long, value_name = "FILE")]
    pub(crate) apply_revocations: Option<PathBuf>,
    /// Don't ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}
