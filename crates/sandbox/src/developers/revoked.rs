//! The list of the certificates that are good no more. It is signed when it is first asked for, and again when it has
//! changed or its end is near: whoever asks again and again gets what was signed before.

use super::from_hex;
use crate::root::{DAY, Root, since_epoch};
use crate::store::Revoked;
use bytes::Bytes;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber, date_time_ymd};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long a list is good.
const GOOD: Duration = DAY;
/// How long one is given out: who fetches it has as long again before it ends.
const GIVEN_OUT: Duration = Duration::from_secs(DAY.as_secs() / 2);

/// The list that was signed last.
#[derive(Default)]
pub(super) struct RevocationList(Mutex<Option<Signed>>);

struct Signed {
    revoked: Vec<Revoked>,
    at: SystemTime,
    /// Later lists have higher ones.
    number: u64,
    der: Bytes,
}

impl RevocationList {
    /// The list of these, as DER.
    pub(super) fn of(
        &self,
        revoked: Vec<Revoked>,
        root: &Root,
        now: SystemTime,
    ) -> Result<Bytes, rcgen::Error> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.revoked == revoked && last.is_fresh(now)) {
            return Ok(last.der.clone());
        }
        let after = last.as_ref().map_or(0, |last| last.number + 1);
        let number = since_epoch(now).as_secs().max(after);
        let der = Bytes::from(sign(&revoked, number, root, now)?);
        *last = Some(Signed { revoked, at: now, number, der: der.clone() });
        Ok(der)
    }
}

impl Signed {
    fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.at).is_ok_and(|age| age < GIVEN_OUT)
    }
}

fn sign(revoked: &[Revoked], number: u64, root: &Root, now: SystemTime) -> Result<Vec<u8>, rcgen::Error> {
    let at = |at: SystemTime| date_time_ymd(1970, 1, 1) + since_epoch(at);
    let revoked_certs = revoked.iter().filter_map(|(serial, since)| {
        Some(RevokedCertParams {
            serial_number: SerialNumber::from_slice(&from_hex(serial)?),
            revocation_time: at(*since),
            reason_code: None,
            invalidity_date: None,
        })
    });
    let list = CertificateRevocationListParams {
        this_update: at(now),
        next_update: at(now + GOOD),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: revoked_certs.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(list.signed_by(&root.issuer())?.der().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_list_is_signed_once_until_it_changes_or_half_its_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let now = UNIX_EPOCH + DAY * 20_000;
        let root = Root::open(folder.path(), "root.pem", "A root", now).unwrap();
        let list = RevocationList::default();
        let of = |revoked: &[Revoked], at| list.of(revoked.to_vec(), &root, at).unwrap();
        let one = ("4".repeat(32), now);
        let first = of(&[], now);
        let second = Duration::from_secs(1);
        assert_eq!(
            of(&[], now + GIVEN_OUT - second),
            first,
            "a signature is another each time that it is made"
        );
        let changed = of(std::slice::from_ref(&one), now);
        assert_ne!(changed, first);
        assert!(changed.windows(16).any(|some| some == [0x44; 16]), "it names what was revoked");
        assert_eq!(of(std::slice::from_ref(&one), now + second), changed);
        assert_ne!(of(std::slice::from_ref(&one), now + GIVEN_OUT), changed, "half its time is over");
        let last = of(std::slice::from_ref(&one), now);
        assert_ne!(of(&[one], now - second), last, "the clock went back before its beginning");
    }

    #[test]
    fn each_list_has_a_higher_number_even_within_one_second() {
        let folder = tempfile::tempdir().unwrap();
        let now = UNIX_EPOCH + DAY * 20_000;
        let root = Root::open(folder.path(), "root.pem", "A root", now).unwrap();
        let list = RevocationList::default();
        let numbers: Vec<u64> = (0..3)
            .map(|count| {
                let revoked = vec![("4".repeat(32), now); count];
                list.of(revoked, &root, now).unwrap();
                list.0.lock().unwrap().as_ref().unwrap().number
            })
            .collect();
        let first = since_epoch(now).as_secs();
        assert_eq!(numbers, [first, first + 1, first + 2]);
    }
}
