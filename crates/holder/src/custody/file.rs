//! `file:PATH`, and how files that keep halves are written.

use super::{Existing, Kept, Store, another_is_there};
use crate::fault::Fault;
use crate::git::git_in;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use zeroize::Zeroizing;

/// More than any form of a private half takes.
const LIMIT: usize = 64 * 1024;

pub(super) struct File {
    path: PathBuf,
}

impl File {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Store for File {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let Some(bytes) = read(&self.path)? else { return Ok(None) };
        Ok(Some(Kept { bytes, warnings: warnings(&self.path) }))
    }

    fn get(&self) -> Result<Kept, Fault> {
        self.find()?.ok_or_else(|| Fault::at("read", &self.path, &ErrorKind::NotFound.into()))
    }

    fn put(&self, pem: &str) -> Result<(), Fault> {
        match self.find()? {
            Some(kept) if super::is_same(&kept, pem) => self.replace(pem),
            Some(_) => Err(another_is_there()),
            None => write(&self.path, pem.as_bytes(), Existing::Stays),
        }
    }

    fn replace(&self, pem: &str) -> Result<(), Fault> {
        write(&self.path, pem.as_bytes(), Existing::IsReplaced)
    }

    fn remove(&self) -> Result<(), Fault> {
        remove(&self.path)
    }
}

/// What is in the file; nothing, if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let at = |fault: &io::Error| Fault::at("read", path, fault);
    let file = match fs::File::open(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|fault| at(&fault))?,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    file.take(LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(|fault| at(&fault))?;
    Ok(Some(bytes))
}

