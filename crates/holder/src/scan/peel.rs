//! Peels one layer off a text: the bytes below, and where each of them stands in it.
//!
//! Base64 in the wild is broken into lines and strings and escaped in a dozen ways: every one that a tool really
//! does is undone here. Nothing is guessed: what comes out is a private half, or it is nothing.

use zeroize::Zeroizing;

/// How far before an anchor its text may begin.
pub(super) const BEFORE: usize = 1024;
/// How far behind an anchor its text may end: a private half twice in base64 and escaped, in short lines.
pub(super) const BEHIND: usize = 3072;
/// What a private half takes at most in characters of base64: as UTF-16, twice in base64.
const ENOUGH: usize = 900;

/// No base64 goes on behind these: so lines of PEM begin and end. Fewer may stand in the alphabet of URLs.
const DASHES: &[u8] = b"-----";

/// What a private half takes at most in bytes: PKCS#8 with the public half.
const ENOUGH_OF_DER: usize = 150;

/// A layer's inside.
pub(super) struct Peeled {
    /// The bytes.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where each byte begins in the text above.
    pub(super) places: Vec<usize>,
    /// It was read to where it ends, not only as far as is looked.
    is_whole: bool,
    /// How many bytes an anchor needs.
    enough: usize,
}

impl Peeled {
    /// With room for `most` bytes: what outgrows its room leaves a copy behind, and room that is not needed is
    /// overwritten for nothing.
    fn new(most: usize, enough: usize) -> Self {
        let (bytes, places) = (Vec::with_capacity(most), Vec::with_capacity(most));
        Self { bytes: Zeroizing::new(bytes), places, is_whole: false, enough }
    }

    /// Whether what stands at this place of the text above is in here, with as much behind it as an anchor needs.
    pub(super) fn covers(&self, anchor: usize) -> bool {
        let index = self.places.binary_search(&anchor).ok();
        index.is_some_and(|index| self.is_whole || index + self.enough < self.places.len())
    }

    fn push(&mut self, byte: u8, place: usize) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// Where the byte of this number stands in the text above.
    pub(super) fn place(&self, index: usize) -> usize {
        self.places.get(index).or(self.places.last()).copied().unwrap_or_default()
    }
}

/// Base64 around an anchor, as one run of characters.
pub(super) struct Run {
    symbols: Peeled,
}

impl Run {
    /// The run that the character at `anchor` is part of.
    pub(super) fn around(text: &[u8], anchor: usize, marks: Marks) -> Self {
        Self::read(text, (beginning(text, anchor), anchor), mark(text, anchor, marks))
    }

    /// The run that begins at `begin`.
    pub(super) fn beginning(text: &[u8], begin: usize) -> Self {
        Self::read(text, (begin, begin), mark(text, begin, Marks::None))
    }

    fn read(text: &[u8], (begin, anchor): (usize, usize), mark: &[u8]) -> Self {
        let end = text.len().min(anchor + BEHIND);
        let goes_on = |byte: &&u8| may_be_part(**byte) || **byte == b'.' || !mark.is_empty();
        let behind = &text[anchor..end];
        let behind = &behind[..memchr::memmem::find(behind, DASHES).unwrap_or(behind.len())];
        let behind = behind.iter().take_while(goes_on).count();
        let mut symbols = Peeled::new(anchor - begin + behind, ENOUGH);
        let mut at = begin;
        symbols.is_whole = end == text.len();
        while at < end {
            match piece(&text[at..end], mark) {
                Piece::Symbol(value, length) => {
                    symbols.push(value, at);
                    at += length;
                }
                Piece::Gap(length) => at += length,
                Piece::End if at < anchor => {
                    symbols.bytes.clear();
                    symbols.places.clear();
                    at += 1;
                }
                Piece::End => {
                    symbols.is_whole = true;
                    break;
                }
            }
        }
        Self { symbols }
    }

    /// What is in it, the character at `anchor` being that of number `place` in its group of four.
    pub(super) fn decoded(&self, anchor: usize, place: usize) -> Peeled {
        let Ok(index) = self.symbols.places.binary_search(&anchor) else { return Peeled::new(0, ENOUGH) };
        let first = (index + 4 - place) % 4;
        let values = self.symbols.bytes.get(first..).unwrap_or_default();
        let places = self.symbols.places.get(first..).unwrap_or_default();
        let mut inside = Peeled::new(values.len(), ENOUGH);
        for (group, places) in values.chunks(4).zip(places.chunks(4)) {
            let bits = group
                .iter()
                .enumerate()
                .fold(0, |bits, (at, value)| bits | u32::from(*value) << (18 - 6 * at));
            let bytes = bits.to_be_bytes();
            for number in 0..group.len() * 6 / 8 {
                inside.push(bytes[1 + number], places[number]);
            }
        }
        inside
    }

    /// Whether a run from here, at this place in its group, was decoded with this one, to the end of what an
    /// anchor needs.
    pub(super) fn covers(&self, own: (usize, usize), other: (usize, usize)) -> bool {
        let index = |anchor| self.symbols.places.binary_search(&anchor).ok();
        let (Some(own_index), Some(index)) = (index(own.0), index(other.0)) else { return false };
        self.symbols.covers(other.0) && (own_index + 4 - own.1) % 4 == (index + 4 - other.1) % 4
    }
}

