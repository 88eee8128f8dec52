//! Public halves of passkeys, as COSE (RFC 9053) writes them.

use super::cbor::Item;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

/// What we ask for, the best first.
pub(crate) const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

const WRONG: &str = "the signature is wrong";
const UNUSABLE: &str = "its public key is of a kind that is not taken here";

/// The public half of a passkey.
pub(crate) enum PublicKey {
    /// A point on P-256, or on Ed25519.
    Curve(ParsedPublicKey),
    /// Modulus and exponent.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl PublicKey {
    /// Reads a key and checks that it can be one.
    pub(crate) fn parse(cose: &[u8]) -> Result<Self, &'static str> {
        let key = Item::parse(cose)?;
        let number = |name| match key.of_number(name) {
            Some(Item::Number(number)) => i64::try_from(*number).ok(),
            _ => None,
        };
        let bytes = |name| match key.of_number(name) {
            Some(Item::Bytes(bytes)) => Some(*bytes),
            _ => None,
        };
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(ES256), Some(1)) => Self::p256(bytes(-2), bytes(-3)),
            (Some(1), Some(EDDSA), Some(6)) => Self::ed25519(bytes(-2)),
            (Some(3), Some(RS256), None) => Self::rsa(bytes(-1), bytes(-2)),
            _ => None,
        }
        .ok_or(UNUSABLE)
    }

    fn p256(x: Option<&[u8]>, y: Option<&[u8]>) -> Option<Self> {
        let (x, y): (&[u8; 32], &[u8; 32]) = (x?.try_into().ok()?, y?.try_into().ok()?);
        let point = [&[4], x.as_slice(), y].concat();
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok().map(Self::Curve)
    }

    fn ed25519(x: Option<&[u8]>) -> Option<Self> {
        let x: &[u8; 32] = x?.try_into().ok()?;
        ParsedPublicKey::new(&ED25519, x).ok().map(Self::Curve)
    }

    fn rsa(n: Option<&[u8]>, e: Option<&[u8]>) -> Option<Self> {
        let (n, e) = (n?, e?);
        let fits = (256..=1024).contains(&n.len()) && (1..=8).contains(&e.len()) && n[0] != 0 && e[0] != 0;
        fits.then(|| Self::Rsa(RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() }))
    }

    /// Checks a signature.
    pub(crate) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), &'static str> {
        match self {
            Self::Curve(key) => key.verify_sig(signed, signature).map_err(|_| WRONG),
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).map_err(|_| WRONG),
        }
    }
}
