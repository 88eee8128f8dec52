//! Fixed keys. Their private numbers stand here for everyone to read: they are worth nothing.

use counterfoil_core::half::{PrivateHalf, PublicHalf};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

/// A key whose signatures are the same each time (RFC 6979), made by another library than ours.
#[derive(Debug)]
pub(crate) struct TestKey {
    pub(crate) id: &'static str,
    number: [u8; 32],
}

/// The key of RFC 6979, appendix A.2.5.
pub(crate) const KEY: TestKey = TestKey {
    id: "TESTKEY001",
    number: *b"\xc9\xaf\xa9\xd8\x45\xba\x75\x16\x6b\x5c\x21\x57\x67\xb1\xd6\x93\x4e\x50\xc3\xdb\x36\xe8\x9b\x12\x7b\x8a\x62\x2b\x12\x0f\x67\x21",
};

/// Another.
pub(crate) const OTHER_KEY: TestKey = TestKey { id: "TESTKEY002", number: [0x42; 32] };

impl TestKey {
    pub(crate) fn signing(&self) -> SigningKey {
        SigningKey::from_slice(&self.number).unwrap()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.signing().sign(message);
        signature.to_bytes().into()
    }

    pub(crate) fn public(&self) -> PublicHalf {
        PublicHalf::from_point(self.signing().verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    pub(crate) fn private(&self) -> PrivateHalf {
        PrivateHalf::from_pkcs8(&self.apple_pkcs8()).unwrap()
    }

    /// The 150 bytes, put together by hand.
    pub(crate) fn apple_pkcs8(&self) -> Vec<u8> {
        let head = "308193020100301306072a8648ce3d020106082a8648ce3d030107047930770201010420";
        let middle = "a00a06082a8648ce3d030107a144034200";
        [&unhex(head), self.number.as_slice(), &unhex(middle), self.public().as_bytes()].concat()
    }

    /// The 138 bytes, put together by hand.
    pub(crate) fn plain_pkcs8(&self) -> Vec<u8> {
        let head = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420";
        [&unhex(head), self.number.as_slice(), &unhex("a144034200"), self.public().as_bytes()].concat()
    }
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
