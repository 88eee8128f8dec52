//! A disk in memory of its own: macOS mounts none by itself.

use super::{cleaned_by, name_of, no_place, private_folder};
use crate::fault::Fault;
use crate::sources::HeldKey;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A megabyte, in blocks of 512 bytes: less than that has no room for a file system.
const SIZE: &str = "ram://2048";
/// What is done once this process is gone: the disk is taken away with what is on it, then the folder.
const CLEAN: &str = "hdiutil detach -quiet -force \"$1\"; rmdir \"$2\"; rmdir \"$3\"";

/// A file on the disk, which is mounted in a folder for its owner alone: on such a disk everybody is the owner.
pub(in crate::exec) struct KeyFile {
    mounted: PathBuf,
    name: String,
    /// Takes the disk away, whatever ends this process.
    cleaner: Option<(Child, ChildStdin)>,
}

impl KeyFile {
    /// Makes it.
    pub(in crate::exec) fn make(key: &HeldKey) -> Result<Self, Fault> {
        let pem = key.half.to_pem().map_err(|fault| no_place(&fault))?;
        Self::on_a_disk(name_of(key), pem.as_bytes()).map_err(|fault| no_place(&fault))
    }

    /// The folder, for `API_PRIVATE_KEYS_DIR`.
    pub(in crate::exec) fn folder(&self) -> &Path {
        &self.mounted
    }

    /// The file.
    pub(in crate::exec) fn path(&self) -> PathBuf {
        self.mounted.join(&self.name)
    }

    fn on_a_disk(name: String, pem: &[u8]) -> io::Result<Self> {
        let folder = private_folder(&std::env::temp_dir())?;
        let mounted = folder.join("keys");
        fs::create_dir(&mounted)?;
        let disk = said_by("hdiutil", &["attach", "-nomount", SIZE].map(OsStr::new))?.trim().to_owned();
        let gone = [OsStr::new(&disk), mounted.as_os_str(), folder.as_os_str()];
        // From here on the cleaner takes everything away, whatever fails.
        let file = Self { cleaner: Some(cleaned_by(CLEAN, &gone)?), mounted: mounted.clone(), name };
        said_by("newfs_hfs", &[OsStr::new(&disk)])?;
        let mount = ["mount", "nobrowse", "-mountPoint"].map(OsStr::new);
        said_by("diskutil", &[&mount[..], &[mounted.as_os_str(), OsStr::new(&disk)]].concat())?;
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file.path())?.write_all(pem)?;
        Ok(file)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        if let Some((mut child, pipe)) = self.cleaner.take() {
            drop(pipe);
            let _ = child.wait();
        }
    }
}

fn said_by(program: &str, arguments: &[&OsStr]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
