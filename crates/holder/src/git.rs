//! The program `git`, in a repository for which nobody vouches.
//!
//! A folder that was unpacked, copied or cloned by somebody else may bring its own `.git/config`, and that may name
//! programs for git to run and places to fetch from. What reading could run is set aside here, and nothing is fetched.

use std::path::Path;
use std::process::{Command, Stdio};

/// What holds for every command, whatever the repository says.
const SETTINGS: [&str; 6] =
    ["-c", "core.quotePath=false", "-c", "core.fsmonitor=", "-c", "log.showSignature=false"];

/// `git` in `folder`, still without what it is to do.
pub(crate) fn git_in(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(SETTINGS);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
    command.stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::{self, Means};
    use crate::reference::Ref;
    use crate::scan::{Scan, Which};
    use crate::surroundings::Surroundings;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    /// A repository whose settings have git run a program that leaves a mark.
    struct Hostile {
        folder: tempfile::TempDir,
        mark: PathBuf,
    }

    impl Hostile {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (program, mark) = (folder.path().join("program"), folder.path().join("mark"));
            fs::write(&program, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", mark.display())).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            let hostile = Self { folder, mark };
            fs::create_dir(hostile.repository()).unwrap();
            hostile.git(&["init", "-q"]);
            fs::write(hostile.repository().join("file"), "one").unwrap();
            hostile.git(&["add", "file"]);
            hostile.git(&["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "one"]);
            fs::write(hostile.repository().join("file"), "two").unwrap();
            let program = program.display().to_string();
            for setting in ["core.fsmonitor", "diff.external", "gpg.program", "core.pager"] {
                hostile.git(&["config", setting, &program]);
            }
            hostile.git(&["ls-files"]);
            assert!(hostile.mark.exists(), "git itself runs it");
            fs::remove_file(&hostile.mark).unwrap();
            hostile
        }

        fn repository(&self) -> PathBuf {
            self.folder.path().join("repository")
        }

        fn git(&self, arguments: &[&str]) {
            let done = Command::new("git").arg("-C").arg(self.repository()).args(arguments).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        }
    }

    #[test]
    fn no_program_that_a_repository_names_is_run_by_looking_through_it() {
        let hostile = Hostile::new();
        let mut watch = |_| {};
        let mut scan = Scan::new(&mut watch);
        let repository = hostile.repository();
        scan.files(&repository, Which::Tracked).unwrap();
        scan.staged(&repository).unwrap();
        scan.history(&repository).unwrap();
        crate::scan::is_bare(&repository).unwrap();
        assert!(!hostile.mark.exists());
    }

    #[test]
    fn nor_by_taking_a_key_that_lies_in_it() {
        let hostile = Hostile::new();
        let path = hostile.repository().join("a.p8");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let surroundings = Surroundings::new([("HOME", "/")], hostile.folder.path());
        let nobody = |_: &str| Ok(zeroize::Zeroizing::new(String::new()));
        let (reference, means) = (Ref::File(path), Means::new(&surroundings, &nobody));
        let kept = custody::open(&reference, &means).unwrap().get().unwrap();
        assert_eq!(kept.warnings.len(), 1, "git was asked");
        assert!(!hostile.mark.exists());
    }
}
