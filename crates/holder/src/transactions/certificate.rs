//! What is read of a certificate by hand: whether it has an extension.

use crate::asn1::{self, Element, Malformed, Rules};

/// The last part of a certificate's body.
const EXTENSIONS: u8 = 0xa3;

/// Whether this certificate has an extension of that object id.
pub(super) fn has_extension(der: &[u8], object_id: &[u8]) -> Result<bool, Malformed> {
    let mut certificate = Element::whole(der, Rules::Der)?.tagged(asn1::SEQUENCE)?.elements();
    let mut body = certificate.one()?.tagged(asn1::SEQUENCE)?.elements();
    while let Some(part) = body.next()? {
        if part.tag == EXTENSIONS {
            return is_among(part, object_id);
        }
    }
    Ok(false)
}

fn is_among(extensions: Element<'_>, object_id: &[u8]) -> Result<bool, Malformed> {
    let mut all = extensions.elements().one()?.tagged(asn1::SEQUENCE)?.elements();
    while let Some(extension) = all.next()? {
        let id = extension.tagged(asn1::SEQUENCE)?.elements().one()?.tagged(asn1::OBJECT_ID)?;
        if id.content == object_id {
            return Ok(true);
        }
    }
    Ok(false)
}
