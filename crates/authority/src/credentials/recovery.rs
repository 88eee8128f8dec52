//! Recovery codes: ten, shown once, each good once in the place of a code of the authenticator app.

use aws_lc_rs::digest::{SHA256, digest};
use counterfoil_core::id::PersonId;
use std::fmt::{self, Write as _};
use zeroize::Zeroizing;

/// How many there are.
pub(crate) const COUNT: usize = 10;
/// How many random bits a code has: too many for trying out its hash.
pub(crate) const BYTES: usize = 10;
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A set of recovery codes, as it is shown once.
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl RecoveryCodes {
    pub(crate) fn from_random(random: &[[u8; BYTES]; COUNT]) -> Self {
        Self(random.iter().map(code_of).collect())
    }

    /// The codes, each as four groups of four.
    pub fn expose(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }

    /// What is kept of them.
    pub(crate) fn hashes(&self, person: PersonId) -> impl Iterator<Item = String> {
        self.0.iter().map(move |code| hash_of(code, person))
    }
}

fn code_of(random: &[u8; BYTES]) -> Zeroizing<String> {
    let bit = |at: usize| random[at / 8] >> (7 - at % 8) & 1;
    let digit = |at: usize| (0..5).fold(0, |all, next| all << 1 | usize::from(bit(at * 5 + next)));
    let mut code = Zeroizing::new(String::with_capacity(19));
    for at in 0..16 {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(LETTERS[digit(at)]));
    }
    code
}

/// What is kept of a code, however it was typed: letters that look alike are one.
pub(crate) fn hash_of(typed: &str, person: PersonId) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(64);
    let plain = letters.map(|letter| match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    let code: Zeroizing<String> = Zeroizing::new(plain.collect());
    let text = Zeroizing::new(format!("counterfoil recovery code v1 {person} {}", *code));
    let mut hash = String::with_capacity(64);
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{} recovery codes]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_again_however_it_is_typed_and_only_as_its_persons() {
        let mut random = [[0; BYTES]; COUNT];
        random[0] = [0x08, 0x42, 0x10, 0x84, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21];
        random[1] = [255; BYTES];
        let codes = RecoveryCodes::from_random(&random);
        let shown: Vec<&str> = codes.expose().take(3).collect();
        assert_eq!(shown, ["1111-1111-1111-1111", "zzzz-zzzz-zzzz-zzzz", "0000-0000-0000-0000"]);
        let (ada, eve) = (PersonId::from_random([1; 16]), PersonId::from_random([2; 16]));
        let kept: Vec<String> = codes.hashes(ada).collect();
        assert_eq!(kept[1], hash_of(" ZZZZ zzzzzzzz-ZZZZ", ada));
        assert_eq!(kept[0], hash_of("Il1i-1111-1111-llll", ada));
        assert_eq!(kept[2], hash_of("OOOO-0000-0000-0000", ada));
        assert_ne!(kept[1], hash_of("zzzz-zzzz-zzzz-zzzz", eve));
        assert_ne!(kept[1], hash_of("zzzz-zzzz-zzzz-zzzy", ada));
        assert_eq!(format!("{codes:?}"), "[10 recovery codes]");
    }
}
