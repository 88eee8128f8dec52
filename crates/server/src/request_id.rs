//! What a request is called, in answers, logs and the list of refusals.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::cell::Cell;
use std::ops::Deref;

/// Where a client may name its request, and where it is told the name.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name that is taken.
const LONGEST: usize = 64;
/// The length of our own.
const OURS: usize = 36;
/// How much of our own is the thread's: `01234567-89ab-cdef-`.
const FIRST: usize = 19;

/// A request's name, held in place.
#[derive(Clone, Copy)]
pub(crate) struct RequestId {
    text: [u8; LONGEST],
    length: usize,
    is_given: bool,
}

thread_local! {
    /// 64 random bits of this thread, written already, and the number of the next name.
    static NAMES: Cell<Option<([u8; FIRST], u64)>> = const { Cell::new(None) };
}

impl RequestId {
    /// The name that the client gives, if it is fit to be repeated; else one of our own.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::named(headers.get(REQUEST_ID).map(HeaderValue::as_bytes))
    }

    /// This name, if it is fit to be repeated; else one of our own.
    pub(crate) fn named(name: Option<&[u8]>) -> Self {
        let given = name.and_then(|name| std::str::from_utf8(name).ok());
        given.filter(|text| is_fit(text)).map_or_else(Self::fresh, Self::given)
    }

    /// One of our own: as long as a UUID and written as one. Of the machine's randomness once a thread, then
    /// counted on, since it is drawn for each request; it names, and guards nothing.
    pub(crate) fn fresh() -> Self {
        let (of_thread, number) = NAMES.get().unwrap_or_else(|| (first_digits(), random()));
        NAMES.set(Some((of_thread, number.wrapping_add(1))));
        let mut text = [0; LONGEST];
        text[..FIRST].copy_from_slice(&of_thread);
        let (start, end) = hex(number);
        text[FIRST..FIRST + 4].copy_from_slice(&start);
        text[FIRST + 4] = b'-';
        text[FIRST + 5..OURS].copy_from_slice(&end);
        Self { text, length: OURS, is_given: false }
    }

    /// Whether the client named it.
    pub(crate) const fn is_given(&self) -> bool {
        self.is_given
    }

    fn given(name: &str) -> Self {
        let mut text = [0; LONGEST];
        text[..name.len()].copy_from_slice(name.as_bytes());
        Self { text, length: name.len(), is_given: true }
    }
}

/// A number's digits, the first four apart.
fn hex(number: u64) -> ([u8; 4], [u8; 12]) {
    let digits = number.to_be_bytes().map(|byte| [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
    let [a, b, rest @ ..] = digits;
    let mut end = [0; 12];
    end.copy_from_slice(rest.as_flattened());
    ([a[0], a[1], b[0], b[1]], end)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn is_fit(text: &str) -> bool {
    (8..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn first_digits() -> [u8; FIRST] {
    let (number, mut text, mut nibble) = (random(), [b'-'; FIRST], 16);
    for place in (0..8).chain(9..13).chain(14..18) {
        nibble -= 1;
        text[place] = HEX[usize::try_from(number >> (nibble * 4) & 15).unwrap_or(0)];
    }
    text
}

/// All zeros where the machine gives nothing.
fn random() -> u64 {
    let mut random = [0; 8];
    let _ = aws_lc_rs::rand::fill(&mut random);
    u64::from_ne_bytes(random)
}

impl Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn of(name: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_bytes(name.as_bytes()).unwrap());
        RequestId::of(&headers)
    }

    #[test]
    fn a_fit_name_is_taken_and_no_other() {
        let longest = "x".repeat(64);
        for name in ["abc-DEF_1.", "12345678", &longest] {
            assert_eq!((&*of(name), of(name).is_given()), (name, true));
        }
        for name in ["", "1234567", &"x".repeat(65), "with space", "<script>", "ümlaut-x"] {
            assert!(!of(name).is_given(), "{name}");
            assert_eq!(of(name).len(), 36, "{name}");
        }
    }

    #[test]
    fn a_number_is_written_in_its_digits() {
        assert_eq!(hex(0x0123_4567_89ab_cdef), (*b"0123", *b"456789abcdef"));
    }

    #[test]
    fn our_own_names_look_like_uuids_and_differ() {
        let names: BTreeSet<String> = (0..1000).map(|_| str::to_owned(&RequestId::fresh())).collect();
        assert_eq!(names.len(), 1000);
        for name in names {
            assert!(counterfoil_core::id::EpochId::try_from(name.as_str()).is_ok(), "{name}");
        }
    }
}
