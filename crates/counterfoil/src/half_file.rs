//! Files for private halves. A half can be taken once, so its file is there, and has room, before it is.

use crate::problem::{Problem, at_file};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// More than a private half in PEM takes.
const ROOM: [u8; 4096] = [b'\n'; 4096];

/// Makes the directory that halves go to, if it is missing.
pub(crate) fn prepare(dir: &Path) -> Result<(), Problem> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|fault| at_file("make the directory", dir, &fault))
}

/// A place for one private half: a file of another name, for its owner alone, with room on the disk.
#[derive(Debug)]
pub(crate) struct Reserved {
    file: File,
    path: PathBuf,
    is_filled: bool,
}

impl Reserved {
    /// Makes the file before anything is taken: a missing right or a full disk shows now.
    pub(crate) fn make(dir: &Path, name: &str) -> Result<Self, Problem> {
        let path = dir.join(format!(".{name}.{}.partial", std::process::id()));
        let reserved = || -> io::Result<Self> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(&ROOM)?;
            file.sync_all()?;
            Ok(Self { file, path: path.clone(), is_filled: false })
        };
        reserved().map_err(|fault| at_file("make room for a private half in", dir, &fault))
    }

    /// Writes the half and gives the file its name; a file that has that name already stays. A half
    /// that was written but could not be named is kept where it is, since it can't be taken again.
    pub(crate) fn fill(mut self, half: &str, name: &str) -> Result<PathBuf, Problem> {
        let target = self.path.with_file_name(name);
        self.write(half).map_err(|fault| {
            Problem::new(
                format!("the private half could not be written to {}: {fault}", self.path.display()),
                "it can be downloaded only once, so it is lost: revoke this key and generate a new one",
            )
        })?;
        self.is_filled = true;
        match self.rename(&target) {
            Ok(()) => Ok(target),
            Err(fault) => Err(Problem::new(
                format!("{} can't be made: {fault}", target.display()),
                format!("the private half is in {}; move it where it belongs", self.path.display()),
            )),
        }
    }

    fn write(&mut self, half: &str) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(half.as_bytes())?;
        self.file.set_len(half.len() as u64)?;
        self.file.sync_all()
    }

    /// A hard link never takes the place of another file, as a rename would. Not every file system
    /// has them.
    fn rename(&self, target: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, target) {
            Ok(()) => fs::remove_file(&self.path)?,
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists || target.exists() => {
                return Err(fault);
            }
            Err(_) => fs::rename(&self.path, target)?,
        }
        target.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    }
}

/// What was not filled is of no use to anybody.
impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.is_filled {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(dir: &Path) -> Vec<String> {
        let entries =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.collect()
    }

    #[test]
    fn a_half_lies_whole_and_alone_in_a_file_for_its_owner() {
        let temp = tempfile::tempdir().unwrap();
        let path = Reserved::make(temp.path(), "half").unwrap().fill("the half\n", "AuthKey_X.p8").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the half\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(temp.path()), ["AuthKey_X.p8"]);
    }

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("AuthKey_X.p8"), "older").unwrap();
        let refused = Reserved::make(temp.path(), "half").unwrap().fill("newer", "AuthKey_X.p8");
        let hint = refused.unwrap_err().hint().to_owned();
        assert_eq!(fs::read_to_string(temp.path().join("AuthKey_X.p8")).unwrap(), "older");
        let kept = names(temp.path()).into_iter().find(|name| name.ends_with(".partial")).unwrap();
        assert!(hint.contains(&kept), "{hint}");
        assert_eq!(fs::read_to_string(temp.path().join(kept)).unwrap(), "newer");
    }

    #[test]
    fn what_is_not_filled_leaves_nothing_behind() {
        let temp = tempfile::tempdir().unwrap();
        drop(Reserved::make(temp.path(), "half").unwrap());
        assert_eq!(names(temp.path()), [""; 0]);
    }
}
