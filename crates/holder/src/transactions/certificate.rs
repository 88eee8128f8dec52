//! What is read of a certificate by hand: what webpki does not tell.

use crate::asn1::{self, Element, Elements, Malformed, Rules};

/// The parts of a certificate's body that may be missing: its version before all others, and behind them the last.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
/// 1.3.6.1.5.5.7.1.1: who knows more of it.
const AUTHORITY_INFORMATION: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
/// 1.3.6.1.5.5.7.48.1: whether it was revoked.
const OCSP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
/// A name that is a URL.
const URL: u8 = 0x86;

/// A certificate's body. What it says is only as good as its signature, which is judged elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Certificate<'c> {
    /// Its number, as its issuer wrote it.
    pub(super) serial: &'c [u8],
    /// Who issued it: a name in DER.
    pub(super) issuer: Vec<u8>,
    /// Whose it is, the same.
    pub(super) subject: Vec<u8>,
    /// That one's key.
    pub(super) key: Key<'c>,
    extensions: Option<Element<'c>>,
}

/// A public key as certificates have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'c> {
    /// What kind it is of: the content of an algorithm's identifier.
    pub(super) kind: &'c [u8],
    /// The key.
    pub(super) bits: &'c [u8],
}

impl<'c> Certificate<'c> {
    pub(super) fn read(der: &'c [u8]) -> Result<Self, Malformed> {
        let mut certificate = Element::whole(der, Rules::Der)?.tagged(asn1::SEQUENCE)?.elements();
        let mut body = certificate.one()?.tagged(asn1::SEQUENCE)?.elements();
        let first = body.one()?;
        let serial = if first.tag == VERSION { body.one()? } else { first }.tagged(asn1::INTEGER)?;
        let _algorithm = body.one()?.tagged(asn1::SEQUENCE)?;
        let issuer = body.one()?.tagged(asn1::SEQUENCE)?;
        let _validity = body.one()?.tagged(asn1::SEQUENCE)?;
        let subject = body.one()?.tagged(asn1::SEQUENCE)?;
        let key = Key::read(body.one()?.tagged(asn1::SEQUENCE)?)?;
        let mut extensions = None;
        while let Some(part) = body.next()? {
            extensions = extensions.or((part.tag == EXTENSIONS).then_some(part));
        }
        let (issuer, subject) = (issuer.encoded(), subject.encoded());
        Ok(Self { serial: serial.content, issuer, subject, key, extensions })
    }

    /// Whether it has an extension of that object id.
    pub(super) fn has(&self, object_id: &[u8]) -> Result<bool, Malformed> {
        Ok(self.extension(object_id)?.is_some())
    }

    /// The URLs of those who answer for it, in its order.
    pub(super) fn responders(&self) -> Result<Vec<String>, Malformed> {
        let Some(content) = self.extension(AUTHORITY_INFORMATION)? else { return Ok(Vec::new()) };
        let mut ways = Element::whole(content, Rules::Der)?.tagged(asn1::SEQUENCE)?.elements();
        let mut urls = Vec::new();
        while let Some(way) = ways.next()? {
            let mut way = way.tagged(asn1::SEQUENCE)?.elements();
            let (what, place) = (way.one()?.tagged(asn1::OBJECT_ID)?, way.one()?);
            if what.content == OCSP && place.tag == URL {
                urls.push(String::from_utf8(place.content.to_vec()).map_err(|_| Malformed)?);
            }
        }
        Ok(urls)
    }

    /// What an extension holds.
    fn extension(&self, object_id: &[u8]) -> Result<Option<&'c [u8]>, Malformed> {
        let Some(extensions) = self.extensions else { return Ok(None) };
        let mut all = extensions.elements().one()?.tagged(asn1::SEQUENCE)?.elements();
        while let Some(extension) = all.next()? {
            let mut parts = extension.tagged(asn1::SEQUENCE)?.elements();
            if parts.one()?.tagged(asn1::OBJECT_ID)?.content == object_id {
                return value(&mut parts).map(Some);
            }
        }
        Ok(None)
    }
}

/// The last part; whether it is critical may stand before it.
fn value<'c>(parts: &mut Elements<'c>) -> Result<&'c [u8], Malformed> {
    let part = parts.one()?;
    let part = if part.tag == asn1::OCTET_STRING { part } else { parts.one()? };
    Ok(part.tagged(asn1::OCTET_STRING)?.content)
}

impl<'c> Key<'c> {
    fn read(key: Element<'c>) -> Result<Self, Malformed> {
        let mut parts = key.elements();
        let kind = parts.one()?.tagged(asn1::SEQUENCE)?;
        Ok(Self { kind: kind.content, bits: parts.one()?.bits()? })
    }
}
