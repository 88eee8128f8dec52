//! An authenticator app: RFC 6238 with SHA-1, half a minute, six digits.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use std::time::{SystemTime, UNIX_EPOCH};

/// The code for this secret in base32, so many steps from now.
pub(crate) fn code(secret: &str, steps: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let tag =
        sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes(secret)), &(now / 30 + steps).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn bytes(base32: &str) -> Vec<u8> {
    let value = |letter: char| match letter {
        'A'..='Z' => u32::from(letter) - u32::from('A'),
        '2'..='7' => u32::from(letter) - u32::from('2') + 26,
        _ => panic!("{letter} in {base32}"),
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in base32.chars().filter(|letter| !letter.is_whitespace() && *letter != '=') {
        bits = bits << 5 | value(letter);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}
