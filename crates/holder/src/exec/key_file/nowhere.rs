//! A system of which no place in memory is known.

use super::no_place;
use crate::fault::Fault;
use crate::sources::HeldKey;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// There is none.
pub(in crate::exec) struct KeyFile(Infallible);

impl KeyFile {
    /// Refuses.
    pub(in crate::exec) fn make(_: &HeldKey) -> Result<Self, Fault> {
        Err(no_place(&"none is known on this system"))
    }

    /// The folder.
    pub(in crate::exec) fn folder(&self) -> &Path {
        match self.0 {}
    }

    /// The file.
    pub(in crate::exec) fn path(&self) -> PathBuf {
        match self.0 {}
    }
}
