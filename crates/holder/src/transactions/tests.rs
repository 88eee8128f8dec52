use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SignatureAlgorithm, date_time_ymd,
};
use serde_json::json;
use std::sync::LazyLock;

const LEAF_MARK: &[u64] = &[1, 2, 840, 113_635, 100, 6, 11, 1];
const INTERMEDIATE_MARK: &[u64] = &[1, 2, 840, 113_635, 100, 6, 2, 1];
/// 2026-11-21 19:30.
pub(super) const SIGNED: i64 = 1_795_289_400_000;
const BUNDLE: &str = "com.example.app";

/// How a chain is made, and how it is made wrong.
pub(super) struct Making {
    pub(super) house: &'static str,
    pub(super) leaf_marks: &'static [&'static [u64]],
    pub(super) intermediate_marks: &'static [&'static [u64]],
    pub(super) leaf_ends: i32,
    pub(super) intermediate_ends: i32,
    pub(super) is_intermediate_ca: bool,
    pub(super) leaf_curve: &'static SignatureAlgorithm,
    /// Extensions of both, beside the marks.
    pub(super) more: Vec<CustomExtension>,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            house: "Ours",
            leaf_marks: &[LEAF_MARK],
            intermediate_marks: &[INTERMEDIATE_MARK],
            leaf_ends: 2027,
            intermediate_ends: 2030,
            is_intermediate_ca: true,
            leaf_curve: &PKCS_ECDSA_P256_SHA256,
            more: Vec::new(),
        }
    }
}

/// A chain, the key at its end, and those that sign certificates: the one between, and the root.
pub(super) struct Shop {
    pub(super) chain: [Vec<u8>; 3],
    leaf: KeyPair,
    pub(super) issuers: [Issuer<'static, KeyPair>; 2],
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| Shop::make(&Making::default()));

pub(super) fn params(name: &str, marks: &[&[u64]], ends: i32, is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(ends, 1, 1);
    // As Apple has it: an extension whose value is NULL.
    params.custom_extensions =
        marks.iter().map(|mark| CustomExtension::from_oid_content(mark, vec![5, 0])).collect();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params
}

impl Shop {
    pub(super) fn make(making: &Making) -> Self {
        let key = || KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let root = params(&format!("{} Root", making.house), &[], 2040, true);
        let root_key = key();
        let root_certificate = root.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root, root_key);
        let ends = making.intermediate_ends;
        let mut between = params("Intermediate", making.intermediate_marks, ends, making.is_intermediate_ca);
        between.custom_extensions.extend(making.more.clone());
        let between_key = key();
        let between_certificate = between.signed_by(&between_key, &root_issuer).unwrap();
        let between_issuer = Issuer::new(between, between_key);
        let leaf = KeyPair::generate_for(making.leaf_curve).unwrap();
        let mut end = params("Leaf", making.leaf_marks, making.leaf_ends, false);
        end.custom_extensions.extend(making.more.clone());
        let end = end.signed_by(&leaf, &between_issuer).unwrap();
        let chain = [end, between_certificate, root_certificate].map(|made| made.der().to_vec());
        Self { chain, leaf, issuers: [between_issuer, root_issuer] }
    }

    pub(super) fn roots(&self) -> Roots {
        Roots::new([self.chain[2].clone()]).unwrap()
    }

    fn header(&self) -> Value {
        let x5c: Vec<_> = self.chain.iter().map(|der| STANDARD.encode(der)).collect();
        json!({"alg": "ES256", "x5c": x5c})
    }

    pub(super) fn sign(&self, payload: &Value) -> String {
        self.sign_under(&self.header(), payload)
    }

    fn sign_under(&self, header: &Value, payload: &Value) -> String {
        self.sign_text(&header.to_string(), payload)
    }

    fn sign_text(&self, header: &str, payload: &Value) -> String {
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload.to_string()));
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.leaf.serialize_der()).unwrap();
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(super) fn transaction() -> Value {
    json!({
        "transactionId": "23456", "originalTransactionId": "12345", "bundleId": BUNDLE, "productId": "coins",
        "environment": "Sandbox", "signedDate": SIGNED, "type": "Consumable",
    })
}

