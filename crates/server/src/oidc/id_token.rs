//! ID tokens: whether one was made by that issuer, for us, now, in answer to this attempt.

use super::keys::{Algorithm, Keys, Signed};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::time::Timestamp;
use serde::Deserialize;
use std::time::Duration;

/// How far a provider's clock and ours may differ.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);
/// The longest token that is looked at.
const LONGEST: usize = 32 * 1024;
/// The longest subject, by OpenID Connect.
const LONGEST_SUBJECT: usize = 255;

/// Somebody, as a provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The provider.
    pub(crate) issuer: String,
    /// Who there; nothing else says who it is.
    pub(crate) subject: String,
    /// An address, as a hint.
    pub(crate) email: Option<String>,
    /// Whether the provider says that it has proven the address.
    pub(crate) email_verified: bool,
}

/// What a token must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
    /// Since when the provider must have asked its visitor, if it must.
    pub(super) authenticated_since: Option<Timestamp>,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("it is no token")]
    Malformed,
    #[error("its algorithm is not one that is taken")]
    Algorithm,
    #[error("the provider did not sign it")]
    Signature,
    #[error("it is signed by a key that the provider does not show")]
    UnknownKey,
    #[error("another issuer made it")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it has run out")]
    Expired,
    #[error("it is from the future")]
    Early,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
    #[error("the provider did not ask its visitor anew")]
    NotAnew,
}

impl TokenFault {
    /// Whether all is well but that the visitor was not asked anew.
    pub(crate) const fn is_not_anew(self) -> bool {
        matches!(self, Self::NotAnew)
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    auth_time: Option<f64>,
    email: Option<String>,
    email_verified: Option<Verified>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some issuers write it as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Verified {
    Said(bool),
    Written(String),
}

/// Who a token says that somebody is.
///
/// These are security invariants: the algorithm is one of ours before any key is looked for; nothing of the claims
/// is read before the signature is good; issuer, audience, time and nonce are checked here and nowhere else.
pub(super) fn verified(token: &str, keys: &Keys, demand: &Demand<'_>) -> Result<Identity, TokenFault> {
    let payload = signed_payload(token, keys)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenFault::Malformed)?;
    if claims.iss != demand.issuer {
        return Err(TokenFault::Issuer);
    }
    if !claims.is_for(demand.client_id) {
        return Err(TokenFault::Audience);
    }
    claims.is_timely(demand.now)?;
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    verify_slices_are_equal(nonce.as_bytes(), demand.nonce.as_bytes()).map_err(|_| TokenFault::Nonce)?;
    if demand.authenticated_since.is_some_and(|since| !claims.authenticated_since(since)) {
        return Err(TokenFault::NotAnew);
    }
    if !(1..=LONGEST_SUBJECT).contains(&claims.sub.len()) {
        return Err(TokenFault::Subject);
    }
    Ok(claims.identity())
}

fn signed_payload(token: &str, keys: &Keys) -> Result<Vec<u8>, TokenFault> {
    let malformed = TokenFault::Malformed;
    let (message, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST).ok_or(malformed)?;
    let (header, payload) = message.split_once('.').ok_or(malformed)?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed);
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| malformed)?;
    if header.crit.is_some() {
        return Err(malformed);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(TokenFault::Algorithm)?;
    let (payload, signature) = (decoded(payload)?, decoded(signature)?);
    match keys.check(algorithm, header.kid.as_deref(), message.as_bytes(), &signature) {
        Signed::Yes => Ok(payload),
        Signed::No => Err(TokenFault::Signature),
        Signed::ByUnknownKey => Err(TokenFault::UnknownKey),
    }
}

impl Claims {
    /// For us alone, or for several of which we are the one that asked.
    fn is_for(&self, client_id: &str) -> bool {
        let is_us = |party: &str| party == client_id;
        let (among, alone) = match &self.aud {
            Audience::One(one) => (is_us(one), true),
            Audience::Many(many) => (many.iter().any(|one| is_us(one)), many.len() == 1),
        };
        among && self.azp.as_deref().map_or(alone, is_us)
    }

    /// JSON has no number that compares with none.
    fn is_timely(&self, now: Timestamp) -> Result<(), TokenFault> {
        let (now, leeway) = (seconds(now), LEEWAY.as_secs_f64());
        if self.exp + leeway <= now {
            return Err(TokenFault::Expired);
        }
        if self.iat > now + leeway || self.nbf.is_some_and(|nbf| nbf > now + leeway) {
            return Err(TokenFault::Early);
        }
        Ok(())
    }

