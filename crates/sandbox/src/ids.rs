//! New ids, in the forms that the API uses.

use crate::table::Ids;
use aws_lc_rs::{digest, rand};

/// A fresh id of this form.
pub(crate) fn fresh(form: Ids) -> String {
    match form {
        Ids::Uuid => uuid(),
        Ids::Number => number(),
        Ids::Code => code(),
    }
}

/// What nobody can guess: 128 bits, in hexadecimal digits.
pub(crate) fn secret() -> String {
    hex(&random::<16>())
}

/// The ten signs by which developers' tools know a team, as they know Apple's teams; each team has always the same.
pub(crate) fn team_code(team: &str) -> String {
    let digest = digest::digest(&digest::SHA256, team.as_bytes());
    signs(digest.as_ref().get(..10).unwrap_or_default())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A random UUID.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Reads a UUID of any version; it is written in lower case.
pub(crate) fn read_uuid(text: &str) -> Option<String> {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_part =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split('-').collect();
    let is_uuid =
        parts.len() == LENGTHS.len() && parts.iter().zip(LENGTHS).all(|(part, length)| is_part(part, length));
    is_uuid.then(|| text.to_ascii_lowercase())
}

/// Ten digits, as apps have.
fn number() -> String {
    let drawn = u64::from_be_bytes(random()) % 3_000_000_000;
    (6_000_000_000 + drawn).to_string()
}

/// Ten letters and digits, as certificates have.
fn code() -> String {
    signs(&random::<10>())
}

fn signs(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect()
}

/// Random bytes. A machine that gives none can't run a program that draws ids.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    match rand::fill(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => std::process::abort(),
    }
}