fn renewal() -> Value {
    json!({
        "originalTransactionId": "12345", "autoRenewProductId": "plus", "productId": "plus", "autoRenewStatus": 1,
        "environment": "Sandbox", "signedDate": SIGNED,
    })
}

fn app_transaction() -> Value {
    json!({
        "receiptType": "Sandbox", "appAppleId": 531_412, "bundleId": BUNDLE, "applicationVersion": "1.2.3",
        "receiptCreationDate": SIGNED,
    })
}

pub(super) fn notification(shop: &Shop) -> Value {
    json!({
        "notificationType": "SUBSCRIBED", "notificationUUID": "002e14d5-51f5-4503-b5a8-c3a1af68eb20",
        "version": "2.0", "signedDate": SIGNED,
        "data": {
            "environment": "Sandbox", "bundleId": BUNDLE, "bundleVersion": "1.2.3",
            "signedTransactionInfo": shop.sign(&transaction()), "signedRenewalInfo": shop.sign(&renewal()),
        },
    })
}

pub(super) fn demand(roots: &Roots) -> Demand<'_> {
    Demand {
        roots,
        bundle: Expected::Exactly(BUNDLE),
        app: Expected::Exactly(531_412),
        environment: Expected::Exactly(Environment::Sandbox),
        revocation: Revocation::NotAsked,
        now: Timestamp::from_millis(SIGNED),
    }
}

fn verified_by(text: &str, roots: &Roots) -> Result<Verified, SignedFault> {
    Unverified::read(text)?.verify(&demand(roots))
}

fn verified(text: &str) -> Result<Verified, SignedFault> {
    verified_by(text, &SHOP.roots())
}

#[test]
fn each_kind_that_the_app_store_signs_is_believed() {
    for (payload, kind) in [
        (transaction(), Kind::Transaction),
        (renewal(), Kind::RenewalInfo),
        (app_transaction(), Kind::AppTransaction),
        (notification(&SHOP), Kind::Notification),
    ] {
        let found = verified(&SHOP.sign(&payload)).unwrap();
        assert_eq!((found.kind, found.signed_at), (kind, Some(Timestamp::from_millis(SIGNED))));
        assert_eq!(Value::Object(found.payload), payload);
    }
}

#[test]
fn what_is_signed_in_a_notification_is_verified_too() {
    let found = verified(&SHOP.sign(&notification(&SHOP))).unwrap();
    let inner: Vec<_> = found.inner.iter().map(|(name, one)| (*name, one.kind)).collect();
    assert_eq!(
        inner,
        [("signedTransactionInfo", Kind::Transaction), ("signedRenewalInfo", Kind::RenewalInfo)]
    );
    let other = Shop::make(&Making { house: "Theirs", ..Making::default() });
    assert_eq!(verified(&SHOP.sign(&notification(&other))), Err(SignedFault::OtherRoot));
    let mut confused = notification(&SHOP);
    confused["data"]["signedTransactionInfo"] = json!(SHOP.sign(&renewal()));
    assert_eq!(verified(&SHOP.sign(&confused)), Err(SignedFault::OtherKind("signedTransactionInfo")));
}

#[test]
fn every_byte_that_is_changed_is_noticed() {
    let good = SHOP.sign(&transaction());
    verified(&good).unwrap();
    for at in 0..good.len() {
        for others in [[b'A', b'B'], [b'.', b'=']] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == others[0] { others[1] } else { others[0] };
            let text = String::from_utf8(bytes).unwrap();
            assert!(verified(&text).is_err(), "{at}: {text}");
        }
        assert!(verified(&good[..at]).is_err(), "{at}");
    }
}

