//! What tells two catalogs apart.

use super::Catalog;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A catalog's fingerprint: the SHA-256 of what it says, as 64 hexadecimal digits. Comments,
/// spaces and the order of keys make no difference; the order of roles, kinds, groups and paths does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

/// A text that is not a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint must be 64 characters of 0–9 and a–f")]
pub struct NoFingerprint;

impl Catalog {
    /// The fingerprint of what this catalog says.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut fingerprint = Fingerprint([0; 32]);
        for (byte, hashed) in
            fingerprint.0.iter_mut().zip(digest(&SHA256, self.to_toml().as_bytes()).as_ref())
        {
            *byte = *hashed;
        }
        fingerprint
    }
}

impl Fingerprint {
    /// The thirty-two bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&str> for Fingerprint {
    type Error = NoFingerprint;

    fn try_from(text: &str) -> Result<Self, NoFingerprint> {
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(NoFingerprint);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = match digits {
                [high, low] => nibble(*high)? << 4 | nibble(*low)?,
                _ => return Err(NoFingerprint),
            };
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Result<u8, NoFingerprint> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NoFingerprint),
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = NoFingerprint;

    fn try_from(text: String) -> Result<Self, NoFingerprint> {
        Self::try_from(text.as_str())
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let fingerprint = Fingerprint(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(Fingerprint::try_from(fingerprint.to_string().as_str()), Ok(fingerprint));
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(json, format!("\"{fingerprint}\""));
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }

    #[test]
    fn other_texts_are_no_fingerprints() {
        for text in
            ["".into(), "0".repeat(63), "0".repeat(65), "0".repeat(63) + "g", "A".repeat(64), "é".repeat(32)]
        {
            assert_eq!(Fingerprint::try_from(text.as_str()), Err(NoFingerprint), "{text}");
        }
    }
}
