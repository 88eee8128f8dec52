//! Every snapshot is looked at by a test; one that is not pins nothing.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::Runner;

/// Collects which snapshots the tests of one run look at. insta appends each to a file that a variable names.
pub(crate) struct References {
    file: PathBuf,
}

impl References {
    /// The file is made by the first test that looks at a snapshot, and removed when we end.
    pub(crate) fn start(runner: &Runner) -> Self {
        let file = env::temp_dir().join(format!("counterfoil-snapshots-{}", std::process::id()));
        let _ = fs::remove_file(&file);
        runner.guard().sweep(&file);
        Self { file }
    }

    /// Has the tests of this command write there, and takes away what would make insta accept anything.
    pub(crate) fn collect_in(&self, command: &mut Command) {
        command.env("INSTA_SNAPSHOT_REFERENCES_FILE", &self.file);
        command.env_remove("INSTA_FORCE_PASS").env_remove("INSTA_UPDATE");
    }

    /// An error if a snapshot was not looked at, or waits to be reviewed.
    pub(crate) fn check(&self, runner: &Runner) -> Result<(), String> {
        let references = fs::read_to_string(&self.file).unwrap_or_default();
        let mut git = Command::new("git");
        // No --exclude-standard: snapshots that wait are ignored by git.
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude=/target",
            "--",
            "*.snap",
            "*.snap.new",
        ]);
        let files = runner.output(&mut git)?;
        let files =
            files.split_terminator('\0').map(|path| runner.root().join(path)).filter(|path| path.is_file());
        let violations = violations(&files.collect::<Vec<_>>(), &references);
        if violations.is_empty() { Ok(()) } else { Err(violations.join("\n")) }
    }
}

fn violations(files: &[PathBuf], references: &str) -> Vec<String> {
    let looked_at: BTreeSet<_> = references.lines().map(|line| resolved(Path::new(line))).collect();
    let violation = |file: &PathBuf| {
        let waits = file.extension().is_some_and(|extension| extension == "new");
        let shown = file.display();
        match waits {
            true => Some(format!("{shown} waits for a review: rename it to .snap or delete it")),
            false if looked_at.contains(&resolved(file)) => None,
            false => Some(format!("no test looks at {shown}: delete it")),
        }
    };
    files.iter().filter_map(violation).collect()
}

fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_no_test_looks_at_is_found() {
        let files = ["/nowhere/a.snap", "/nowhere/b.snap"].map(PathBuf::from);
        assert_eq!(violations(&files, "/nowhere/a.snap\n"), ["no test looks at /nowhere/b.snap: delete it"]);
        assert_eq!(violations(&files, "/nowhere/b.snap\n/nowhere/a.snap\n"), Vec::<String>::new());
    }

    #[test]
    fn a_snapshot_that_waits_is_found_even_if_a_test_looked_at_it() {
        let files = [PathBuf::from("/nowhere/a.snap.new")];
        let expected = "/nowhere/a.snap.new waits for a review: rename it to .snap or delete it";
        assert_eq!(violations(&files, "/nowhere/a.snap.new"), [expected]);
    }
}
