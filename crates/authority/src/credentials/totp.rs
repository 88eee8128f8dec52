//! Codes of authenticator apps (RFC 6238): SHA-1, thirty seconds, six digits, as every app makes them.

use aws_lc_rs::hmac;
use counterfoil_core::time::Timestamp;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::{self, Write as _};
use zeroize::Zeroizing;

/// How long a code is good.
const STEP: i64 = 30;
/// How many steps a device's clock may be off.
const TOLERANCE: u64 = 1;
/// How long a secret is: what RFC 4226 recommends.
pub(crate) const SECRET: usize = 20;

/// The secret that an authenticator app shares with us.
pub(crate) struct SharedSecret(Zeroizing<Vec<u8>>);

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeFault {
    /// It is none of this time.
    Wrong,
    /// It, or a later one, was taken before.
    Used,
}

/// A QR code, for an SVG picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Qr {
    /// How many modules a side has, without the quiet zone.
    pub width: usize,
    /// The `d` of an SVG path that fills the dark modules, one unit each.
    pub path: String,
}

impl SharedSecret {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The time step of which this is the code, if it is one of now and later than the last that was taken.
    pub(crate) fn check(&self, typed: &str, now: Timestamp, last: u64) -> Result<u64, CodeFault> {
        let typed = code_of(typed).ok_or(CodeFault::Wrong)?;
        let now = u64::try_from(now.as_seconds().div_euclid(STEP)).map_err(|_| CodeFault::Wrong)?;
        let steps = now.saturating_sub(TOLERANCE)..=now.saturating_add(TOLERANCE);
        let right: Vec<u64> = steps.filter(|step| self.code(*step) == typed).collect();
        match right.iter().rev().find(|step| **step > last) {
            Some(step) => Ok(*step),
            None if right.is_empty() => Err(CodeFault::Wrong),
            None => Err(CodeFault::Used),
        }
    }

    fn code(&self, step: u64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or(0) & 15);
        let word = tag.get(offset..offset + 4).and_then(|word| word.try_into().ok()).unwrap_or([0; 4]);
        (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000
    }

    /// In base32, as apps take it.
    pub(crate) fn base32(&self) -> Zeroizing<String> {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bit = |at: usize| self.0.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        let digit = |at: usize| (0..5).fold(0, |all, next| all << 1 | usize::from(bit(at * 5 + next)));
        let text = (0..(self.0.len() * 8).div_ceil(5)).map(|at| char::from(LETTERS[digit(at)]));
        Zeroizing::new(text.collect())
    }

    /// The URI that an app reads from a QR code.
    pub(crate) fn uri(&self, site: &str, account: &str) -> Zeroizing<String> {
        let (site, account, secret) = (encoded(site), encoded(account), self.base32());
        Zeroizing::new(format!(
            "otpauth://totp/{site}:{account}?secret={}&issuer={site}&algorithm=SHA1&digits=6&period=30",
            *secret
        ))
    }
}

/// Six digits, however they are grouped.
fn code_of(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).take(7).collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| digits.parse().ok()).flatten()
}

/// Whether this may be a code of an app, rather than a recovery code.
pub(crate) fn is_code(typed: &str) -> bool {
    code_of(typed).is_some()
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

impl Qr {
    /// The picture of a text; an empty one, if the text is too long for any.
    pub(crate) fn of(text: &str) -> Self {
        let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
            return Self { width: 0, path: String::new() };
        };
        let width = code.width();
        let colors = code.to_colors();
        let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        let mut path = String::new();
        for (at, _) in dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width, at / width);
        }
        Self { width, path }
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[shared secret]")
    }
}

impl fmt::Debug for Qr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[QR code]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> SharedSecret {
        SharedSecret::new(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    /// The table of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in table {
            let step = u64::try_from(seconds / STEP).unwrap();
            assert_eq!(secret().check(code, Timestamp::from_seconds(seconds), 0), Ok(step), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_or_late_and_no_further() {
        let at = |seconds: i64| secret().check("279037", Timestamp::from_seconds(2_000_000_000 + seconds), 0);
        let step = 2_000_000_000 / 30;
        for (seconds, expected) in [
            (-51, Err(CodeFault::Wrong)),
            (-50, Ok(step)),
            (0, Ok(step)),
            (39, Ok(step)),
            (40, Err(CodeFault::Wrong)),
        ] {
            assert_eq!(at(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_once_and_none_before_it_any_more() {
        let now = Timestamp::from_seconds(2_000_000_000);
        let step = 2_000_000_000 / 30;
        assert_eq!(secret().check("279 037", now, step - 1), Ok(step));
        assert_eq!(secret().check("279037", now, step), Err(CodeFault::Used));
        assert_eq!(secret().check("279037", now, step + 1), Err(CodeFault::Used));
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        let now = Timestamp::from_seconds(2_000_000_000);
        for typed in ["", "27903", "2790370", "27903x", "２７９０３７", "279037279037"] {
            assert_eq!(secret().check(typed, now, 0), Err(CodeFault::Wrong), "{typed}");
        }
        assert_eq!(secret().check("279037", Timestamp::from_millis(-1), 0), Err(CodeFault::Wrong));
    }

    #[test]
    fn an_app_reads_the_secret_from_the_uri() {
        let uri = secret().uri("Keys & Co", "ada@example.com");
        assert_eq!(
            uri.as_str(),
            "otpauth://totp/Keys%20%26%20Co:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
            &issuer=Keys%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
        let qr = Qr::of(&uri);
        assert!(qr.width >= 21 && qr.path.starts_with("M0 0h1v1h-1z"), "{}", qr.width);
        assert_eq!(Qr::of(&"x".repeat(10_000)).width, 0);
    }

    #[test]
    fn a_shared_secret_does_not_show_itself() {
        assert_eq!(format!("{:?} {:?}", secret(), Qr::of("a")), "[shared secret] [QR code]");
    }
}
