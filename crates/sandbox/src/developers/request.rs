//! Requests for certificates (PKCS #10, RFC 2986): whose key it is, and that whoever asks has it.

use super::der::{algorithm, bits, elements};
use crate::pem;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rcgen::{
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm,
};

/// A request that was signed with the key that it is about.
pub(crate) struct Request {
    key: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

/// Why nothing can be signed for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestFault {
    /// It can't be read.
    #[error("It is no certificate signing request: send one as PEM, or as the base64 of its DER")]
    Unreadable,
    /// The key is of a kind that nothing is signed for.
    #[error("Its key is neither RSA of 2048 bits or more nor ECDSA on P-256 or P-384")]
    OtherKey,
    /// The signature is of a kind that is not known here.
    #[error("It is signed by an algorithm that is not known here: use SHA-256 with the key's own")]
    OtherSignature,
    /// The signature is not the key's.
    #[error("Its signature is not that of the key that it is about")]
    WrongSignature,
}

impl PublicKeyData for Request {
    fn der_bytes(&self) -> &[u8] {
        &self.key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl Request {
    /// Reads a request in whichever form clients send it.
    ///
    /// # Errors
    /// If it can't be read, or does not prove that who made it has the key.
    pub(crate) fn read(text: &str) -> Result<Self, RequestFault> {
        let der = undressed(text).ok_or(RequestFault::Unreadable)?;
        let parts = Parts::read(&der).ok_or(RequestFault::Unreadable)?;
        let (algorithm, checks) = parts.key_kind().ok_or(RequestFault::OtherKey)?;
        let check = checks.iter().find(|(oid, _)| *oid == parts.signed_by);
        let (_, check) = check.ok_or(RequestFault::OtherSignature)?;
        let key = UnparsedPublicKey::new(*check, &parts.key);
        key.verify(&parts.said, &parts.signature).map_err(|_| RequestFault::WrongSignature)?;
        Ok(Self { key: parts.key, algorithm })
    }
}

/// The bytes of a request that comes as PEM, also with its lines' ends written out, or as base64.
fn undressed(text: &str) -> Option<Vec<u8>> {
    let text = text.replace("\\n", "\n");
    let named = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    named.iter().find_map(|name| pem::read(&text, name)).or_else(|| pem::decoded(&text))
}

/// What a request consists of.
struct Parts {
    said: Vec<u8>,
    /// The algorithm of the key, and its curve if it has one.
    kind: (Vec<u64>, Option<Vec<u64>>),
    key: Vec<u8>,
    signed_by: Vec<u64>,
    signature: Vec<u8>,
}

/// Signatures that a key can make, with what checks them.
type Checks = &'static [(&'static [u64], &'static dyn VerificationAlgorithm)];

const RSA: &[u64] = &[1, 2, 840, 113_549, 1, 1, 1];
const ELLIPTIC: &[u64] = &[1, 2, 840, 10_045, 2, 1];
const P256: &[u64] = &[1, 2, 840, 10_045, 3, 1, 7];
const P384: &[u64] = &[1, 3, 132, 0, 34];

const OF_RSA: Checks = &[
    (&[1, 2, 840, 113_549, 1, 1, 11], &RSA_PKCS1_2048_8192_SHA256),
    (&[1, 2, 840, 113_549, 1, 1, 12], &RSA_PKCS1_2048_8192_SHA384),
    (&[1, 2, 840, 113_549, 1, 1, 13], &RSA_PKCS1_2048_8192_SHA512),
    // Old versions of tools that make requests sign them so; it proves nothing but that they have the key.
    (&[1, 2, 840, 113_549, 1, 1, 5], &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
];
const OF_P256: Checks = &[(&[1, 2, 840, 10_045, 4, 3, 2], &ECDSA_P256_SHA256_ASN1)];
const OF_P384: Checks = &[(&[1, 2, 840, 10_045, 4, 3, 3], &ECDSA_P384_SHA384_ASN1)];

impl Parts {
    fn read(der: &[u8]) -> Option<Self> {
        let [said, signed_by, signature] = elements(der)?.try_into().ok()?;
        let about = elements(&said)?;
        let key = elements(about.get(2)?)?;
        let [kind, key] = key.try_into().ok()?;
        let (signed_by, _) = algorithm(&signed_by)?;
        let (kind, key, signature) = (algorithm(&kind)?, bits(&key)?, bits(&signature)?);
        Some(Self { said, kind, key, signed_by, signature })
    }

    fn key_kind(&self) -> Option<(&'static SignatureAlgorithm, Checks)> {
        match (self.kind.0.as_slice(), self.kind.1.as_deref()) {
            (RSA, None) => Some((&PKCS_RSA_SHA256, OF_RSA)),
            (ELLIPTIC, Some(P256)) => Some((&PKCS_ECDSA_P256_SHA256, OF_P256)),
            (ELLIPTIC, Some(P384)) => Some((&PKCS_ECDSA_P384_SHA384, OF_P384)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PKCS_RSA_SHA512, SigningKey};

    fn request(key: &KeyPair) -> Vec<u8> {
        CertificateParams::default().serialize_request(key).unwrap().der().to_vec()
    }

    fn read(der: &[u8]) -> Result<Vec<u8>, RequestFault> {
        Request::read(&pem::encoded(der)).map(|request| request.subject_public_key_info())
    }

    #[test]
    fn keys_of_the_usual_kinds_are_read_with_their_signature_checked() {
        for algorithm in
            [&PKCS_RSA_SHA256, &PKCS_RSA_SHA512, &PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384]
        {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let der = request(&key);
            assert_eq!(read(&der).unwrap(), key.subject_public_key_info(), "{algorithm:?}");
            let mut forged = der.clone();
            let last = forged.len() - 3;
            forged[last] ^= 1;
            assert_eq!(read(&forged).err(), Some(RequestFault::WrongSignature), "{algorithm:?}");
        }
    }

    #[test]
    fn a_request_is_read_in_every_form_that_clients_send() {
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::default().serialize_request(&key).unwrap();
        let text = made.pem().unwrap();
        let base64 = pem::encoded(made.der());
        for form in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\\n"),
            text.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
            format!("Bag of words\n{text}"),
            base64,
        ] {
            assert!(Request::read(&form).is_ok(), "{form}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_by_name() {
        let other = request(&KeyPair::generate_for(&PKCS_ED25519).unwrap());
        assert_eq!(read(&other).err(), Some(RequestFault::OtherKey));
        let whole = request(&KeyPair::generate().unwrap());
        for der in [
            &whole[..whole.len() - 1],
            b"\x30\x00",
            b"\x30\x80",
            b"\x02\x01\x01",
            &[whole.as_slice(), b"!"].concat(),
        ] {
            assert_eq!(read(der).err(), Some(RequestFault::Unreadable));
        }
        for text in ["", "words", "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----"] {
            assert_eq!(Request::read(text).err(), Some(RequestFault::Unreadable), "{text:?}");
        }
    }

    #[test]
    fn a_request_that_was_changed_anywhere_is_refused() {
        let whole = request(&KeyPair::generate().unwrap());
        for at in 0..whole.len() {
            assert!(read(&whole[..at]).is_err(), "the first {at} bytes");
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                assert!(read(&changed).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn a_request_that_another_key_signed_is_refused() {
        let (mine, yours) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let parts = elements(&request(&mine)).unwrap();
        let signature = yours.sign(&parts[0]).unwrap();
        let forged = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                writer.next().write_der(&parts[0]);
                writer.next().write_der(&parts[1]);
                writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
            });
        });
        assert_eq!(read(&forged).err(), Some(RequestFault::WrongSignature));
    }
}