/// Whether the anchor's line begins with what may be either base64 or a mark.
pub(super) fn may_be_marked(text: &[u8], anchor: usize) -> bool {
    mark(text, anchor, Marks::Line) != mark(text, anchor, Marks::None)
}

/// Whether `+` and `/` may mark a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// They are base64.
    None,
    /// They mark a line if they stand at its beginning.
    Line,
}

/// The bytes of hexadecimal digits, the first of which stands at `anchor`.
pub(super) fn unhex(text: &[u8], anchor: usize) -> Peeled {
    let mut digits = Vec::with_capacity(BEHIND);
    let begin = anchor.saturating_sub(16);
    let end = text.len().min(anchor + BEHIND);
    let mut is_whole = end == text.len();
    for (at, byte) in text.iter().enumerate().take(end).skip(begin) {
        match char::from(*byte).to_digit(16) {
            Some(value) => digits.push((at, value as u8)),
            None if byte.is_ascii_whitespace() || *byte == b':' => {}
            None if at < anchor => digits.clear(),
            None => {
                is_whole = true;
                break;
            }
        }
    }
    let mut inside = Peeled { is_whole, ..Peeled::new(digits.len() / 2, ENOUGH_OF_DER) };
    let first = digits.iter().position(|(at, _)| *at == anchor).unwrap_or_default() % 2;
    for pair in digits.get(first..).unwrap_or_default().chunks_exact(2) {
        inside.push(pair[0].1 << 4 | pair[1].1, pair[0].0);
    }
    inside
}

/// The characters of UTF-16 around `anchor`, as far as they are ASCII.
pub(super) fn narrow(text: &[u8], anchor: usize) -> Peeled {
    // Low byte first or last: the other byte of each is zero, before it or behind it.
    let is_one = |at: usize| {
        let other = |at: Option<usize>| at.and_then(|at| text.get(at)) == Some(&0);
        text.get(at).is_some_and(u8::is_ascii) && (other(at.checked_add(1)) || other(at.checked_sub(1)))
    };
    let mut begin = anchor;
    while begin >= 2 && anchor - begin < BEFORE && is_one(begin - 2) {
        begin -= 2;
    }
    let end = text.len().min(anchor + BEHIND);
    let all = (begin..end).step_by(2);
    let length = all.clone().take_while(|at| is_one(*at)).count();
    let is_whole = length < all.len() || end == text.len();
    let mut inside = Peeled { is_whole, ..Peeled::new(length, ENOUGH) };
    for at in all.take(length) {
        inside.push(text[at], at);
    }
    inside
}

enum Piece {
    Symbol(u8, usize),
    Gap(usize),
    End,
}

/// What `text` begins with: a character of base64, however it is written, or something between two of them.
fn piece(text: &[u8], mark: &[u8]) -> Piece {
    let Some(first) = text.first() else { return Piece::End };
    match *first {
        b'\n' | b'\r' => Piece::Gap(line_end(text, mark)),
        b'\\' => escaped(text),
        b'%' => coded(text, 1, 2, 0),
        b'&' => entity(text),
        b'"' | b'\'' | b'`' => Piece::Gap(quotes(text)),
        b' ' | b'\t' | 0 | b',' | b'>' | b'|' | b'*' | b'#' | b';' => Piece::Gap(1),
        b'-' if text.starts_with(DASHES) => Piece::End,
        byte => value(byte).map_or(Piece::End, |value| Piece::Symbol(value, 1)),
    }
}

/// The end of a line, and what marks the next one as the first was marked.
fn line_end(text: &[u8], mark: &[u8]) -> usize {
    let ends = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let rest = &text[ends..];
    if !mark.is_empty() && rest.starts_with(mark) {
        return ends + mark.len();
    }
    let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let trimmed = mark.trim_ascii();
    let marked = !trimmed.is_empty() && rest[spaces..].starts_with(trimmed);
    ends + spaces + if marked { trimmed.len() } else { 0 }
}

/// `\n`, `\r`, `\t`, `\/`, `\u002b`, `\x2b`, and a backslash that was itself escaped.
fn escaped(text: &[u8]) -> Piece {
    match text.get(1) {
        Some(b'n' | b'r' | b't' | b'"' | b'\'') => Piece::Gap(2),
        Some(b'/') => Piece::Symbol(63, 2),
        Some(b'u') => coded(text, 2, 4, 0),
        Some(b'x') => coded(text, 2, 2, 0),
        _ => Piece::Gap(1),
    }
}

/// `&#10;`, `&#xA;`, `&#43;`.
fn entity(text: &[u8]) -> Piece {
    let Some(end) = text.iter().take(8).position(|byte| *byte == b';') else { return Piece::End };
    let code = match text.get(1..end) {
        Some([b'#', b'x' | b'X', digits @ ..]) => number(digits, 16),
        Some([b'#', digits @ ..]) => number(digits, 10),
        _ => None,
    };
    code.map_or(Piece::End, |code| of_code(code, end + 1))
}

