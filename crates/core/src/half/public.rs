//! The half that the issuer keeps.

use super::der::{self, Element};
use super::{HalfFault, Signature, Thumbprint, pem};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A public half: a point on P-256.
///
/// Every reader of what people send checks that the point is on the curve. Serde is for what this
/// type itself wrote (the ledger, the feed): it checks the form only, since the curve would cost
/// replaying a million keys several seconds; [`Self::parsed`] then checks it before the first use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicHalf([u8; Self::LENGTH]);

impl PublicHalf {
    /// The length of an uncompressed point.
    pub const LENGTH: usize = 65;
    /// The length of what serde writes.
    pub(crate) const WRITTEN_LENGTH: usize = 87;

    /// Reads an uncompressed point: `04`, x, y.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_point(point: &[u8]) -> Result<Self, HalfFault> {
        let half = Self::of_form(point)?;
        half.parsed()?;
        Ok(half)
    }

    /// Reads DER of a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_spki(der: &[u8]) -> Result<Self, HalfFault> {
        match der.strip_prefix(SPKI_HEAD) {
            Some(point) if point.len() == Self::LENGTH => Self::from_point(point),
            _ => Self::from_unusual_spki(der),
        }
    }

    /// Reads one PEM block `PUBLIC KEY`. Lines may end in `\r\n`, and space around it is no matter:
    /// nothing secret is in it, and what is meant is beyond doubt.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_pem(text: &str) -> Result<Self, HalfFault> {
        let block = pem::read(&text.trim().replace("\r\n", "\n"), pem::PUBLIC);
        match block {
            Err(HalfFault::OtherPem { found, .. }) if found.contains("private") => {
                Err(HalfFault::PrivateHere)
            }
            block => Self::from_spki(&block?),
        }
    }

    /// Reads what people send as a public key: a PEM block, or the base64 of the DER in one line.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_text(text: &str) -> Result<Self, HalfFault> {
        let text = text.trim();
        if text.starts_with("-----") {
            return Self::from_pem(text);
        }
        // Long enough for every key that is worth a name, short enough for a request's body.
        let der = Some(text).filter(|text| text.len() <= 4096).and_then(|text| STANDARD.decode(text).ok());
        Self::from_spki(&der.ok_or(HalfFault::NotBase64)?)
    }

    /// Reads a JSON Web Key. Members that say nothing about the key itself are ignored.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_jwk(json: &str) -> Result<Self, HalfFault> {
        let key: Jwk<'_> = serde_json::from_str(json).map_err(|_| HalfFault::NotAJwk)?;
        match (key.kty.as_deref(), key.crv.as_deref()) {
            _ if key.d.is_some() => Err(HalfFault::PrivateHere),
            (Some("EC"), Some("P-256")) => {
                key.point().ok_or(HalfFault::NotAJwk).and_then(|point| Self::from_point(&point))
            }
            (Some("EC"), Some("P-384")) => Err(HalfFault::OtherKey { found: "a P-384 key" }),
            (Some("EC"), Some("P-521")) => Err(HalfFault::OtherKey { found: "a P-521 key" }),
            (Some("EC"), Some("secp256k1")) => Err(HalfFault::OtherKey { found: "a secp256k1 key" }),
            (Some("RSA"), _) => Err(HalfFault::OtherKey { found: "an RSA key" }),
            (Some("OKP"), _) => Err(HalfFault::OtherKey { found: "an Edwards or Montgomery curve key" }),
            (Some("oct"), _) => Err(HalfFault::OtherKey { found: "a shared secret" }),
            _ => Err(HalfFault::NotAJwk),
        }
    }

    /// The uncompressed point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        [SPKI_HEAD.as_slice(), &self.0].concat()
    }

    /// SubjectPublicKeyInfo as one PEM block `PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        std::mem::take(&mut *pem::write(&self.to_spki(), pem::PUBLIC))
    }

    /// Member `x` of the JSON Web Key.
    #[must_use]
    pub fn jwk_x(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0[1..33])
    }

    /// Member `y` of the JSON Web Key.
    #[must_use]
    pub fn jwk_y(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0[33..])
    }

    /// The RFC 7638 thumbprint.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of_jwk(&self.jwk_x(), &self.jwk_y())
    }

    /// This half made ready to verify signature after signature.
    ///
    /// # Errors
    /// [`HalfFault::OffCurve`] if it is no point of the curve, which can only be if the place it was
    /// read back from was tampered with.
    pub fn parsed(&self) -> Result<VerifyingHalf, HalfFault> {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.0).map_err(|_| HalfFault::OffCurve)?;
        Ok(VerifyingHalf { key, half: *self })
    }

    /// Reads what serde wrote; the form only is checked, as serde does.
    #[inline]
    pub(crate) fn from_written(text: &str) -> Result<Self, HalfFault> {
        let mut point = [0; Self::LENGTH];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut point).map_err(|_| HalfFault::NotAPoint)?;
        Self::of_form(point.get(..length).unwrap_or_default())
    }

    /// A point of the right form; whether it is on the curve, the caller knows or finds out.
    pub(super) fn of_form(point: &[u8]) -> Result<Self, HalfFault> {
        match point {
            [0x04, ..] => point.try_into().map(Self).map_err(|_| HalfFault::NotAPoint),
            [0x00] => Err(HalfFault::Infinity),
            [0x02 | 0x03, rest @ ..] if rest.len() == 32 => Err(HalfFault::PointForm { found: "compressed" }),
            [0x06 | 0x07, rest @ ..] if rest.len() == 64 => Err(HalfFault::PointForm { found: "hybrid" }),
            _ => Err(HalfFault::NotAPoint),
        }
    }

    /// Everything that is not the usual 91 bytes is wrong; this finds out what it is.
    fn from_unusual_spki(der: &[u8]) -> Result<Self, HalfFault> {
        const WANTED: &str = "SubjectPublicKeyInfo";
        let not_der = HalfFault::NotDer { wanted: WANTED };
        let content = der::whole_sequence(der, WANTED)?;
        let (first, rest) = der::split(content).ok_or(not_der)?;
        if first.tag == der::INTEGER {
            return Err(HalfFault::PrivateHere);
        }
        let (second, rest) = der::split(rest).ok_or(not_der)?;
        let (Element { tag: der::SEQUENCE, content: algorithm }, der::BIT_STRING) = (first, second.tag)
        else {
            return Err(not_der);
        };
        match (der::other_key(algorithm), second.content) {
            (Some(found), _) => Err(HalfFault::OtherKey { found }),
            (None, [0, point @ ..]) if rest.is_empty() => Self::from_point(point).and(Err(not_der)),
            (None, _) => Err(not_der),
        }
    }
}

