//! The path of a request, in the one spelling that the gateway and the API behind it can't
//! read differently.

use std::str::Split;

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
        let Some(below_root) = path.strip_prefix('/') else { return Err(AmbiguousPath::NotFromRoot) };
        if path.len() > LONGEST {
            return Err(AmbiguousPath::TooLong);
        }
        check_bytes(path.as_bytes())?;
        let mut segments = below_root.split('/').peekable();
        while let Some(segment) = segments.next() {
            check_segment(segment, segments.peek().is_none())?;
        }
        Ok(Self(path))
    }

    /// Takes what a request line carries: a path and perhaps a query, which is handed back as it
    /// is, without its `?`.
    ///
    /// # Errors
    /// If the path could be read in two ways, or the query holds a fragment or a control character.
    pub fn split(target: &'a str) -> Result<(Self, Option<&'a str>), AmbiguousPath> {
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
    pub fn segments(&self) -> Split<'a, char> {
        self.0.strip_prefix('/').unwrap_or(self.0).split('/')
    }

    /// Whether it ends with a slash, and so is in no pattern.
    #[must_use]
    pub fn ends_with_slash(&self) -> bool {
        self.0.ends_with('/')
    }
}

fn check_segment(segment: &str, last: bool) -> Result<(), AmbiguousPath> {
    match segment.as_bytes() {
        [] if !last => Err(AmbiguousPath::EmptySegment),
        b"." | b".." => Err(AmbiguousPath::DotSegment),
        [.., b'.'] | [.., b'%', b'2', b'0'] => Err(AmbiguousPath::TrailingDot),
        _ => Ok(()),
    }
}

fn check_bytes(path: &[u8]) -> Result<(), AmbiguousPath> {
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        rest = match byte {
            b'%' => check_escapes(rest)?,
            plain if PLAIN[usize::from(*plain)] => after,
            odd => return Err(reason(*odd)),
        };
    }
    Ok(())
}

/// What stands in a path for itself: RFC 3986's `pchar` and the slash, less the semicolon.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let marks = b"/!$&'()*+,=:@";
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

/// Checks the run of escapes that `path` begins with, and gives what follows it.
fn check_escapes(mut path: &[u8]) -> Result<&[u8], AmbiguousPath> {
    let mut beyond_ascii = Vec::new();
    while let [b'%', after @ ..] = path {
        let (byte, rest) = unescape(after).ok_or(AmbiguousPath::BadEscape)?;
        match byte {
            0..0x20 | 0x7f => return Err(AmbiguousPath::EncodedControl),
            b'/' | b'\\' | b';' | b'?' | b'#' | b'%' => return Err(AmbiguousPath::EncodedDelimiter),
            plain if is_unreserved(plain) => return Err(AmbiguousPath::EncodedUnreserved),
            0x80.. => beyond_ascii.push(byte),
            _ => is_utf8(&mut beyond_ascii)?,
        }
        path = rest;
    }
    is_utf8(&mut beyond_ascii).map(|()| path)
}

fn unescape(digits: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = digits else { return None };
    let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some((nibble(high)? << 4 | nibble(low)?, rest))
}

/// Takes the bytes gathered so far, which must be whole characters.
fn is_utf8(gathered: &mut Vec<u8>) -> Result<(), AmbiguousPath> {
    let bytes = std::mem::take(gathered);
    std::str::from_utf8(&bytes).map(|_| ()).map_err(|_| AmbiguousPath::EncodedNotUtf8)
}
