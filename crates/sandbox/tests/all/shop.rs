//! An app's own server, asking the App Store.

use crate::desk::Desk;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

pub(crate) const TRAINS_BUNDLE: &str = "com.example.trains";
pub(crate) const DAY: i64 = 24 * 3_600_000;
/// The clock of the tests, in milliseconds.
pub(crate) const NOW: i64 = (20_778 * 24 + 12) * 3_600_000;
/// What the descriptions of two customers say.
pub(crate) const STEADY: &str = "that renews";
pub(crate) const LONG: &str = "A long history";

/// The server of an app.
pub(crate) struct Shop {
    pub(crate) desk: Desk,
    bundle: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Told {
    pub(crate) fn assert_refused(&self, code: u32) {
        let status = u64::from(code / 10_000);
        assert_eq!(
            (u64::from(self.status), self.body["errorCode"].as_u64()),
            (status, Some(u64::from(code))),
            "{self:?}"
        );
        assert!(self.body["errorMessage"].as_str().is_some_and(|words| !words.is_empty()), "{self:?}");
    }
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { desk: Desk::new(), bundle: Some(TRAINS_BUNDLE) }
    }

    /// The same sandbox, as the server of another app asks it.
    pub(crate) fn of(&self, bundle: Option<&'static str>) -> Self {
        Self { desk: self.desk.of(self.desk.team()), bundle }
    }

    pub(crate) fn ask(&self, method: Method, target: &str, body: impl Into<Bytes>) -> Told {
        let mut request =
            Request::builder().method(method).uri(target).header("x-counterfoil-team", self.desk.team());
        if let Some(bundle) = self.bundle {
            request = request.header("x-counterfoil-bundle", bundle);
        }
        let response = self.desk.sandbox().answer(&request.body(body.into()).unwrap());
        if !response.body().is_empty() {
            assert_eq!(response.headers()["content-type"], "application/json", "{target}");
        }
        let text = response.body();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_slice(text).unwrap() };
        Told { status: response.status().as_u16(), body }
    }

    pub(crate) fn get(&self, target: &str) -> Told {
        self.ask(Method::GET, target, "")
    }

    pub(crate) fn found(&self, target: &str) -> Value {
        let told = self.get(target);
        assert_eq!(told.status, 200, "{target}: {told:?}");
        told.body
    }

    pub(crate) fn put(&self, target: &str, body: &Value) -> Told {
        self.ask(Method::PUT, target, body.to_string())
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Told {
        self.ask(Method::POST, target, body.to_string())
    }

    /// The customer whose description has these words.
    pub(crate) fn customer(&self, about: &str) -> Value {
        let all = self.found("/inApps/sandbox/customers");
        let mut some = all["customers"].as_array().unwrap().iter();
        some.find(|one| one["about"].as_str().unwrap().contains(about)).unwrap().clone()
    }

    /// The ids of a customer's purchases: first and last transaction of each.
    pub(crate) fn purchase(&self, about: &str, place: usize) -> (String, String) {
        let purchase = self.customer(about)["purchases"][place].clone();
        let id = |name: &str| purchase[name].as_str().unwrap().to_owned();
        (id("originalTransactionId"), id("transactionId"))
    }
}

/// What is signed, once the signature and the chain's marks were looked at.
pub(crate) fn read(shop: &Shop, signed: &Value) -> Value {
    let signed = signed.as_str().unwrap();
    let parts: Vec<&str> = signed.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else { panic!("{signed}") };
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let head = json(head);
    assert_eq!(head["alg"], "ES256");
    let chain: Vec<Vec<u8>> = head["x5c"]
        .as_array()
        .unwrap()
        .iter()
        .map(|der| STANDARD.decode(der.as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(chain.len(), 3);
    assert_eq!(chain[2], root(shop));
    assert!(has(&chain[0], MARK_OF_LEAF) && has(&chain[1], MARK_OF_INTERMEDIATE), "the marks");
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point(&chain[0]));
    let covered = signed.rsplit_once('.').unwrap().0;
    key.verify(covered.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    json(claims)
}

/// The root, as anybody fetches it.
pub(crate) fn root(shop: &Shop) -> Vec<u8> {
    let request = Request::builder().uri("/sandbox/root.cer").body(Bytes::new()).unwrap();
    let response = shop.desk.sandbox().answer(&request);
    assert_eq!(response.status(), 200);
    response.body().to_vec()
}

/// 1.2.840.113635.100.6.11.1 and 1.2.840.113635.100.6.2.1, each with a NULL inside an octet string.
const MARK_OF_LEAF: &[u8] =
    &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x0b, 0x01, 0x04, 0x02, 0x05, 0x00];
const MARK_OF_INTERMEDIATE: &[u8] =
    &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x02, 0x01, 0x04, 0x02, 0x05, 0x00];
/// What stands before the point of a P-256 key.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn has(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|window| window == part)
}

fn point(der: &[u8]) -> &[u8] {
    let at = der.windows(P256.len()).position(|window| window == P256).unwrap() + P256.len();
    &der[at..at + 65]
}
