//! `prices`: what products cost, and what they should.

use super::{KeyFlags, ServerFlag};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done with prices.
#[derive(Debug, Subcommand)]
pub(crate) enum PricesCommand {
    /// Show what a product costs in each territory, beside the base
    Audit(AuditArguments),
    /// Show what a file of prices would change, and change nothing
    Plan(PlanArguments),
    /// Bring a file of prices about
    Apply(ApplyArguments),
}

/// Which product, and beside what.
#[derive(Args, Debug)]
pub(crate) struct AuditArguments {
    /// An app's number or bundle id, or a product's number or product id
    #[arg(value_name = "PRODUCT")]
    pub(crate) product: String,
    /// Rates of exchange, TOML or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) rates: Option<PathBuf>,
    /// The currency that all prices are told in [default: the base of the rates]
    #[arg(long, value_name = "CODE", requires = "rates")]
    pub(crate) currency: Option<String>,
    /// How dear life is in each territory, TOML or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) power: Option<PathBuf>,
    /// The territory that others stand beside [default: the schedule's own; subscriptions have none]
    #[arg(long, value_name = "TERRITORY")]
    pub(crate) base: Option<String>,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub(crate) csv: bool,
    /// Draw a bar for each territory into a new file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Which file.
#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    /// The file of prices (see docs/prices.md)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Which file, and whether it is meant.
#[derive(Args, Debug)]
pub(crate) struct ApplyArguments {
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
    /// Don't ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
}
