//! Finding private halves where they should not be: in files, in archives, in every object of a git history.
//!
//! A hit is a whole private half of P-256 in any form that people and tools give it; it was parsed and its
//! public half derived, so there are no false alarms. Memory stays flat however large the files are.

mod anchors;
mod archive;
mod files;
mod form;
mod git;
mod haul;
mod history;
mod hook;
mod hunt;
mod leaks;
mod origin;
mod other;
mod peel;
mod sarif;
mod source;
#[cfg(test)]
mod tests;

pub use files::Which;
pub use haul::{Finding, Mention};
pub use hook::{Installed, install};
pub use leaks::{LEAKS_AT_A_TIME, Status, Verdict};
pub use sarif::sarif;

use crate::fault::Fault;
use counterfoil_core::half::{PrivateHalf, Thumbprint};
use haul::Searcher;
use std::collections::BTreeMap;
use std::path::Path;

/// A scan that is under way.
pub struct Scan<'w> {
    searcher: Searcher<'w>,
}

/// What a scan found.
pub struct Report {
    /// Each private half that was found, in the order of the places.
    pub findings: Vec<Finding>,
    /// Private keys of other kinds.
    pub others: Vec<Mention>,
    /// What could not be looked at.
    pub unread: Vec<Fault>,
    /// How many bytes were looked at.
    pub bytes: u64,
    halves: BTreeMap<Thumbprint, PrivateHalf>,
}

impl<'w> Scan<'w> {
    /// Begins one. `watch` is told how many bytes were looked at so far.
    pub fn new(watch: &'w mut dyn FnMut(u64)) -> Self {
        Self { searcher: Searcher::new(watch) }
    }

    /// Searches a file, or the files below a folder. A repository without files of its own has none to search.
    ///
    /// # Errors
    /// `path` is not there, or git is needed and fails. What is below and can't be read is in the report.
    pub fn files(&mut self, path: &Path, which: Which) -> Result<(), Fault> {
        files::search(&mut self.searcher, path, which)
    }

    /// Searches every object of the repository that `path` lies in, also those that nothing leads to.
    ///
    /// # Errors
    /// There is no repository, or git could not read all of it.
    pub fn history(&mut self, path: &Path) -> Result<(), Fault> {
        history::search(&mut self.searcher, &git::Git::at(path)?)
    }

    /// Searches what is staged in the repository that `path` lies in.
    ///
    /// # Errors
    /// As [`Self::history`].
    pub fn staged(&mut self, path: &Path) -> Result<(), Fault> {
        history::staged(&mut self.searcher, &git::Git::at(path)?)
    }

    /// Ends it.
    #[must_use]
    pub fn report(self) -> Report {
        let mut haul = self.searcher.haul;
        haul.findings.sort_by(|a, b| a.place().cmp(&b.place()));
        haul.others.sort_by(|a, b| (&a.path, a.line, &a.object).cmp(&(&b.path, b.line, &b.object)));
        Report {
            findings: haul.findings,
            others: haul.others,
            unread: haul.unread,
            bytes: haul.bytes,
            halves: haul.halves,
        }
    }
}

/// Whether `path` lies in a repository that has no files but its history.
///
/// # Errors
/// It lies in none.
pub fn is_bare(path: &Path) -> Result<bool, Fault> {
    git::Git::at(path)?.is_bare()
}

impl Finding {
    fn place(&self) -> (bool, &Option<String>, &Option<String>, Option<u64>, &Option<String>) {
        (self.object.is_some(), &self.path, &self.date, self.line, &self.object)
    }
}

impl Report {
    /// The half of a finding.
    #[must_use]
    pub fn half(&self, thumbprint: &Thumbprint) -> Option<&PrivateHalf> {
        self.halves.get(thumbprint)
    }

    /// The thumbprints of all halves that were found, each once.
    pub fn thumbprints(&self) -> impl Iterator<Item = Thumbprint> {
        self.halves.keys().copied()
    }
}
