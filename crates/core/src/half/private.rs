//! The half that signs.

use super::der::{self, Element};
use super::{HalfFault, PublicHalf, Signature, pem};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use std::fmt;
use zeroize::Zeroizing;

/// A private half. Its bytes are wiped when it is dropped, and it never shows itself.
///
/// The private number lives in one place only, the cryptographic library's memory, which the
/// library wipes when it frees it.
pub struct PrivateHalf {
    pair: EcdsaKeyPair,
    public: PublicHalf,
}

impl PrivateHalf {
    /// Draws a new one. The randomness is the caller's.
    ///
    /// # Errors
    /// [`HalfFault::Library`] if there is no randomness to be had.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, HalfFault> {
        let mut number = Zeroizing::new([0; 32]);
        // A draw misses the range once in 2³². Four misses mean that this is no randomness.
        for _ in 0..4 {
            random.fill(number.as_mut_slice()).map_err(|_| HalfFault::Library)?;
            if let Ok(half) = Self::from_number(&number) {
                return Ok(half);
            }
        }
        Err(HalfFault::Library)
    }

    /// Reads unencrypted PKCS#8, in either of the two forms in use: Apple's 150 bytes, or the 138
    /// bytes of OpenSSL and AWS-LC. Apart from the two numbers every byte must be as expected, and
    /// the public half in it must belong to the private one.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, HalfFault> {
        must_be_p256_pkcs8(der)?;
        let (number, point) =
            [APPLE, PLAIN].iter().find_map(|form| form.read(der)).ok_or(HalfFault::UnusualForm)?;
        let half = Self::from_number(number)?;
        if half.public.as_bytes() == point { Ok(half) } else { Err(HalfFault::HalvesDiffer) }
    }

    /// Reads one PEM block `PRIVATE KEY`, strictly: undamaged, alone, lines ending in `\n`.
    ///
    /// # Errors
    /// A [`HalfFault`] that says what it is instead.
    pub fn from_pem(text: &str) -> Result<Self, HalfFault> {
        Self::from_pkcs8(&pem::read(text, pem::PRIVATE)?)
    }

    /// Apple's 150-byte PKCS#8, as the download holds it.
    ///
    /// # Errors
    /// [`HalfFault::Library`] if the library will not hand out the number.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, HalfFault> {
        let number: EcPrivateKeyBin<'_> =
            self.pair.private_key().as_be_bytes().map_err(|_| HalfFault::Library)?;
        let mut der = Zeroizing::new(Vec::with_capacity(APPLE.length()));
        for part in [APPLE.head, number.as_ref(), APPLE.middle, self.public.as_bytes()] {
            der.extend_from_slice(part);
        }
        Ok(der)
    }

    /// The same as one PEM block: what a `.p8` file holds.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, HalfFault> {
        Ok(pem::write(&self.to_pkcs8()?, pem::PRIVATE))
    }

    /// Signs as ES256 does: SHA-256, r and s side by side. The nonce is the library's.
    ///
    /// # Errors
    /// [`HalfFault::Library`] if the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, HalfFault> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| HalfFault::Library)?;
        signature.as_ref().try_into().map_err(|_| HalfFault::Library)
    }

    /// The other half.
    #[must_use]
    pub const fn public(&self) -> PublicHalf {
        self.public
    }

    /// The half whose private number this is, as it stands in wrappings that leave the public one out; the
    /// public one is computed.
    ///
    /// # Errors
    /// [`HalfFault::OutOfRange`].
    pub fn from_number(number: &[u8; 32]) -> Result<Self, HalfFault> {
        let mut der = Zeroizing::new([0; BARE_HEAD.len() + 32]);
        let (head, tail) = der.split_at_mut(BARE_HEAD.len());
        head.copy_from_slice(BARE_HEAD);
        tail.copy_from_slice(number);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_slice());
        let pair = pair.map_err(|_| HalfFault::OutOfRange)?;
        let public = PublicHalf::of_form(pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }
}

impl fmt::Debug for PrivateHalf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[private half]")
    }
}

/// What stands before the private number and between it and the public point.
struct Form {
    head: &'static [u8],
    middle: &'static [u8],
}

impl Form {
    const fn length(&self) -> usize {
        self.head.len() + 32 + self.middle.len() + PublicHalf::LENGTH
    }

    /// The number and the point, if `der` is of this form.
    fn read<'a>(&self, der: &'a [u8]) -> Option<(&'a [u8; 32], &'a [u8])> {
        let (number, rest) = der.strip_prefix(self.head)?.split_first_chunk()?;
        let point = rest.strip_prefix(self.middle)?;
        (point.len() == PublicHalf::LENGTH).then_some((number, point))
    }
}

/// Apple's: the inner structure names the curve once more.
const APPLE: Form = Form {
    #[rustfmt::skip]
    head: &[
        0x30, 0x81, 0x93, 0x02, 0x01, 0x00,
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        0x04, 0x79, 0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20,
    ],
    middle: &[
        0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00,
    ],
};

/// What OpenSSL and AWS-LC write.
const PLAIN: Form = Form {
    #[rustfmt::skip]
    head: &[
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00,
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
    ],
    middle: &[0xa1, 0x44, 0x03, 0x42, 0x00],
};

/// The head of PKCS#8 without a public half, which the library then computes.
#[rustfmt::skip]
const BARE_HEAD: &[u8; 35] = &[
    0x30, 0x41, 0x02, 0x01, 0x00,
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20,
];

/// Finds out what `der` is, for the sake of an error that says it.
fn must_be_p256_pkcs8(der: &[u8]) -> Result<(), HalfFault> {
    const WANTED: &str = "PKCS#8 (PrivateKeyInfo)";
    let not_der = HalfFault::NotDer { wanted: WANTED };
    let content = der::whole_sequence(der, WANTED)?;
    let (first, rest) = der::split(content).ok_or(not_der)?;
    let second = der::split(rest).map(|(second, _)| second);
    match (first, second) {
        (Element { tag: der::INTEGER, content: [0 | 1] }, Some(Element { tag: der::SEQUENCE, content })) => {
            der::other_key(content).map_or(Ok(()), |found| Err(HalfFault::OtherKey { found }))
        }
        (Element { tag: der::INTEGER, content: [1] }, Some(Element { tag: der::OCTET_STRING, .. })) => {
            Err(HalfFault::OtherWrapping { found: "an EC private key in SEC 1 form" })
        }
        (Element { tag: der::INTEGER, content: [0] }, Some(Element { tag: der::INTEGER, .. })) => {
            Err(HalfFault::OtherKey { found: "an RSA key" })
        }
        (Element { tag: der::SEQUENCE, .. }, Some(Element { tag: der::OCTET_STRING, .. })) => {
            Err(HalfFault::OtherWrapping { found: "an encrypted private key" })
        }
        (Element { tag: der::SEQUENCE, .. }, Some(Element { tag: der::BIT_STRING, .. })) => {
            Err(HalfFault::OtherWrapping { found: "a public key" })
        }
        _ => Err(not_der),
    }
}
