//! `transaction` and `receipt`.

use super::hand::ran;
use crate::installation::{Installation, Ran};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use std::fs;

/// 2026-11-21 19:30.
const SIGNED: i64 = 1_795_289_400_000;
const RIGHT: [&str; 4] = ["--bundle-id", "com.example.app", "--environment", "Sandbox"];

/// Somebody who signs as the App Store does.
struct Shop {
    installation: Installation,
    leaf: KeyPair,
    chain: Vec<String>,
}

impl Shop {
    fn new() -> Self {
        let installation = Installation::new();
        let key = || KeyPair::generate().unwrap();
        let params = |name: &str, mark: &[u64]| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.custom_extensions = vec![CustomExtension::from_oid_content(mark, vec![5, 0])];
            params
        };
        let (root_key, between_key, leaf) = (key(), key(), key());
        let root = params("Root", &[1, 2, 3]);
        let between = params("Between", &[1, 2, 840, 113_635, 100, 6, 2, 1]);
        let mut end = params("Leaf", &[1, 2, 840, 113_635, 100, 6, 11, 1]);
        end.is_ca = IsCa::NoCa;
        let root_made = root.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root, root_key);
        let between_made = between.signed_by(&between_key, &root_issuer).unwrap();
        let end_made = end.signed_by(&leaf, &Issuer::new(between, between_key)).unwrap();
        fs::write(installation.beside("root.cer"), root_made.der()).unwrap();
        fs::write(installation.beside("root.pem"), root_made.pem()).unwrap();
        let stranger = params("Stranger", &[1, 2, 3]).self_signed(&key()).unwrap();
        fs::write(installation.beside("other.cer"), stranger.der()).unwrap();
        let chain = [end_made, between_made, root_made].map(|made| STANDARD.encode(made.der()));
        Self { installation, leaf, chain: chain.to_vec() }
    }

    fn sign(&self, payload: &Value) -> String {
        let header = json!({"alg": "ES256", "x5c": self.chain}).to_string();
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload.to_string()));
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.leaf.serialize_der()).unwrap();
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A notification with a transaction in it, as it is posted.
    fn posted(&self) -> String {
        let data = json!({
            "bundleId": "com.example.app", "environment": "Sandbox",
            "signedTransactionInfo": self.sign(&transaction()),
        });
        let payload = json!({
            "notificationType": "SUBSCRIBED", "notificationUUID": "1", "signedDate": SIGNED, "data": data,
        });
        json!({ "signedPayload": self.sign(&payload) }).to_string()
    }

    fn verify(&self, more: &[&str], input: &str) -> Ran {
        self.installation.run_with_input(&[&["transaction", "verify"], more].concat(), input)
    }
}

fn transaction() -> Value {
    json!({
        "transactionId": "2000000012345", "bundleId": "com.example.app", "environment": "Sandbox",
        "productId": "com.example.\u{1b}[2Jcoins", "signedDate": SIGNED,
    })
}

#[test]
fn what_a_given_root_signs_is_verified_and_shown() {
    let shop = Shop::new();
    for root in ["root.cer", "root.pem"] {
        let ran = shop.verify(&[&["--root", root][..], &RIGHT].concat(), &shop.sign(&transaction()));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert!(ran.stdout.starts_with("genuine: a transaction, signed 2026-11-21T19:30:00Z\n"), "{ran:?}");
        assert!(ran.stdout.contains("  signedDate     1795289400000 (2026-11-21T19:30:00Z)\n"), "{ran:?}");
        assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
    }
    let ran = shop.verify(&[&["--root", "root.cer", "--json"][..], &RIGHT].concat(), &shop.posted());
    let document = ran.document();
    assert_eq!(
        (&document["kind"], &document["signedAt"]),
        (&json!("NOTIFICATION"), &json!("2026-11-21T19:30:00Z"))
    );
    assert_eq!(document["inner"]["signedTransactionInfo"]["payload"], transaction());
}

