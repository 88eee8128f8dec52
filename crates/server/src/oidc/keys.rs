//! The keys of an issuer, and the algorithms that we take: asymmetric ones of today, no others.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// More keys than any issuer has.
const MOST_KEYS: usize = 100;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    Es384,
    EdDsa,
}

/// The keys of an issuer that we can check signatures with.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<IssuerKey>);

#[derive(Clone, Debug)]
struct IssuerKey {
    id: Option<String>,
    /// The one algorithm that it is for, if the issuer says so.
    only: Option<String>,
    public: Public,
}

#[derive(Clone, Debug)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// What checking a signature came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// The issuer signed it.
    Yes,
    /// It did not.
    No,
    /// By a key that is not among these.
    ByUnknownKey,
}

impl Algorithm {
    /// The algorithm of this name, if we take it. `none` and what is signed with a shared secret are not among
    /// them, whatever an issuer says.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set of keys; those that are not for us are passed over. Nothing, if it is no set of keys.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let keys = document.keys.into_iter().take(MOST_KEYS);
        Some(Self(keys.filter_map(|key| IssuerKey::read(serde_json::from_value(key).ok()?)).collect()))
    }

    /// Whether one of these keys signed this. A token without a key id counts only where one key alone could have.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Signed {
        let fitting: Vec<_> = self.0.iter().filter(|key| key.is_for(algorithm)).collect();
        let named: Vec<_> = fitting.iter().filter(|key| id.is_none() || key.id.as_deref() == id).collect();
        match named.as_slice() {
            [only] if only.public.signed(algorithm, message, signature) => Signed::Yes,
            [_] => Signed::No,
            _ => Signed::ByUnknownKey,
        }
    }
}

impl IssuerKey {
    fn read(jwk: Jwk) -> Option<Self> {
        if jwk.used_for.is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?.trim_end_matches('=')).ok();
        let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Public::Rsa { n: bytes(jwk.n)?, e: bytes(jwk.e)? },
            ("EC", Some("P-256")) => Public::P256(point(&bytes(jwk.x)?, &bytes(jwk.y)?, 32)?),
            ("EC", Some("P-384")) => Public::P384(point(&bytes(jwk.x)?, &bytes(jwk.y)?, 48)?),
            ("OKP", Some("Ed25519")) => Public::Ed25519(bytes(jwk.x)?),
            _ => return None,
        };
        Some(Self { id: jwk.kid, only: jwk.alg, public })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        let fits = match (&self.public, algorithm) {
            (Public::Rsa { .. }, Algorithm::Rs256 | Algorithm::Ps256)
            | (Public::P256(_), Algorithm::Es256)
            | (Public::P384(_), Algorithm::Es384)
            | (Public::Ed25519(_), Algorithm::EdDsa) => true,
            (Public::Rsa { .. } | Public::P256(_) | Public::P384(_) | Public::Ed25519(_), _) => false,
        };
        fits && self.only.as_deref().is_none_or(|only| only == algorithm.name())
    }
}

impl Public {
    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let checked = match (self, algorithm) {
            (Self::Rsa { n, e }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            }
            (Self::Rsa { n, e }, _) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (Self::P256(point), _) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            (Self::P384(point), _) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature)
            }
            (Self::Ed25519(key), _) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        checked.is_ok()
    }
}

/// An uncompressed point; some issuers leave leading zeros out.
fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut point = vec![4];
    for coordinate in [x, y] {
        point.resize(point.len() + length.checked_sub(coordinate.len())?, 0);
        point.extend_from_slice(coordinate);
    }
    Some(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_asymmetric_algorithms_are_taken() {
        for name in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
            assert_eq!(Algorithm::named(name).map(Algorithm::name), Some(name));
        }
        for name in ["none", "None", "", "HS256", "HS512", "RS1", "rs256", "A128KW", "ES256K"] {
            assert_eq!(Algorithm::named(name), None, "{name}");
        }
    }

    #[test]
    fn keys_that_are_not_for_us_are_passed_over() {
        let read = |text: &str| Keys::read(text.as_bytes()).map(|keys| keys.0.len());
        for (text, expected) in [
            ("", None),
            ("[]", None),
            (r#"{"keys":3}"#, None),
            (r#"{"keys":[]}"#, Some(0)),
            (r#"{"keys":[3,{"kty":"oct","k":"AAAA"}]}"#, Some(0)),
            (r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"enc"}]}"#, Some(0)),
            (r#"{"keys":[{"kty":"RSA","n":"AQAB"}]}"#, Some(0)),
            (r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"sig"}]}"#, Some(1)),
            (r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]}"#, Some(1)),
            (r#"{"keys":[{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}]}"#, Some(0)),
            (
                r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQ"},{"kty":"OKP","crv":"X25519","x":"AQ"}]}"#,
                Some(1),
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        let many =
            format!(r#"{{"keys":[{}]}}"#, vec![r#"{"kty":"OKP","crv":"Ed25519","x":"AQ"}"#; 500].join(","));
        assert_eq!(read(&many), Some(MOST_KEYS));
    }

    #[test]
    fn a_short_coordinate_is_filled_up_and_a_long_one_refused() {
        assert_eq!(point(&[1], &[2; 2], 2), Some(vec![4, 0, 1, 2, 2]));
        assert_eq!(point(&[1; 3], &[2], 2), None);
    }
}
