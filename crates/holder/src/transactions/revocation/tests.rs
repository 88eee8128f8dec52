//! Answers are made in DER here, by keys that a test has made: the one who gives them is a fake, what it gives is real.

use super::super::tests::{Making, SIGNED, Shop, demand, notification, params, transaction};
use super::super::{Demand, Unverified, Verified};
use super::question::sha1;
use super::*;
use crate::asn1::{self, Element, Rules, written};
use proptest::prelude::*;
use rcgen::{
    CustomExtension, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    SigningKey as _,
};
use std::cell::RefCell;
use std::sync::LazyLock;

const URL: &str = "http://ocsp.example/both";
const NOW: &str = "20261121193000Z";

const BY_P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const BY_P384: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const BY_RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0];

const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];

/// The house whose certificates name a responder. It is made once: what differs is what that answers.
static HOUSE: LazyLock<Shop> = LazyLock::new(|| house(URL));

pub(in crate::transactions) fn house(url: &str) -> Shop {
    let place = written(0x86, &[url.as_bytes()]);
    let issuer =
        sequence(&[&[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2], &written(0x86, &[b"http://ca.example"])]);
    let ocsp = sequence(&[&[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1], &place]);
    let ways = sequence(&[&issuer, &ocsp]);
    let named = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], ways);
    Shop::make(&Making { more: vec![named], ..Making::default() })
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    written(asn1::SEQUENCE, parts)
}

fn time(text: &str) -> Vec<u8> {
    written(asn1::GENERALIZED_TIME, &[text.as_bytes()])
}

/// An answer as it is made, and made wrong.
pub(in crate::transactions) struct Made<'k> {
    /// Which certificate it is on; the one that was asked for, if nothing stands here.
    id: Option<Vec<u8>>,
    status: Vec<u8>,
    from: &'k str,
    until: Option<&'k str>,
    /// Who says that he signed it.
    by: Vec<u8>,
    key: &'k KeyPair,
    algorithm: &'k [u8],
    certificates: Vec<Vec<u8>>,
}

impl<'k> Made<'k> {
    /// As the issuer itself answers of a good one, for two days.
    pub(in crate::transactions) fn by_issuer(key: &'k KeyPair) -> Self {
        Self {
            id: None,
            status: GOOD.to_vec(),
            from: "20261121000000Z",
            until: Some("20261123000000Z"),
            by: by_key(key),
            key,
            algorithm: BY_P384,
            certificates: Vec::new(),
        }
    }

    /// To this question.
    pub(in crate::transactions) fn to(&self, question: &[u8]) -> Vec<u8> {
        let id = self.id.clone().unwrap_or_else(|| meant(question));
        let until = self.until.map(|until| written(0xa0, &[&time(until)])).unwrap_or_default();
        let single = sequence(&[&id, &self.status, &time(self.from), &until]);
        let data = sequence(&[&self.by, &time(NOW), &sequence(&[&single])]);
        let signature = self.key.sign(&data).unwrap();
        let signature = written(asn1::BIT_STRING, &[&[0], &signature]);
        let all: Vec<_> = self.certificates.iter().map(Vec::as_slice).collect();
        let along =
            if all.is_empty() { Vec::new() } else { written(0xa0, &[&written(asn1::SEQUENCE, &all)]) };
        basic(&sequence(&[&data, &sequence(&[self.algorithm]), &signature, &along]))
    }
}

fn basic(response: &[u8]) -> Vec<u8> {
    let form = [0x06, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let typed = sequence(&[&form, &written(asn1::OCTET_STRING, &[response])]);
    sequence(&[&[asn1::ENUMERATED, 1, 0], &written(0xa0, &[&typed])])
}

fn by_key(key: &KeyPair) -> Vec<u8> {
    written(0xa2, &[&written(asn1::OCTET_STRING, &[&sha1(key.public_key_raw())])])
}

/// What a question names.
fn meant(question: &[u8]) -> Vec<u8> {
    let whole = Element::whole(question, Rules::Der).unwrap();
    (0..4).fold(whole, |outer, _| outer.elements().one().unwrap()).encoded()
}

/// A fake responder. It answers for the one between as its issuer does, and for the leaf what a test says.
struct Fake<F> {
    leaf: F,
    asked: RefCell<Vec<String>>,
}

impl<F: Fn(&[u8]) -> Result<Vec<u8>, Fault>> Ask for Fake<F> {
    fn ask(&self, url: &str, question: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut asked = self.asked.borrow_mut();
        asked.push(url.to_owned());
        if asked.len() % 2 == 1 {
            return Ok(Made::by_issuer(HOUSE.issuers[1].key()).to(question));
        }
        (self.leaf)(question)
    }
}

impl<F> fmt::Debug for Fake<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a fake responder")
    }
}

