//! `custody`: where private halves are kept.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done with stores.
#[derive(Debug, Subcommand)]
pub(crate) enum CustodyCommand {
    /// Keep a private half, read it back and prove it
    Put {
        /// Where it goes
        #[arg(value_name = "REF")]
        reference: String,
        /// Where it comes from [default: standard input]
        #[arg(long, value_name = "REF")]
        from: Option<String>,
        /// Take the place of another half that is kept there, which is then lost
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        means: MeansFlags,
    },
    /// Print a private half as PEM
    Get {
        /// Where it is
        #[arg(value_name = "REF")]
        reference: String,
        /// Print one line of base64, for a CI variable
        #[arg(long)]
        base64: bool,
        #[command(flatten)]
        means: MeansFlags,
    },
    /// Copy a private half, read it back and prove it
    Copy {
        /// Where it is
        #[arg(value_name = "FROM")]
        from: String,
        /// Where it goes
        #[arg(value_name = "TO")]
        to: String,
        /// Take the place of another half that is kept there, which is then lost
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        means: MeansFlags,
    },
    /// List what a store keeps
    List {
        /// The store, such as keyring, or a part of it
        #[arg(value_name = "STORE")]
        store: Option<String>,
        #[command(flatten)]
        means: MeansFlags,
    },
    /// End what is kept in a place
    Remove {
        /// Where it is
        #[arg(value_name = "REF")]
        reference: String,
        /// Don't ask whether it is meant
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        means: MeansFlags,
    },
}

/// What stores may need beside a REF.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct MeansFlags {
    /// A file with the passphrase of gpg: and age: [else COUNTERFOIL_PASSPHRASE, or asked for]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The age identity that opens an age: file
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Who can open what is written, for age: and gpg:; say it again for more
    #[arg(long = "recipient", value_name = "RECIPIENT")]
    pub(crate) recipients: Vec<String>,
}
