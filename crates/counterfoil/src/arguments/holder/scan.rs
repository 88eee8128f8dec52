//! `scan`: private keys where they should not be.

use clap::Args;
use std::path::PathBuf;

/// What is looked through.
#[derive(Args, Debug)]
pub(crate) struct ScanArguments {
    /// Files and folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Also every object of the git repository, unreachable ones too
    #[arg(long)]
    pub(crate) history: bool,
    /// Ask this server whose the found keys are, and whether active
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}