    fn authenticated_since(&self, since: Timestamp) -> bool {
        self.auth_time.is_some_and(|at| at + LEEWAY.as_secs_f64() >= seconds(since))
    }

    fn identity(self) -> Identity {
        let email_verified = match self.email_verified {
            Some(Verified::Said(said)) => said,
            Some(Verified::Written(text)) => text == "true",
            None => false,
        };
        Identity { issuer: self.iss, subject: self.sub, email: self.email, email_verified }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact in 53 bits")]
fn seconds(at: Timestamp) -> f64 {
    at.as_seconds() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256,
    };
    use serde_json::{Value, json};

    const NOW: i64 = 1_795_268_401;
    const DEMAND: Demand<'_> = Demand {
        issuer: "https://id.example",
        client_id: "us",
        nonce: "the nonce",
        now: Timestamp::from_seconds(NOW),
        authenticated_since: None,
    };

    /// An issuer with one key of each kind.
    struct Issuer {
        ec: EcdsaKeyPair,
        rsa: RsaKeyPair,
        ed: Ed25519KeyPair,
    }

    impl Issuer {
        fn new() -> Self {
            Self {
                ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
                rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
                ed: Ed25519KeyPair::generate().unwrap(),
            }
        }

        fn keys(&self) -> Keys {
            let point = self.ec.public_key().as_ref();
            let keys = json!({"keys": [
                {"kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256", "x": b64(&point[1..33]), "y": b64(&point[33..])},
                {"kty": "RSA", "kid": "rsa", "n": b64(&self.modulus()), "e": "AQAB"},
                {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig", "x": b64(self.ed.public_key().as_ref())},
            ]});
            Keys::read(keys.to_string().as_bytes()).unwrap()
        }

        /// The public half is, in DER, a modulus of 256 bytes and 65537, which takes the last 5.
        fn modulus(&self) -> Vec<u8> {
            let der = self.rsa.public_key().as_ref();
            der[der.len() - 261..der.len() - 5].to_vec()
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let message =
                format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
            let random = SystemRandom::new();
            let rsa = |how: &'static _| {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(how, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            };
            let signature = match header["alg"].as_str().unwrap() {
                "RS256" => rsa(&RSA_PKCS1_SHA256),
                "PS256" => rsa(&RSA_PSS_SHA256),
                "EdDSA" => self.ed.sign(message.as_bytes()).as_ref().to_vec(),
                "none" => vec![],
                "HS256" => {
                    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &self.modulus());
                    aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
                }
                _ => self.ec.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            };
            format!("{message}.{}", b64(&signature))
        }

        /// A good token of ours but for these claims.
        fn with(&self, changes: Value) -> String {
            self.token(&json!({"alg": "ES256", "kid": "ec"}), &claims(changes))
        }
    }

