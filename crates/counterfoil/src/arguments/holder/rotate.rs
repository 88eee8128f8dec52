//! `rotate`: a fresh key in the place of an old one.

use super::{KeyFlags, ServerFlag};
use clap::{Args, Subcommand};

/// Which key is rotated, and how.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct RotateArguments {
    #[command(subcommand)]
    pub(crate) command: Option<RotateCommand>,
    /// The old key
    #[arg(value_name = "KEY_ID", required = true)]
    pub(crate) id: Option<String>,
    /// Where the new half goes; say it again for more
    #[arg(long = "to", value_name = "REF")]
    pub(crate) to: Vec<String>,
    /// Make the pair here, and send the public half only
    #[arg(long)]
    pub(crate) local: bool,
    /// End an individual key before its successor is made: nobody has two
    #[arg(long)]
    pub(crate) with_gap: bool,
    /// How long the old key must have rested before it ends [default: the longest gap that is seen, at least 10m]
    #[arg(long, value_name = "TIME")]
    pub(crate) settle: Option<String>,
    /// Show what would happen, and do nothing
    #[arg(long)]
    pub(crate) plan: bool,
    #[command(flatten)]
    pub(crate) run: RunFlags,
    #[command(flatten)]
    pub(crate) acting: ActingFlags,
}

/// What is done with a rotation that was begun.
#[derive(Debug, Subcommand)]
pub(crate) enum RotateCommand {
    /// Show how far rotations are
    Status {
        /// The old key [default: all]
        #[arg(value_name = "KEY_ID")]
        id: Option<String>,
    },
    /// Go on where it stopped
    Resume {
        /// The old key
        #[arg(value_name = "KEY_ID")]
        id: String,
        #[command(flatten)]
        run: RunFlags,
        #[command(flatten)]
        acting: ActingFlags,
    },
    /// End the new key, and leave the old one as it was
    Cancel {
        /// The old key
        #[arg(value_name = "KEY_ID")]
        id: String,
        #[command(flatten)]
        acting: ActingFlags,
    },
}

/// How far one run goes.
#[derive(Args, Debug, Default)]
pub(crate) struct RunFlags {
    /// Don't wait for evidence that the new key is used and the old one rests
    #[arg(long)]
    pub(crate) now: bool,
    /// Look for that evidence once, and leave the rest to a later run
    #[arg(long, conflicts_with = "now")]
    pub(crate) no_wait: bool,
    /// Take a key that was made by hand, as App Store Connect wants it: the REF of its half
    #[arg(long, value_name = "REF")]
    pub(crate) with: Option<String>,
    /// Its key id, where the file's name does not tell
    #[arg(long, value_name = "ID", requires = "with")]
    pub(crate) with_id: Option<String>,
}

/// Who acts.
#[derive(Args, Debug, Default)]
pub(crate) struct ActingFlags {
    /// Act with the key of this profile, which may be another than the one that is rotated
    #[arg(long = "as", value_name = "PROFILE", conflicts_with = "profile", help_heading = "Key")]
    pub(crate) acting: Option<String>,
    /// An age recipient that age: files are written for; say it again for more
    #[arg(long, value_name = "RECIPIENT", help_heading = "Key")]
    pub(crate) recipient: Vec<String>,
    #[command(flatten)]
    pub(crate) server: ServerFlag,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}
