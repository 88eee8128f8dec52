//! New ids, in the forms that the API uses.

use crate::table::Ids;
use aws_lc_rs::rand;

/// A fresh id of this form.
pub(crate) fn fresh(form: Ids) -> String {
    match form {
        Ids::Uuid => uuid(),
        Ids::Number => number(),
        Ids::Code => code(),
    }
}

/// A random UUID.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Ten digits, as apps have.
fn number() -> String {
    let drawn = u64::from_be_bytes(random()) % 3_000_000_000;
    (6_000_000_000 + drawn).to_string()
}

/// Ten letters and digits, as certificates have.
fn code() -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let drawn: [u8; 10] = random();
    drawn.iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect()
}

/// Random bytes. A machine that gives none can't run a program that draws ids.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    match rand::fill(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => std::process::abort(),
    }
}