/// What comes of it if the leaf is answered for so.
fn answered(leaf: impl Fn(&[u8]) -> Result<Vec<u8>, Fault>) -> Result<Verified, SignedFault> {
    judged(&Fake { leaf, asked: RefCell::default() }, &HOUSE, SIGNED)
}

pub(in crate::transactions) fn judged(
    means: &dyn Ask,
    shop: &Shop,
    now: i64,
) -> Result<Verified, SignedFault> {
    let roots = shop.roots();
    let now = Timestamp::from_millis(now);
    let demand = Demand { revocation: Revocation::Asked(means), now, ..demand(&roots) };
    Unverified::read(&shop.sign(&transaction())).unwrap().verify(&demand)
}

fn refused(made: &Made<'_>) -> RevocationFault {
    match answered(|question| Ok(made.to(question))) {
        Err(SignedFault::Revocation(Place::Leaf, fault)) => fault,
        other => panic!("{other:?}"),
    }
}

/// A key with a certificate for answers, or for something else.
fn delegate(key: &KeyPair, by: &Shop, usage: ExtendedKeyUsagePurpose, ends: i32) -> Vec<u8> {
    let mut params = params("Delegate", &[], ends, false);
    params.extended_key_usages = vec![usage];
    params.signed_by(key, &by.issuers[0]).unwrap().der().to_vec()
}

