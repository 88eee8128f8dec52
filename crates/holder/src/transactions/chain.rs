//! The three certificates behind signed data.

use super::certificate::Certificate;
use super::{Place, Roots, SignedFault};
use crate::dates;
use counterfoil_core::time::Timestamp;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use std::time::Duration;
use webpki::aws_lc_rs::{ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384};
use webpki::{EndEntityCert, KeyUsage};

/// 1.2.840.113635.100.6.11.1: signs for the App Store.
const OF_LEAF: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x0b, 0x01];
/// 1.2.840.113635.100.6.2.1: an intermediate of Apple's developer relations.
const OF_INTERMEDIATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 0x06, 0x02, 0x01];

/// By what certificates sign one another. Apple's chain is of elliptic curves throughout.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] =
    &[ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384];

/// A chain that holds.
pub(super) struct Chain<'c> {
    leaf: CertificateDer<'c>,
    intermediate: &'c [u8],
    root: &'c [u8],
}

impl<'c> Chain<'c> {
    /// Leaf and intermediate, from one of the roots, on the day `at`.
    pub(super) fn judge(
        [leaf, intermediate]: &'c [Vec<u8>; 2],
        roots: &'c Roots,
        at: Timestamp,
    ) -> Result<Self, SignedFault> {
        if roots.is_empty() {
            return Err(SignedFault::NoRoots);
        }
        let leaf = CertificateDer::from(leaf.as_slice());
        let root = root_behind(&leaf, intermediate, roots, unix(at)?)?;
        check_mark(&leaf, OF_LEAF, Place::Leaf)?;
        check_mark(intermediate, OF_INTERMEDIATE, Place::Intermediate)?;
        Ok(Self { leaf, intermediate, root })
    }

    /// Each that can be revoked, with the one that signed it: the one between comes first, by which the other stands.
    pub(super) fn revocable(&self) -> [(Place, &[u8], &[u8]); 2] {
        [(Place::Intermediate, self.intermediate, self.root), (Place::Leaf, &self.leaf, self.intermediate)]
    }

    /// Whether the leaf's key, one of P-256, signed exactly this.
    pub(super) fn check_signature(&self, signed: &[u8], signature: &[u8]) -> Result<(), SignedFault> {
        let verified = end(&self.leaf)?.verify_signature(ECDSA_P256_SHA256, signed, signature);
        verified.map_err(|_| SignedFault::Signature)
    }
}

/// The root that signed the intermediate, if that signed the leaf: no shorter way counts, whose certificate between would
/// be a stranger's.
fn root_behind<'r>(
    leaf: &CertificateDer<'_>,
    between: &[u8],
    roots: &'r Roots,
    at: UnixTime,
) -> Result<&'r [u8], SignedFault> {
    let (end, between, anchors) = (end(leaf)?, [CertificateDer::from(between)], roots.anchors()?);
    let usage = KeyUsage::client_auth();
    match end.verify_for_usage(ALGORITHMS, &anchors, &between, at, usage, None, None) {
        Ok(path) if path.intermediate_certificates().count() == 1 => {
            roots.certificate_of(path.anchor()).ok_or(SignedFault::OtherRoot)
        }
        Ok(_) => Err(SignedFault::Chain("the second did not sign the first".to_owned())),
        Err(webpki::Error::UnknownIssuer) => Err(SignedFault::OtherRoot),
        Err(fault) => Err(SignedFault::Chain(why(&fault))),
    }
}

fn end<'l>(leaf: &'l CertificateDer<'_>) -> Result<EndEntityCert<'l>, SignedFault> {
    EndEntityCert::try_from(leaf).map_err(|_| SignedFault::Certificate(Place::Leaf))
}

/// What webpki found, for people.
fn why(fault: &webpki::Error) -> String {
    let day = |at: &UnixTime| {
        let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
        dates::written(Timestamp::from_seconds(seconds))
    };
    match fault {
        webpki::Error::CertNotValidYet { not_before, .. } => {
            format!("one is valid from {} on", day(not_before))
        }
        webpki::Error::CertExpired { not_after, .. } => format!("one was valid until {}", day(not_after)),
        webpki::Error::InvalidSignatureForPublicKey => "one did not sign the other".to_owned(),
        webpki::Error::EndEntityUsedAsCa => "the second may sign no certificates".to_owned(),
        webpki::Error::CaUsedAsEndEntity => "the first may sign certificates only".to_owned(),
        other => other.to_string(),
    }
}

fn check_mark(der: &[u8], mark: &[u8], place: Place) -> Result<(), SignedFault> {
    match Certificate::read(der).and_then(|certificate| certificate.has(mark)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(SignedFault::Mark(place)),
        Err(_) => Err(SignedFault::Certificate(place)),
    }
}

/// As webpki takes a day.
pub(super) fn unix(at: Timestamp) -> Result<UnixTime, SignedFault> {
    let seconds = u64::try_from(at.as_seconds()).map_err(|_| SignedFault::Date)?;
    Ok(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}