/// A character by its number in hexadecimal, such as `%2B`.
fn coded(text: &[u8], head: usize, digits: usize, tail: usize) -> Piece {
    let code = text.get(head..head + digits).and_then(|digits| number(digits, 16));
    code.map_or(Piece::End, |code| of_code(code, head + digits + tail))
}

fn of_code(code: u32, length: usize) -> Piece {
    match u8::try_from(code) {
        Ok(b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'') => Piece::Gap(length),
        Ok(byte) => value(byte).map_or(Piece::End, |value| Piece::Symbol(value, length)),
        Err(_) => Piece::End,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

/// The end of one string and the beginning of the next, glued with `+`, `.`, `\` or nothing; else one quote.
fn quotes(text: &[u8]) -> usize {
    let glue = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'+' | b'.' | b'\\' | b'&' | b',');
    let glued = text[1..].iter().take(80).take_while(|byte| glue(byte)).count();
    let is_next = matches!(text.get(1 + glued), Some(b'"' | b'\'' | b'`'));
    if is_next { glued + 2 } else { 1 }
}

/// Of either alphabet.
fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Where to begin reading: as far back as nothing says that the text begins later.
fn beginning(text: &[u8], anchor: usize) -> usize {
    let before = &text[anchor.saturating_sub(BEFORE)..anchor];
    let before = &before[memchr::memmem::rfind(before, DASHES).map_or(0, |dashes| dashes + 1)..];
    anchor - before.iter().rev().take_while(|byte| may_be_part(**byte)).count()
}

/// Whether it may stand in a run of base64, however that is written.
fn may_be_part(byte: u8) -> bool {
    value(byte).is_some() || byte.is_ascii_whitespace() || b"\\%&#;\"'`,>|*\0".contains(&byte)
}

/// What stands before the run in the anchor's line: indentation, a comment's sign, a diff's.
fn mark(text: &[u8], anchor: usize, marks: Marks) -> &[u8] {
    let before = &text[anchor.saturating_sub(BEFORE)..anchor];
    let line = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
    let before = &before[line..];
    let is_part = |byte: &u8| value(*byte).is_some();
    let run = before.iter().rev().take_while(|byte| is_part(byte)).count();
    let mut length = before.len() - run;
    if marks == Marks::Line {
        length += before[length..].iter().take_while(|byte| matches!(byte, b'+' | b'-' | b'/')).count();
    }
    if length > 64 { &[] } else { &before[..length] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the run around the first `AQID` in `text`.
    fn decoded(text: &str, marks: Marks) -> Vec<u8> {
        let anchor = text.find("AQID").unwrap();
        Run::around(text.as_bytes(), anchor, marks).decoded(anchor, 0).bytes.to_vec()
    }

    #[test]
    fn base64_is_read_through_whatever_breaks_it_up() {
        for text in [
            "AQIDBAUG+/8=",
            "AQID\nBAUG\r\n+/8=",
            "AQID BAUG +/8",
            "key: |\n    AQID\n    BAUG\n    +/8=\n",
            "\"AQID\\nBAUG\\r\\n+/8=\"",
            "\"AQID\\\\nBAUG+\\/8=\"",
            "\"AQID\" +\n  \"BAUG\"\n + \"+/8\"",
            "// AQID\n// BAUG\n// +/8=",
            " * AQID\n * BAUG\n * +/8=",
            "# AQID\n# BAUG\n# +/8=",
            "AQID%0ABAUG%2B%2F8%3D",
            "AQID&#10;BAUG&#43;&#x2F;8=",
            "AQID\\u000aBAUG\\u002b\\u002f8",
            "AQIDBAUG-_8",
            "AQID\0BAUG\0+/8",
        ] {
            assert_eq!(decoded(text, Marks::None), [1, 2, 3, 4, 5, 6, 251, 255], "{text}");
        }
        for text in ["+AQID\n+BAUG\n++/8=\n", "//AQID\n//BAUG\n//+/8="] {
            assert_eq!(decoded(text, Marks::Line), [1, 2, 3, 4, 5, 6, 251, 255], "{text}");
        }
    }

    #[test]
    fn characters_before_the_anchor_count_into_their_groups() {
        let run = Run::around(b"zzzAAAAAQID", 7, Marks::None);
        assert_eq!(run.decoded(7, 0).bytes[3..], [1, 2, 3]);
        assert_eq!(run.decoded(7, 0).places[3..], [7, 8, 9]);
    }

    #[test]
    fn hexadecimal_and_wide_characters_are_narrowed() {
        assert_eq!(unhex(b"x: 01:02\n0aFF;", 3).bytes[..], [1, 2, 10, 255]);
        assert_eq!(narrow(b"\xff\xfea\0b\0\n\0", 4).bytes[..], *b"ab\n");
        assert_eq!(narrow(b"\xfe\xff\0a\0b\0\n", 5).bytes[..], *b"ab\n");
    }
}
