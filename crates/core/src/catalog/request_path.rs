//! The path of a request, in the one spelling that the gateway and the API behind it can't
//! read differently.

/// The longest path that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// A path that means one thing to everybody.
///
/// This is the only normalisation there is, and it normalises nothing: a path that some server
/// might clean up, decode or cut is refused, so the path that is judged is, byte for byte, the
/// path that is served. A slash at the end is kept; it makes another path, which no pattern holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestPath<'a>(&'a str);

/// Why a path could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AmbiguousPath {
    /// Not a path from the root; `*` and whole URLs are none either.
    #[error("the path does not begin with a slash")]
    NotFromRoot,
    /// More than 8 KiB.
    #[error("the path is longer than 8 KiB")]
    TooLong,
    /// `//`, which some servers read as `/`.
    #[error("the path holds an empty segment (//)")]
    EmptySegment,
    /// `.` or `..`.
    #[error("the path holds a dot segment (. or ..)")]
    DotSegment,
    /// A segment that ends with a dot or a space, which some file systems drop.
    #[error("a segment of the path ends with a dot or a space")]
    TrailingDot,
    /// `\`, which some servers read as `/`.
    #[error("the path holds a backslash")]
    Backslash,
    /// `;`, from which on some servers ignore the segment.
    #[error("the path holds a semicolon")]
    Semicolon,
    /// `?` where only a path belongs.
    #[error("the path holds a query")]
    Query,
    /// `#`, which no request line carries.
    #[error("the path holds a fragment (#)")]
    Fragment,
    /// A control character or a space.
    #[error("the path holds a control character or a space")]
    Control,
    /// A byte outside ASCII.
    #[error("the path holds a character outside ASCII that is not percent-encoded")]
    NotAscii,
    /// One of the characters that a URL must encode, such as `"` or `[`.
    #[error("the path holds a character that must be percent-encoded")]
    NotEncoded,
    /// `%` without two hexadecimal digits.
    #[error("the path holds a % that two hexadecimal digits do not follow")]
    BadEscape,
    /// An escape for a character that needs none: a letter, a digit, `-`, `.`, `_` or `~`.
    #[error("the path percent-encodes a letter, a digit or one of - . _ ~")]
    EncodedUnreserved,
    /// An escape for `/`, `\`, `;`, `?`, `#` or `%`.
    #[error("the path percent-encodes one of / \\ ; ? # %")]
    EncodedDelimiter,
    /// An escape for a control character, NUL among them.
    #[error("the path percent-encodes a control character")]
    EncodedControl,
    /// Escapes that are not UTF-8 together; an overlong form may hide a slash.
    #[error("the path percent-encodes bytes that are not UTF-8")]
    EncodedNotUtf8,
}

impl<'a> RequestPath<'a> {
    /// Takes a path without a query.
    ///
    /// # Errors
    /// If it could be read in two ways.
    pub fn parse(path: &'a str) -> Result<Self, AmbiguousPath> {
        if is_plain(path.as_bytes()) {
            return Ok(Self(path));
        }
        if !path.starts_with('/') {
            return Err(AmbiguousPath::NotFromRoot);
        }
        if path.len() > LONGEST {
            return Err(AmbiguousPath::TooLong);
        }
        check(path.as_bytes())?;
        Ok(Self(path))
    }

    /// Takes what a request line carries: a path and perhaps a query, which is handed back as it
    /// is, without its `?`.
    ///
    /// # Errors
    /// If the path could be read in two ways, or the query holds a fragment or a control character.
    pub fn split(target: &'a str) -> Result<(Self, Option<&'a str>), AmbiguousPath> {
        if is_plain(target.as_bytes()) {
            return Ok((Self(target), None));
        }
        let Some((path, query)) = target.split_once('?') else { return Ok((Self::parse(target)?, None)) };
        let path = Self::parse(path)?;
        match query.bytes().find(|byte| *byte == b'#' || *byte <= b' ' || *byte == 0x7f) {
            Some(b'#') => Err(AmbiguousPath::Fragment),
            Some(_) => Err(AmbiguousPath::Control),
            None => Ok((path, Some(query))),
        }
    }

    /// The path as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// What stands between the slashes, as it was sent. A slash at the end makes an empty last one.
    #[must_use]
    pub fn segments(&self) -> Segments<'a> {
        Segments(self.0.strip_prefix('/'))
    }

    /// Whether it ends with a slash, and so is in no pattern.
    #[must_use]
    pub fn ends_with_slash(&self) -> bool {
        self.0.ends_with('/')
    }
}

/// The segments of a path, from left to right.
#[derive(Clone, Debug)]
pub struct Segments<'a>(Option<&'a str>);

impl<'a> Iterator for Segments<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.take()?;
        let Some(slash) = slash(rest.as_bytes()) else { return Some(rest) };
        self.0 = rest.get(slash + 1..);
        rest.get(..slash)
    }
}

