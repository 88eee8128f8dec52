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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Holding};

    fn key_with(roles: &str) -> String {
        format!(
            r#"{{"of":"57246542-96fe-1a63-e053-0824d011072a","at":1,"by":"OPERATOR","event":{{"KEY_GENERATED":{{"key":"K000000001","kind":"TEAM","name":"n","holder":{{"TEAM_WITH_ROLES":[{roles}]}},"public":"BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU","private":"ISSUER"}}}}}}"#
        )
    }

    fn roles_read(reader: &mut EntryReader, roles: &str) -> Roles {
        match reader.read(key_with(roles).as_bytes()).unwrap().event {
            Event::KeyGenerated { holder: Holding::TeamWithRoles(roles), .. } => roles,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_with_the_same_roles_share_them() {
        let mut reader = EntryReader::default();
        let (first, second) = (roles_read(&mut reader, r#""A","B""#), roles_read(&mut reader, r#""A","B""#));
        assert!(std::ptr::eq(first.as_slice(), second.as_slice()));
    }

    #[test]
    fn what_was_read_before_changes_nothing() {
        let mut reader = EntryReader::default();
        for _ in 0..2 {
            for number in 0..3 * MOST_KNOWN {
                for roles in [format!(r#""R{number}""#), format!(r#""R{number}","A""#), String::new()] {
                    let alone = serde_json::from_str::<Roles>(&format!("[{roles}]")).unwrap();
                    assert_eq!(roles_read(&mut reader, &roles), alone);
                }
            }
        }
        assert!(reader.known.0.len() <= MOST_KNOWN);
    }

    #[test]
    fn roles_that_are_not_well_formed_are_refused_by_a_reader_that_knows_others() {
        let mut reader = EntryReader::default();
        roles_read(&mut reader, r#""A","B""#);
        for roles in [r#""A","#, r#","A""#, r#""a""#, "A", r#""A" "B""#, r#""A""B""#, r#""A","B"]"#] {
            assert!(reader.read(key_with(roles).as_bytes()).is_err(), "{roles}");
        }
    }
}
