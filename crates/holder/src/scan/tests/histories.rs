//! Repositories: what their history holds, what is staged, and the hook.

use super::{Written, half, places, scanned, zipped};
use crate::scan::{Installed, Report, Scan, Which, install, is_bare};
use counterfoil_core::id::KeyId;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn history(path: &Path) -> Report {
    let mut watch = |_| ();
    let mut scan = Scan::new(&mut watch);
    scan.history(path).unwrap();
    scan.report()
}

/// A repository in a folder of its own.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-C", self.path().to_str().unwrap(), "-c", "user.name=A", "-c", "user.email=a@b.c"])
            .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+01:00")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Commits a file and says the commit's name.
    fn commit(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(name, bytes);
        self.git(&["add", "-f", name]);
        self.git(&["commit", "-q", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Path, commit, date and form of each finding.
type Origins = Vec<(Option<String>, Option<String>, Option<String>)>;

fn origins(report: &Report) -> Origins {
    report.findings.iter().map(|it| (it.path.clone(), it.commit.clone(), it.date.clone())).collect()
}

fn date() -> Option<String> {
    Some("2026-01-02T03:04:05+01:00".to_owned())
}

#[test]
fn a_half_in_the_history_is_found_with_the_commit_that_brought_it_in() {
    for packed in [false, true] {
        let (repository, half) = (Repository::new(), half());
        repository.commit("readme", "nothing");
        let commit = repository.commit("AuthKey_2X9R4HXF34.p8", half.to_pem().unwrap().as_bytes());
        repository.commit("other", "more");
        repository.git(&["mv", "AuthKey_2X9R4HXF34.p8", "moved"]);
        repository.git(&["commit", "-q", "-m", "moved"]);
        repository.git(&["rm", "-q", "moved"]);
        repository.git(&["commit", "-q", "-m", "gone"]);
        if packed {
            repository.git(&["gc", "-q"]);
        }
        assert_eq!(scanned(repository.path()).findings, []);
        let report = history(repository.path());
        assert_eq!(origins(&report), [(Some("AuthKey_2X9R4HXF34.p8".into()), Some(commit), date())]);
        assert_eq!(report.findings[0].key_id, Some(KeyId::try_from("2X9R4HXF34").unwrap()));
        assert_eq!(report.findings[0].line, Some(1));
    }
}

#[test]
fn stashes_other_branches_notes_tags_messages_and_what_nothing_leads_to_count() {
    let repository = Repository::new();
    repository.commit("readme", "nothing");
    let halves: Vec<_> = (0..6).map(|_| half()).collect();
    let text = |number: usize| halves[number].to_pem().unwrap();
    // A stash.
    repository.write("readme", text(0).as_bytes());
    repository.git(&["stash", "-q"]);
    // A branch that was deleted, and whose commit nothing leads to.
    repository.git(&["checkout", "-q", "-b", "gone"]);
    repository.commit("lost", text(1).as_bytes());
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["branch", "-q", "-D", "gone"]);
    repository.git(&[
        "reflog",
        "expire",
        "--expire=now",
        "--expire-unreachable=now",
        "HEAD",
        "refs/heads/main",
    ]);
    // An object that no commit has.
    let loose = repository.write("loose", text(2).as_bytes());
    repository.git(&["hash-object", "-w", loose.to_str().unwrap()]);
    // Words.
    repository.git(&["commit", "-q", "--allow-empty", "-m", &format!("see\n\n{}", *text(3))]);
    repository.git(&["tag", "-a", "v1", "-m", &text(4)]);
    repository.git(&["notes", "add", "-m", &text(5)]);
    let report = history(repository.path());
    let found: std::collections::BTreeSet<_> = report.thumbprints().collect();
    assert_eq!(found, halves.iter().map(|half| half.public().thumbprint()).collect());
    let of = |number: usize| {
        let thumbprint = halves[number].public().thumbprint();
        report.findings.iter().find(|it| it.thumbprint == thumbprint).unwrap()
    };
    assert_eq!((of(0).path.as_deref(), of(0).commit.is_some()), (Some("readme"), true));
    assert_eq!((of(1).path.as_deref(), of(1).commit.is_some()), (Some("lost"), true));
    assert_eq!((of(2).path.as_deref(), of(2).commit.is_some(), of(2).object.is_some()), (None, false, true));
    assert_eq!((of(3).path.as_deref(), of(3).commit.clone()), (None, of(3).object.clone()));
    assert!(of(4).object.is_some());
    assert!(of(5).commit.is_some());
}

#[test]
fn archives_and_large_files_in_the_history_are_looked_into() {
    let (repository, half) = (Repository::new(), half());
    let zip = zipped(&[("a/b.p8", half.to_pem().unwrap().as_bytes(), Written::Deflated)]);
    repository.commit("app.zip", &zip);
    let mut large = vec![b'\n'; 3 << 20];
    large.extend_from_slice(half.to_pem().unwrap().as_bytes());
    repository.commit("large", &large);
    let report = history(repository.path());
    assert_eq!(
        places(&report, repository.path(), &half),
        [("app.zip!/a/b.p8".into(), 1, "pem".into()), ("large".into(), (3 << 20) + 1, "pem".into()),]
    );
}

#[test]
fn only_what_is_staged_is_looked_at_for_a_commit() {
    let (repository, half) = (Repository::new(), half());
    let staged = |repository: &Repository| {
        let mut watch = |_| ();
        let mut scan = Scan::new(&mut watch);
        scan.staged(repository.path()).unwrap();
        scan.report().findings.into_iter().map(|it| it.path.unwrap()).collect::<Vec<_>>()
    };
    repository.write("a b", half.to_pem().unwrap().as_bytes());
    assert_eq!(staged(&repository), [""; 0]);
    repository.git(&["add", "a b"]);
    repository.write("a b", "cleaned, but not staged");
    assert_eq!(staged(&repository), ["a b"], "also before the first commit");
    repository.git(&["commit", "-q", "-m", "oh"]);
    assert_eq!(staged(&repository), [""; 0]);
}

#[test]
fn ignored_files_are_looked_at_unless_only_tracked_ones_are_wanted() {
    let (repository, half) = (Repository::new(), half());
    repository.commit(".gitignore", "*.p8\n");
    repository.commit("tracked", half.to_pem().unwrap().as_bytes());
    repository.write("a.p8", half.to_pem().unwrap().as_bytes());
    let found = |which: Which| {
        let mut watch = |_| ();
        let mut scan = Scan::new(&mut watch);
        scan.files(repository.path(), which).unwrap();
        places(&scan.report(), repository.path(), &half)
            .into_iter()
            .map(|(path, _, _)| path)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(Which::All), ["a.p8", "tracked"]);
    assert_eq!(found(Which::Tracked), ["tracked"]);
}

#[test]
fn the_history_of_no_repository_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = |_| ();
    assert!(Scan::new(&mut watch).history(folder.path()).is_err());
    assert!(is_bare(folder.path()).is_err());
}

#[test]
fn a_hook_is_written_once_and_never_over_another() {
    let repository = Repository::new();
    let hook = repository.path().join(".git/hooks/pre-commit");
    assert_eq!(install(repository.path()).unwrap(), Installed::Now(hook.clone()));
    assert_eq!(install(repository.path()).unwrap(), Installed::Already(hook.clone()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&hook).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o755);
    fs::write(&hook, "#!/bin/sh\nexec make lint\n").unwrap();
    let fault = install(repository.path()).unwrap_err();
    assert!(fault.hint().contains("counterfoil scan --staged"), "{fault:?}");
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexec make lint\n");
}
