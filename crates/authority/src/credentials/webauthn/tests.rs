//! A small authenticator of our own, and what is wrong in each of its answers is refused.

use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

pub(crate) const PARTY: RelyingParty<'static> =
    RelyingParty { origin: "https://keys.example.com", id: "keys.example.com" };

const PRESENT_AND_VERIFIED: u8 = 0b101;
const WITH_CREDENTIAL: u8 = 0b100_0000;

enum Half {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// What a test changes in an answer.
#[derive(Clone)]
struct Said {
    kind: &'static str,
    origin: &'static str,
    party: &'static str,
    flags: u8,
    counter: u32,
    more: Value,
    tail: Vec<u8>,
}

fn said(kind: &'static str) -> Said {
    Said {
        kind,
        origin: PARTY.origin,
        party: PARTY.id,
        flags: PRESENT_AND_VERIFIED,
        counter: 7,
        more: json!({}),
        tail: Vec::new(),
    }
}

fn halves() -> Vec<Half> {
    vec![
        Half::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
        Half::Ed25519(Ed25519KeyPair::generate().unwrap()),
        Half::Rsa(RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap()),
    ]
}

impl Half {
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                [
                    &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
                    &point[1..33],
                    &[0x22, 0x58, 32],
                    &point[33..],
                ]
                .concat()
            }
            Self::Ed25519(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], pair.public_key().as_ref()].concat()
            }
            Self::Rsa(pair) => {
                let der = pair.public_key().as_ref();
                let (n, e) = (&der[9..265], &der[267..270]);
                [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0][..], n, &[0x21, 0x43], e].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn client_data(said: &Said) -> String {
    let mut data = json!({ "type": said.kind, "challenge": "Y2hhbGxlbmdl", "origin": said.origin });
    data.as_object_mut().unwrap().extend(said.more.as_object().unwrap().clone());
    data.to_string()
}

fn authenticator_data(said: &Said, credential: &[u8]) -> Vec<u8> {
    let party = digest(&SHA256, said.party.as_bytes());
    [party.as_ref(), &[said.flags], &said.counter.to_be_bytes(), credential, &said.tail].concat()
}

const ID: &[u8] = b"a credential id";

fn registration(said: &Said, cose: &[u8]) -> Value {
    let credential = [&[0; 16][..], &[0, 15], ID, cose].concat();
    let said = Said { flags: said.flags | WITH_CREDENTIAL, ..said.clone() };
    let data = authenticator_data(&said, &credential);
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let object = [
        &[0xa3, 0x63][..],
        b"fmt",
        &[0x64],
        b"none",
        &[0x67],
        b"attStmt",
        &[0xa0, 0x68],
        b"authData",
        &[0x59],
        &length,
        &data,
    ]
    .concat();
    json!({
        "id": base64(ID), "rawId": base64(ID), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64(client_data(&said)), "attestationObject": base64(object), "transports": [],
        },
    })
}

fn authentication(said: &Said, half: &Half) -> Value {
    let (data, client_data) = (authenticator_data(said, &[]), client_data(said));
    let signed = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
    json!({
        "id": base64(ID), "rawId": base64(ID), "type": "public-key",
        "response": {
            "clientDataJSON": base64(client_data), "authenticatorData": base64(data),
            "signature": base64(half.sign(&signed)), "userHandle": base64("ada"),
        },
    })
}

fn registered(answer: &Value) -> Result<NewPasskey, &'static str> {
    Registration::parse(&answer.to_string())?.verified(PARTY)
}

fn authenticated(answer: &Value, half: &Half) -> Result<u64, &'static str> {
    let key = PublicKey::parse(&half.cose())?;
    Authentication::parse(&answer.to_string())?.verified(PARTY, &key)
}

#[test]
fn passkeys_of_all_three_kinds_are_made_and_used() {
    for half in halves() {
        let made = registered(&registration(&said("webauthn.create"), &half.cose())).unwrap();
        assert_eq!((made.id, made.public_key, made.counter), (base64(ID), half.cose(), 7));
        let answer = authentication(&said("webauthn.get"), &half);
        assert_eq!(authenticated(&answer, &half), Ok(7));
        let read = Authentication::parse(&answer.to_string()).unwrap();
        assert_eq!(read.challenge().as_deref(), Ok("Y2hhbGxlbmdl"));
        assert_eq!(read.user_handle(), Ok(Some(b"ada".to_vec())));
    }
}

#[test]
fn extensions_and_backup_flags_are_read_over() {
    let half = halves().remove(0);
    let extended = Said {
        flags: PRESENT_AND_VERIFIED | 0b1001_1000,
        tail: vec![0xa1, 0x61, b'x', 0xf5],
        ..said("webauthn.create")
    };
    assert!(registered(&registration(&extended, &half.cose())).is_ok());
    let used = Said { kind: "webauthn.get", ..extended };
    assert_eq!(authenticated(&authentication(&used, &half), &half), Ok(7));
}

