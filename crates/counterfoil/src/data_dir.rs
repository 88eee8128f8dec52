//! The data directory: for its owner alone, and served by one process at a time.

use crate::problem::{Problem, at_file};
use counterfoil_core::time::Timestamp;
use counterfoil_server::dates;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const LOCK: &str = "serve.lock";

/// Files by which a directory is known to be ours.
const OURS: &[&str] = &["counterfoil.db", "seal.key", LOCK];

/// Makes the directory if it is missing, and sees to it that nobody else can look into it.
pub(crate) fn prepare(dir: &Path) -> Result<(), Problem> {
    match fs::metadata(dir) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => make(dir),
        Err(fault) => Err(at_file("use the data directory", dir, &fault)),
        Ok(found) if !found.is_dir() => {
            Err(Problem::new(format!("{} is not a directory", dir.display()), "name a directory with --data"))
        }
        Ok(found) if found.permissions().mode() & 0o077 == 0 => Ok(()),
        Ok(_) => close_to_others(dir),
    }
}

/// What must be there already for a command that begins nothing.
pub(crate) fn expect_data(dir: &Path) -> Result<(), Problem> {
    match fs::metadata(dir.join("counterfoil.db")) {
        Ok(_) => prepare(dir),
        Err(fault) if fault.kind() == io::ErrorKind::PermissionDenied => {
            Err(at_file("look into", dir, &fault))
        }
        Err(_) => Err(Problem::new(
            format!("there is no Counterfoil data in {}", dir.display()),
            "name its place with --data or --database; `counterfoil serve` or `counterfoil bootstrap` begins anew",
        )),
    }
}

fn make(dir: &Path) -> Result<(), Problem> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|fault| at_file("make the data directory", dir, &fault))
}

/// Only a directory that is empty or ours is changed: a slip such as `--data /tmp` must not shut
/// everybody else out of it.
fn close_to_others(dir: &Path) -> Result<(), Problem> {
    let doing = |fault| at_file("use the data directory", dir, &fault);
    let empty = fs::read_dir(dir).map_err(doing)?.next().is_none();
    let ours = OURS.iter().any(|name| dir.join(name).exists());
    if !empty && !ours {
        return Err(Problem::new(
            format!("{} is open to others and holds other things", dir.display()),
            "name a directory of its own with --data; it is made if it is missing",
        ));
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(doing)
}

/// That this process serves this directory. Ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says which process holds it.
    pub(crate) fn take(dir: &Path, now: Timestamp) -> Result<Self, Problem> {
        let path = dir.join(LOCK);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = file.map_err(|fault| at_file("open", &path, &fault))?;
        match file.try_lock() {
            Ok(()) => write_holder(&mut file, now).map_err(|fault| at_file("write", &path, &fault))?,
            Err(TryLockError::WouldBlock) => return Err(held(dir, &mut file)),
            Err(TryLockError::Error(fault)) => return Err(at_file("lock", &path, &fault)),
        }
        Ok(Self { _file: file })
    }
}

fn write_holder(file: &mut File, now: Timestamp) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {} since {}", std::process::id(), dates::written(now))
}

fn held(dir: &Path, file: &mut File) -> Problem {
    let mut holder = String::new();
    let read = file.read_to_string(&mut holder).map(|_| holder.trim().to_owned());
    let holder = read.ok().filter(|holder| !holder.is_empty()).unwrap_or_else(|| "another process".into());
    Problem::new(
        format!("{} is served already, by {holder}", dir.display()),
        "stop that one first, or name another directory with --data; several servers share a PostgreSQL (--database)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_directory_is_for_its_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("a/b");
        prepare(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
    }

    #[test]
    fn an_open_directory_is_closed_if_it_is_empty_or_ours_and_refused_otherwise() {
        for (content, closed) in [(None, true), (Some("counterfoil.db"), true), (Some("somebody.txt"), false)]
        {
            let temp = tempfile::tempdir().unwrap();
            fs::set_permissions(temp.path(), Permissions::from_mode(0o755)).unwrap();
            if let Some(name) = content {
                fs::write(temp.path().join(name), "").unwrap();
            }
            assert_eq!(prepare(temp.path()).is_ok(), closed, "{content:?}");
            assert_eq!(mode(temp.path()) == 0o700, closed, "{content:?}");
        }
    }

    #[test]
    fn a_second_lock_is_refused_and_names_the_holder() {
        let temp = tempfile::tempdir().unwrap();
        let now = Timestamp::from_seconds(0);
        let first = Lock::take(temp.path(), now).unwrap();
        let refused = Lock::take(temp.path(), now).unwrap_err();
        let holder = format!("process {} since 1970-01-01T00:00:00Z", std::process::id());
        assert!(refused.message().contains(&holder), "{}", refused.message());
        drop(first);
        Lock::take(temp.path(), now).unwrap();
        assert_eq!(mode(&temp.path().join(LOCK)), 0o600);
    }
}
