//! Refusals in the form of App Store Server API: plain text for a stranger, a number and a sentence for the rest.

use crate::verdict::Shown;
use http::StatusCode;

/// What a stranger gets. The request's name is the only thing in it that differs.
pub(super) fn bare(id: &str) -> Vec<u8> {
    format!("Unauthenticated\n\nRequest ID: {}.0.0\n", base32(number(id))).into_bytes()
}

pub(super) fn body(status: StatusCode, shown: Shown) -> Vec<u8> {
    let code = u32::from(status.as_u16()) * 10_000;
    format!(r#"{{"errorCode":{code},"errorMessage":"{}"}}"#, message(shown)).into_bytes()
}

/// Nothing in these needs an escape in JSON.
const fn message(shown: Shown) -> &'static str {
    match shown {
        Shown::Ambiguous(_) => "Bad request.",
        Shown::Later { .. } => "The service is not available at the moment.",
        Shown::Bare => "Unauthenticated",
        Shown::TooMany { .. } => "Rate limit exceeded.",
        Shown::NoSuchPath => "The URL path is not valid.",
        Shown::Forbidden | Shown::AgreementMissing => "The API key in use does not allow this request.",
        Shown::Scope => "The scope of the token does not cover this request.",
    }
}

/// A UUID as the number that it is; of any other name, a number that other names hardly have.
fn number(id: &str) -> u128 {
    let digits: String = id.chars().filter(|letter| *letter != '-').collect();
    let uuid = if digits.len() == 32 { u128::from_str_radix(&digits, 16).ok() } else { None };
    let folded = || id.bytes().fold(FNV_BASIS, |sum, byte| (sum ^ u128::from(byte)).wrapping_mul(FNV_PRIME));
    uuid.unwrap_or_else(folded)
}

const FNV_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// 26 letters and digits, the first bits first.
fn base32(number: u128) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |at: u32| {
        let shift = 123_u32.checked_sub(at * 5);
        let bits = shift.map_or(number << 2, |shift| number >> shift) & 31;
        char::from(ALPHABET[usize::try_from(bits).unwrap_or(0)])
    };
    (0..26).map(letter).collect()
}
