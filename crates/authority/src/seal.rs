//! Sealing: what waits for its download lies in the database as AES-256-GCM under a key that
//! does not. Each record has a key of its own (HKDF-SHA256 over the record's identity), and its
//! identity is authenticated, so that no record passes for another.

use crate::failure::Failure;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use counterfoil_core::id::{IssuerId, KeyId};
use std::fmt;
use zeroize::Zeroizing;

const RECORD: &[u8] = b"counterfoil pending half v1";
const DERIVED: &[u8] = b"counterfoil derived v1 ";
const IDENTITY: &[u8] = b"counterfoil seal key identity v1";

/// The key that seals: 32 random bytes.
pub struct SealKey {
    secret: Zeroizing<[u8; 32]>,
    id: String,
}

/// Which private half a sealed record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The team.
    pub team: IssuerId,
    /// The key.
    pub key: KeyId,
}

impl SealKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let mut id = [0; 16];
        derive(&secret, IDENTITY, &mut id);
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { secret, id }
    }

    /// A fresh key.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn generate(random: &SystemRandom) -> Result<Self, Failure> {
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(secret.as_mut_slice()).map_err(|_| no_randomness())?;
        Ok(Self::new(secret))
    }

    /// Names the key without telling anything of it: so a wrong one is noticed.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bytes, for the file that keeps them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Seals a private half.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn seal(&self, random: &SystemRandom, record: Record, plain: &[u8]) -> Result<Vec<u8>, Failure> {
        self.seal_as(random, &record.bytes(), plain)
    }

    /// Opens a sealed private half.
    ///
    /// # Errors
    /// If it was sealed with another key, for another record, or was changed.
    pub fn open(&self, record: Record, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.open_as(&record.bytes(), sealed).ok_or_else(|| {
            Failure::Seal(format!("the record of {} does not open with seal key {}", record.key, self.id))
        })
    }

    /// Seals something under an identity of its own; no two kinds of things begin theirs alike.
    pub(crate) fn seal_as(
        &self,
        random: &SystemRandom,
        identity: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| no_randomness())?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        let mut body = Zeroizing::new(plain.to_vec());
        let tag = self
            .record_key(identity)?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(identity), &mut body)
            .map_err(|_| Failure::Seal("AES-GCM would not seal it".into()))?;
        sealed.extend_from_slice(&body);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed under this identity; nothing, if it was not, or with another key, or was changed.
    pub(crate) fn open_as(&self, identity: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length =
            self.record_key(identity).ok()?.open_in_place(nonce, Aad::from(identity), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }

    /// 32 bytes that only this key brings forth from these: what we hand out and recognise as ours again.
    pub(crate) fn derived(&self, purpose: &str, from: &[u8]) -> [u8; 32] {
        let mut bytes = [0; 32];
        derive(&self.secret, &[DERIVED, purpose.as_bytes(), b"\0", from].concat(), &mut bytes);
        bytes
    }

    fn record_key(&self, identity: &[u8]) -> Result<LessSafeKey, Failure> {
        let mut key = Zeroizing::new([0; 32]);
        derive(&self.secret, identity, key.as_mut_slice());
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice())
            .map_err(|_| Failure::Seal("AES-256-GCM would not take the key".into()))?;
        Ok(LessSafeKey::new(key))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[seal key {}]", self.id)
    }
}

impl Record {
    fn bytes(self) -> Vec<u8> {
        [RECORD, b" ", self.team.as_bytes(), self.key.as_str().as_bytes()].concat()
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 refuses only lengths over 8160 bytes; ours are 16 and 32"
)]
fn derive(secret: &[u8; 32], info: &[u8], out: &mut [u8]) {
    let prk: Prk = Salt::new(HKDF_SHA256, b"counterfoil").extract(secret);
    let info = [info];
    prk.expand(&info, Length(out.len())).and_then(|okm| okm.fill(out)).expect("the length is small");
}

fn no_randomness() -> Failure {
    Failure::Fault("this machine gives no random bytes".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str) -> Record {
        Record {
            team: IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap(),
            key: KeyId::try_from(key).unwrap(),
        }
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let (random, key) = (SystemRandom::new(), SealKey::new(Zeroizing::new([7; 32])));
        let sealed = key.seal(&random, record("ABCDE12345"), b"the half").unwrap();
        assert_eq!(key.open(record("ABCDE12345"), &sealed).unwrap().as_slice(), b"the half");
    }

    #[test]
    fn sealed_bytes_open_with_no_other_key_and_for_no_other_record() {
        let (random, key) = (SystemRandom::new(), SealKey::new(Zeroizing::new([7; 32])));
        let sealed = key.seal(&random, record("ABCDE12345"), b"the half").unwrap();
        assert!(SealKey::new(Zeroizing::new([8; 32])).open(record("ABCDE12345"), &sealed).is_err());
        assert!(key.open(record("ABCDE12346"), &sealed).is_err());
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (random, key) = (SystemRandom::new(), SealKey::new(Zeroizing::new([7; 32])));
        let sealed = key.seal(&random, record("ABCDE12345"), b"the half").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(record("ABCDE12345"), &changed).is_err(), "byte {at}");
            assert!(key.open(record("ABCDE12345"), &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn what_is_derived_depends_on_the_key_the_purpose_and_the_bytes() {
        let key = SealKey::new(Zeroizing::new([7; 32]));
        let first = key.derived("state", b"one");
        assert_eq!(first, SealKey::new(Zeroizing::new([7; 32])).derived("state", b"one"));
        for other in [
            key.derived("state", b"two"),
            key.derived("nonce", b"one"),
            key.derived("stat", b"e\0one"),
            SealKey::new(Zeroizing::new([8; 32])).derived("state", b"one"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_seal_key_does_not_show_itself() {
        let key = SealKey::new(Zeroizing::new([0xab; 32]));
        let shown = format!("{key:?}");
        assert!(!shown.contains("abab") && shown.starts_with("[seal key "), "{shown}");
    }
}
