//! Every P-256 signature vector of Project Wycheproof, by the path that tokens take.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use counterfoil_core::half::{PublicHalf, Signature};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

#[test]
fn the_fixed_length_vectors_all_get_their_verdict() {
    let (mut valid, mut invalid) = (0, 0);
    for_each(TestName::EcdsaSecp256r1Sha256P1363, |half, test| {
        let signature: Option<Signature> = test.sig.as_slice().try_into().ok();
        let verified = signature.is_some_and(|it| half.parsed().unwrap().verifies(&test.msg, &it));
        assert_eq!(verified, test.result == TestResult::Valid, "test {}: {}", test.tc_id, test.comment);
        *if verified { &mut valid } else { &mut invalid } += 1;
    });
    assert_eq!((valid, invalid), (173, 89));
}

/// Tokens never hold DER signatures, so a strict conversion stands in between: what is not minimal
/// DER of two numbers in range has no fixed form and is refused, the rest must get its verdict.
#[test]
fn the_der_vectors_all_get_their_verdict_once_converted() {
    let (mut valid, mut invalid) = (0, 0);
    for_each(TestName::EcdsaSecp256r1Sha256, |half, test| {
        let signature =
            p256::ecdsa::Signature::from_der(&test.sig).ok().map(|it| Signature::from(it.to_bytes()));
        let verified = signature.is_some_and(|it| half.parsed().unwrap().verifies(&test.msg, &it));
        let library = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, half.as_bytes());
        assert_eq!(verified, test.result == TestResult::Valid, "test {}: {}", test.tc_id, test.comment);
        assert_eq!(verified, library.verify(&test.msg, &test.sig).is_ok(), "library, test {}", test.tc_id);
        *if verified { &mut valid } else { &mut invalid } += 1;
    });
    assert_eq!((valid, invalid), (174, 310));
}

fn for_each(name: TestName, mut judge: impl FnMut(PublicHalf, &wycheproof::ecdsa::Test)) {
    for group in TestSet::load(name).unwrap().test_groups {
        let half = PublicHalf::from_spki(&group.der).unwrap();
        assert_eq!(half.as_bytes().as_slice(), group.key.key.as_slice());
        assert_eq!(PublicHalf::from_pem(&group.pem).unwrap(), half);
        group.tests.iter().for_each(|test| judge(half, test));
    }
}
