//! The answer: what is said of which certificate, by whom, and for how long it holds.

use super::RevocationFault;
use super::question::Question;
use crate::asn1::{self, Element, Elements, Malformed, Rules};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// 1.3.6.1.5.5.7.48.1.1: the one form of answers that there is.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// How far clocks may be apart; without a date for the next, an answer is good for no longer.
const LEEWAY: Duration = Duration::from_secs(15 * 60);

/// Parts that are told apart by their numbers.
const FIRST: u8 = 0xa0;
const BY_NAME: u8 = 0xa1;
const BY_KEY: u8 = 0xa2;
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;
const UNKNOWN: u8 = 0x82;

/// An answer that can be read. Whether to believe it, its signer decides.
pub(super) struct Answer<'a> {
    /// What was signed.
    pub(super) signed: Vec<u8>,
    /// By which algorithm: the content of its identifier.
    pub(super) algorithm: &'a [u8],
    /// The signature.
    pub(super) signature: &'a [u8],
    /// Who says that he signed it.
    pub(super) by: By<'a>,
    /// Certificates that came along.
    pub(super) certificates: Vec<Vec<u8>>,
    said: Vec<(Option<Question>, Said)>,
}

/// Who says that he signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By<'a> {
    /// Who has this name.
    Name(&'a [u8]),
    /// Whose key has this hash.
    Key(&'a [u8]),
}

/// What is said of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    status: Status,
    from: Timestamp,
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Good,
    Revoked(Timestamp, Option<u8>),
    Unknown,
}

impl<'a> Answer<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, RevocationFault> {
        let mut parts = Element::whole(bytes, Rules::Der)?.tagged(asn1::SEQUENCE)?.elements();
        let status = parts.one()?.tagged(asn1::ENUMERATED)?;
        if status.content != [0] {
            return Err(RevocationFault::Refused(refusal(status.content)));
        }
        let mut typed = parts.one()?.tagged(FIRST)?.elements().one()?.tagged(asn1::SEQUENCE)?.elements();
        if typed.one()?.tagged(asn1::OBJECT_ID)?.content != BASIC {
            return Err(RevocationFault::Malformed);
        }
        let basic = Element::whole(typed.one()?.tagged(asn1::OCTET_STRING)?.content, Rules::Der)?;
        Ok(Self::of_basic(basic)?)
    }

    fn of_basic(basic: Element<'a>) -> Result<Self, Malformed> {
        let mut parts = basic.tagged(asn1::SEQUENCE)?.elements();
        let signed = parts.one()?.tagged(asn1::SEQUENCE)?;
        let algorithm = parts.one()?.tagged(asn1::SEQUENCE)?.content;
        let signature = parts.one()?.bits()?;
        let certificates = parts.next()?.map_or(Ok(Vec::new()), certificates)?;
        let mut data = signed.elements();
        let first = data.one()?;
        let by = By::read(if first.tag == FIRST { data.one()? } else { first })?;
        let _produced = data.one()?.moment()?;
        let said = Said::all(data.one()?)?;
        Ok(Self { signed: signed.encoded(), algorithm, signature, by, certificates, said })
    }

    /// What it says of the one that was asked for.
    pub(super) fn on(&self, question: &Question) -> Result<Said, RevocationFault> {
        let is_on_it = |(id, _): &&(Option<Question>, Said)| id.as_ref() == Some(question);
        self.said.iter().find(is_on_it).map(|(_, said)| *said).ok_or(RevocationFault::OtherCertificate)
    }
}

fn certificates(part: Element<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut all = part.tagged(FIRST)?.elements().one()?.tagged(asn1::SEQUENCE)?.elements();
    let mut certificates = Vec::new();
    while let Some(one) = all.next()? {
        certificates.push(one.encoded());
    }
    Ok(certificates)
}

impl<'a> By<'a> {
    fn read(part: Element<'a>) -> Result<Self, Malformed> {
        let whole = part.content;
        match part.tag {
            BY_NAME => Ok(Self::Name(whole)),
            BY_KEY => Ok(Self::Key(part.elements().one()?.tagged(asn1::OCTET_STRING)?.content)),
            _ => Err(Malformed),
        }
    }
}

impl Said {
    fn all(list: Element<'_>) -> Result<Vec<(Option<Question>, Self)>, Malformed> {
        let mut list = list.tagged(asn1::SEQUENCE)?.elements();
        let mut all = Vec::new();
        while let Some(one) = list.next()? {
            let mut parts = one.tagged(asn1::SEQUENCE)?.elements();
            all.push((Question::read(parts.one()?)?, Self::read(&mut parts)?));
        }
        Ok(all)
    }

    fn read(parts: &mut Elements<'_>) -> Result<Self, Malformed> {
        let (status, from) = (Status::read(parts.one()?)?, parts.one()?.moment()?);
        let until = match parts.next()? {
            Some(part) if part.tag == FIRST => Some(part.elements().one()?.moment()?),
            _ => None,
        };
        Ok(Self { status, from, until })
    }

    /// Whether it holds now, and is good.
    pub(super) fn judge(self, now: Timestamp) -> Result<(), RevocationFault> {
        let until = self.until.unwrap_or(self.from);
        match self.status {
            // Who is revoked does not come back, whatever the date of the answer.
            Status::Revoked(since, reason) => Err(RevocationFault::Revoked(since, reason.map(why))),
            _ if self.from > now.plus(LEEWAY) => Err(RevocationFault::NotYet(self.from)),
            _ if until < now.minus(LEEWAY) => Err(RevocationFault::TooOld(until)),
            Status::Unknown => Err(RevocationFault::Unknown),
            Status::Good => Ok(()),
        }
    }
}

impl Status {
    fn read(part: Element<'_>) -> Result<Self, Malformed> {
        match part.tag {
            GOOD => Ok(Self::Good),
            UNKNOWN => Ok(Self::Unknown),
            REVOKED => {
                let mut parts = part.elements();
                let since = parts.one()?.moment()?;
                let reason = parts.next()?.map(|reason| reason.tagged(FIRST)?.elements().one());
                let reason = reason.transpose()?.map(|reason| reason.tagged(asn1::ENUMERATED)).transpose()?;
                Ok(Self::Revoked(since, reason.and_then(|reason| reason.content.first().copied())))
            }
            _ => Err(Malformed),
        }
    }
}

/// Why nothing is said, as RFC 6960 names it.
fn refusal(status: &[u8]) -> &'static str {
    match status {
        [1] => "malformedRequest",
        [2] => "internalError",
        [3] => "tryLater",
        [5] => "sigRequired",
        [6] => "unauthorized",
        _ => "a status that nobody knows",
    }
}

/// Why one was revoked, as RFC 5280 names it.
const fn why(reason: u8) -> &'static str {
    match reason {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "unspecified",
    }
}
