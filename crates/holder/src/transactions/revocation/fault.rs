//! Why a certificate does not count as good.

use crate::asn1::Malformed;
use crate::dates;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// Why a certificate does not count as good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationFault {
    /// Its issuer revoked it then, and may have said why.
    Revoked(Timestamp, Option<&'static str>),
    /// Who answers for it does not know it.
    Unknown,
    /// It names nobody who answers for it.
    NoResponder,
    /// Nobody answered, and why.
    Unreachable(String),
    /// Who was asked does not say, and calls it this.
    Refused(&'static str),
    /// The answer can't be read.
    Malformed,
    /// The answer is of one who may not give it.
    Stranger,
    /// The answer's signature does not match what it says.
    Signature,
    /// The answer is on other certificates.
    OtherCertificate,
    /// The answer holds from then on only.
    NotYet(Timestamp),
    /// The answer held until then.
    TooOld(Timestamp),
}

impl fmt::Display for RevocationFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoked(since, reason) => {
                write!(out, "was revoked on {}", dates::written(*since))?;
                reason.map_or(Ok(()), |reason| write!(out, " ({reason})"))
            }
            Self::Unknown => out.write_str("is not known to who answers for it"),
            Self::NoResponder => out.write_str("names nobody who tells whether it was revoked"),
            Self::Unreachable(why) => write!(out, "may have been revoked: {why}"),
            Self::Refused(status) => write!(out, "may have been revoked: who was asked says {status}"),
            Self::Malformed => out.write_str("may have been revoked: the answer can't be read"),
            Self::Stranger => out.write_str("may have been revoked: a stranger signed the answer"),
            Self::Signature => {
                out.write_str("may have been revoked: the answer's signature does not match what it says")
            }
            Self::OtherCertificate => {
                out.write_str("may have been revoked: the answer is on another certificate")
            }
            Self::NotYet(from) => {
                write!(out, "may have been revoked: the answer holds from {} on", dates::written(*from))
            }
            Self::TooOld(until) => {
                write!(out, "may have been revoked: the answer held until {}", dates::written(*until))
            }
        }
    }
}

impl RevocationFault {
    /// What to do about it.
    pub(in crate::transactions) const fn hint(&self) -> &'static str {
        match self {
            Self::Revoked(..) | Self::Unknown => {
                "don't believe what it says; `counterfoil transaction decode` shows it all the same"
            }
            Self::NoResponder => "name one by --ocsp-url, or leave --ocsp out: then nobody is asked",
            Self::NotYet(_) | Self::TooOld(_) => "look at this machine's clock, then try again",
            _ => {
                "try again; without --ocsp nobody is asked, and what was signed by a revoked certificate passes"
            }
        }
    }
}

impl From<Malformed> for RevocationFault {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}
