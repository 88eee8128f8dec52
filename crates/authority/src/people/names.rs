//! What people are called and where they are reached.

use crate::store::tables::people::{NormalEmail, normalise_email};
use counterfoil_core::id::Malformed;
use std::fmt;

/// The most letters that a name can have.
const LONGEST_NAME: usize = 100;

/// A person's first or last name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

/// An e-mail address: as it was typed, and in the one form by which persons are told apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    typed: String,
    normal: NormalEmail,
}

/// Somebody who may not be known here yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// Where the person is reached.
    pub email: Email,
    /// The first name.
    pub first_name: PersonName,
    /// The last name.
    pub last_name: PersonName,
}

impl PersonName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PersonName {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let is_good = (1..=LONGEST_NAME).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(is_unprintable);
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed {
                what: "a person's name",
                rule: "1 to 100 characters, on one line, without spaces at either end",
            })
        }
    }
}

fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl Email {
    /// The address, as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form by which persons are told apart.
    #[must_use]
    pub const fn normal(&self) -> &NormalEmail {
        &self.normal
    }
}

impl TryFrom<&str> for Email {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let normal = normalise_email(text)?;
        Ok(Self { typed: text.trim().to_owned(), normal })
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.typed)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.typed.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_some_letters_on_one_line() {
        for good in ["Ada", "Anne-Marie", "李", "O’Neill", "de la Cruz", "آریا\u{200c}نا", &"x".repeat(100)]
        {
            assert_eq!(PersonName::try_from(good).unwrap().as_str(), good);
        }
        for bad in ["", " Ada", "Ada ", "A\nda", "A\u{202e}da", "A\u{0}", &"x".repeat(101)] {
            assert!(PersonName::try_from(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_keeps_how_it_was_typed() {
        let email = Email::try_from(" Ada@Example.com ").unwrap();
        assert_eq!((email.as_str(), email.normal().as_str()), ("Ada@Example.com", "ada@example.com"));
    }
}