fn by_delegate<'k>(key: &'k KeyPair, certificate: Vec<u8>, algorithm: &'k [u8]) -> Made<'k> {
    Made { algorithm, certificates: vec![certificate], ..Made::by_issuer(key) }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

#[test]
fn a_good_one_is_believed_whether_its_issuer_answers_or_a_delegate() {
    let issuer = HOUSE.issuers[0].key();
    let name = Certificate::read(&HOUSE.chain[1]).unwrap().subject;
    let curve = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = |key| delegate(key, &HOUSE, ExtendedKeyUsagePurpose::OcspSigning, 2030);
    for (what, made) in [
        ("by its key", Made::by_issuer(issuer)),
        ("by its name", Made { by: written(0xa1, &[&name]), ..Made::by_issuer(issuer) }),
        ("by a delegate", by_delegate(&curve, certificate(&curve), BY_P256)),
        ("by a delegate with RSA", by_delegate(&rsa, certificate(&rsa), BY_RSA)),
        ("just made", Made { from: NOW, until: None, ..Made::by_issuer(issuer) }),
    ] {
        let found = answered(|question| Ok(made.to(question)));
        assert!(found.is_ok(), "{what}: {found:?}");
    }
}

#[test]
fn each_reason_not_to_count_as_good_is_named() {
    let issuer = HOUSE.issuers[0].key();
    let good = || Made::by_issuer(issuer);
    let since = time("20260101000000Z");
    let reason = written(0xa0, &[&[asn1::ENUMERATED, 1, 1]]);
    let other = meant(
        &Question::on(
            &Certificate::read(&HOUSE.chain[1]).unwrap(),
            &Certificate::read(&HOUSE.chain[2]).unwrap(),
        )
        .written(),
    );
    let revoked = |reason| RevocationFault::Revoked(moment(1_767_225_600), reason);
    for (made, fault) in [
        (Made { status: written(0xa1, &[&since]), ..good() }, revoked(None)),
        (Made { status: written(0xa1, &[&since, &reason]), ..good() }, revoked(Some("keyCompromise"))),
        (Made { status: written(0xa1, &[&since]), until: Some("20261101000000Z"), ..good() }, revoked(None)),
        (Made { status: UNKNOWN.to_vec(), ..good() }, RevocationFault::Unknown),
        (Made { until: Some("20261121191400Z"), ..good() }, RevocationFault::TooOld(moment(1_795_288_440))),
        (
            Made { from: "20261121191400Z", until: None, ..good() },
            RevocationFault::TooOld(moment(1_795_288_440)),
        ),
        (Made { from: "20261121194600Z", ..good() }, RevocationFault::NotYet(moment(1_795_290_360))),
        (Made { id: Some(other), ..good() }, RevocationFault::OtherCertificate),
        (Made { status: vec![0x83, 0], ..good() }, RevocationFault::Malformed),
        (Made { from: "yesterday", ..good() }, RevocationFault::Malformed),
        (Made { algorithm: BY_P256, ..good() }, RevocationFault::Signature),
        (Made { algorithm: BY_RSA, ..good() }, RevocationFault::Signature),
    ] {
        assert_eq!(refused(&made), fault);
    }
}

#[test]
fn an_answer_of_one_who_may_not_give_it_is_refused() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let stranger = Shop::make(&Making::default());
    let [ocsp, other] = [ExtendedKeyUsagePurpose::OcspSigning, ExtendedKeyUsagePurpose::ServerAuth];
    for (what, certificate) in [
        ("another's delegate", delegate(&key, &stranger, ocsp.clone(), 2030)),
        ("for something else", delegate(&key, &HOUSE, other, 2030)),
        ("run out", delegate(&key, &HOUSE, ocsp, 2026)),
        ("of the root", {
            let mut of_root = params("Delegate", &[], 2030, false);
            of_root.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
            of_root.signed_by(&key, &HOUSE.issuers[1]).unwrap().der().to_vec()
        }),
    ] {
        assert_eq!(refused(&by_delegate(&key, certificate, BY_P256)), RevocationFault::Stranger, "{what}");
    }
    let alone = Made { algorithm: BY_P256, ..Made::by_issuer(&key) };
    assert_eq!(refused(&alone), RevocationFault::Stranger, "no certificate came along");
    let pretended = Made { by: by_key(HOUSE.issuers[0].key()), ..alone };
    assert_eq!(refused(&pretended), RevocationFault::Signature, "under the issuer's name");
    let wrong = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = delegate(&key, &HOUSE, ExtendedKeyUsagePurpose::OcspSigning, 2030);
    let made = Made { by: by_key(&key), ..by_delegate(&wrong, certificate, BY_P256) };
    assert_eq!(refused(&made), RevocationFault::Signature, "under a delegate's name");
}

#[test]
fn what_is_no_answer_is_refused() {
    let whole = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        match answered(|_| Ok(bytes.clone())) {
            Err(SignedFault::Revocation(Place::Leaf, fault)) => fault,
            other => panic!("{other:?}"),
        }
    };
    for (status, name) in [
        (1, "malformedRequest"),
        (2, "internalError"),
        (3, "tryLater"),
        (5, "sigRequired"),
        (6, "unauthorized"),
        (9, "a status that nobody knows"),
    ] {
        assert_eq!(whole(&sequence(&[&[asn1::ENUMERATED, 1, status]])), RevocationFault::Refused(name));
    }
    let other_form =
        sequence(&[&[asn1::ENUMERATED, 1, 0], &written(0xa0, &[&sequence(&[&[6, 1, 1], &[4, 0]])])]);
    for bytes in [
        &b""[..],
        b"<html>",
        &[0x30, 0x80],
        &sequence(&[&[asn1::ENUMERATED, 1, 0]]),
        &other_form,
        &basic(&[]),
    ] {
        assert_eq!(whole(bytes), RevocationFault::Malformed, "{bytes:02x?}");
    }
    let silent = answered(|_| Err(Fault::new("nobody is there", "wait")));
    let fault = RevocationFault::Unreachable("nobody is there".into());
    assert_eq!(silent, Err(SignedFault::Revocation(Place::Leaf, fault)));
}

#[test]
fn whoever_names_no_responder_is_not_good() {
    let shop = Shop::make(&Making::default());
    let means = Fake { leaf: |_: &[u8]| panic!("nobody is named"), asked: RefCell::default() };
    let found = judged(&means, &shop, SIGNED);
    assert_eq!(found, Err(SignedFault::Revocation(Place::Intermediate, RevocationFault::NoResponder)));
}

