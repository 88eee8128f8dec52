//! A file system in memory, as most systems have one mounted; else a file without a name.

use super::{cleaned_by, name_of, no_place, private_folder};
use crate::fault::Fault;
use crate::sources::HeldKey;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create, statfs};
use rustix::io::{FdFlags, fcntl_setfd};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin};

/// What `statfs` says of a file system that lives in memory.
const TMPFS: i64 = 0x0102_1994;
/// What is done once this process is gone.
const CLEAN: &str = "rm -rf -- \"$1\"";

/// A file in a folder of its own.
pub(in crate::exec) struct KeyFile {
    folder: PathBuf,
    name: String,
    /// The file itself where no file system in memory is to be had: a symbolic link leads to it.
    memory: Option<OwnedFd>,
    /// Removes the folder should this process be killed.
    cleaner: Option<(Child, ChildStdin)>,
}

impl KeyFile {
    /// Makes it: in a file system in memory, else as a file without a name, which children inherit.
    pub(in crate::exec) fn make(key: &HeldKey) -> Result<Self, Fault> {
        let pem = key.half.to_pem().map_err(|fault| no_place(&fault))?;
        let name = name_of(key);
        let made = match in_memory() {
            Some(place) => Self::in_folder(&place, name, pem.as_bytes()),
            None => Self::without_name(&std::env::temp_dir(), name, pem.as_bytes()),
        };
        made.map_err(|fault| no_place(&fault))
    }

    /// The folder, for `API_PRIVATE_KEYS_DIR`.
    pub(in crate::exec) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file.
    pub(in crate::exec) fn path(&self) -> PathBuf {
        match &self.memory {
            Some(memory) => of_descriptor(memory),
            None => self.folder.join(&self.name),
        }
    }

    fn in_folder(place: &Path, name: String, pem: &[u8]) -> io::Result<Self> {
        let mut file = Self::begin(place, name)?;
        let mut written =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(file.folder.join(&file.name))?;
        file.cleaner = cleaned_by(CLEAN, &[file.folder.as_os_str()]).ok();
        written.write_all(pem)?;
        Ok(file)
    }

    fn without_name(place: &Path, name: String, pem: &[u8]) -> io::Result<Self> {
        let mut file = Self::begin(place, name)?;
        let memory = memfd_create(file.name.as_str(), MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut writer = fs::File::from(memory);
        writer.write_all(pem)?;
        let memory = OwnedFd::from(writer);
        fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        // The child inherits it.
        fcntl_setfd(&memory, FdFlags::empty())?;
        symlink(of_descriptor(&memory), file.folder.join(&file.name))?;
        file.memory = Some(memory);
        Ok(file)
    }

    fn begin(place: &Path, name: String) -> io::Result<Self> {
        let folder = private_folder(place)?;
        Ok(Self { folder, name, memory: None, cleaner: None })
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(&self.name));
        let _ = fs::remove_dir(&self.folder);
        if let Some((mut child, pipe)) = self.cleaner.take() {
            drop(pipe);
            let _ = child.wait();
        }
    }
}

fn of_descriptor(memory: &OwnedFd) -> PathBuf {
    format!("/proc/self/fd/{}", memory.as_raw_fd()).into()
}

/// A folder on a file system in memory that this user may write to.
fn in_memory() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.into_iter().chain(["/dev/shm".into()]).find(|place| is_tmpfs(place) && is_writable(place))
}

fn is_tmpfs(place: &Path) -> bool {
    statfs(place).is_ok_and(|found| found.f_type == TMPFS)
}

fn is_writable(place: &Path) -> bool {
    rustix::fs::access(place, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use counterfoil_core::half::PrivateHalf;
    use std::os::unix::fs::PermissionsExt;

    fn key() -> HeldKey {
        let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
        HeldKey {
            id: "2X9R4HXF34".try_into().unwrap(),
            issuer: None,
            half,
            file_prefix: Some("ApiKey".into()),
        }
    }

    #[test]
    fn the_file_is_its_owners_alone_and_gone_when_dropped() {
        let temp = tempfile::tempdir().unwrap();
        let key = key();
        let pem = key.half.to_pem().unwrap();
        let name = "ApiKey_2X9R4HXF34.p8".to_owned();
        let file = KeyFile::in_folder(temp.path(), name, pem.as_bytes()).unwrap();
        let (path, folder) = (file.path(), file.folder().to_owned());
        assert_eq!(fs::read_to_string(&path).unwrap(), *pem);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        drop(file);
        assert!(!folder.exists());
    }

    #[test]
    fn where_no_memory_has_names_only_a_link_is_on_the_disk() {
        let temp = tempfile::tempdir().unwrap();
        let pem = key().half.to_pem().unwrap();
        let file =
            KeyFile::without_name(temp.path(), "AuthKey_2X9R4HXF34.p8".into(), pem.as_bytes()).unwrap();
        let link = file.folder().join("AuthKey_2X9R4HXF34.p8");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(link).unwrap(), *pem);
        assert!(file.path().starts_with("/proc/self/fd"));
    }
}
