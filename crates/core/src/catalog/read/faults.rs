//! The faults of a catalog, and where in its text they are.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// A fault of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFault {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What is wrong there, and what would be right.
    pub message: String,
}

impl fmt::Display for CatalogFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Every fault of a catalog, in the order of its text. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFaults(Vec<CatalogFault>);

impl CatalogFaults {
    /// The faults.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &CatalogFault> {
        self.0.iter()
    }
}

impl fmt::Display for CatalogFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            write!(out, "{}{fault}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogFaults {}

/// Gathers faults while a text is read.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: RefCell<Vec<(usize, String)>>,
}

impl<'t> Faults<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: RefCell::default() }
    }

    pub(super) fn add(&self, span: Range<usize>, message: impl Into<String>) {
        self.found.borrow_mut().push((span.start, message.into()));
    }

    pub(super) fn are_none(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The line that `span` begins on, from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.place(span.start).0
    }

    /// What was read, if there was no fault.
    pub(super) fn none_or<T>(&self, read: Option<T>) -> Result<T, CatalogFaults> {
        let mut found = self.found.take();
        found.sort_by_key(|(at, _)| *at);
        match read {
            Some(read) if found.is_empty() => Ok(read),
            _ => Err(CatalogFaults(found.into_iter().map(|(at, message)| self.fault(at, message)).collect())),
        }
    }

    fn fault(&self, at: usize, message: String) -> CatalogFault {
        let (line, column) = self.place(at);
        CatalogFault { line, column, message }
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, last_line.chars().count() + 1)
    }
}
