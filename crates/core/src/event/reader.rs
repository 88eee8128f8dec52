//! Reading entry after entry.

use super::{Entry, Unreadable, envelope};
use crate::id::RoleName;
use crate::roles::Roles;

/// How many sets of roles are remembered.
const MOST_KNOWN: usize = 16;

/// Reads entry after entry. Keys with the same roles share them: an installation of a million keys has
/// a handful of different sets.
#[derive(Debug, Default)]
pub struct EntryReader {
    known: KnownRoles,
}

impl EntryReader {
    /// Reads bytes of the ledger.
    ///
    /// # Errors
    /// An unknown event or field is refused: nothing in the ledger is ever skipped.
    #[inline]
    pub fn read(&mut self, bytes: &[u8]) -> Result<Entry, Unreadable> {
        let text = std::str::from_utf8(bytes).ok();
        match text.and_then(|text| envelope::read(text, &mut self.known)) {
            Some(entry) => Ok(entry),
            None => Ok(serde_json::from_slice(bytes)?),
        }
    }
}

/// Sets of roles, with the text that they were read from.
#[derive(Debug, Default)]
pub(super) struct KnownRoles(Vec<(Box<str>, Roles)>);

impl KnownRoles {
    /// Reads what stands between the brackets of an array.
    pub(super) fn read(&mut self, text: &str) -> Option<Roles> {
        if let Some((_, roles)) = self.0.iter().find(|(known, _)| **known == *text) {
            return Some(roles.clone());
        }
        let roles = text.split(',').map(role).collect::<Option<Roles>>()?;
        if self.0.len() == MOST_KNOWN {
            self.0.clear();
        }
        self.0.push((text.into(), roles.clone()));
        Some(roles)
    }
}

fn role(text: &str) -> Option<RoleName> {
    RoleName::try_from(text.strip_prefix('"')?.strip_suffix('"')?).ok()
}