#[test]
fn every_answer_with_something_wrong_is_refused() {
    let get = said("webauthn.get");
    let wrong: [(&str, Said); 13] = [
        ("made", Said { kind: "webauthn.create", ..get.clone() }),
        ("another origin", Said { origin: "https://keys.example.com.evil.example", ..get.clone() }),
        ("a subdomain", Said { origin: "https://a.keys.example.com", ..get.clone() }),
        ("another port", Said { origin: "https://keys.example.com:8443", ..get.clone() }),
        ("plain http", Said { origin: "http://keys.example.com", ..get.clone() }),
        ("another site", Said { party: "example.com", ..get.clone() }),
        ("nobody there", Said { flags: 0b100, ..get.clone() }),
        ("nobody verified", Said { flags: 0b001, ..get.clone() }),
        ("backed up that can't be", Said { flags: 0b1_0101, ..get.clone() }),
        ("a frame", Said { more: json!({ "crossOrigin": true }), ..get.clone() }),
        ("a frame's top", Said { more: json!({ "topOrigin": "https://x.example" }), ..get.clone() }),
        ("a tail", Said { tail: vec![0], ..get.clone() }),
        ("a lost extension", Said { flags: 0b1000_0101, ..get.clone() }),
    ];
    for half in halves() {
        for (what, said) in &wrong {
            assert!(authenticated(&authentication(said, &half), &half).is_err(), "{what}");
        }
        for (what, said) in &wrong[1..] {
            let said = Said { kind: "webauthn.create", ..said.clone() };
            assert!(registered(&registration(&said, &half.cose())).is_err(), "{what}");
        }
        assert!(registered(&registration(&get, &half.cose())).is_err(), "not made");
    }
}

#[test]
fn a_signature_is_of_this_key_over_these_bytes() {
    let (half, other) = (halves().remove(0), halves().remove(0));
    let answer = authentication(&said("webauthn.get"), &half);
    assert_eq!(authenticated(&answer, &other), Err("the signature is wrong"));
    let recounted = authentication(&Said { counter: 8, ..said("webauthn.get") }, &half);
    let mut mixed = answer.clone();
    mixed["response"]["authenticatorData"] = recounted["response"]["authenticatorData"].clone();
    assert_eq!(authenticated(&mixed, &half), Err("the signature is wrong"));
    let mut empty = answer;
    empty["response"]["signature"] = json!("");
    assert_eq!(authenticated(&empty, &half), Err("the signature is wrong"));
}

#[test]
fn every_byte_of_an_answer_counts() {
    let half = halves().remove(0);
    let answer = authentication(&said("webauthn.get"), &half);
    for part in ["clientDataJSON", "authenticatorData", "signature"] {
        let good = URL_SAFE_NO_PAD.decode(answer["response"][part].as_str().unwrap()).unwrap();
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            let mut changed = answer.clone();
            changed["response"][part] = json!(base64(&bytes));
            assert!(authenticated(&changed, &half).is_err(), "byte {at} of {part}");
            changed["response"][part] = json!(base64(&good[..at]));
            assert!(authenticated(&changed, &half).is_err(), "{part} cut at {at}");
        }
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    let half = halves().remove(0);
    let good = half.cose();
    let mut off_curve = good.clone();
    off_curve[12] ^= 1;
    let mut other_algorithm = good.clone();
    other_algorithm[4] = 0x25;
    let mut other_curve = good.clone();
    other_curve[6] = 2;
    let short_rsa =
        [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x58, 128][..], &[1; 128], &[0x21, 0x43, 1, 0, 1]].concat();
    let cases = [
        vec![],
        vec![0xa0],
        good[..good.len() - 1].to_vec(),
        off_curve,
        other_algorithm,
        other_curve,
        short_rsa,
    ];
    for cose in cases {
        assert!(PublicKey::parse(&cose).is_err(), "{cose:?}");
        assert!(registered(&registration(&said("webauthn.create"), &cose)).is_err(), "{cose:?}");
    }
}

#[test]
fn an_answer_names_one_passkey_and_is_no_longer_than_needed() {
    let half = halves().remove(0);
    let good = registration(&said("webauthn.create"), &half.cose());
    for (name, value) in [("id", json!("b3RoZXI")), ("type", json!("password")), ("rawId", json!("b3RoZXI"))]
    {
        let mut wrong = good.clone();
        wrong[name] = value;
        assert!(registered(&wrong).is_err(), "{name}");
    }
    let mut renamed = good.clone();
    (renamed["id"], renamed["rawId"]) = (json!("b3RoZXI"), json!("b3RoZXI"));
    assert!(registered(&renamed).is_err(), "the authenticator names another");
    let mut long = good;
    long["more"] = json!("x".repeat(LONGEST_RESPONSE));
    assert_eq!(registered(&long), Err("the browser's answer is too long"));
    for text in ["", "{}", "null", "[1]", "{\"id\":1}"] {
        assert!(Registration::parse(text).is_err() && Authentication::parse(text).is_err(), "{text}");
    }
}
