//! What went wrong, for the person who holds the key.

use crate::pem::PemFault;
use crate::reference::RefFault;
use std::fmt;
use std::path::Path;

/// Why something was not done, and the one thing to do about it. It never carries any of a private half or a
/// token.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    message: String,
    hint: String,
}

impl Fault {
    /// A fault with what to do about it.
    #[must_use]
    pub fn new(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: hint.to_string() }
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The same, said of something that has a name.
    #[must_use]
    pub fn of(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// What the system would not let us do with a file.
    #[must_use]
    pub fn at(doing: &str, path: &Path, fault: &std::io::Error) -> Self {
        use std::io::ErrorKind::{AlreadyExists, NotFound, PermissionDenied, StorageFull};
        let hint = match fault.kind() {
            NotFound => "check the path; a relative one starts at the current folder",
            PermissionDenied => "run it as the user who owns that place, or give that user the right",
            AlreadyExists => "nothing is ever overwritten: move the old one away, or name another place",
            StorageFull => "make room on that disk, then do it again",
            _ => "mend that, then do it again",
        };
        Self::new(format!("can't {doing} {}: {fault}", path.display()), hint)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.message, self.hint)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<PemFault> for Fault {
    fn from(fault: PemFault) -> Self {
        let mend = fault.mend();
        Self::new(fault, mend)
    }
}

impl From<RefFault> for Fault {
    fn from(fault: RefFault) -> Self {
        Self::new(fault, fault.mend())
    }
}
