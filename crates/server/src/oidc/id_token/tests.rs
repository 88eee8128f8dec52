use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
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