#[test]
fn another_chain_is_no_better() {
    let other = Shop::make(&Making { house: "Theirs", ..Making::default() });
    let forger = Shop::make(&Making::default());
    assert_eq!(verified(&other.sign(&transaction())), Err(SignedFault::OtherRoot), "another root");
    assert!(matches!(verified(&forger.sign(&transaction())), Err(SignedFault::Chain(_))), "of the same name");
    assert_eq!(verified_by(&SHOP.sign(&transaction()), &Roots::default()), Err(SignedFault::NoRoots));
    let with = |order: [&Vec<u8>; 3]| {
        let x5c: Vec<_> = order.iter().map(|der| STANDARD.encode(der)).collect();
        verified(&SHOP.sign_under(&json!({"alg": "ES256", "x5c": x5c}), &transaction()))
    };
    let ([leaf, between, root], [end, strange, _]) = (&SHOP.chain, &forger.chain);
    with([leaf, between, root]).unwrap();
    with([leaf, between, strange]).expect("who is trusted is not the stranger's to say");
    for (order, what) in [
        ([between, leaf, root], "the first may sign certificates only"),
        ([leaf, strange, root], "one did not sign the other"),
        ([end, between, root], "one did not sign the other"),
        ([end, strange, root], "one did not sign the other"),
    ] {
        assert!(
            matches!(with(order), Err(SignedFault::Chain(why)) if why == what),
            "{what}: {:?}",
            with(order)
        );
    }
    assert_eq!(with([leaf, root, root]), Err(SignedFault::OtherRoot), "nothing between");
    assert_eq!(with([&vec![0x30, 0], between, root]), Err(SignedFault::Certificate(Place::Leaf)));
}

#[test]
fn a_leaf_that_a_root_signed_itself_is_refused_whatever_stands_between() {
    let shop = Shop::make(&Making::default());
    let roots = Roots::new([shop.chain[1].clone()]).unwrap();
    let found = verified_by(&shop.sign(&transaction()), &roots);
    assert_eq!(found, Err(SignedFault::Chain("the second did not sign the first".into())));
}

#[test]
fn what_is_of_no_known_kind_is_judged_as_far_as_it_says_something() {
    let with = |payload: Value| verified(&SHOP.sign(&payload)).map(|found| found.kind);
    let other = json!({"bundleId": BUNDLE, "environment": "Sandbox", "signedDate": SIGNED});
    assert_eq!(with(other), Ok(Kind::Other));
    assert_eq!(with(json!({"environment": "Sandbox", "signedDate": SIGNED})), Err(SignedFault::Bundle(None)));
}

#[test]
fn a_chain_of_another_length_is_refused() {
    for count in [0, 1, 2, 4] {
        let x5c: Vec<_> = SHOP.chain.iter().cycle().take(count).map(|der| STANDARD.encode(der)).collect();
        let text = SHOP.sign_under(&json!({"alg": "ES256", "x5c": x5c}), &transaction());
        assert_eq!(verified(&text), Err(SignedFault::ChainLength(count)));
    }
    let text = SHOP.sign_under(&json!({"alg": "ES256"}), &transaction());
    assert_eq!(verified(&text), Err(SignedFault::ChainLength(0)));
}

#[test]
fn a_chain_without_apples_marks_or_with_them_elsewhere_is_refused() {
    for (leaf_marks, intermediate_marks, place) in [
        (&[][..], &[INTERMEDIATE_MARK][..], Place::Leaf),
        (&[LEAF_MARK], &[], Place::Intermediate),
        (&[INTERMEDIATE_MARK], &[LEAF_MARK], Place::Leaf),
        (&[LEAF_MARK, INTERMEDIATE_MARK], &[LEAF_MARK], Place::Intermediate),
    ] {
        let shop = Shop::make(&Making { leaf_marks, intermediate_marks, ..Making::default() });
        let found = verified_by(&shop.sign(&transaction()), &shop.roots());
        assert_eq!(found, Err(SignedFault::Mark(place)));
    }
}

