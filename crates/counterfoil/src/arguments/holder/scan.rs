//! `scan`: private keys where they should not be.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What is looked through.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ScanArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ScanCommand>,
    /// Files and folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Also every object of the git repository, unreachable ones too
    #[arg(long)]
    pub(crate) history: bool,
    /// Only what is staged for the next commit
    #[arg(long, conflicts_with = "history")]
    pub(crate) staged: bool,
    /// Leave out files that git does not track
    #[arg(long, conflicts_with = "staged")]
    pub(crate) tracked: bool,
    /// Ask this server whose the found keys are, and whether active
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// End the active ones among them
    #[arg(long, requires = "url")]
    pub(crate) burn: bool,
    /// Don't ask whether that is meant
    #[arg(long, requires = "burn")]
    pub(crate) yes: bool,
    /// Print SARIF 2.1.0, which code hosts show
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub(crate) sarif: bool,
}

/// What else there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum ScanCommand {
    /// Write a pre-commit hook that lets no private half into a commit
    InstallHook {
        /// A folder in the repository [default: the current one]
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
}
