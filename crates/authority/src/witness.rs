//! A note beside the database of how far this machine has seen the ledger. A database that was
//! put back to an older state in silence can't hide it from the next start.

use crate::store::{ChainHash, Head, Position};
use counterfoil_core::id::EpochId;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The note.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Note {
    epoch: EpochId,
    position: Position,
    hash: String,
}

/// What the note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The epoch.
    pub(crate) epoch: EpochId,
    /// The last position seen.
    pub(crate) position: Position,
    /// That row's hash, in hex.
    pub(crate) hash: String,
}

impl Seen {
    /// Whether this row is the one that was seen.
    #[must_use]
    pub(crate) fn is(&self, hash: ChainHash) -> bool {
        self.hash == hash.to_string()
    }
}

impl Witness {
    /// The note in this data directory.
    #[must_use]
    pub(crate) fn in_data_dir(dir: &Path) -> Self {
        Self { path: dir.join("ledger.witness") }
    }

    /// What it says; nothing, if there is none or it can't be read: it is a help, not a condition.
    #[must_use]
    pub(crate) fn read(&self) -> Option<Seen> {
        let note: Note = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        Some(Seen { epoch: note.epoch, position: note.position, hash: note.hash })
    }

    /// Writes how far the ledger was seen.
    ///
    /// # Errors
    /// If the file can't be written; nothing depends on it but the next start's check.
    pub(crate) fn write(&self, head: Head) -> io::Result<()> {
        let note = Note { epoch: head.epoch, position: head.position, hash: head.hash.to_string() };
        let partial = self.path.with_extension("witness.partial");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(&serde_json::to_vec(&note)?)?;
        fs::rename(&partial, &self.path)
    }
}
