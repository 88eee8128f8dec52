//! Whether certificates were revoked since, which their issuers tell by OCSP (RFC 6960) to whoever asks.
//!
//! Nobody is asked before all else holds: whom to ask stands in the certificates, and strangers' say nothing here.

mod answer;
mod fault;
#[cfg(feature = "program-tests")]
#[cfg(test)]
mod openssl;
mod question;
mod responders;
mod signer;
#[cfg(test)]
pub(super) mod tests;

pub use fault::RevocationFault;
pub use responders::Responders;

use super::certificate::Certificate;
use super::{Place, SignedFault};
use crate::fault::Fault;
use answer::Answer;
use counterfoil_core::time::Timestamp;
use question::Question;
use std::fmt;

/// Whether it is asked if certificates were revoked.
#[derive(Clone, Copy, Debug)]
pub enum Revocation<'d> {
    /// It is not; they are judged by the day of the signature, as it stood then.
    NotAsked,
    /// Each is asked for. They are judged by today, since nobody answers for what has run out.
    Asked(&'d dyn Ask),
}

/// Brings questions to those who answer for certificates. [`Responders`] does it over HTTP; a program with means of its
/// own has its own.
pub trait Ask: fmt::Debug {
    /// Posts a question to `url`, or to whom it takes instead, and gives what was answered.
    ///
    /// # Errors
    /// There was no answer; the next that the certificate names is tried.
    fn ask(&self, url: &str, question: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Who is asked in place of those that certificates name.
    fn instead(&self) -> Option<String> {
        None
    }
}

/// Whether `der`, which `issuer` signed, is good as of `now`.
///
/// Security invariants: an answer counts if it is on this certificate, its issuer signed it or one to whom that issuer
/// gave a certificate for just this, and it is neither too old nor of a time to come. No answer is never a good one.
pub(super) fn check(
    (place, der, issuer): (Place, &[u8], &[u8]),
    means: &dyn Ask,
    now: Timestamp,
) -> Result<(), SignedFault> {
    let read = |der, place| Certificate::read(der).map_err(|_| SignedFault::Certificate(place));
    let (certificate, signer) = (read(der, place)?, read(issuer, place)?);
    let named = certificate.responders().map_err(|_| SignedFault::Certificate(place))?;
    let urls = means.instead().map_or(named, |url| vec![url]);
    let question = Question::on(&certificate, &signer);
    let mut fault = RevocationFault::NoResponder;
    for url in urls {
        match answered(means, &url, &question, issuer, now) {
            Ok(()) => return Ok(()),
            Err(revoked @ RevocationFault::Revoked(..)) => {
                return Err(SignedFault::Revocation(place, revoked));
            }
            Err(other) => fault = other,
        }
    }
    Err(SignedFault::Revocation(place, fault))
}

fn answered(
    means: &dyn Ask,
    url: &str,
    question: &Question,
    issuer: &[u8],
    now: Timestamp,
) -> Result<(), RevocationFault> {
    let unreachable = |fault: Fault| RevocationFault::Unreachable(fault.message().to_owned());
    let bytes = means.ask(url, &question.written()).map_err(unreachable)?;
    let answer = Answer::read(&bytes)?;
    signer::check(&answer, issuer, now)?;
    answer.on(question)?.judge(now)
}
