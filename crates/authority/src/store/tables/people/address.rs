//! E-mail addresses, in the one form by which persons are told apart.

use crate::store::Value;
use counterfoil_core::id::Malformed;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// An e-mail address in the one form by which persons are told apart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NormalEmail(String);

/// Brings an e-mail address into the form by which persons are told apart: without spaces around
/// it, in lower case, composed (NFC). An address with letters that pass for ASCII ones (full width,
/// ligatures, the Kelvin sign) is refused: it would be somebody else's mailbox in another's name, or
/// the same mailbox under two.
///
/// # Errors
/// A text that can't be an address.
pub fn normalise_email(text: &str) -> Result<NormalEmail, Malformed> {
    let normal: String = text.trim().to_lowercase().nfc().collect();
    let is_good = normal.len() <= 254
        && !passes_for_ascii(text.trim())
        && normal.rsplit_once('@').is_some_and(|(local, domain)| is_local(local) && is_domain(domain));
    if is_good {
        Ok(NormalEmail(normal))
    } else {
        Err(Malformed {
            what: "an e-mail address",
            rule: "a name, an @ and a domain, such as ada@example.com",
        })
    }
}

impl NormalEmail {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NormalEmail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<NormalEmail> for Value {
    fn from(email: NormalEmail) -> Self {
        Self::Text(email.0)
    }
}

fn passes_for_ascii(text: &str) -> bool {
    let plain = text.nfkc().collect::<String>().to_lowercase();
    let count = |text: &str| text.bytes().filter(u8::is_ascii).count();
    count(&plain) > count(text)
}

fn is_local(local: &str) -> bool {
    let is_bad =
        |letter: char| letter.is_whitespace() || letter.is_control() || "@<>()[],;:\\\"".contains(letter);
    (1..=64).contains(&local.len())
        && !local.contains(is_bad)
        && local.split('.').all(|part| !part.is_empty())
        && !local.contains(is_invisible)
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Letters that make two addresses look the same.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_address_however_it_is_typed() {
        let cases = [
            (" Ada@Example.COM ", "ada@example.com"),
            ("ada+ci@sub.example.com", "ada+ci@sub.example.com"),
            ("root@localhost", "root@localhost"),
            ("JÖRG@bücher.example", "jörg@bücher.example"),
            ("JO\u{308}RG@bu\u{308}cher.example", "jörg@bücher.example"),
        ];
        for (typed, normal) in cases {
            assert_eq!(normalise_email(typed).unwrap().as_str(), normal);
        }
    }

    #[test]
    fn what_can_not_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let cases = [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "a da@example.com",
            "ada@exa mple.com",
            "ada@example..com",
            "ada@-example.com",
            ".ada@example.com",
            "ada\n@example.com",
            "ada\u{200b}@example.com",
            "\u{212a}ate@example.com",
            "\u{130}da@example.com",
            "ﬁona@example.com",
            "ada@ｅxample.com",
            "Ada <ada@example.com>",
            "ada@example.com,eve@example.com",
            &long,
        ];
        for typed in cases {
            assert!(normalise_email(typed).is_err(), "{typed:?}");
        }
    }
}
