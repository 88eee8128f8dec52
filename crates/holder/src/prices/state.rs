//! How far bringing a file of prices about has come, on the disk before each call.

use super::plan::Step;
use crate::fault::Fault;
use crate::profile::write_whole;
use crate::surroundings::Surroundings;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// What was allowed, and what of it was done. What is left is planned anew each time, from what the server says: a
/// call whose answer was lost is never made twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The server's origin.
    pub server: String,
    /// How many calls there were to make in all.
    pub calls: usize,
    /// How many were made.
    pub done: usize,
    /// The call that was being made, in words.
    pub under_way: Option<String>,
    /// The calls that somebody allowed, by their hashes.
    allowed: BTreeSet<String>,
}

impl State {
    /// What was begun with this file at this server and is not finished.
    ///
    /// # Errors
    /// The file of the state can't be read.
    pub fn read(around: &Surroundings, server: &str, wishes: &str) -> Result<Option<Self>, Fault> {
        let path = path(around, server, wishes)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(Fault::at("read", &path, &fault)),
        };
        let state = serde_json::from_slice(&bytes);
        let damaged = |fault| {
            Fault::new(
                format!("{} is damaged: {fault}", path.display()),
                "move it away; prices are looked at anew",
            )
        };
        state.map(Some).map_err(damaged)
    }

    /// A beginning, with all that is allowed.
    #[must_use]
    pub fn begin<'s>(server: &str, steps: impl IntoIterator<Item = &'s Step>) -> Self {
        let allowed: Vec<String> = steps.into_iter().map(hash).collect();
        let calls = allowed.len();
        Self {
            server: server.to_owned(),
            calls,
            done: 0,
            under_way: None,
            allowed: allowed.into_iter().collect(),
        }
    }

    /// Whether all of these calls were allowed when it began.
    #[must_use]
    pub fn allows<'s>(&self, steps: impl IntoIterator<Item = &'s Step>) -> bool {
        steps.into_iter().all(|step| self.allowed.contains(&hash(step)))
    }

    pub(super) fn write(&self, around: &Surroundings, wishes: &str) -> Result<(), Fault> {
        let path = path(around, &self.server, wishes)?;
        let bytes =
            serde_json::to_vec_pretty(self).map_err(|fault| Fault::new(fault, "report this, please"))?;
        write_whole(&path, &bytes).map_err(|fault| Fault::at("write", &path, &fault))
    }

    /// Nothing is left to go on with.
    pub(super) fn end(&self, around: &Surroundings, wishes: &str) -> Result<(), Fault> {
        let path = path(around, &self.server, wishes)?;
        match fs::remove_file(&path) {
            Err(fault) if fault.kind() != ErrorKind::NotFound => Err(Fault::at("remove", &path, &fault)),
            _ => Ok(()),
        }
    }
}

/// Nobody else on this machine brings this file about while it lives; the system lets go of it however we end.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    /// Takes it.
    ///
    /// # Errors
    /// Somebody else has it.
    pub fn take(around: &Surroundings, server: &str, wishes: &str) -> Result<Self, Fault> {
        let path = path(around, server, wishes)?.with_extension("lock");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder(around)?);
        let open = || File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = made.and_then(|()| open()).map_err(|fault| Fault::at("open", &path, &fault))?;
        let busy = |_| Fault::new("another process brings these prices about", "let it end, or end it");
        file.try_lock().map_err(busy)?;
        Ok(Self(file))
    }
}

fn folder(around: &Surroundings) -> Result<PathBuf, Fault> {
    around.state_folder().map(|folder| folder.join("prices")).ok_or_else(|| {
        Fault::new("there is no home folder to keep the state in", "set HOME or XDG_STATE_HOME")
    })
}

/// One for each content of a file and each server: what was allowed for one is not allowed for another.
fn path(around: &Surroundings, server: &str, wishes: &str) -> Result<PathBuf, Fault> {
    let name = hex(&[server.as_bytes(), &[0], wishes.as_bytes()].concat());
    Ok(folder(around)?.join(format!("{}.json", name.get(..32).unwrap_or_default())))
}

fn hash(step: &Step) -> String {
    let body = step.body.as_ref().map(ToString::to_string).unwrap_or_default();
    hex(format!("{} {}\n{body}", step.method, step.path).as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(path: &str) -> Step {
        Step { what: "it".into(), method: "DELETE", path: path.into(), body: None }
    }

    #[test]
    fn what_was_allowed_for_one_file_and_server_is_kept_for_these_alone_until_the_end() {
        let temp = tempfile::tempdir().unwrap();
        let around = Surroundings::new([("XDG_STATE_HOME", temp.path())], temp.path());
        let state = State::begin("https://a.example", &[step("/1"), step("/2")]);
        assert!(state.allows(&[step("/2")]) && state.allows(&[]) && !state.allows(&[step("/3")]));
        state.write(&around, "file").unwrap();
        assert_eq!(State::read(&around, "https://a.example", "file").unwrap(), Some(state.clone()));
        assert_eq!(State::read(&around, "https://b.example", "file").unwrap(), None);
        assert_eq!(State::read(&around, "https://a.example", "other").unwrap(), None);
        state.end(&around, "file").unwrap();
        state.end(&around, "file").unwrap();
        assert_eq!(State::read(&around, "https://a.example", "file").unwrap(), None);
    }

    #[test]
    fn two_never_bring_the_same_file_about() {
        let temp = tempfile::tempdir().unwrap();
        let around = Surroundings::new([("XDG_STATE_HOME", temp.path())], temp.path());
        let lock = Lock::take(&around, "s", "file").unwrap();
        let fault = Lock::take(&around, "s", "file").unwrap_err();
        assert_eq!(fault.message(), "another process brings these prices about");
        Lock::take(&around, "s", "other").unwrap();
        drop(lock);
        Lock::take(&around, "s", "file").unwrap();
    }
}
