//! A bounded reader of ASN.1, as far as certificates, receipts and answers on revocation need it: strict DER, or the BER
//! with lengths left open that Xcode writes. Nothing is copied but octet strings that come in pieces; nothing is followed
//! deeper than [`DEEPEST`].

use crate::dates;
use counterfoil_core::time::Timestamp;
use std::borrow::Cow;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// An octet string in pieces.
const OCTET_STRINGS: u8 = 0x24;
const CONSTRUCTED: u8 = 0x20;
/// How many elements may lie in one another.
const DEEPEST: u8 = 24;

/// It is not what was expected there; more can't be said of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Which encodings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// One encoding for each value.
    Der,
    /// Lengths may be left open, or be longer than need be.
    Ber,
}

/// One element: its tag, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'b> {
    pub(crate) tag: u8,
    pub(crate) content: &'b [u8],
    rules: Rules,
    depth: u8,
}

impl<'b> Element<'b> {
    /// The one element that these bytes are. Behind it there is nothing.
    pub(crate) fn whole(bytes: &'b [u8], rules: Rules) -> Result<Self, Malformed> {
        let mut elements = Elements { rest: bytes, rules, depth: 0 };
        let one = elements.one()?;
        if elements.rest.is_empty() { Ok(one) } else { Err(Malformed) }
    }

    /// The same, if it has this tag.
    pub(crate) fn tagged(self, tag: u8) -> Result<Self, Malformed> {
        if self.tag == tag { Ok(self) } else { Err(Malformed) }
    }

    /// The elements in this one.
    pub(crate) fn elements(self) -> Elements<'b> {
        Elements { rest: self.content, rules: self.rules, depth: self.depth + 1 }
    }

    /// A number that is not negative and fits.
    pub(crate) fn number(self) -> Result<u32, Malformed> {
        match self.tagged(INTEGER)?.content {
            [] => Err(Malformed),
            [first, ..] if *first >= 0x80 => Err(Malformed),
            [0, second, ..] if *second < 0x80 => Err(Malformed),
            bytes if bytes.len() > 5 => Err(Malformed),
            bytes => {
                let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
                u32::try_from(number).map_err(|_| Malformed)
            }
        }
    }

    /// The bits of a string of them that ends with a whole byte, as keys and signatures do.
    pub(crate) fn bits(self) -> Result<&'b [u8], Malformed> {
        match self.tagged(BIT_STRING)?.content {
            [0, bits @ ..] => Ok(bits),
            _ => Err(Malformed),
        }
    }

    /// A moment in the one form that DER has: to the second, in UTC.
    pub(crate) fn moment(self) -> Result<Timestamp, Malformed> {
        let digits = self.tagged(GENERALIZED_TIME)?.content.strip_suffix(b"Z").ok_or(Malformed)?;
        if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Malformed);
        }
        let text = String::from_utf8_lossy(digits);
        let part = |range| text.get(range).unwrap_or_default();
        let (date, time) = ([0..4, 4..6, 6..8].map(part), [8..10, 10..12, 12..14].map(part));
        dates::of_json(&format!("{}T{}Z", date.join("-"), time.join(":"))).ok_or(Malformed)
    }

    /// The bytes that it was read from, if they are DER: that has one encoding for each value.
    pub(crate) fn encoded(self) -> Vec<u8> {
        written(self.tag, &[self.content])
    }

    /// What is in an octet string, in one piece or several.
    pub(crate) fn octets(self) -> Result<Cow<'b, [u8]>, Malformed> {
        match (self.tag, self.rules) {
            (OCTET_STRING, _) => Ok(Cow::Borrowed(self.content)),
            (OCTET_STRINGS, Rules::Ber) => {
                let mut whole = Vec::new();
                let mut pieces = self.elements();
                while let Some(piece) = pieces.next()? {
                    whole.extend_from_slice(&piece.octets()?);
                }
                Ok(Cow::Owned(whole))
            }
            _ => Err(Malformed),
        }
    }
}

/// Elements that follow one another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'b> {
    rest: &'b [u8],
    rules: Rules,
    depth: u8,
}

impl<'b> Elements<'b> {
    /// The next, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'b>>, Malformed> {
        if self.rest.is_empty() { Ok(None) } else { self.one().map(Some) }
    }

    /// The next; there must be one.
    pub(crate) fn one(&mut self) -> Result<Element<'b>, Malformed> {
        if self.depth > DEEPEST {
            return Err(Malformed);
        }
        let [tag, after @ ..] = self.rest else { return Err(Malformed) };
        // Long tags are not used by anything that is read here.
        if tag & 0x1f == 0x1f || *tag == 0 {
            return Err(Malformed);
        }
        let (content, rest) = match length(after, self.rules)? {
            (Length::Known(length), after) => after.split_at_checked(length).ok_or(Malformed)?,
            (Length::Open, after) if tag & CONSTRUCTED != 0 => open(after, self.depth + 1)?,
            (Length::Open, _) => return Err(Malformed),
        };
        self.rest = rest;
        Ok(Element { tag: *tag, content, rules: self.rules, depth: self.depth })
    }
}

/// An element in DER, of these parts.
pub(crate) fn written(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let digits = content.len().to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    let head = match (u8::try_from(content.len()), u8::try_from(digits.len())) {
        (Ok(length @ 0..0x80), _) => vec![tag, length],
        (_, Ok(count)) => [&[tag, 0x80 | count], digits].concat(),
        // A length never has more than eight digits.
        (_, Err(_)) => Vec::new(),
    };
    [head, content].concat()
}

