//! The App Store Server API of the sandbox, behind the gateway: asked with an in-app purchase key, and believed as an
//! app's own server would believe it.

use crate::installation::{Bootstrapped, Installation, Ran, Serving};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

const BUNDLE: &str = "com.example.trains";

/// A server with the sandbox behind it, and a key that opens what purchases need.
struct Scene {
    installation: Installation,
    made: Bootstrapped,
    serving: Serving,
    key: String,
}

impl Scene {
    fn new() -> Self {
        let installation = Installation::new();
        let made = installation.bootstrap(&[]);
        let serving = installation.serve(&["--upstream", "sandbox"]);
        let attributes = json!({ "nickname": "Receipts", "keyType": "IN_APP_PURCHASE" });
        let body = json!({ "data": { "type": "apiKeys", "attributes": attributes } });
        let key = serving.ask("POST", "/v1/apiKeys", Some(&made.key), Some(&body)).text("/data/id");
        let half = serving.ask("POST", &format!("/v1/apiKeys/{key}/download"), Some(&made.key), None);
        fs::write(installation.beside("purchases.p8"), &half.body).unwrap();
        fs::write(installation.beside("root.cer"), fetch(serving.listen(), "/sandbox/root.cer")).unwrap();
        Self { installation, made, serving, key }
    }

    fn request(&self, bundle: &str, words: &[&str]) -> Ran {
        let url = self.serving.document["publicUrl"].as_str().unwrap();
        let half = self.installation.beside("purchases.p8").display().to_string();
        let key = ["--key-id", &self.key, "--issuer-id", &self.made.team, "--private-key", &half];
        let to = ["--url", url, "--bundle-id", bundle];
        self.installation.run(&[&["request"][..], words, &key, &to].concat())
    }

    fn found(&self, words: &[&str]) -> Value {
        let ran = self.request(BUNDLE, words);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// What an app's server makes of what was signed.
    fn verify(&self, signed: &str, bundle: &str) -> Ran {
        let root = self.installation.beside("root.cer").display().to_string();
        let demand = ["--root", &root, "--bundle-id", bundle, "--environment", "Sandbox", "--json"];
        self.installation.run_with_input(&[&["transaction", "verify"][..], &demand].concat(), signed)
    }
}

/// The bytes of a file that anybody may fetch.
fn fetch(listen: &str, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(listen).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&bytes));
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    bytes.split_off(head + 4)
}

#[test]
fn what_the_sandbox_signs_is_believed_by_whoever_takes_its_root() {
    let scene = Scene::new();
    let customers = scene.found(&["GET", "/inApps/sandbox/customers"]);
    let last = customers.pointer("/customers/0/purchases/0/transactionId").unwrap().as_str().unwrap();
    let transaction = scene.found(&["GET", &format!("/inApps/v1/transactions/{last}")]);
    let statuses = scene.found(&["GET", &format!("/inApps/v1/subscriptions/{last}")]);
    let of_app = scene.found(&["GET", &format!("/inApps/v1/transactions/appTransactions/{last}")]);
    for (document, pointer, kind) in [
        (&transaction, "/signedTransactionInfo", "TRANSACTION"),
        (&statuses, "/data/0/lastTransactions/0/signedRenewalInfo", "RENEWAL_INFO"),
        (&of_app, "/signedAppTransactionInfo", "APP_TRANSACTION"),
    ] {
        let signed = document.pointer(pointer).unwrap().as_str().unwrap();
        assert_eq!(scene.verify(signed, BUNDLE).document()["kind"], kind);
        assert_eq!(scene.verify(&changed(signed), BUNDLE).code, 1, "{kind}");
        // What is said of a renewal does not name its app.
        if kind != "RENEWAL_INFO" {
            scene.verify(signed, "com.example.other").assert_refused(1, "it is for another app");
        }
    }
}

/// The same with one sign of what was signed changed.
fn changed(signed: &str) -> String {
    let (covered, signature) = signed.rsplit_once('.').unwrap();
    let (head, claims) = covered.split_once('.').unwrap();
    let (before, after) = claims.split_at(claims.len() / 2);
    let other = if after.starts_with('A') { 'B' } else { 'A' };
    format!("{head}.{before}{other}{}.{signature}", &after[1..])
}

#[test]
fn only_an_in_app_purchase_key_opens_it_and_its_bundle_id_says_of_which_app() {
    let scene = Scene::new();
    let path = "/inApps/v1/transactions/1000000";
    let refused = scene.serving.get(path, Some(&scene.made.key));
    assert_eq!((refused.status, refused.body.starts_with("Unauthenticated\n")), (401, true), "{refused:?}");
    for (bundle, code) in [(BUNDLE, 4_040_010), ("com.example.nobody", 4_040_003)] {
        let ran = scene.request(bundle, &["GET", path]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let body: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(body["errorCode"], code, "{bundle}: {ran:?}");
    }
}

#[test]
fn external_purchases_are_reported_with_the_same_key() {
    let scene = Scene::new();
    let request = "87e7d6d1-b98d-4a8f-b6a4-41ba992a6cad";
    let report =
        json!({ "requestIdentifier": request, "externalPurchaseId": "SANDBOX_1", "status": "NO_LINE_ITEM" });
    let data = report.to_string();
    let taken = scene.found(&["PUT", "/externalPurchase/v1/reports", "--data", &data]);
    assert_eq!(taken, json!({ "requestIdentifier": request }));
    assert_eq!(scene.found(&["GET", &format!("/externalPurchase/v1/reports/{request}")]), report);
    let again = scene.request(BUNDLE, &["PUT", "/externalPurchase/v1/reports", "--data", &data]);
    let body: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((again.code, &body["errors"][0]["errorCode"]), (1, &json!(1)), "{again:?}");
}
