//! `offer`.

use super::hand::{ISSUER, ran};
use crate::installation::{Installation, Ran};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use counterfoil_core::jws::Jws;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const KEY: &str = "2X9R4HXF34";
const SUBSCRIPTION: [&str; 4] = ["--bundle-id", "com.example.app", "--product-id", "com.example.plus"];

/// Somebody with an in-app purchase key in a file.
struct Owner {
    installation: Installation,
    public: PublicHalf,
}

impl Owner {
    fn new() -> Self {
        let (installation, half) =
            (Installation::new(), PrivateHalf::generate(&SystemRandom::new()).unwrap());
        for prefix in ["SubscriptionKey", "AuthKey"] {
            let path = installation.beside(&format!("{prefix}_{KEY}.p8"));
            fs::write(&path, half.to_pem().unwrap().as_bytes()).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self { installation, public: half.public() }
    }

    fn offer(&self, what: &str, more: &[&str]) -> Ran {
        self.with("SubscriptionKey", what, &[more, &["--issuer-id", ISSUER]].concat())
    }

    fn with(&self, prefix: &str, what: &str, more: &[&str]) -> Ran {
        let file = format!("{prefix}_{KEY}.p8");
        let mut command = self.installation.command(&["offer", what, "--private-key", &file]);
        command.args(SUBSCRIPTION).args(more).env("HOME", self.installation.beside("home"));
        ran(command)
    }

    /// The header and the claims of what this key has signed.
    fn signed(&self, text: &str) -> (Value, Value) {
        let jws = Jws::parse(text).unwrap();
        assert!(jws.is_signed_by(&self.public.parsed().unwrap()), "{text}");
        let header = URL_SAFE_NO_PAD.decode(text.split('.').next().unwrap()).unwrap();
        (serde_json::from_slice(&header).unwrap(), serde_json::from_slice(jws.payload()).unwrap())
    }
}

#[test]
fn requests_to_storekit_claim_what_was_typed_and_are_signed_by_the_key() {
    let owner = Owner::new();
    for (what, more, claimed) in [
        (
            "promotional",
            &["--offer-id", "winback"][..],
            json!({"aud": "promotional-offer", "offerIdentifier": "winback"}),
        ),
        (
            "promotional",
            &["--offer-id", "winback", "--transaction-id", "2000000012345"],
            json!({"aud": "promotional-offer", "offerIdentifier": "winback", "transactionId": "2000000012345"}),
        ),
        (
            "introductory",
            &["--transaction-id", "2000000012345", "--allow"],
            json!({
                "aud": "introductory-offer-eligibility", "allowIntroductoryOffer": true,
                "transactionId": "2000000012345",
            }),
        ),
        (
            "introductory",
            &["--transaction-id", "2000000012345", "--deny"],
            json!({
                "aud": "introductory-offer-eligibility", "allowIntroductoryOffer": false,
                "transactionId": "2000000012345",
            }),
        ),
    ] {
        let ran = owner.offer(what, &[more, &["--json"]].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let document = ran.document();
        let (header, mut claims) = owner.signed(document["jws"].as_str().unwrap());
        assert_eq!(header, json!({"alg": "ES256", "kid": KEY, "typ": "JWT"}));
        let at = claims["iat"].take();
        assert!(at.as_i64().is_some_and(|at| at > 1_700_000_000), "{at}");
        let mut expected = claimed;
        for (name, value) in [
            ("bid", json!("com.example.app")),
            ("iss", json!(ISSUER)),
            ("nonce", document["nonce"].clone()),
            ("productId", json!("com.example.plus")),
            ("iat", Value::Null),
        ] {
            expected[name] = value;
        }
        assert_eq!((claims, &document["keyId"]), (expected, &json!(KEY)));
    }
    let plain = owner.offer("promotional", &["--offer-id", "winback"]);
    assert_eq!(owner.signed(plain.stdout.trim()).1["offerIdentifier"], "winback");
}

#[test]
fn the_older_form_is_a_signature_over_its_fields() {
    let owner = Owner::new();
    let ran = owner.with(
        "SubscriptionKey",
        "promotional",
        &["--offer-id", "winback", "--older", "--username", "User-7", "--json"],
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "no issuer id is asked for: {ran:?}");
    let document = ran.document();
    assert_eq!((&document["identifier"], &document["keyIdentifier"]), (&json!("winback"), &json!(KEY)));
    let (nonce, at) = (document["nonce"].as_str().unwrap(), document["timestamp"].as_i64().unwrap());
    let fields = ["com.example.app", KEY, "com.example.plus", "winback", "user-7", nonce, &at.to_string()];
    let signature = STANDARD.decode(document["signature"].as_str().unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, owner.public.as_bytes().to_vec());
    public.verify(fields.join("\u{2063}").as_bytes(), &signature).unwrap();
    let plain = owner.offer("promotional", &["--offer-id", "winback", "--older"]);
    let names: Vec<_> = plain.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["identifier", "keyIdentifier", "nonce", "timestamp", "signature"]);
}

#[test]
fn what_storekit_would_not_take_is_refused_or_warned_of() {
    let owner = Owner::new();
    let customer = ["--transaction-id", "7"];
    for (what, more, code, words) in [
        ("introductory", &customer[..], 2, "--allow"),
        ("introductory", &["--transaction-id", "7", "--allow", "--deny"], 2, "cannot be used with"),
        ("introductory", &["--allow"], 2, "--transaction-id"),
        ("promotional", &[], 2, "--offer-id"),
        ("promotional", &["--offer-id", ""], 2, "--offer-id"),
        ("promotional", &["--offer-id", "a", "--older", "--transaction-id", "7"], 2, "cannot be used with"),
        ("promotional", &["--offer-id", "a", "--username", "b"], 2, "--older"),
        ("promotional", &["--offer-id", "a\u{2063}b", "--older"], 1, "a field has a U+2063 in it"),
    ] {
        let ran = owner.offer(what, more);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{more:?}: {ran:?}");
        assert!(ran.stderr.contains(words), "{more:?}: {ran:?}");
    }
    owner
        .with("SubscriptionKey", "promotional", &["--offer-id", "a"])
        .assert_refused(1, "this key has no issuer id");
    let mut command = owner.installation.command(&["offer", "promotional", "--bundle-id", "not one"]);
    command.args(["--product-id", "a", "--offer-id", "a"]);
    let no_app = ran(command);
    assert_eq!((no_app.code, no_app.stdout.as_str()), (2, ""), "{no_app:?}");
    assert!(no_app.stderr.contains("give the app's bundle id"), "{no_app:?}");
    let other = owner.with("AuthKey", "promotional", &["--offer-id", "a", "--issuer-id", ISSUER]);
    assert_eq!(other.code, 0, "{other:?}");
    assert!(other.stderr.contains("this looks like no in-app purchase key"), "{other:?}");
}
