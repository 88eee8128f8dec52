//! A text that needs no memory of its own while it is short, as nearly all names are: an
//! installation of a million keys holds millions of them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The most bytes that are held in place.
const IN_PLACE: usize = 22;

/// A text. Equality, order and hash are those of `str`, byte by byte.
#[derive(Clone)]
pub(crate) enum ShortText {
    InPlace { length: u8, bytes: [u8; IN_PLACE] },
    Elsewhere(Box<str>),
}

impl ShortText {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::InPlace { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Elsewhere(text) => text,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Elsewhere(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for ShortText {
    fn from(text: &str) -> Self {
        let mut bytes = [0; IN_PLACE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(start), Ok(length)) => {
                start.copy_from_slice(text.as_bytes());
                Self::InPlace { length, bytes }
            }
            _ => Self::Elsewhere(text.into()),
        }
    }
}

impl PartialEq for ShortText {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for ShortText {}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for ShortText {
    fn hash<H: Hasher>(&self, into: &mut H) {
        self.as_str().hash(into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hash};

    const TEXTS: [&str; 8] = [
        "",
        "A",
        "ADMIN",
        "ümläut",
        "exactly 22 bytes long!",
        "exactly 23 bytes long!!",
        "twenty-two bytes and ü",
        "a text that is longer than what is held in place, ü",
    ];

    #[test]
    fn a_text_is_what_it_was_made_of_whatever_its_length() {
        for text in TEXTS {
            assert_eq!(ShortText::from(text).as_str(), text);
        }
    }

    #[test]
    fn equality_order_and_hash_are_those_of_the_text() {
        let hash = |value: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            value(&mut hasher);
            hasher.finish()
        };
        for (one, other) in TEXTS.iter().flat_map(|one| TEXTS.iter().map(move |other| (*one, *other))) {
            let (short, second) = (ShortText::from(one), ShortText::from(other));
            assert_eq!(short == second, one == other);
            assert_eq!(short.cmp(&second), one.cmp(other));
            assert_eq!(hash(&|to| short.hash(to)), hash(&|to| one.hash(to)));
        }
    }

    #[test]
    fn it_takes_no_more_room_than_a_string() {
        assert_eq!(size_of::<ShortText>(), size_of::<String>());
    }
}
