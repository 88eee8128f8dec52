//! Secrets that are given out once: links, sessions, credentials of replicas. Whoever shows one is
//! let in; what is kept of it is a hash.

use crate::failure::Failure;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use zeroize::Zeroizing;

/// A secret of 256 random bits.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Draws one.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub(crate) fn draw(random: &SystemRandom) -> Result<Self, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        random
            .fill(bytes.as_mut_slice())
            .map_err(|_| Failure::Fault("this machine gives no random bytes".into()))?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
    }

    /// The text to hand over: 43 characters of base64url.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        hash_of(&self.0)
    }
}

/// What is kept of a secret that somebody shows.
pub(crate) fn hash_of(shown: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, shown.as_bytes()).as_ref());
    hash
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_never_the_same_and_does_not_show_itself() {
        let random = SystemRandom::new();
        let (one, other) = (Secret::draw(&random).unwrap(), Secret::draw(&random).unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash(), hash_of(one.expose()));
        assert_eq!(format!("{one:?}"), "[secret]");
    }
}
