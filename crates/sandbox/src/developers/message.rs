//! Signed messages (CMS, RFC 5652) with one signer, as profiles are.

use super::der::elements;
use aws_lc_rs::digest;
use rcgen::{Error, KeyPair, SigningKey};
use yasna::models::ObjectIdentifier;
use yasna::{DERWriter, Tag};

const SIGNED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 2];
const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const CONTENT_TYPE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: &[u64] = &[1, 2, 840, 113_549, 1, 9, 4];
const SHA_256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const ECDSA_WITH_SHA_256: &[u64] = &[1, 2, 840, 10_045, 4, 3, 2];

/// What signs messages: a certificate, and the P-256 key that it is for.
pub(super) struct Signer {
    pub(super) certificate: Vec<u8>,
    pub(super) key: KeyPair,
}

impl Signer {
    /// The content in a message, with the certificates that lead from the signature to the root.
    pub(super) fn sign(&self, content: &[u8], root: &[u8]) -> Result<Vec<u8>, Error> {
        let attributes = attributes(content);
        let signature = self.key.sign(&attributes)?;
        let (issuer, serial) = self.issuer_and_serial().ok_or(Error::CouldNotParseCertificate)?;
        Ok(yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                write_oid(writer.next(), SIGNED_DATA);
                writer.next().write_tagged(Tag::context(0), |writer| {
                    writer.write_sequence(|writer| {
                        writer.next().write_u8(1);
                        writer.next().write_set_of(|writer| write_algorithm(writer.next(), SHA_256));
                        write_content(writer.next(), content);
                        let mut certificates = [self.certificate.as_slice(), root];
                        certificates.sort_unstable();
                        writer.next().write_der(&retagged(0xa0, &certificates.concat()));
                        writer.next().write_set_of(|writer| {
                            writer.next().write_sequence(|writer| {
                                writer.next().write_u8(1);
                                writer.next().write_sequence(|writer| {
                                    writer.next().write_der(&issuer);
                                    writer.next().write_der(&serial);
                                });
                                write_algorithm(writer.next(), SHA_256);
                                writer.next().write_der(&as_implicit(&attributes));
                                write_algorithm(writer.next(), ECDSA_WITH_SHA_256);
                                writer.next().write_bytes(&signature);
                            });
                        });
                    });
                });
            });
        }))
    }

    /// By whom and under which number the certificate was signed, as they stand in it.
    fn issuer_and_serial(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let about = elements(elements(&self.certificate)?.first()?)?;
        Some((about.get(3)?.clone(), about.get(1)?.clone()))
    }
}

/// What is signed: what kind of content it is, and its digest.
fn attributes(content: &[u8]) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA256, content);
    yasna::construct_der(|writer| {
        writer.write_set_of(|writer| {
            writer.next().write_sequence(|writer| {
                write_oid(writer.next(), CONTENT_TYPE);
                writer.next().write_set_of(|writer| write_oid(writer.next(), DATA));
            });
            writer.next().write_sequence(|writer| {
                write_oid(writer.next(), MESSAGE_DIGEST);
                writer.next().write_set_of(|writer| writer.next().write_bytes(digest.as_ref()));
            });
        });
    })
}

/// The attributes are signed as a set, and sent under the tag of their place.
fn as_implicit(set: &[u8]) -> Vec<u8> {
    let mut implicit = set.to_vec();
    if let Some(tag) = implicit.first_mut() {
        *tag = 0xa0;
    }
    implicit
}

/// Bytes under a tag, whatever they are.
fn retagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut wrapped = yasna::construct_der(|writer| writer.write_bytes(bytes));
    if let Some(first) = wrapped.first_mut() {
        *first = tag;
    }
    wrapped
}

fn write_content(writer: DERWriter<'_>, content: &[u8]) {
    writer.write_sequence(|writer| {
        write_oid(writer.next(), DATA);
        writer.next().write_tagged(Tag::context(0), |writer| writer.write_bytes(content));
    });
}

fn write_algorithm(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_sequence(|writer| write_oid(writer.next(), oid));
}

fn write_oid(writer: DERWriter<'_>, oid: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(oid));
}
