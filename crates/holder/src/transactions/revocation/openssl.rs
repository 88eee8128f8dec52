//! Held against a responder that is not ours: OpenSSL's, on an index that OpenSSL keeps.

use super::super::tests::{Making, Shop, params};
use super::*;
use crate::clock;
use crate::http::Url;
use crate::surroundings::Surroundings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, PKCS_RSA_SHA256};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const SETTINGS: &str = "[ca]\ndefault_ca = here\n[here]\ndatabase = index.txt\ndefault_md = sha256\n";

/// The one between, with what OpenSSL needs to answer for it.
struct House {
    shop: Shop,
    folder: TempDir,
}

/// A responder that runs.
struct Responder {
    child: Child,
    url: String,
}

impl House {
    fn new() -> Self {
        let (shop, folder) = (Shop::make(&Making::default()), tempfile::tempdir().unwrap());
        let house = Self { shop, folder };
        for (name, text) in [
            ("index.txt", String::new()),
            ("settings", SETTINGS.to_owned()),
            ("leaf.pem", pem(&house.shop.chain[0])),
            ("between.pem", pem(&house.shop.chain[1])),
            ("between.key", house.shop.issuers[0].key().serialize_pem()),
        ] {
            house.write(name, &text);
        }
        house
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn openssl(&self, arguments: &[&str]) -> Command {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(self.folder.path()).args(arguments);
        openssl
    }

    /// What OpenSSL's index says of the leaf from now on.
    fn book(&self, arguments: &[&str]) {
        let keeper = ["ca", "-config", "settings", "-cert", "between.pem", "-keyfile", "between.key"];
        let output = self.openssl(&[&keeper, arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Answers by this certificate and its key, on a port that was free.
    fn responder(&self, signer: &str, more: &[&str]) -> Responder {
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        let usual = ["ocsp", "-index", "index.txt", "-CA", "between.pem", "-port", "0", "-ndays", "2"];
        let signing = ["-rsigner", &certificate, "-rkey", &key];
        let mut openssl = self.openssl(&[&usual[..], &signing, more].concat());
        let mut child = openssl.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().nth(1).and_then(|place| place.rsplit(':').next());
        let url = format!("http://localhost:{}", port.expect("`ACCEPT [::]:PORT PID=…`"));
        Responder { child, url }
    }

    /// What comes of it if this one is asked about the leaf.
    fn asked(&self, responder: &Responder) -> Result<(), RevocationFault> {
        let nothing = Surroundings::new(Vec::<(String, String)>::new(), "/");
        let url = Url::parse(&responder.url).unwrap();
        let means = Responders::new(Duration::from_secs(30), &nothing, Some(url)).unwrap();
        let [leaf, between, _] = &self.shop.chain;
        match check((Place::Leaf, leaf, between), &means, clock::now()) {
            Ok(()) => Ok(()),
            Err(SignedFault::Revocation(Place::Leaf, fault)) => Err(fault),
            other => panic!("{other:?}"),
        }
    }

    /// A key to answer with, and its certificate for this use.
    fn delegate(&self, usage: ExtendedKeyUsagePurpose) -> &'static str {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let mut params = params("Delegate", &[], 2100, false);
        params.extended_key_usages = vec![usage];
        self.write("delegate.pem", &params.signed_by(&key, &self.shop.issuers[0]).unwrap().pem());
        self.write("delegate.key", &key.serialize_pem());
        "delegate"
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pem(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[test]
fn openssl_says_of_one_certificate_that_it_is_unknown_good_and_revoked() {
    let house = House::new();
    let ask = |more: &[&str]| house.asked(&house.responder("between", more));
    assert_eq!(ask(&[]), Err(RevocationFault::Unknown));
    house.book(&["-valid", "leaf.pem"]);
    assert_eq!(ask(&[]), Ok(()));
    assert_eq!(ask(&["-resp_key_id"]), Ok(()), "named by its key");
    assert_eq!(
        ask(&["-rmd", "sha512"]),
        Err(RevocationFault::Signature),
        "no algorithm for P-384 that counts"
    );
    let begun = clock::now();
    house.book(&["-revoke", "leaf.pem", "-crl_reason", "keyCompromise"]);
    match ask(&[]) {
        Err(RevocationFault::Revoked(since, Some("keyCompromise"))) => {
            assert!(since.plus(Duration::from_secs(1)) >= begun && since <= clock::now(), "{since:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn openssl_answers_through_a_delegate_only_if_that_was_certified_for_it() {
    let house = House::new();
    house.book(&["-valid", "leaf.pem"]);
    for (usage, expected) in [
        (ExtendedKeyUsagePurpose::OcspSigning, Ok(())),
        (ExtendedKeyUsagePurpose::ServerAuth, Err(RevocationFault::Stranger)),
    ] {
        let signer = house.delegate(usage);
        assert_eq!(house.asked(&house.responder(signer, &[])), expected);
        assert_eq!(house.asked(&house.responder(signer, &["-resp_key_id"])), expected);
    }
    let signer = house.delegate(ExtendedKeyUsagePurpose::OcspSigning);
    let alone = house.asked(&house.responder(signer, &["-resp_no_certs"]));
    assert_eq!(alone, Err(RevocationFault::Stranger), "without its certificate");
}