/// Writes a file for its owner alone: whole under another name first, then under its own, so that a crash leaves
/// either the old one or the new one. A link is never followed.
pub(super) fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Fault> {
    let at = |fault: &io::Error| Fault::at("write", path, fault);
    if fs::symlink_metadata(path).is_ok_and(|kind| kind.is_symlink()) {
        return Err(Fault::new(
            format!("{} is a link, and private halves are not written through links", path.display()),
            "name the file that it leads to",
        ));
    }
    let name = path.file_name().ok_or_else(|| at(&ErrorKind::InvalidInput.into()))?;
    let aside = path.with_file_name(format!(".{}.{}.partial", name.display(), std::process::id()));
    let written = whole(&aside, bytes).and_then(|()| match existing {
        Existing::IsReplaced => fs::rename(&aside, path),
        Existing::Stays => named(&aside, path),
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.and_then(|()| folder_synced(path)).map_err(|fault| at(&fault))
}

pub(super) fn remove(path: &Path) -> Result<(), Fault> {
    fs::remove_file(path)
        .and_then(|()| folder_synced(path))
        .map_err(|fault| Fault::at("remove", path, &fault))
}

fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A hard link never takes the place of another file, as a rename would. Not every file system has them.
fn named(aside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(aside, path) {
        Ok(()) => fs::remove_file(aside),
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists || path.exists() => Err(fault),
        Err(_) => fs::rename(aside, path),
    }
}

#[cfg(unix)]
fn folder_synced(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn folder_synced(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What is wrong with where the file is.
fn warnings(path: &Path) -> Vec<Fault> {
    let others = can_be_read_by_others(path).then(|| {
        Fault::new(
            format!("others on this machine can read {}", path.display()),
            format!("chmod 600 {}", as_word(path)),
        )
    });
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let synced = synced_by(&whole).map(|service| {
        Fault::new(
            format!("{} is in a folder that {service} copies to its servers", path.display()),
            "keep it in a keyring or another store: `counterfoil custody copy FROM TO`",
        )
    });
    let tracked = in_git(&whole);
    [others, synced, tracked].into_iter().flatten().collect()
}

/// A path as a shell takes it for one word, whatever its name: it is there to be pasted.
fn as_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+=@:,~".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(unix)]
fn can_be_read_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|kind| kind.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn can_be_read_by_others(_: &Path) -> bool {
    false
}

/// Who copies the folder elsewhere, by its name.
fn synced_by(path: &Path) -> Option<&'static str> {
    let folders = path.parent()?.components().map(|part| part.as_os_str().to_string_lossy());
    folders.into_iter().find_map(|name| {
        let is = |service: &str| name.starts_with(service);
        match &*name {
            "Mobile Documents" | "iCloud Drive" | "iCloudDrive" => Some("iCloud"),
            "Google Drive" | "GoogleDrive" | "My Drive" => Some("Google Drive"),
            "Nextcloud" | "ownCloud" => Some("Nextcloud"),
            _ if is("GoogleDrive-") => Some("Google Drive"),
            _ if is("Dropbox") => Some("Dropbox"),
            _ if is("OneDrive") => Some("OneDrive"),
            "Box" | "Box Sync" => Some("Box"),
            _ => None,
        }
    })
}

/// Whether git would take the file along: it lies in a repository and is not ignored.
fn in_git(path: &Path) -> Option<Fault> {
    let folder = path.parent()?;
    folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let mut git = git_in(folder);
    git.args(["check-ignore", "-q", "--"]).arg(path);
    git.stdout(Stdio::null()).stderr(Stdio::null());
    // 1: not ignored; anything else but 0: nobody can say.
    (git.status().ok()?.code() == Some(1)).then(|| {
        Fault::new(
            format!("{} lies in a git repository, which does not ignore it", path.display()),
            "move it out of there, or add it to .gitignore; `counterfoil scan --history` tells whether it is in",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_its_owners_alone_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.p8");
        for (bytes, existing) in [(b"one", Existing::Stays), (b"two", Existing::IsReplaced)] {
            write(&path, bytes, existing).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(write(&path, b"three", Existing::Stays).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a.p8"]);
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("target"), "old").unwrap();
        symlink("target", folder.path().join("link")).unwrap();
        for existing in [Existing::Stays, Existing::IsReplaced] {
            assert!(write(&folder.path().join("link"), b"new", existing).is_err());
        }
        assert_eq!(fs::read(folder.path().join("target")).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["link", "target"]);
    }

    #[test]
    fn files_that_others_can_read_or_that_are_copied_elsewhere_are_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        for (below, mode, expected) in [
            ("plain", 0o600, None),
            ("plain", 0o644, Some("chmod 600 ")),
            ("Dropbox (Team)/keys", 0o600, Some("keyring")),
            ("Library/Mobile Documents/x", 0o600, Some("keyring")),
            ("OneDrive - Company", 0o600, Some("keyring")),
            ("GoogleDrive-a@b.c/My Drive", 0o600, Some("keyring")),
        ] {
            let path = folder.path().join(below);
            fs::create_dir_all(&path).unwrap();
            let path = path.join("a.p8");
            fs::write(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let hints: Vec<_> = warnings(&path).iter().map(|fault| fault.hint().to_owned()).collect();
            assert_eq!(hints.len(), usize::from(expected.is_some()), "{hints:?}");
            assert!(expected.is_none_or(|part| hints[0].contains(part)), "{hints:?}");
        }
    }

    #[test]
    fn a_path_that_is_pasted_into_a_shell_is_one_word() {
        for (path, word) in [
            ("/keys/AuthKey_2X9R4HXF34.p8", "/keys/AuthKey_2X9R4HXF34.p8"),
            ("a key.p8", "'a key.p8'"),
            ("x;rm -rf ~", "'x;rm -rf ~'"),
            ("it's $(id).p8", r"'it'\''s $(id).p8'"),
        ] {
            assert_eq!(as_word(Path::new(path)), word);
        }
    }

    #[test]
    fn files_that_git_would_take_along_are_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let git = Command::new("git").arg("-C").arg(folder.path()).args(["init", "-q"]).status().unwrap();
        assert!(git.success());
        write(&folder.path().join("a.p8"), b"x", Existing::Stays).unwrap();
        assert_eq!(warnings(&folder.path().join("a.p8")).len(), 1);
        fs::write(folder.path().join(".gitignore"), "*.p8\n").unwrap();
        assert_eq!(warnings(&folder.path().join("a.p8")), []);
    }
}
