//! The form in which nearly all clients write: a flat object of texts without escapes and of whole numbers, read
//! in one pass. Of whatever is not exactly that nothing is said here: serde reads it, which alone refuses.

use super::{Members, Source, Value};
use std::borrow::Cow;
use std::convert::Infallible;

/// How many members there may be.
const MOST: usize = 12;
/// Numbers that are no longer are whole whoever reads them.
const LONGEST_NUMBER: usize = 15;

/// The members, none of them twice.
#[derive(Default)]
pub(super) struct Plain<'de> {
    members: [Member<'de>; MOST],
    count: usize,
}

#[derive(Clone, Copy, Default)]
struct Member<'de> {
    name: &'de str,
    /// The value as it is written: a text in quotes, or digits.
    value: &'de str,
}

/// The members of `json` if it is plain.
pub(super) fn members(json: &[u8]) -> Option<Plain<'_>> {
    let json = std::str::from_utf8(json).ok().filter(|json| has_no_escapes(json))?;
    let mut reader = Reader { json, at: 0 };
    let mut plain = Plain::default();
    reader.pass(b'{')?;
    loop {
        let name = reader.text()?;
        reader.pass(b':')?;
        plain.add(Member { name: name.get(1..name.len() - 1)?, value: reader.value()? })?;
        if reader.pass(b',').is_none() {
            break;
        }
    }
    reader.pass(b'}')?;
    (reader.at == json.len()).then_some(plain)
}

/// Whether no byte of it is a backslash, or one that must be written with one. Looks at all of them, without a
/// branch for each.
fn has_no_escapes(json: &str) -> bool {
    json.bytes().fold(true, |good, byte| good & (byte >= 0x20) & (byte != b'\\'))
}

impl<'de> Plain<'de> {
    pub(super) fn give_to<M: Members<'de>>(&self, members: &mut M) {
        for mut member in self.found().iter().copied() {
            let Ok(_) = members.take(member.name, &mut member);
        }
    }

    fn add(&mut self, member: Member<'de>) -> Option<()> {
        if self.found().iter().any(|before| before.name == member.name) {
            return None;
        }
        *self.members.get_mut(self.count)? = member;
        self.count += 1;
        Some(())
    }

    fn found(&self) -> &[Member<'de>] {
        self.members.get(..self.count).unwrap_or_default()
    }
}

impl<'de> Source<'de> for Member<'de> {
    type Fault = Infallible;

    fn value(&mut self) -> Result<Value<'de>, Infallible> {
        Ok(match self.value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => Value::Text(Cow::Borrowed(text)),
            None => Value::Number,
        })
    }

    fn text(&mut self) -> Result<&'de str, Infallible> {
        Ok(self.value)
    }
}

struct Reader<'de> {
    json: &'de str,
    at: usize,
}

impl<'de> Reader<'de> {
    fn value(&mut self) -> Option<&'de str> {
        if self.next() == Some(b'"') { self.text() } else { self.number() }
    }

    /// A text, with its quotes.
    fn text(&mut self) -> Option<&'de str> {
        let begin = self.at;
        self.pass_only(b'"')?;
        let rest = self.json.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| *byte == b'"')? + 1;
        self.json.get(begin..self.at)
    }

    /// Digits, the first of them no zero unless it is alone.
    fn number(&mut self) -> Option<&'de str> {
        let rest = self.json.as_bytes().get(self.at..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > LONGEST_NUMBER || (digits > 1 && rest.first() == Some(&b'0')) {
            return None;
        }
        let begin = self.at;
        self.at += digits;
        self.json.get(begin..self.at)
    }

    /// Passes over this mark and the spaces on either side of it.
    fn pass(&mut self, mark: u8) -> Option<()> {
        self.spaces();
        self.pass_only(mark)?;
        self.spaces();
        Some(())
    }

    fn pass_only(&mut self, mark: u8) -> Option<()> {
        (self.next()? == mark).then(|| self.at += 1)
    }

    fn spaces(&mut self) {
        while self.next() == Some(b' ') {
            self.at += 1;
        }
    }

    fn next(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::object::strict;
    use proptest::prelude::*;

    /// All members as they came.
    #[derive(Debug, Default, PartialEq)]
    struct All(Vec<(String, String)>);

    impl<'de> Members<'de> for All {
        fn take<S: Source<'de>>(&mut self, name: &str, from: &mut S) -> Result<bool, S::Fault> {
            // Some as they are written, some as they are understood.
            let value = if name.len().is_multiple_of(2) {
                from.text()?.to_owned()
            } else {
                format!("{:?}", from.value()?)
            };
            self.0.push((name.to_owned(), value));
            Ok(true)
        }
    }

    fn plainly(json: &str) -> Option<All> {
        let mut all = All::default();
        members(json.as_bytes()).map(|plain| plain.give_to(&mut all))?;
        Some(all)
    }

    fn strictly(json: &str) -> Option<All> {
        let mut all = All::default();
        strict::read(json.as_bytes(), &mut all).ok().map(|()| all)
    }

    #[test]
    fn what_clients_write_is_plain() {
        for json in [
            r#"{"alg":"ES256","kid":"2X9R4HXF34","typ":"JWT"}"#,
            r#"{"alg": "ES256", "kid": "2X9R4HXF34", "typ": "JWT"}"#,
            r#" { "iss" : "57246542-96fe-1a63-e053-0824d011072a" , "iat" : 1800000000, "exp":0 } "#,
            r#"{"name":"Zoë"}"#,
            r#"{"":""}"#,
        ] {
            assert!(plainly(json).is_some(), "{json}");
            assert_eq!(plainly(json), strictly(json), "{json}");
        }
    }

    #[test]
    fn of_all_else_nothing_is_said() {
        for json in [
            "",
            "{}",
            "[]",
            "null",
            "{",
            r#"{"a""#,
            r#"{"a":"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{"a":1}}"#,
            r#"{"a":1}x"#,
            r#"{"a":01}"#,
            r#"{"a":-1}"#,
            r#"{"a":1.5}"#,
            r#"{"a":1e3}"#,
            r#"{"a":1234567890123456}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":[]}"#,
            r#"{"a":{}}"#,
            r#"{"a":"\n"}"#,
            r#"{"\u0061":1}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\t1}",
            "{\"a\":1}\n",
            r#"{"a":1,"a":1}"#,
            r#"{a:1}"#,
            r#"{"a":1 "b":1}"#,
            r#"{"a" 1}"#,
            "{\"a\":\"\0\"}",
            r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1}"#,
        ] {
            assert_eq!(plainly(json), None, "{json}");
        }
        assert!(members(b"{\"a\":\"\xff\"}").is_none());
    }

    proptest! {
        #[test]
        fn what_is_plain_is_read_as_serde_reads_it(
            tokens in proptest::collection::vec(
                prop_oneof![
                    Just("{"), Just("}"), Just(":"), Just(","), Just("\""), Just(" "), Just("\\"), Just("0"), Just("12"),
                    Just("-"), Just("."), Just("e"), Just("\"a\""), Just("\"b\""), Just("\"ab\""), Just("é"), Just("\u{7f}"),
                    Just("\u{1}"), Just("["), Just("]"), Just("true"), Just("\"a\":1"), Just("\"b\":\"x\""), Just("\"c\" : 0"),
                ],
                0..14,
            ),
        ) {
            for json in [tokens.concat(), format!("{{{}}}", tokens.concat()), format!("{{{}}}", tokens.join(","))] {
                if let Some(plain) = plainly(&json) {
                    prop_assert_eq!(Some(plain), strictly(&json), "{}", json);
                }
            }
        }
    }
}
