//! A small authenticator with one passkey, and an app for codes.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::time::Timestamp;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

const ORIGIN: &str = "http://localhost:8787";

/// An authenticator with one passkey.
pub(crate) struct Authenticator {
    pair: EcdsaKeyPair,
    id: String,
    user: String,
    /// How often it has signed; a test may set it back.
    pub(crate) counter: AtomicU32,
}

impl Authenticator {
    /// Makes a passkey as the options say, and the browser's answer.
    pub(crate) fn make(options: &Value) -> (Self, String) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = digest(&SHA256, pair.public_key().as_ref());
        let point = pair.public_key().as_ref();
        let cose = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ];
        let credential = [&[0; 16][..], &[0, 32], id.as_ref(), &cose.concat()].concat();
        let data = data(options["rp"]["id"].as_str().unwrap(), 0b100_0101, 1, &credential);
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
        ];
        let id = base64(id);
        let answer = json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "clientDataJSON": base64(client_data("webauthn.create", options)),
                "attestationObject": base64(object.concat()),
            },
        });
        let user = options["user"]["id"].as_str().unwrap().to_owned();
        (Self { pair, id, user, counter: AtomicU32::new(1) }, answer.to_string())
    }

    /// The browser's answer to these options.
    pub(crate) fn answer(&self, options: &Value) -> String {
        let counter = self.counter.fetch_add(1, Ordering::SeqCst) + 1;
        let data = data(options["rpId"].as_str().unwrap(), 0b101, counter, &[]);
        let client_data = client_data("webauthn.get", options);
        let signed = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": self.id, "rawId": self.id, "type": "public-key",
            "response": {
                "clientDataJSON": base64(client_data), "authenticatorData": base64(data),
                "signature": base64(signature.as_ref()), "userHandle": self.user,
            },
        })
        .to_string()
    }
}

fn client_data(kind: &str, options: &Value) -> String {
    json!({ "type": kind, "challenge": options["challenge"], "origin": ORIGIN, "crossOrigin": false })
        .to_string()
}

fn data(party: &str, flags: u8, counter: u32, credential: &[u8]) -> Vec<u8> {
    let party = digest(&SHA256, party.as_bytes());
    [party.as_ref(), &[flags], &counter.to_be_bytes(), credential].concat()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The code that an app shows at this moment for the secret of this text.
pub(crate) fn code_of(secret: &str, now: Timestamp) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = secret.chars().filter(|letter| *letter != ' ').map(|letter| LETTERS.find(letter).unwrap());
    let bits: Vec<bool> =
        digits.flat_map(|digit| (0..5).map(move |bit| digit >> (4 - bit) & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0_u8, |all, bit| all << 1 | u8::from(*bit));
    let key: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(now.as_seconds() / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}
