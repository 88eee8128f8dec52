//! Names and numbers that identify things. `TryFrom<&str>` is the only way in, so
//! whoever holds one of these holds a well-formed one.

use crate::joiners::joins;
use crate::short_text::ShortText;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not the identifier it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct Malformed {
    /// What was being read, such as "a key id".
    pub what: &'static str,
    /// What would be well formed.
    pub rule: &'static str,
}

/// A key id: ten characters of `A`–`Z` and `0`–`9`, drawn by the issuer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::LENGTH]);

impl KeyId {
    /// How many characters it has.
    pub const LENGTH: usize = 10;
    const ALPHABET: &'static [u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// Makes an id of random bytes. 36 does not divide 2³², so of each four bytes the
    /// remainder favours some letters by less than one part in a hundred million.
    #[must_use]
    pub fn from_random(random: [u8; 40]) -> Self {
        let mut id = [0; Self::LENGTH];
        for (letter, draw) in id.iter_mut().zip(random.chunks_exact(4)) {
            let number = draw.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
            *letter = Self::ALPHABET[(number % 36) as usize];
        }
        Self(id)
    }

    /// The ten characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<&str> for KeyId {
    type Error = Malformed;

    fn try_from(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { what: "a key id", rule: "10 characters of A–Z and 0–9" };
        let id: [u8; Self::LENGTH] = text.as_bytes().try_into().map_err(|_| malformed.clone())?;
        if id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            Ok(Self(id))
        } else {
            Err(malformed)
        }
    }
}

/// How many characters a UUID has.
pub(crate) const UUID_LENGTH: usize = 36;

/// 128 bits in the shape of a UUID. Version and variant bits are not checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Shape([u8; 16]);

impl Shape {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    /// What stands between the dashes of a text, and where it goes without them.
    const PARTS: [(usize, usize, usize); 5] = [(0, 0, 8), (9, 8, 4), (14, 12, 4), (19, 16, 4), (24, 20, 12)];

    fn parse(text: &str, what: &'static str) -> Result<Self, Malformed> {
        let rule = "a UUID such as 57246542-96fe-1a63-e053-0824d011072a";
        Self::read(text.as_bytes()).ok_or(Malformed { what, rule })
    }

    /// Every start reads millions of these, so all digits are looked at at once.
    fn read(text: &[u8]) -> Option<Self> {
        let text: &[u8; UUID_LENGTH] = text.try_into().ok()?;
        let mut digits = [0; 32];
        for (from, to, length) in Self::PARTS {
            digits[to..to + length].copy_from_slice(&text[from..from + length]);
        }
        let values = digits.map(value_of_digit);
        let dashed = Self::DASHES.iter().all(|&dash| text[dash] == b'-');
        let well_formed = dashed && values.iter().fold(0, |all, value| all | value) <= 15;
        well_formed.then(|| Self(std::array::from_fn(|byte| values[2 * byte] << 4 | values[2 * byte + 1])))
    }
}

/// The value of a hexadecimal digit; 255 for what is none.
#[inline]
const fn value_of_digit(byte: u8) -> u8 {
    let (decimal, letter) = (byte.wrapping_sub(b'0'), (byte | 0x20).wrapping_sub(b'a'));
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter + 10
    } else {
        255
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; UUID_LENGTH];
        let digit = |at: usize| DIGITS[usize::from(self.0[at / 2] >> (4 * (1 - at % 2)) & 15)];
        for (to, from, length) in Self::PARTS {
            (0..length).for_each(|at| text[to + at] = digit(from + at));
        }
        out.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

macro_rules! uuid_shaped {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Shape);

        impl $name {
            /// Makes an id of random bytes, in the shape of a version 4 UUID.
            #[must_use]
            pub fn from_random(mut random: [u8; 16]) -> Self {
                random[6] = random[6] & 0x0f | 0x40;
                random[8] = random[8] & 0x3f | 0x80;
                Self(Shape(random))
            }

            /// The sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Malformed;

            fn try_from(text: &str) -> Result<Self, Malformed> {
                Shape::parse(text, $what).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        text_like!($name);
    };
}