#[test]
fn a_chain_holds_on_the_day_of_the_signature_or_not_at_all() {
    let on = |shop: &Shop, signed: i64| {
        let mut payload = transaction();
        payload["signedDate"] = json!(signed);
        verified_by(&shop.sign(&payload), &shop.roots())
    };
    let expired = Shop::make(&Making { leaf_ends: 2026, ..Making::default() });
    assert_eq!(
        on(&expired, SIGNED),
        Err(SignedFault::Chain("one was valid until 2026-01-01T00:00:00Z".into()))
    );
    on(&expired, SIGNED - 366 * 86_400_000).unwrap();
    let expired = Shop::make(&Making { intermediate_ends: 2026, ..Making::default() });
    assert!(matches!(on(&expired, SIGNED), Err(SignedFault::Chain(_))));
    assert!(matches!(on(&SHOP, 0), Err(SignedFault::Chain(_))), "before there was a certificate");
    assert_eq!(on(&SHOP, -1), Err(SignedFault::Date));
    let mut undated = transaction();
    undated.as_object_mut().unwrap().remove("signedDate");
    assert_eq!(verified(&SHOP.sign(&undated)).unwrap().signed_at, None, "then by the time that it is");
    let roots = SHOP.roots();
    let later = Demand { now: Timestamp::from_millis(SIGNED + 366 * 86_400_000), ..demand(&roots) };
    let text = SHOP.sign(&undated);
    assert!(matches!(Unverified::read(&text).unwrap().verify(&later), Err(SignedFault::Chain(_))));
}

#[test]
fn whoever_may_not_sign_certificates_signs_none() {
    let shop = Shop::make(&Making { is_intermediate_ca: false, ..Making::default() });
    assert!(matches!(verified_by(&shop.sign(&transaction()), &shop.roots()), Err(SignedFault::Chain(_))));
}

#[test]
fn another_algorithm_or_a_key_in_the_header_is_refused() {
    let (good, header) = (SHOP.sign(&transaction()), SHOP.header());
    for algorithm in ["none", "None", "HS256", "ES384", "RS256", "es256", ""] {
        let mut header = header.clone();
        header["alg"] = json!(algorithm);
        assert_eq!(
            verified(&SHOP.sign_under(&header, &transaction())),
            Err(SignedFault::Algorithm),
            "{algorithm}"
        );
    }
    for name in ["crit", "b64", "jwk", "jku", "x5u"] {
        let mut header = header.clone();
        header[name] = json!([name]);
        assert_eq!(verified(&SHOP.sign_under(&header, &transaction())), Err(SignedFault::Member(name)));
    }
    let mut named = header.clone();
    named["kid"] = json!("../../dev/null");
    named["typ"] = json!("JWT");
    verified(&SHOP.sign_under(&named, &transaction())).unwrap();
    let twice = header.to_string().replacen('{', "{\"alg\":\"ES256\",", 1);
    assert_eq!(verified(&SHOP.sign_text(&twice, &transaction())), Err(SignedFault::NotAnObject("header")));
    let (signed, _) = good.rsplit_once('.').unwrap();
    assert_eq!(verified(&format!("{signed}.")), Err(SignedFault::SignatureLength));
}

#[test]
fn a_leaf_with_a_key_of_another_curve_is_refused() {
    let shop = Shop::make(&Making { leaf_curve: &PKCS_ECDSA_P384_SHA384, ..Making::default() });
    let text = SHOP.sign_under(&shop.header(), &transaction());
    assert_eq!(verified_by(&text, &shop.roots()), Err(SignedFault::Signature));
}

#[test]
fn what_is_for_another_app_or_from_elsewhere_is_refused() {
    let with = |mut payload: Value, at: &str, value: Value| {
        *payload.pointer_mut(at).unwrap() = value;
        verified(&SHOP.sign(&payload))
    };
    let other = || json!("com.example.other");
    for (payload, at) in [
        (transaction(), "/bundleId"),
        (app_transaction(), "/bundleId"),
        (notification(&SHOP), "/data/bundleId"),
    ] {
        assert_eq!(
            with(payload.clone(), at, other()),
            Err(SignedFault::Bundle(Some("com.example.other".into())))
        );
        assert_eq!(with(payload, at, Value::Null), Err(SignedFault::Bundle(None)));
    }
    for (payload, at) in [
        (transaction(), "/environment"),
        (renewal(), "/environment"),
        (app_transaction(), "/receiptType"),
        (notification(&SHOP), "/data/environment"),
    ] {
        let fault = SignedFault::Environment(Some("Xcode".into()), Environment::Sandbox);
        assert_eq!(with(payload, at, json!("Xcode")), Err(fault));
    }
    assert_eq!(with(app_transaction(), "/appAppleId", json!(7)), Err(SignedFault::App(Some(7))));
}