    fn b64(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn claims(changes: Value) -> Value {
        let mut claims = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "us", "exp": NOW + 300, "iat": NOW,
            "nonce": "the nonce", "email": "ada@example.com", "email_verified": true,
        });
        let Value::Object(changes) = changes else { panic!("no object") };
        for (name, value) in changes {
            claims[name] = value;
        }
        claims
    }

    #[test]
    fn a_good_token_says_who_it_is() {
        let issuer = Issuer::new();
        let expected = Identity {
            issuer: "https://id.example".into(),
            subject: "ada".into(),
            email: Some("ada@example.com".into()),
            email_verified: true,
        };
        for (alg, kid) in [("ES256", "ec"), ("RS256", "rsa"), ("PS256", "rsa"), ("EdDSA", "ed")] {
            let token = issuer.token(&json!({"alg": alg, "kid": kid, "typ": "JWT"}), &claims(json!({})));
            assert_eq!(verified(&token, &issuer.keys(), &DEMAND), Ok(expected.clone()), "{alg}");
        }
        let unnamed = issuer.token(&json!({"alg": "EdDSA"}), &claims(json!({})));
        assert_eq!(
            verified(&unnamed, &issuer.keys(), &DEMAND),
            Ok(expected),
            "one key alone could have signed it"
        );
    }

    #[test]
    fn what_differs_harmlessly_is_taken() {
        let issuer = Issuer::new();
        for changes in [
            json!({"aud": ["us"]}),
            json!({"aud": ["us", "them"], "azp": "us"}),
            json!({"exp": NOW - 59}),
            json!({"iat": NOW + 59}),
            json!({"iat": 0.5}),
            json!({"nbf": NOW}),
            json!({"email_verified": "true"}),
            json!({"unknown": {"deep": [1]}}),
        ] {
            assert!(verified(&issuer.with(changes.clone()), &issuer.keys(), &DEMAND).is_ok(), "{changes}");
        }
    }

    #[test]
    fn claims_that_are_not_as_demanded_are_refused_by_name() {
        let issuer = Issuer::new();
        for (changes, fault) in [
            (json!({"iss": "https://evil.example"}), TokenFault::Issuer),
            (json!({"iss": "https://id.example/"}), TokenFault::Issuer),
            (json!({"aud": "them"}), TokenFault::Audience),
            (json!({"aud": []}), TokenFault::Audience),
            (json!({"aud": ["us", "them"]}), TokenFault::Audience),
            (json!({"aud": "us", "azp": "them"}), TokenFault::Audience),
            (json!({"exp": NOW - 60}), TokenFault::Expired),
            (json!({"iat": NOW + 61}), TokenFault::Early),
            (json!({"nbf": NOW + 61}), TokenFault::Early),
            (json!({"nonce": "another"}), TokenFault::Nonce),
            (json!({"nonce": null}), TokenFault::Nonce),
            (json!({"nonce": ""}), TokenFault::Nonce),
            (json!({"sub": ""}), TokenFault::Subject),
            (json!({"sub": "x".repeat(256)}), TokenFault::Subject),
            (json!({"sub": 3}), TokenFault::Malformed),
            (json!({"exp": "soon"}), TokenFault::Malformed),
            (json!({"aud": null}), TokenFault::Malformed),
        ] {
            let found = verified(&issuer.with(changes.clone()), &issuer.keys(), &DEMAND);
            assert_eq!(found, Err(fault), "{changes}");
        }
    }

    #[test]
    fn a_step_up_needs_a_visitor_who_was_asked_anew() {
        let issuer = Issuer::new();
        let demand = Demand { authenticated_since: Some(Timestamp::from_seconds(NOW - 5)), ..DEMAND };
        for (auth_time, expected) in [
            (json!(NOW), None),
            (json!(NOW - 65), None),
            (json!(NOW - 66), Some(TokenFault::NotAnew)),
            (json!(NOW - 3600), Some(TokenFault::NotAnew)),
            (json!(null), Some(TokenFault::NotAnew)),
        ] {
            let token = issuer.with(json!({"auth_time": auth_time}));
            assert_eq!(verified(&token, &issuer.keys(), &demand).err(), expected, "{auth_time}");
        }
    }

    #[test]
    fn a_token_that_the_issuer_did_not_sign_is_refused() {
        let (issuer, other) = (Issuer::new(), Issuer::new());
        let good = issuer.with(json!({}));
        let header = |header: Value| issuer.token(&header, &claims(json!({})));
        for (token, fault) in [
            (other.with(json!({})), TokenFault::Signature),
            (header(json!({"alg": "none"})), TokenFault::Algorithm),
            (header(json!({"alg": "HS256", "kid": "rsa"})), TokenFault::Algorithm),
            (header(json!({"alg": "ES256", "kid": "rsa"})), TokenFault::UnknownKey),
            (header(json!({"alg": "RS256", "kid": "ec"})), TokenFault::UnknownKey),
            (header(json!({"alg": "ES256", "kid": "gone"})), TokenFault::UnknownKey),
            (header(json!({"alg": "ES256", "kid": "ec", "crit": ["exp"]})), TokenFault::Malformed),
            (header(json!({"alg": "ES256K", "kid": "ec"})), TokenFault::Algorithm),
            (format!("{good}A"), TokenFault::Signature),
            (format!("{good}=="), TokenFault::Malformed),
            (good.rsplit_once('.').unwrap().0.to_owned() + ".", TokenFault::Signature),
            (good.replace('.', ""), TokenFault::Malformed),
            (format!("{good}.{good}"), TokenFault::Malformed),
            (String::new(), TokenFault::Malformed),
            ("..".to_owned(), TokenFault::Malformed),
            ("a".repeat(LONGEST + 1), TokenFault::Malformed),
        ] {
            assert_eq!(verified(&token, &issuer.keys(), &DEMAND), Err(fault), "{token}");
        }
    }

    #[test]
    fn every_byte_of_a_token_counts() {
        let issuer = Issuer::new();
        let good = issuer.with(json!({}));
        for at in (0..good.len()).step_by(3) {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verified(&changed, &issuer.keys(), &DEMAND).is_err(), "byte {at}");
        }
    }
}