/// `Debug` shows the point as the ledger does: a public half is public.
impl fmt::Debug for PublicHalf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl Serialize for PublicHalf {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for PublicHalf {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Base64Point)
    }
}

struct Base64Point;

impl serde::de::Visitor<'_> for Base64Point {
    type Value = PublicHalf;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an uncompressed P-256 point in base64url")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PublicHalf, E> {
        PublicHalf::from_written(text).map_err(E::custom)
    }
}

/// A public half in the form that verifies quickly.
#[derive(Clone)]
pub struct VerifyingHalf {
    key: ParsedPublicKey,
    half: PublicHalf,
}

impl VerifyingHalf {
    /// Whether the private half that belongs to this one signed `message`, as ES256 does.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    /// The half itself.
    #[must_use]
    pub const fn half(&self) -> &PublicHalf {
        &self.half
    }
}

impl fmt::Debug for VerifyingHalf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.half.fmt(out)
    }
}

/// What stands before the point in the 91 bytes of a P-256 SubjectPublicKeyInfo.
#[rustfmt::skip]
const SPKI_HEAD: &[u8; 26] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The members of a JSON Web Key that matter. `d` is noticed, never read.
#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    crv: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    x: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    y: Option<std::borrow::Cow<'a, str>>,
    d: Option<serde::de::IgnoredAny>,
}

impl Jwk<'_> {
    fn point(&self) -> Option<[u8; PublicHalf::LENGTH]> {
        let mut point = [0x04; PublicHalf::LENGTH];
        let (x, y) = point[1..].split_at_mut(32);
        let lengths = [(x, &self.x), (y, &self.y)]
            .map(|(to, from)| URL_SAFE_NO_PAD.decode_slice(from.as_deref()?, to).ok());
        (lengths == [Some(32), Some(32)]).then_some(point)
    }
}