enum Length {
    Known(usize),
    Open,
}

fn length(bytes: &[u8], rules: Rules) -> Result<(Length, &[u8]), Malformed> {
    let [first, after @ ..] = bytes else { return Err(Malformed) };
    match first {
        0..0x80 => Ok((Length::Known(usize::from(*first)), after)),
        0x80 if rules == Rules::Ber => Ok((Length::Open, after)),
        0x81..=0x84 => {
            let (digits, after) = after.split_at_checked(usize::from(first & 0x7f)).ok_or(Malformed)?;
            let length = digits.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            let is_shortest = digits.first() != Some(&0) && length >= 0x80;
            if rules == Rules::Der && !is_shortest {
                return Err(Malformed);
            }
            Ok((Length::Known(length), after))
        }
        _ => Err(Malformed),
    }
}

/// What lies before the end of an element whose length was left open, and what behind it.
fn open(bytes: &[u8], depth: u8) -> Result<(&[u8], &[u8]), Malformed> {
    let mut inner = Elements { rest: bytes, rules: Rules::Ber, depth };
    loop {
        if let [0, 0, after @ ..] = inner.rest {
            let length = bytes.len() - inner.rest.len();
            return Ok((bytes.get(..length).ok_or(Malformed)?, after));
        }
        inner.one()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_one_after_the_other_and_in_one_another() {
        let bytes = [0x30, 0x07, 0x02, 0x02, 0x06, 0xa7, 0x04, 0x01, 0x09];
        let mut inside = Element::whole(&bytes, Rules::Der).unwrap().tagged(SEQUENCE).unwrap().elements();
        assert_eq!(inside.one().unwrap().number(), Ok(1703));
        assert_eq!(inside.one().unwrap().octets().unwrap().as_ref(), [9]);
        assert_eq!(inside.next(), Ok(None));
        assert_eq!(inside.one(), Err(Malformed));
    }

    #[test]
    fn der_has_one_encoding_and_ber_several() {
        for (bytes, der, ber) in [
            (&[0x04, 0x01, 0x09][..], true, true),
            (&[0x04, 0x81, 0x01, 0x09], false, true),
            (&[0x04, 0x82, 0x00, 0x01, 0x09], false, true),
            (&[0x24, 0x80, 0x04, 0x01, 0x09, 0x00, 0x00], false, true),
            (&[0x04, 0x80, 0x09, 0x00, 0x00], false, false),
            (&[0x04, 0x01, 0x09, 0x00], false, false),
            (&[0x04, 0x02, 0x09], false, false),
            (&[0x04, 0x85, 0, 0, 0, 0, 1, 9], false, false),
            (&[0x1f, 0x20, 0x00], false, false),
            (&[0x24, 0x80, 0x04, 0x01, 0x09], false, false),
            (&[], false, false),
        ] {
            let read = |rules| Element::whole(bytes, rules).and_then(Element::octets).is_ok();
            assert_eq!((read(Rules::Der), read(Rules::Ber)), (der, ber), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_has_the_shortest_length() {
        for (length, head) in [
            (0, vec![4, 0]),
            (0x7f, vec![4, 0x7f]),
            (0x80, vec![4, 0x81, 0x80]),
            (0xff, vec![4, 0x81, 0xff]),
            (0x100, vec![4, 0x82, 1, 0]),
            (0x1_0000, vec![4, 0x83, 1, 0, 0]),
        ] {
            let bytes = written(OCTET_STRING, &[&vec![7; length]]);
            assert_eq!(&bytes[..head.len()], head);
            let read = Element::whole(&bytes, Rules::Der).unwrap();
            assert_eq!((read.content, read.encoded()), (&*vec![7; length], bytes.clone()));
        }
    }

    #[test]
    fn a_moment_is_to_the_second_and_in_utc() {
        for (text, seconds) in [
            ("20261121193000Z", Some(1_795_289_400)),
            ("20261121193000.5Z", None),
            ("20261121193000+0100", None),
            ("202611211930Z", None),
            ("20261321193000Z", None),
            ("+0261121193000Z", None),
            ("", None),
        ] {
            let bytes = written(GENERALIZED_TIME, &[text.as_bytes()]);
            let read = Element::whole(&bytes, Rules::Der).unwrap().moment();
            assert_eq!(read.ok().map(Timestamp::as_seconds), seconds, "{text}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_refused_and_not_followed() {
        let mut deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(Element::whole(&deep, Rules::Ber), Err(Malformed));
        deep.extend(vec![0; 200_000]);
        assert_eq!(Element::whole(&deep, Rules::Ber), Err(Malformed));
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for bytes in [
            &[2, 0][..],
            &[2, 1, 0x80],
            &[2, 2, 0, 1],
            &[2, 6, 1, 0, 0, 0, 0, 0],
            &[2, 5, 1, 0, 0, 0, 0],
            &[4, 1, 1],
        ] {
            assert_eq!(Element::whole(bytes, Rules::Der).unwrap().number(), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(
            Element::whole(&[2, 5, 0, 0xff, 0xff, 0xff, 0xff], Rules::Der).unwrap().number(),
            Ok(u32::MAX)
        );
    }
}