#[test]
fn nobody_is_asked_for_what_is_not_believed_anyway() {
    let means = Fake { leaf: |_: &[u8]| panic!("not asked"), asked: RefCell::default() };
    let roots = HOUSE.roots();
    let demand = Demand { revocation: Revocation::Asked(&means), ..demand(&roots) };
    let mut text = HOUSE.sign(&transaction());
    text.replace_range(text.len() - 4.., "AAAA");
    assert_eq!(Unverified::read(&text).unwrap().verify(&demand), Err(SignedFault::Signature));
    let other = Demand { bundle: super::super::Expected::Exactly("com.example.other"), ..demand };
    assert!(Unverified::read(&HOUSE.sign(&transaction())).unwrap().verify(&other).is_err());
    assert_eq!(means.asked.into_inner(), [""; 0]);
}

#[test]
fn all_that_is_signed_in_a_notification_is_asked_for() {
    let means = Fake {
        leaf: |asked: &[u8]| Ok(Made::by_issuer(HOUSE.issuers[0].key()).to(asked)),
        asked: RefCell::default(),
    };
    let roots = HOUSE.roots();
    let demand = Demand { revocation: Revocation::Asked(&means), ..demand(&roots) };
    let text = HOUSE.sign(&notification(&HOUSE));
    assert_eq!(Unverified::read(&text).unwrap().verify(&demand).unwrap().inner.len(), 2);
    assert_eq!(means.asked.into_inner(), [URL; 6]);
}

#[test]
fn whoever_asks_judges_by_today() {
    let means = Fake { leaf: |_: &[u8]| panic!("not asked"), asked: RefCell::default() };
    let found = judged(&means, &HOUSE, SIGNED + 366 * 86_400_000);
    assert_eq!(found, Err(SignedFault::Chain("one was valid until 2027-01-01T00:00:00Z".into())));
}

#[test]
fn the_next_is_asked_when_one_does_not_answer_and_none_when_one_says_revoked() {
    let [first, second] = ["http://a.example", "http://b.example"];
    let named: Vec<_> = [first, second]
        .iter()
        .flat_map(|url| {
            sequence(&[&[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1], &written(0x86, &[url.as_bytes()])])
        })
        .collect();
    let named = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], sequence(&[&named]));
    let shop = Shop::make(&Making { more: vec![named], ..Making::default() });
    let made = |status: &[u8], question: &[u8]| {
        Made { status: status.to_vec(), ..Made::by_issuer(shop.issuers[1].key()) }.to(question)
    };
    let revoked = written(0xa1, &[&time(NOW)]);
    let [leaf, between, root] = &shop.chain;
    let place = (Place::Intermediate, between.as_slice(), root.as_slice());
    assert_ne!(leaf, between);
    for (status, count) in [(GOOD, 2), (&revoked, 1)] {
        let asked = RefCell::new(Vec::new());
        let means = Means(|url: &str, question: &[u8]| {
            asked.borrow_mut().push(url.to_owned());
            if url == first && status == GOOD {
                Err(Fault::new("away", ""))
            } else {
                Ok(made(status, question))
            }
        });
        let found = check(place, &means, Timestamp::from_millis(SIGNED));
        assert_eq!((found.is_ok(), asked.into_inner().len()), (status == GOOD, count));
    }
}

struct Means<F>(F);

impl<F: Fn(&str, &[u8]) -> Result<Vec<u8>, Fault>> Ask for Means<F> {
    fn ask(&self, url: &str, question: &[u8]) -> Result<Vec<u8>, Fault> {
        (self.0)(url, question)
    }
}

impl<F> fmt::Debug for Means<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("means of a test")
    }
}

proptest! {
    #[test]
    fn no_answer_that_was_changed_counts_as_good(at in any::<prop::sample::Index>(), change in 1_u8..) {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = delegate(&key, &HOUSE, ExtendedKeyUsagePurpose::OcspSigning, 2030);
        let made = by_delegate(&key, certificate, BY_P256);
        let found = answered(|question| {
            let mut bytes = made.to(question);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            Ok(bytes)
        });
        prop_assert!(found.is_err());
    }
}
