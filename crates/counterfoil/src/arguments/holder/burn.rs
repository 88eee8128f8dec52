//! `burn`: the end of a leaked key.

use super::custody::MeansFlags;
use clap::Args;

/// Which private half is shown to its issuer.
#[derive(Args, Debug)]
pub(crate) struct BurnArguments {
    /// The leaked file, or a REF
    #[arg(value_name = "FILE|REF")]
    pub(crate) half: String,
    /// The key id; without one the half's thumbprint names the key
    #[arg(long, value_name = "ID")]
    pub(crate) key_id: Option<String>,
    /// Don't ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
    /// The server that issued the key [else COUNTERFOIL_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) means: MeansFlags,
}
