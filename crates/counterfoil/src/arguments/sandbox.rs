//! The sandbox on its own.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run the sandbox on its own, or look after what it remembers.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SandboxArguments {
    /// What to do with what it remembers
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
    /// Where to listen. Whoever comes there is believed: put a gateway in front
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8788")]
    pub(crate) listen: SocketAddr,
    /// Where clients find the gateway: links in answers begin with this (what it listens on, if left out)
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// What a team finds that comes for the first time, as `sandbox export` writes it (a demonstration, if left out)
    #[arg(long, value_name = "FILE")]
    pub(crate) fixtures: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: SandboxPlace,
}

/// Where the sandbox remembers.
#[derive(Args, Debug)]
pub(crate) struct SandboxPlace {
    /// The data directory, as of `counterfoil serve`
    #[arg(long, value_name = "DIR", env = "COUNTERFOIL_DATA", default_value = "counterfoil-data")]
    pub(crate) data: PathBuf,
}

/// What to do with what it remembers.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Forget everything of a team: it finds the beginning again
    Reset(OfTeam),
    /// Print everything of a team, for `import` and `--fixtures`
    Export(OfTeam),
    /// Put a file in the place of everything of a team
    Import {
        /// What `sandbox export` wrote; `-` for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        of: OfTeam,
    },
}

/// Of which team.
#[derive(Args, Debug)]
pub(crate) struct OfTeam {
    /// The team's issuer id (the only one that has been there, if left out)
    #[arg(long, value_name = "ISSUER_ID")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) place: SandboxPlace,
}