/// `Debug` shows the text, serde writes and reads it.
macro_rules! text_like {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{self}")
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                        out.write_str(stringify!($name))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::try_from(text).map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }
    };
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

text_like!(KeyId);

uuid_shaped!(
    /// A team, as tokens name it in `iss`: the issuer id.
    IssuerId,
    "an issuer id"
);
uuid_shaped!(
    /// A person's membership in one team; the only id of people in events, API and headers.
    MemberId,
    "a user id"
);
uuid_shaped!(
    /// A person of the installation, whose e-mail and name live outside the ledger.
    PersonId,
    "a person id"
);
uuid_shaped!(
    /// An invitation into a team.
    InvitationId,
    "an invitation id"
);
uuid_shaped!(
    /// One life of the ledger. A restore begins another.
    EpochId,
    "an epoch id"
);

/// A text with a rule. Rules are part of the ledger's form, since events are read back by them: one may
/// be widened, never narrowed, or what was written would not be read any more.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ShortText);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Malformed;

            fn try_from(text: &str) -> Result<Self, Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err(Malformed { what: $what, rule: $rule }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        text_like!($name);
    };
}

text!(
    /// What people call a key. Never part of the key, never to be taken for its id.
    KeyName,
    "a name",
    "1 to 30 characters, on one line, without spaces at either end",
    |text| is_free_text(text, 30)
);
text!(
    /// What people call a team.
    TeamName,
    "a team's name",
    "1 to 100 characters, on one line, without spaces at either end",
    |text| is_free_text(text, 100)
);
text!(
    /// What people call an app.
    AppName,
    "an app's name",
    "1 to 100 characters, on one line, without spaces at either end",
    |text| is_free_text(text, 100)
);
text!(
    /// A sentence that somebody typed as a reason. It stands in the ledger for ever.
    Remark,
    "a reason",
    "1 to 500 characters, on one line, without spaces at either end",
    |text| is_free_text(text, 500)
);
text!(
    /// A role or an add-on permission, as the catalog names it.
    RoleName,
    "a role",
    "1 to 60 characters of A–Z, 0–9 and _",
    |text| is_upper_word(text)
);
text!(
    /// A kind of key, as the catalog names it.
    KindName,
    "a kind of key",
    "1 to 60 characters of A–Z, 0–9 and _",
    |text| is_upper_word(text)
);
text!(
    /// A service, as the catalog names it.
    ServiceName,
    "a service",
    "1 to 60 characters of a–z, 0–9 and -",
    |text| is_lower_word(text)
);
text!(
    /// A group of endpoints, as the catalog names it.
    GroupName,
    "a group",
    "1 to 60 characters of a–z, 0–9 and -",
    |text| is_lower_word(text)
);
text!(
    /// An app's number (or other id) in its team.
    AppId,
    "an app's id",
    "1 to 64 characters of a–z, A–Z, 0–9, . _ and -",
    |text| is_bounded(text, 64) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
);
text!(
    /// An app's bundle id.
    BundleId,
    "a bundle id",
    "1 to 155 characters of a–z, A–Z, 0–9, . _ and -",
    |text| is_bounded(text, 155) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
);

fn is_bounded(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
}

fn is_free_text(text: &str, most: usize) -> bool {
    if text.is_ascii() {
        return is_free_ascii(text.as_bytes(), most);
    }
    let is_shown = |(at, letter): (usize, char)| {
        !is_unprintable(letter) || joins(&text[..at], letter, &text[at + letter.len_utf8()..])
    };
    is_bounded(text, most) && text.trim() == text && text.char_indices().all(is_shown)
}

/// The same of nearly all names there are, told byte by byte.
fn is_free_ascii(text: &[u8], most: usize) -> bool {
    let [first, .., last] = text else { return text.len() == 1 && most > 0 && text[0].is_ascii_graphic() };
    text.len() <= most
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
        && text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Control characters, and those that make text read other than it is: line and paragraph
/// separators, direction marks, zero-width characters, tags, and fillers that show nothing. Joiners are, unless they
/// [join](joins) something.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || matches!(
            letter,
            '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        )
}

fn is_upper_word(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_lower_word(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
