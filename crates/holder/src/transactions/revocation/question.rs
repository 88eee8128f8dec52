//! The question: which certificate is meant.

use super::super::certificate::Certificate;
use crate::asn1::{self, Element, Malformed, written};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// 1.3.14.3.2.26: SHA-1. It only tells certificates of one issuer from those of others, and all responders know it.
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const NULL: u8 = 0x05;

/// A certificate, as answers name it: by hashes of its issuer's name and key, and by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    name: Vec<u8>,
    key: Vec<u8>,
    serial: Vec<u8>,
}

impl Question {
    /// The question on `certificate`, which `issuer` signed.
    pub(super) fn on(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Self {
        let serial = certificate.serial.to_vec();
        Self { name: sha1(&certificate.issuer), key: sha1(issuer.key.bits), serial }
    }

    /// What an answer is on; nothing, if it names it by another hash than we asked with.
    pub(super) fn read(id: Element<'_>) -> Result<Option<Self>, Malformed> {
        let mut parts = id.tagged(asn1::SEQUENCE)?.elements();
        let algorithm = parts.one()?.tagged(asn1::SEQUENCE)?.elements().one()?.tagged(asn1::OBJECT_ID)?;
        let [name, key] = [parts.one()?.octets()?.into_owned(), parts.one()?.octets()?.into_owned()];
        let serial = parts.one()?.tagged(asn1::INTEGER)?.content.to_vec();
        Ok((algorithm.content == SHA1).then_some(Self { name, key, serial }))
    }

    /// As it is sent. It is not signed, and names nobody who asks.
    pub(super) fn written(&self) -> Vec<u8> {
        let id = self.id();
        (0..4).fold(id, |inner, _| written(asn1::SEQUENCE, &[&inner]))
    }

    /// As questions and answers have it.
    pub(super) fn id(&self) -> Vec<u8> {
        let algorithm = written(asn1::SEQUENCE, &[&written(asn1::OBJECT_ID, &[SHA1]), &[NULL, 0]]);
        let [name, key] = [&self.name, &self.key].map(|hash| written(asn1::OCTET_STRING, &[hash]));
        written(asn1::SEQUENCE, &[&algorithm, &name, &key, &written(asn1::INTEGER, &[&self.serial])])
    }
}

/// What names and keys are told apart by.
pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}
