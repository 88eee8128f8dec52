//! Transaction ids out of receipts, for calls to the App Store Server API.
//!
//! Nothing of a receipt is verified here, as Apple's libraries do not either: whoever has the id asks Apple, and
//! believes the answer. Receipts come from strangers, so reading is bounded and total.

use crate::asn1::{self, Element, Malformed, Rules};
use crate::fault::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The longest receipt that is read, in base64. An app's receipt holds every purchase, and grows for years.
pub const LONGEST: usize = 32 * 1024 * 1024;

/// 1.2.840.113549.1.7.2, signed data of PKCS #7.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const CONTENT: u8 = 0xa0;

/// The fields of an app's receipt that are looked at.
const IN_APP: u32 = 17;
const TRANSACTION: u32 = 1703;
const ORIGINAL_TRANSACTION: u32 = 1705;

/// What kind of receipt it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of the app with all its purchases: `appStoreReceiptURL`.
    App,
    /// Of one transaction: `transactionReceipt`, long out of use.
    Transaction,
}

impl Kind {
    /// As documents name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "APP",
            Self::Transaction => "TRANSACTION",
        }
    }
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which kind it is.
    pub kind: Kind,
    /// A transaction of it; none if nothing was bought.
    pub transaction: Option<String>,
}

/// Reads a receipt of either kind, in base64.
///
/// # Errors
/// It is neither.
pub fn read(text: &str) -> Result<Receipt, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::new(
            format!("this is longer than the {} MiB that a receipt may have", LONGEST / 1024 / 1024),
            RECEIPT,
        ));
    }
    let letters: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(&letters).map_err(|_| Fault::new("this is no base64", RECEIPT))?;
    if bytes.first() == Some(&asn1::SEQUENCE) {
        let transaction = of_app(&bytes)
            .map_err(|Malformed| Fault::new("this begins as an app's receipt, and is none", RECEIPT))?;
        return Ok(Receipt { kind: Kind::App, transaction });
    }
    let plist = std::str::from_utf8(&bytes).ok().filter(|text| text.trim_start().starts_with('{'));
    let plist =
        plist.ok_or_else(|| Fault::new("this is base64 of something else than a receipt", RECEIPT))?;
    let transaction = of_transaction(plist)
        .map_err(|Malformed| Fault::new("this begins as a transaction's receipt, and is none", RECEIPT))?;
    Ok(Receipt { kind: Kind::Transaction, transaction })
}

const RECEIPT: &str = "give the receipt unchanged, in base64, as the app sent it";

/// A transaction of an app's receipt: of the first purchase in it.
fn of_app(bytes: &[u8]) -> Result<Option<String>, Malformed> {
    let content = content(bytes)?;
    let mut fields = Element::whole(&content, Rules::Ber)?.tagged(asn1::SET)?.elements();
    while let Some(field) = fields.next()? {
        let (kind, value) = attribute(field)?;
        if kind == IN_APP
            && let Some(id) = of_purchase(&value)?
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// What is signed, unwrapped of what signs it.
fn content(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Malformed> {
    let mut outer = Element::whole(bytes, Rules::Ber)?.tagged(asn1::SEQUENCE)?.elements();
    if outer.one()?.tagged(asn1::OBJECT_ID)?.content != SIGNED_DATA {
        return Err(Malformed);
    }
    let mut signed = outer.one()?.tagged(CONTENT)?.elements().one()?.tagged(asn1::SEQUENCE)?.elements();
    signed.one()?.tagged(asn1::INTEGER)?;
    signed.one()?.tagged(asn1::SET)?;
    let mut content = signed.one()?.tagged(asn1::SEQUENCE)?.elements();
    content.one()?.tagged(asn1::OBJECT_ID)?;
    content.one()?.tagged(CONTENT)?.elements().one()?.octets()
}

/// A field: its kind, its version, which says nothing, and its value.
fn attribute(field: Element<'_>) -> Result<(u32, Cow<'_, [u8]>), Malformed> {
    let mut parts = field.tagged(asn1::SEQUENCE)?.elements();
    let kind = parts.one()?.number()?;
    parts.one()?.tagged(asn1::INTEGER)?;
    Ok((kind, parts.one()?.octets()?))
}

/// A purchase's own transaction, else the one that it renews.
fn of_purchase(bytes: &[u8]) -> Result<Option<String>, Malformed> {
    let mut fields = Element::whole(bytes, Rules::Ber)?.tagged(asn1::SET)?.elements();
    let mut original = None;
    while let Some(field) = fields.next()? {
        match attribute(field)? {
            (TRANSACTION, value) => return text(&value).map(Some),
            (ORIGINAL_TRANSACTION, value) => original = Some(text(&value)?),
            _ => {}
        }
    }
    Ok(original)
}

fn text(value: &[u8]) -> Result<String, Malformed> {
    let element = Element::whole(value, Rules::Ber)?;
    match element.tag {
        asn1::UTF8_STRING | asn1::IA5_STRING => id(element.content),
        _ => Err(Malformed),
    }
}

/// Ids are numbers today. What else they may become, it is not what moves a terminal or a path.
fn id(bytes: &[u8]) -> Result<String, Malformed> {
    let is_id = |bytes: &[u8]| {
        (1..=128).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
    if is_id(bytes) { Ok(text.to_owned()) } else { Err(Malformed) }
}

/// The transaction of a receipt of one: a property list in a property list.
fn of_transaction(plist: &str) -> Result<Option<String>, Malformed> {
    let Some(info) = value_of(plist, "purchase-info") else { return Ok(None) };
    let info = STANDARD.decode(info).map_err(|_| Malformed)?;
    let info = std::str::from_utf8(&info).map_err(|_| Malformed)?;
    value_of(info, "transaction-id").map(|text| id(text.as_bytes())).transpose()
}

/// What stands behind `"name" =`, in quotes.
fn value_of<'t>(plist: &'t str, name: &str) -> Option<&'t str> {
    let named = format!("\"{name}\"");
    let mut rest = plist;
    while let Some(at) = rest.find(&named) {
        rest = rest.get(at + named.len()..)?;
        let value = rest.trim_start().strip_prefix('=').map(str::trim_start);
        if let Some((value, _)) = value.and_then(|value| value.strip_prefix('"')?.split_once("\";")) {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
