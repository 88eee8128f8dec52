//! Where what was found came in: the first commit that has it, its path there, and when its author wrote it.
//!
//! Asked only when something was found: one pass over all commits, also those that nothing leads to any more.

use super::git::{Git, Input};
use super::haul::Finding;
use crate::fault::Fault;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};

/// What is known of where an object came in.
struct Origin {
    commit: String,
    path: Option<String>,
    date: String,
}

/// Fills in path, commit and date of findings in objects.
pub(super) fn trace(git: &Git, findings: &mut [Finding]) -> Result<(), Fault> {
    let mut origins: HashMap<String, Option<Origin>> =
        findings.iter().filter_map(|finding| Some((finding.object.clone()?, None))).collect();
    if origins.is_empty() {
        return Ok(());
    }
    read(git, &mut origins)?;
    for finding in findings {
        let origin = finding.object.as_ref().and_then(|object| origins.get(object)?.as_ref());
        if let Some(origin) = origin {
            let members = finding.path.take().unwrap_or_default();
            finding.path = origin.path.as_ref().map(|path| format!("{path}{members}"));
            finding.key_id = finding.path.as_deref().and_then(super::haul::id_of_name).or(finding.key_id);
            finding.commit = Some(origin.commit.clone());
            finding.date = Some(origin.date.clone());
        }
    }
    Ok(())
}

fn read(git: &Git, origins: &mut HashMap<String, Option<Origin>>) -> Result<(), Fault> {
    let check = "--batch-check=%(objecttype) %(objectname)";
    let listed = git.output(&["cat-file", "--batch-all-objects", "--unordered", check])?;
    let commits = listed.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"commit "));
    let mut names = Vec::new();
    for name in commits {
        names.extend_from_slice(name);
        names.push(b'\n');
    }
    if names.is_empty() {
        return Ok(());
    }
    let log = [
        "log",
        "--stdin",
        "--date-order",
        "--reverse",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-m",
        "--root",
        "--no-show-signature",
        "--no-notes",
        "--no-mailmap",
        "--format=commit %H %aI",
    ];
    let mut reading = git.reading(&log, Input::Text(names))?;
    let mut commit = None;
    for line in BufReader::new(reading.output()?).split(b'\n') {
        let line =
            line.map_err(|fault| Fault::new(format!("git can't be read: {fault}"), "run it once more"))?;
        let line = String::from_utf8_lossy(&line);
        if let Some(head) = line.strip_prefix("commit ") {
            commit = Commit::of(head);
            commit.iter().for_each(|commit| commit.brings(origins, &commit.name, None));
        } else if let (Some(commit), Some((object, path))) = (&commit, brought(&line)) {
            commit.brings(origins, object, Some(path));
        }
    }
    reading.end()
}

struct Commit {
    name: String,
    date: String,
}

impl Commit {
    fn of(head: &str) -> Option<Self> {
        let (name, date) = head.split_once(' ')?;
        Some(Self { name: name.to_owned(), date: date.to_owned() })
    }

    /// Parents come before their children, so the first that brings an object is where it came in.
    fn brings(&self, origins: &mut HashMap<String, Option<Origin>>, object: &str, path: Option<&str>) {
        let Some(origin @ None) = origins.get_mut(object) else { return };
        *origin = Some(Origin {
            commit: self.name.clone(),
            path: path.map(str::to_owned),
            date: self.date.clone(),
        });
    }
}

/// `:100644 100644 OLD NEW M<tab>path`: the object that is there now, and where.
fn brought(line: &str) -> Option<(&str, &str)> {
    let (entry, path) = line.strip_prefix(':')?.split_once('\t')?;
    Some((entry.split(' ').nth(3)?, path))
}