/// Where the first slash stands. Eight bytes at a time, as this is done for every segment of every request.
fn slash(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        // A byte that was a slash is zero, and the lowest zero byte is told by its high bit.
        let differing = u64::from_le_bytes(*eight) ^ (ONES * b'/' as u64);
        let zero = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
        if zero != 0 {
            return Some(at + (zero.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(|byte| *byte == b'/').map(|further| at + further)
}

/// Whether this is, beyond doubt, a path that means one thing, as nearly all are: without a branch a byte.
/// Of all others [`check`] says what they are.
fn is_plain(path: &[u8]) -> bool {
    let (Some((b'/', below_root)), true) = (path.split_first(), path.len() <= LONGEST) else { return false };
    let (mut before, mut doubt) = (SLASH, 0);
    for byte in below_root {
        let class = CLASS[usize::from(*byte)];
        // A slash after a slash or a dot, and whatever is odd.
        doubt |= (class & ODD) | ((before & (SLASH | DOT)) * (class & SLASH));
        before = class;
    }
    doubt == 0 && before != DOT
}

const SLASH: u8 = 1;
const DOT: u8 = 2;
const ODD: u8 = 4;

/// What a byte is to [`is_plain`]: nothing of note, a slash, a dot, or odd.
const CLASS: [u8; 256] = {
    let mut class = [ODD; 256];
    let mut at = 0;
    while at < 256 {
        if PLAIN[at] {
            class[at] = 0;
        }
        at += 1;
    }
    class[b'/' as usize] = SLASH;
    class[b'.' as usize] = DOT;
    class
};

/// One pass over the bytes of a path that is not plain.
fn check(path: &[u8]) -> Result<(), AmbiguousPath> {
    let mut at = 1;
    while let Some(byte) = path.get(at) {
        match byte {
            b'/' => check_end(&path[..at], false)?,
            b'%' => {
                at = check_escapes(path, at)?;
                continue;
            }
            plain if PLAIN[usize::from(*plain)] => {}
            odd => return Err(reason(*odd)),
        }
        at += 1;
    }
    check_end(path, true)
}

/// Checks how the last segment of `path` so far ends.
fn check_end(path: &[u8], is_whole: bool) -> Result<(), AmbiguousPath> {
    match path {
        [.., b'/'] if !is_whole => Err(AmbiguousPath::EmptySegment),
        [.., b'/', b'.'] | [.., b'/', b'.', b'.'] => Err(AmbiguousPath::DotSegment),
        [.., b'.'] | [.., b'%', b'2', b'0'] => Err(AmbiguousPath::TrailingDot),
        _ => Ok(()),
    }
}

/// What stands in a path for itself: RFC 3986's `pchar`, less the semicolon.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let marks = b"!$&'()*+,=:@";
    let mut at = 0;
    while at < 128 {
        plain[at] = is_unreserved(at as u8);
        at += 1;
    }
    at = 0;
    while at < marks.len() {
        plain[marks[at] as usize] = true;
        at += 1;
    }
    plain
};

/// RFC 3986's unreserved characters: with and without an escape they mean the same.
pub(super) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn reason(byte: u8) -> AmbiguousPath {
    match byte {
        b'\\' => AmbiguousPath::Backslash,
        b';' => AmbiguousPath::Semicolon,
        b'?' => AmbiguousPath::Query,
        b'#' => AmbiguousPath::Fragment,
        0..=b' ' | 0x7f => AmbiguousPath::Control,
        0x80.. => AmbiguousPath::NotAscii,
        _ => AmbiguousPath::NotEncoded,
    }
}

/// Checks the run of escapes that begins at `at`, and says where it ends.
fn check_escapes(path: &[u8], mut at: usize) -> Result<usize, AmbiguousPath> {
    let mut beyond_ascii = Vec::new();
    while path.get(at) == Some(&b'%') {
        match unescape(&path[at + 1..]).ok_or(AmbiguousPath::BadEscape)? {
            0..0x20 | 0x7f => return Err(AmbiguousPath::EncodedControl),
            b'/' | b'\\' | b';' | b'?' | b'#' | b'%' => return Err(AmbiguousPath::EncodedDelimiter),
            plain if is_unreserved(plain) => return Err(AmbiguousPath::EncodedUnreserved),
            byte @ 0x80.. => beyond_ascii.push(byte),
            _ => is_utf8(&mut beyond_ascii)?,
        }
        at += 3;
    }
    is_utf8(&mut beyond_ascii).map(|()| at)
}

fn unescape(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(nibble(high)? << 4 | nibble(low)?)
}

/// Takes the bytes gathered so far, which must be whole characters.
fn is_utf8(gathered: &mut Vec<u8>) -> Result<(), AmbiguousPath> {
    let bytes = std::mem::take(gathered);
    std::str::from_utf8(&bytes).map(|_| ()).map_err(|_| AmbiguousPath::EncodedNotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every path of up to four letters out of these.
    fn short_paths() -> Vec<String> {
        let letters = ["/", ".", "a", "%20", "%2E", "?", ";", "é", " "];
        let mut paths = vec![String::new()];
        for length in 0..4 {
            let longest: Vec<_> =
                paths.iter().filter(|path| path.chars().count() >= length).cloned().collect();
            paths.extend(longest.iter().flat_map(|path| letters.map(|letter| format!("{path}{letter}"))));
        }
        paths
    }

    #[test]
    fn what_is_taken_for_plain_is_what_the_whole_check_finds_sound() {
        let mut plain = 0;
        for path in short_paths().iter().map(|path| format!("/{path}")) {
            if is_plain(path.as_bytes()) {
                assert_eq!(check(path.as_bytes()), Ok(()), "{path}");
                plain += 1;
            }
        }
        assert!(plain > 20, "{plain}");
        assert!(!is_plain(b"") && !is_plain(b"a") && is_plain(b"/") && is_plain(b"/a/b.c/"));
        assert!(!is_plain(format!("/{}", "a".repeat(LONGEST)).as_bytes()));
    }

    #[test]
    fn the_first_slash_is_found_wherever_it_stands() {
        for length in 0..40 {
            for at in 0..length {
                let mut bytes = vec![b'.'; length];
                bytes[at] = b'/';
                bytes[length - 1] = b'/';
                assert_eq!(slash(&bytes), Some(at));
            }
            assert_eq!(slash(&vec![b'0'; length]), None);
        }
    }
}
