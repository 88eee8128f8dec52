//! As much DER as is needed to say what a key is.

use super::HalfFault;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// One DER element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// The content of the one SEQUENCE that `der` must be: not a byte less, not a byte more.
pub(super) fn whole_sequence<'a>(der: &'a [u8], wanted: &'static str) -> Result<&'a [u8], HalfFault> {
    let not_der = HalfFault::NotDer { wanted };
    let (length, header) = length_of(der).ok_or(not_der)?;
    if der.first() != Some(&SEQUENCE) {
        return Err(not_der);
    }
    let content = der.get(header..).unwrap_or_default();
    match content.len().cmp(&length) {
        std::cmp::Ordering::Less => Err(HalfFault::Truncated),
        std::cmp::Ordering::Greater => Err(HalfFault::TrailingBytes),
        std::cmp::Ordering::Equal => Ok(content),
    }
}

/// The first element of `der`, and what follows it.
pub(super) fn split(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (length, header) = length_of(der)?;
    let content = der.get(header..header.checked_add(length)?)?;
    Some((Element { tag: *der.first()?, content }, der.get(header + length..)?))
}

/// What kind of key an AlgorithmIdentifier's content means; `None` for P-256.
pub(super) fn other_key(algorithm: &[u8]) -> Option<&'static str> {
    let Some((id, parameters)) = split(algorithm).filter(|(id, _)| id.tag == OBJECT_IDENTIFIER) else {
        return Some("a key of an unreadable kind");
    };
    match id.content {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => other_curve(parameters),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 | 0x07 | 0x0a] => Some("an RSA key"),
        [0x2b, 0x65, 0x70] => Some("an Ed25519 key"),
        [0x2b, 0x65, 0x71] => Some("an Ed448 key"),
        [0x2b, 0x65, 0x6e | 0x6f] => Some("a key for key agreement (X25519 or X448)"),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => Some("a DSA key"),
        _ => Some("a key of an unknown kind"),
    }
}

fn other_curve(parameters: &[u8]) -> Option<&'static str> {
    let Some((curve, rest)) = split(parameters).filter(|(curve, _)| curve.tag == OBJECT_IDENTIFIER) else {
        return Some("an elliptic curve key that spells out its curve or names none");
    };
    match curve.content {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] if rest.is_empty() => None,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01] => Some("a P-192 key"),
        [0x2b, 0x81, 0x04, 0x00, 0x21] => Some("a P-224 key"),
        [0x2b, 0x81, 0x04, 0x00, 0x22] => Some("a P-384 key"),
        [0x2b, 0x81, 0x04, 0x00, 0x23] => Some("a P-521 key"),
        [0x2b, 0x81, 0x04, 0x00, 0x0a] => Some("a secp256k1 key"),
        _ => Some("a key on an unknown elliptic curve"),
    }
}

/// The length that the header of the first element states, and how long that header is.
/// Lengths in more bytes than needed are not DER.
fn length_of(der: &[u8]) -> Option<(usize, usize)> {
    match *der.get(1..)? {
        [short @ 0..=0x7f, ..] => Some((usize::from(short), 2)),
        [0x81, length @ 0x80..=0xff, ..] => Some((usize::from(length), 3)),
        [0x82, high @ 1..=0xff, low, ..] => Some((usize::from(high) << 8 | usize::from(low), 4)),
        _ => None,
    }
}