#[test]
fn what_is_not_meant_for_you_is_refused_and_what_was_not_asked_is_said() {
    let shop = Shop::new();
    let signed = shop.sign(&transaction());
    for (flags, words) in [
        (
            &["--root", "root.cer", "--bundle-id", "com.example.other"][..],
            "it is for another app: com.example.app",
        ),
        (
            &["--root", "root.cer", "--environment", "production"],
            "it comes from Sandbox, not from Production",
        ),
        (&["--root", "other.cer"], "its certificates lead to none of the roots that are trusted here"),
        (&["--root", "nowhere.cer"], "can't read"),
        (&[], "there is no root certificate to trust"),
    ] {
        shop.verify(flags, &signed).assert_refused(1, words);
    }
    shop.verify(&["--root", "root.cer", "--environment", "moon"], &signed)
        .assert_refused(2, "there is no environment `moon`");
    let changed = signed.replace('e', "f");
    assert_eq!(shop.verify(&["--root", "root.cer"], &changed).code, 1);
    let ran = shop.verify(&["--root", "root.cer"], &signed);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr.matches("was not looked at").count(), 2, "{ran:?}");
}

#[test]
fn whoever_asks_for_revocation_believes_nothing_without_an_answer() {
    let shop = Shop::new();
    let signed = shop.sign(&transaction());
    let asking = ["--root", "root.cer", "--ocsp"];
    shop.verify(&asking, &signed)
        .assert_refused(1, "its second certificate names nobody who tells whether it was revoked");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");
    shop.verify(&[&asking[..], &["--ocsp-url", &url]].concat(), &signed)
        .assert_refused(1, "its second certificate may have been revoked: ");
    shop.verify(&[&asking[..], &["--ocsp-url", "nowhere"]].concat(), &signed).assert_refused(1, "nowhere");
    let ran = shop.verify(&["--root", "root.cer", "--ocsp-url", &url], &signed);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("arguments were not provided:\n  --ocsp\n"), "{ran:?}");
}

#[test]
fn roots_are_found_beside_the_settings() {
    let shop = Shop::new();
    let roots = shop.installation.beside("settings/counterfoil/roots");
    fs::create_dir_all(&roots).unwrap();
    fs::copy(shop.installation.beside("root.cer"), roots.join("sandbox.cer")).unwrap();
    fs::write(shop.installation.beside("signed.txt"), shop.sign(&transaction())).unwrap();
    let mut command = shop.installation.command(&["transaction", "verify", "signed.txt", "--json"]);
    command.env("XDG_CONFIG_HOME", shop.installation.beside("settings"));
    let ran = ran(command);
    assert_eq!(ran.document()["kind"], "TRANSACTION", "{ran:?}");
}

#[test]
fn decoding_believes_nothing_and_says_so() {
    let shop = Shop::new();
    let forged = format!(
        "{}.{}.AA",
        URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"),
        URL_SAFE_NO_PAD.encode(transaction().to_string())
    );
    let ran = shop.installation.run_with_input(&["transaction", "decode", "--json"], &forged);
    let document = ran.document();
    assert_eq!((&document["verified"], &document["kind"]), (&json!(false), &json!("TRANSACTION")));
    assert_eq!((&document["header"], &document["payload"]), (&json!({"alg": "none"}), &transaction()));
    assert!(ran.stderr.contains("nothing of this was verified"), "{ran:?}");
    shop.installation
        .run_with_input(&["transaction", "decode"], "hello")
        .assert_refused(1, "it is not three segments with dots between");
}

#[test]
fn a_receipt_tells_a_transaction_or_that_there_is_none() {
    let installation = Installation::new();
    let receipt =
        |info: &str| STANDARD.encode(format!("{{\n\t\"purchase-info\" = \"{}\";\n}}", STANDARD.encode(info)));
    let read = |text: &str, more: &[&str]| {
        installation.run_with_input(&[&["receipt", "transaction-id"], more].concat(), text)
    };
    let bought = receipt("{\n\t\"transaction-id\" = \"33993399\";\n}");
    assert_eq!(read(&bought, &[]).stdout, "33993399\n");
    let document = read(&bought, &["--json"]).document();
    assert_eq!(document, json!({"transactionId": "33993399", "receipt": "TRANSACTION"}));
    read(&receipt("{}"), &[]).assert_refused(1, "there is no transaction in this receipt");
    read("hello!", &[]).assert_refused(1, "this is no base64");
    installation.run(&["receipt", "transaction-id", "nowhere"]).assert_refused(1, "can't read nowhere");
}