#[test]
fn in_production_the_number_of_the_app_must_be_named() {
    let roots = SHOP.roots();
    let demand = Demand { environment: Expected::Exactly(Environment::Production), ..demand(&roots) };
    let judged = |app: Value| {
        let mut payload = app_transaction();
        payload["receiptType"] = json!("Production");
        payload["appAppleId"] = app;
        Unverified::read(&SHOP.sign(&payload)).unwrap().verify(&demand).map(|found| found.kind)
    };
    assert_eq!(judged(json!(531_412)), Ok(Kind::AppTransaction));
    assert_eq!(judged(Value::Null), Err(SignedFault::App(None)));
}

#[test]
fn a_notification_says_where_it_comes_from_under_four_names() {
    let roots = SHOP.roots();
    let demand = Demand { app: Expected::Whatever, ..demand(&roots) };
    for (name, about, is_ours) in [
        ("summary", json!({"bundleId": BUNDLE, "environment": "Sandbox"}), true),
        ("appData", json!({"bundleId": BUNDLE, "environment": "Sandbox"}), true),
        ("externalPurchaseToken", json!({"bundleId": BUNDLE, "externalPurchaseId": "SANDBOX_b2"}), true),
        ("externalPurchaseToken", json!({"bundleId": BUNDLE, "externalPurchaseId": "b2"}), false),
        ("other", json!({"bundleId": BUNDLE, "environment": "Sandbox"}), false),
    ] {
        let payload = json!({"notificationType": "TEST", "signedDate": SIGNED, name: about});
        let found = Unverified::read(&SHOP.sign(&payload)).unwrap().verify(&demand);
        assert_eq!(found.is_ok(), is_ours, "{name}: {found:?}");
    }
}

#[test]
fn what_is_no_signed_data_is_refused_by_what_it_is() {
    let megabytes = "A".repeat(10 * 1024 * 1024);
    for (text, fault) in [
        ("", SignedFault::NotThreeSegments),
        ("e30.e30", SignedFault::NotThreeSegments),
        ("e30.e30.e30.e30", SignedFault::NotThreeSegments),
        ("e3_0=.e30.AA", SignedFault::NotBase64("header")),
        ("e30.e3+0.AA", SignedFault::NotBase64("payload")),
        ("e30.e30.A", SignedFault::NotBase64("signature")),
        ("e30.W10.AA", SignedFault::NotAnObject("payload")),
        ("e30.e30.AA", SignedFault::NotAnObject("header")),
        (&megabytes, SignedFault::TooLong),
    ] {
        assert_eq!(verified(text), Err(fault), "{}", &text[..text.len().min(20)]);
    }
}

#[test]
fn signed_data_is_found_in_posts_and_answers() {
    for (text, found) in [
        (" a.b.c\n", Ok("a.b.c")),
        ("{\"signedPayload\":\"a.b.c\"}", Ok("a.b.c")),
        ("{\"signedTransactionInfo\":\"a.b.c\",\"other\":1}", Ok("a.b.c")),
        ("{\"signedTransactionInfo\":\"a\",\"signedRenewalInfo\":\"b\"}", Err(SignedFault::NotOne)),
        ("{\"data\":1}", Err(SignedFault::NotOne)),
        ("{", Err(SignedFault::NotAnObject("text"))),
    ] {
        assert_eq!(found_in(text), found.map(str::to_owned), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_whatever_is_believed_or_brings_it_down(text in "[A-Za-z0-9_.{}\"-]{0,300}") {
        prop_assert!(verified(&text).is_err());
        let _ = found_in(&text);
    }

    #[test]
    fn no_certificate_whatever_brings_it_down(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5), which in 0..2_usize) {
        let mut chain = SHOP.chain.clone();
        let length = chain[which].len();
        for (at, byte) in changes {
            chain[which][at.index(length)] = byte;
        }
        let is_changed = chain != SHOP.chain;
        let x5c: Vec<_> = chain.iter().map(|der| STANDARD.encode(der)).collect();
        let text = SHOP.sign_under(&json!({"alg": "ES256", "x5c": x5c}), &transaction());
        prop_assert!(verified(&text).is_err() || !is_changed);
    }
}
