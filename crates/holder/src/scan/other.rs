//! Private keys of other kinds: mentioned, since they may be leaks too, but not what is searched for.

use super::peel::Run;
use counterfoil_core::half::{HalfFault, PrivateHalf};

/// A private key that is no half of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OtherKey(&'static str);

impl OtherKey {
    /// What it is, in words.
    #[must_use]
    pub(super) const fn what(self) -> &'static str {
        self.0
    }
}

/// The least that a private key of any kind takes, in bytes.
const LEAST: usize = 40;

/// The key of another kind whose first line has ` PRIVATE KEY` at `at`, and where that line begins. A line without
/// a key behind it, as in the source of a program, is nothing.
pub(super) fn at(text: &[u8], at: usize) -> Option<(usize, OtherKey)> {
    let from = at.saturating_sub(40);
    let begin = from + memchr::memmem::rfind(&text[from..at], b"-----BEGIN")?;
    let label = text[begin + 10..at].trim_ascii();
    let rest = &text[at + " PRIVATE KEY".len()..];
    let rest = rest.strip_prefix(b" BLOCK").unwrap_or(rest).strip_prefix(b"-----")?;
    let body_at = text.len() - rest.len() + body_begin(rest);
    let bytes = Run::beginning(text, body_at).decoded(body_at, 0).bytes;
    if bytes.len() < LEAST {
        return None;
    }
    kind(label, &bytes).map(|kind| (begin, OtherKey(kind)))
}

/// Behind line ends and the header lines of old PEM and of OpenPGP (`Proc-Type: …`).
fn body_begin(rest: &[u8]) -> usize {
    let gap = |from: usize| {
        let is_gap = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        from + rest[from..].iter().take_while(|byte| is_gap(byte)).count()
    };
    let mut at = gap(0);
    while rest[at..].first() == Some(&b'n') && at > 0 && rest[at - 1] == b'\\' {
        at = gap(at + 1);
    }
    for _ in 0..8 {
        let line = rest[at..].iter().take(100).position(|byte| *byte == b'\n').unwrap_or(0);
        if !rest[at..at + line].contains(&b':') {
            break;
        }
        at = gap(at + line);
    }
    at
}

fn kind(label: &[u8], bytes: &[u8]) -> Option<&'static str> {
    let is_der = bytes.first() == Some(&0x30);
    match label {
        b"" if is_der => of_pkcs8(bytes),
        b"RSA" => Some("an RSA key"),
        b"DSA" => Some("a DSA key"),
        b"EC" if !is_p256(bytes) => Some("a key on another elliptic curve, or an encrypted one"),
        b"OPENSSH" if bytes.starts_with(b"openssh-key-v1\0") => Some("an OpenSSH key"),
        b"ENCRYPTED" if is_der => Some("an encrypted key"),
        b"PGP" => Some("an OpenPGP key"),
        _ => None,
    }
}

fn of_pkcs8(bytes: &[u8]) -> Option<&'static str> {
    // What follows the key in the run is read along: the key ends where its own length says.
    let length = match *bytes.first_chunk()? {
        [_, short @ ..=0x7f, _, _] => usize::from(short) + 2,
        [_, 0x81, length, _] => usize::from(length) + 3,
        [_, 0x82, high, low] => (usize::from(high) << 8 | usize::from(low)) + 4,
        _ => return None,
    };
    match PrivateHalf::from_pkcs8(bytes.get(..length)?) {
        Err(HalfFault::OtherKey { found }) => Some(found),
        _ => None,
    }
}

fn is_p256(bytes: &[u8]) -> bool {
    const CURVE: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    memchr::memmem::find(bytes, &CURVE).is_some()
}
