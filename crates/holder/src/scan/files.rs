//! The files below a folder.

use super::git::Git;
use super::haul::{Searcher, Whence};
use crate::fault::Fault;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Which files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All there are, also those that git ignores: that is where keys lie about.
    All,
    /// Those that git tracks.
    Tracked,
}

/// Searches the files at and below `path`. Links are not followed, but for `path` itself.
pub(super) fn search(searcher: &mut Searcher<'_>, path: &Path, which: Which) -> Result<(), Fault> {
    let kind = fs::metadata(path).map_err(|fault| Fault::at("read", path, &fault))?;
    if !kind.is_dir() {
        file(searcher, path);
        return Ok(());
    }
    match which {
        Which::All => folder(searcher, path),
        Which::Tracked => tracked(searcher, path)?,
    }
    Ok(())
}

/// In the order of their names, so that two scans of the same files say the same.
fn folder(searcher: &mut Searcher<'_>, path: &Path) {
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        match sorted(&path) {
            Ok(entries) => {
                for (entry, is_folder) in entries {
                    if is_folder { waiting.push(entry) } else { file(searcher, &entry) }
                }
            }
            Err(fault) => unread(searcher, &path, &fault),
        }
    }
}

/// Plain files and folders, folders in reverse: they are taken from the end. What git keeps for itself is history.
fn sorted(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() {
            files.push((plain(entry.path()), false));
        } else if kind.is_dir() && entry.file_name() != ".git" {
            folders.push((plain(entry.path()), true));
        }
    }
    files.sort();
    folders.sort_by(|a, b| b.cmp(a));
    files.append(&mut folders);
    Ok(files)
}

/// Without the `./` that nobody typed.
fn plain(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
}

fn tracked(searcher: &mut Searcher<'_>, path: &Path) -> Result<(), Fault> {
    let listed = Git::at(path)?.output(&["ls-files", "-z"])?;
    for name in listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let file_path = plain(path.join(os_path(name)));
        if fs::symlink_metadata(&file_path).is_ok_and(|kind| kind.is_file()) {
            file(searcher, &file_path);
        }
    }
    Ok(())
}

#[cfg(unix)]
fn os_path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn os_path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

fn file(searcher: &mut Searcher<'_>, path: &Path) {
    let whence = || Whence { path: Some(path.display().to_string()), object: None };
    let searched = File::open(path).and_then(|mut file| {
        let kind = file.metadata()?;
        if kind.is_file() { searcher.stream(&mut file, kind.len(), &whence) } else { Ok(()) }
    });
    if let Err(fault) = searched {
        unread(searcher, path, &fault);
    }
}

/// What vanished in the meantime holds nothing any more.
fn unread(searcher: &mut Searcher<'_>, path: &Path, fault: &io::Error) {
    if fault.kind() != io::ErrorKind::NotFound {
        searcher.haul.unread.push(Fault::at("read", path, fault));
    }
}
