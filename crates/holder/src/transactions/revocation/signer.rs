//! Who signed an answer: the issuer, or one to whom the issuer gave a certificate for just this.

use super::super::certificate::{Certificate, Key};
use super::super::chain::unix;
use super::RevocationFault;
use super::answer::{Answer, By};
use super::question::sha1;
use counterfoil_core::time::Timestamp;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::aws_lc_rs::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
};
use webpki::{EndEntityCert, KeyUsage};

/// 1.3.6.1.5.5.7.3.9: signs answers on revocation.
const OCSP_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];

/// By what answers are signed. SHA-1 is not among it.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    ECDSA_P256_SHA256,
    ECDSA_P256_SHA384,
    ECDSA_P384_SHA256,
    ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
];

/// Whether the one who may, signed it.
pub(super) fn check(answer: &Answer<'_>, issuer: &[u8], now: Timestamp) -> Result<(), RevocationFault> {
    let itself = Certificate::read(issuer)?;
    if answer.by.is(&itself) {
        return check_signature(answer, itself.key);
    }
    for der in &answer.certificates {
        let delegate = Certificate::read(der)?;
        if answer.by.is(&delegate) && may_answer(der, issuer, now) {
            return check_signature(answer, delegate.key);
        }
    }
    Err(RevocationFault::Stranger)
}

impl By<'_> {
    fn is(self, certificate: &Certificate<'_>) -> bool {
        match self {
            Self::Name(name) => certificate.subject == name,
            Self::Key(hash) => sha1(certificate.key.bits) == hash,
        }
    }
}

/// Whether the issuer itself, and nobody between, gave it a certificate for answers, which is good now. Whether that one
/// was revoked is not asked: it would have to answer itself.
fn may_answer(delegate: &[u8], issuer: &[u8], now: Timestamp) -> bool {
    let (delegate, issuer) = (CertificateDer::from(delegate), CertificateDer::from(issuer));
    let (Ok(end), Ok(anchor)) =
        (EndEntityCert::try_from(&delegate), webpki::anchor_from_trusted_cert(&issuer))
    else {
        return false;
    };
    let usage = KeyUsage::required(OCSP_SIGNING);
    unix(now)
        .is_ok_and(|now| end.verify_for_usage(ALGORITHMS, &[anchor], &[], now, usage, None, None).is_ok())
}

fn check_signature(answer: &Answer<'_>, key: Key<'_>) -> Result<(), RevocationFault> {
    let is_of_both = |algorithm: &&&dyn SignatureVerificationAlgorithm| {
        algorithm.signature_alg_id().as_ref() == answer.algorithm
            && algorithm.public_key_alg_id().as_ref() == key.kind
    };
    let algorithm = ALGORITHMS.iter().find(is_of_both).ok_or(RevocationFault::Signature)?;
    let verified = algorithm.verify_signature(key.bits, &answer.signed, answer.signature);
    verified.map_err(|_| RevocationFault::Signature)
}
