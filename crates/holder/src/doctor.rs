//! Why a key or a token does not work: one check for each cause, each with what was found, what was expected, and the
//! one thing to do.

mod answers;
mod offline;
mod online;
mod told;

pub use answers::{Refused, reasons};
pub use offline::{Examined, examine_key};
pub(crate) use online::diagnosed;
pub use online::{Meant, Online, examine_online};
pub use told::examine_token;

use crate::fault::Fault;
use serde::{Deserialize, Serialize};

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// Whether it is as it must be; `None` where it could not be told or does not apply.
    pub ok: Option<bool>,
    /// What there is.
    pub found: String,
    /// What would be right.
    pub expected: String,
    /// The one thing to do.
    pub hint: Option<String>,
}

impl Check {
    /// As it must be.
    #[must_use]
    pub fn good(name: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { name: name.into(), ok: Some(true), found: found.into(), expected: expected.into(), hint: None }
    }

    /// Wrong.
    #[must_use]
    pub fn bad(
        name: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { ok: Some(false), hint: Some(hint.into()), ..Self::good(name, found, expected) }
    }

    /// Not to be told, or of no account.
    #[must_use]
    pub fn open(name: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { ok: None, ..Self::good(name, found, expected) }
    }

    /// What a fault says of it.
    #[must_use]
    pub fn of_fault(name: &str, fault: &Fault, expected: &str) -> Self {
        Self::bad(name, fault.message(), expected, fault.hint())
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
