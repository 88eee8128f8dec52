//! Scopes: the requests that a token confines itself to.
//!
//! An entry is `<METHOD> <path>[?query]`. It covers a request with that method (`HEAD` counts as
//! `GET`) and exactly that path; there are no wildcards. Each parameter of the entry's query must be
//! in the request with that value and no other; the request may have further ones. The order is no
//! matter, neither is whether a byte is percent-encoded, and `limit`, `cursor` and `sort` are ignored.

use crate::catalog::{Pattern, RequestPath};
use std::borrow::Cow;
use std::fmt;

/// The most entries that a scope may have.
const ENTRIES: usize = 100;
/// The most bytes that an entry may have.
const ENTRY_LENGTH: usize = 2048;
/// The most parameters that a query may have.
const PARAMETERS: usize = 64;

/// A scope: it covers what one of its entries covers. Without entries it covers nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Scope(Box<[ScopeEntry]>);

/// One entry of a scope.
#[derive(Clone, PartialEq, Eq)]
pub struct ScopeEntry {
    method: Box<str>,
    path: Box<str>,
    query: Box<[Parameter<'static>]>,
}

/// Name and value with their percent-encoding undone.
type Parameter<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Why a text is not an entry of a scope, or texts are not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeFault {
    /// Too many entries.
    #[error("a scope has at most {ENTRIES} entries")]
    TooManyEntries,
    /// Too long.
    #[error("an entry of a scope has at most {ENTRY_LENGTH} bytes")]
    EntryTooLong,
    /// Not a method, a space and something more.
    #[error("an entry of a scope is a method in capitals, one space and a path, such as \"GET /v1/apps\"")]
    NoMethod,
    /// A path that is no path, or that could be read in two ways.
    #[error("the path in an entry of a scope must begin with `/` and be written plainly")]
    Path,
    /// A query that cannot be read.
    #[error(
        "the query in an entry of a scope must be `name=value` joined by `&`, at most {PARAMETERS}, percent-encoded"
    )]
    Query,
}

impl Scope {
    /// Reads entries.
    ///
    /// # Errors
    /// The first entry's fault, or that there are too many.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeFault> {
        let entries: Vec<_> =
            entries.into_iter().take(ENTRIES + 1).map(ScopeEntry::try_from).collect::<Result<_, _>>()?;
        if entries.len() > ENTRIES { Err(ScopeFault::TooManyEntries) } else { Ok(Self(entries.into())) }
    }

    /// Its entries.
    #[must_use]
    pub fn entries(&self) -> &[ScopeEntry] {
        &self.0
    }

    /// Whether some entry covers this request. `query` is what follows the `?`, if there is one.
    #[must_use]
    pub fn covers(&self, method: &str, path: &RequestPath<'_>, query: Option<&str>) -> bool {
        self.0.iter().any(|entry| entry.covers(method, path, query))
    }

    /// Whether a token with this scope may live long: it has entries, all are `GET`, and the path of
    /// each matches one of `paths`.
    #[must_use]
    pub fn may_live_long(&self, paths: &[Pattern]) -> bool {
        !self.0.is_empty() && self.0.iter().all(|entry| entry.may_live_long(paths))
    }
}

impl ScopeEntry {
    /// Whether this entry covers the request.
    #[must_use]
    pub fn covers(&self, method: &str, path: &RequestPath<'_>, query: Option<&str>) -> bool {
        self.covers_method(method)
            && *self.path == *path.as_str()
            && self.covers_query(query.unwrap_or_default())
    }

    fn covers_method(&self, method: &str) -> bool {
        *self.method == *method || (&*self.method, method) == ("GET", "HEAD")
    }

    /// The request's parameters of the names that this entry gives must be exactly this entry's: were a
    /// second value of the same name tolerated, the upstream might go by that one.
    fn covers_query(&self, query: &str) -> bool {
        if self.query.is_empty() {
            return true;
        }
        let Some(mut asked) = parameters(query) else { return false };
        asked.retain(|(name, _)| self.query.iter().any(|(wanted, _)| wanted == name));
        *asked == *self.query
    }

    fn may_live_long(&self, paths: &[Pattern]) -> bool {
        &*self.method == "GET"
            && RequestPath::parse(&self.path)
                .is_ok_and(|path| paths.iter().any(|pattern| pattern.matches(&path)))
    }
}

impl TryFrom<&str> for ScopeEntry {
    type Error = ScopeFault;

    fn try_from(text: &str) -> Result<Self, ScopeFault> {
        if text.len() > ENTRY_LENGTH {
            return Err(ScopeFault::EntryTooLong);
        }
        let (method, target) =
            text.split_once(' ').filter(|(method, _)| is_method(method)).ok_or(ScopeFault::NoMethod)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        RequestPath::parse(path).map_err(|_| ScopeFault::Path)?;
        if !query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(ScopeFault::Query);
        }
        let query = parameters(query).ok_or(ScopeFault::Query)?;
        let query = query
            .into_iter()
            .map(|(name, value)| (name.into_owned().into(), value.into_owned().into()))
            .collect();
        Ok(Self { method: method.into(), path: path.into(), query })
    }
}

/// Writes the entry in one form, whatever form it was read in.
impl fmt::Display for ScopeEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method, self.path)?;
        for (at, (name, value)) in self.query.iter().enumerate() {
            let before = if at == 0 { '?' } else { '&' };
            write!(out, "{before}{}={}", Encoded(name), Encoded(value))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(&self.0).finish()
    }
}

/// Bytes as they stand in a query; brackets stay as they are, for reading.
struct Encoded<'a>(&'a [u8]);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b'-' | b'.' | b'_' | b'~' | b'[' | b']' | b',' | b':' => write!(out, "{}", char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => write!(out, "{}", char::from(byte)),
            byte => write!(out, "%{byte:02X}"),
        })
    }
}

fn is_method(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The parameters of a query that count, sorted; `None` if there are too many or one is not
/// percent-encoded rightly. An empty piece, as in `?` or `a=1&&b=2`, is no parameter.
fn parameters(query: &str) -> Option<Vec<Parameter<'_>>> {
    let mut parameters = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let parameter = (decoded(name)?, decoded(value)?);
        if matches!(&*parameter.0, b"limit" | b"cursor" | b"sort") {
            continue;
        }
        if parameters.len() == PARAMETERS {
            return None;
        }
        parameters.push(parameter);
    }
    parameters.sort_unstable();
    Some(parameters)
}

fn decoded(text: &str) -> Option<Cow<'_, [u8]>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let ([high, low], after) = after.split_first_chunk()?;
            bytes.push(hex(*high)? << 4 | hex(*low)?);
            rest = after;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    Some(Cow::Owned(bytes))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
