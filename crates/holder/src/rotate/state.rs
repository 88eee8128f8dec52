//! What is known of a rotation, on the disk before each act. No secret is in it.

use crate::fault::Fault;
use crate::profile::write_whole;
use crate::surroundings::Surroundings;
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::KeyId;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How far a rotation is. Each names what was done; what comes next may have been done too, and is safe to do again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Everything was looked at; nothing was made.
    Planned,
    /// The server is asked for the new key, under a name that makes it one key however often it is asked.
    Generating,
    /// The new key is there. Its half may be in some of the places.
    Generated,
    /// The half is in every place.
    Stored,
    /// It was read back from every place, signed, and was accepted by the server.
    Settling,
    /// The same, and there is no API to revoke the old key with: a person must click.
    RevokeByHand,
    /// The old key was revoked, and the new one has yet to be made: nobody has two keys of this kind.
    Gap,
    /// The old key is being revoked.
    Revoking,
    /// The new key is the only one.
    Done,
    /// The new key is being revoked.
    Cancelling,
    /// The old key is the only one.
    Cancelled,
}

/// How far one place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Nothing was done to it.
    Waiting,
    /// The half is being put there.
    Storing,
    /// It was put there, read back, and signed.
    Stored,
    /// The server accepted what it signed.
    Proved,
}

/// One place that the new half goes to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// The REF.
    #[serde(rename = "ref")]
    pub place: String,
    /// How far it is.
    pub state: Step,
    /// Whether the old half was there, which the new one takes the place of.
    pub held_old: bool,
}

/// A rotation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The old key.
    pub old: String,
    /// The new one, once its id is known.
    pub new: Option<String>,
    /// How far it is.
    pub state: Stage,
    /// The server's origin.
    pub server: String,
    /// The old key's name, which the new one gets as well.
    pub nickname: String,
    /// Its kind.
    pub kind: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// The old public half, where the server tells it.
    pub old_public: Option<String>,
    /// The new one, once it is known.
    pub new_public: Option<String>,
    /// Whether the pair is made here.
    pub local: bool,
    /// Where a half that was made by hand comes from.
    pub with: Option<String>,
    /// Whether the server has no API for its keys.
    pub by_hand: bool,
    /// The name under which the new key is asked for.
    pub idempotency_key: String,
    /// Since when it is, by the server's clock, in seconds.
    pub asked_since: i64,
    /// Where the new half goes.
    pub destinations: Vec<Destination>,
    /// How long the old key must have been idle, in seconds, if that was said.
    pub settle: Option<u64>,
    /// When the old key was last used, as it was last seen.
    pub old_last_used: Option<String>,
    /// The longest stretch between two uses of it that was seen, in seconds.
    pub longest_gap: u64,
    /// When we called with the new key ourselves, by the server's clock: that is no use.
    pub looked: Vec<i64>,
}

impl State {
    /// The rotation of `old` that was begun here.
    ///
    /// # Errors
    /// The file can't be read, or is not one of ours.
    pub fn read(surroundings: &Surroundings, old: KeyId) -> Result<Option<Self>, Fault> {
        read(&path(surroundings, old)?)
    }

    /// All that were begun here.
    ///
    /// # Errors
    /// As for one.
    pub fn all(surroundings: &Surroundings) -> Result<Vec<Self>, Fault> {
        let folder = folder(surroundings)?;
        let mut paths: Vec<_> = match fs::read_dir(&folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Vec::new(),
            Err(fault) => return Err(Fault::at("read", &folder, &fault)),
        };
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        paths.iter().filter_map(|path| read(path).transpose()).collect()
    }

    /// Makes it durable: whole, for its owner alone.
    ///
    /// # Errors
    /// It is not on the disk.
    pub fn write(&self, surroundings: &Surroundings) -> Result<(), Fault> {
        let path = path(surroundings, self.old_id()?)?;
        let bytes = serde_json::to_vec_pretty(self).map_err(|fault| Fault::new(fault, STRANGE))?;
        write_whole(&path, &bytes).map_err(|fault| Fault::at("write", &path, &fault))
    }

    /// The old key's id.
    ///
    /// # Errors
    /// The file was changed by somebody else.
    pub fn old_id(&self) -> Result<KeyId, Fault> {
        KeyId::try_from(self.old.as_str()).map_err(|fault| Fault::new(fault, STRANGE))
    }

    pub(super) fn old_public(&self) -> Result<Option<PublicHalf>, Fault> {
        public(self.old_public.as_deref())
    }

    pub(super) fn new_public(&self) -> Result<Option<PublicHalf>, Fault> {
        public(self.new_public.as_deref())
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, Stage::Done | Stage::Cancelled)
    }
}

/// Nobody else works on this rotation on this machine while it lives; the system lets go of it however we end.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    /// Takes it.
    ///
    /// # Errors
    /// Somebody else has it.
    pub fn take(surroundings: &Surroundings, old: KeyId) -> Result<Self, Fault> {
        let path = path(surroundings, old)?.with_extension("lock");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder(surroundings)?);
        let file = made
            .and_then(|()| File::options().write(true).create(true).truncate(false).mode(0o600).open(&path));
        let file = file.map_err(|fault| Fault::at("open", &path, &fault))?;
        file.try_lock().map_err(|_| {
            Fault::new(
                format!("the rotation of {old} is under way in another process"),
                "let it end, or end it",
            )
        })?;
        Ok(Self(file))
    }
}

fn public(pem: Option<&str>) -> Result<Option<PublicHalf>, Fault> {
    pem.map(PublicHalf::from_pem).transpose().map_err(|fault| Fault::new(fault, STRANGE))
}

const STRANGE: &str = "nothing was changed; mend the file, or move it away and look at the keys by hand";

fn folder(surroundings: &Surroundings) -> Result<PathBuf, Fault> {
    let folder = surroundings.state_folder().map(|folder| folder.join("rotations"));
    folder.ok_or_else(|| {
        Fault::new("there is no home folder to keep the rotation's state in", "set HOME or XDG_STATE_HOME")
    })
}

fn path(surroundings: &Surroundings, old: KeyId) -> Result<PathBuf, Fault> {
    Ok(folder(surroundings)?.join(format!("{old}.json")))
}

fn read(path: &Path) -> Result<Option<State>, Fault> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(Fault::at("read", path, &fault)),
    };
    let state = serde_json::from_slice(&bytes);
    state.map(Some).map_err(|fault| Fault::new(format!("{} is damaged: {fault}", path.display()), STRANGE))
}
