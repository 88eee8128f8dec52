//! Which header fields go on to the upstream, and back to the client.
//!
//! Security invariants: what tells the upstream who asks comes from the verdict alone, whatever way a client
//! spells it; what a client says of one connection says nothing of the next; no credential of ours leaves the
//! house; and nothing tells the upstream of another path or method than the ones that were judged.

use super::client::Introduction;
use crate::cookies;
use counterfoil_verify::Allowed;
use http::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, FORWARDED, HOST, SET_COOKIE, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

static FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What our own identity headers begin with.
const OURS: &str = "x-counterfoil";

/// Fields by which one framework or another is told of another path, method or client than the request's own.
/// Those that begin with `x-forwarded-` are told by [`is_pretence`].
const PRETENCES: [&str; 12] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-original-for",
    "x-rewrite-url",
    "x-rewrite-uri",
    "x-real-ip",
    "x-client-ip",
];

/// How many fields are added at most, so that they find room in one step.
const MOST_TOLD: usize = 16;

/// Makes of a client's header fields those that go on to the upstream, but for `Host`. Of somebody of whom nothing
/// is known, nothing is told.
pub(super) fn clean_request(headers: &mut HeaderMap, allowed: Option<&Allowed>, client: &Introduction) {
    let told = client.told(headers);
    headers.reserve(MOST_TOLD);
    let wants_trailers = wants_trailers(headers);
    reframe(headers);
    remove(headers, is_not_for_upstream);
    strip_cookies(headers);
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONNECTION, HeaderValue::from_static("te"));
    }
    told.put(headers);
    for (name, value) in allowed.into_iter().flat_map(Allowed::headers) {
        headers.insert(name, value);
    }
}

/// Makes of the fields behind a client's body those that go on: they tell the upstream no more than those before it.
pub(in crate::gateway) fn clean_trailers(fields: &mut HeaderMap) {
    remove(fields, is_not_for_upstream);
    strip_cookies(fields);
    fields.remove(HOST);
    fields.remove(CONTENT_LENGTH);
}

/// Makes of an upstream's header fields those that go back to the client.
pub(super) fn clean_answer(headers: &mut HeaderMap) {
    reframe(headers);
    remove(headers, is_not_for_client);
    strip_set_cookies(headers);
}

/// What is wrong with an answer that is not understood.
pub(super) const STRANGE_CODING: &str = "its transfer coding is not understood";

/// Whether an answer comes in chunks, going by its `Transfer-Encoding`; nothing if it comes in a way that is not
/// understood, or that somebody could understand otherwise.
pub(super) fn comes_in_chunks<'h>(mut codings: impl Iterator<Item = &'h [u8]>) -> Option<bool> {
    match (codings.next(), codings.next()) {
        (None, _) => Some(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Some(true),
        _ => None,
    }
}

/// Whether it can be told where an answer ends.
pub(super) fn is_understood(headers: &HeaderMap) -> bool {
    comes_in_chunks(headers.get_all(TRANSFER_ENCODING).iter().map(HeaderValue::as_bytes)).is_some()
}

/// What both sides agree to speak from here on, if the request asks for that and it is something that the
/// gateway may be blind to. Another HTTP is not: its requests would pass unjudged.
pub(super) fn wanted_protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let asks = listed(headers, &CONNECTION).any(|word| word.eq_ignore_ascii_case("upgrade"));
    let mut given = headers.get_all(UPGRADE).iter();
    let protocol = given.next().filter(|_| asks && given.next().is_none())?;
    let is_blind = listed(headers, &UPGRADE).all(|name| !speaks_http(name));
    is_blind.then(|| protocol.clone())
}

fn speaks_http(protocol: &str) -> bool {
    let name = protocol.split('/').next().unwrap_or_default().trim();
    ["h2c", "h2", "h3", "http", "tls", "connect-udp", "connect-ip"]
        .iter()
        .any(|other| name.eq_ignore_ascii_case(other))
}

/// Asks the other side to switch, or tells that it was done.
pub(super) fn switch_to(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

/// Of two lengths the one that `Transfer-Encoding` gives was gone by; the other must not reach anybody who
/// might go by that.
fn reframe(headers: &mut HeaderMap) {
    if headers.remove(TRANSFER_ENCODING).is_some() {
        headers.remove(CONTENT_LENGTH);
    }
}

/// Removes what `Connection` names, and what `unfit` says.
fn remove(headers: &mut HeaderMap, unfit: fn(&[u8]) -> bool) {
    let mut going: Vec<HeaderName> = listed(headers, &CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        .collect();
    going.extend(headers.keys().filter(|name| unfit(name.as_str().as_bytes())).cloned());
    for name in going.iter().filter(|name| **name != HOST) {
        headers.remove(name);
    }
}

/// Whether fields of this name, in lower case, don't go on to the upstream.
pub(super) fn is_not_for_upstream(name: &[u8]) -> bool {
    name == b"authorization" || is_of_connection(name) || is_pretence(name)
}

/// Whether fields of this name, in lower case, don't go back to the client.
pub(super) fn is_not_for_client(name: &[u8]) -> bool {
    is_of_connection(name) || name.starts_with(b"x") && begins(name, OURS)
}

/// Fields that are about one connection, not about the request or the answer.
fn is_of_connection(name: &[u8]) -> bool {
    matches!(
        name,
        b"connection"
            | b"keep-alive"
            | b"proxy-connection"
            | b"proxy-authorization"
            | b"te"
            | b"transfer-encoding"
            | b"upgrade"
            | b"http2-settings"
    )
}

/// Fields by which a client could pass for another, or a request for another.
fn is_pretence(name: &[u8]) -> bool {
    match name {
        [b'x', ..] => {
            begins(name, OURS)
                || begins(name, "x-forwarded")
                || PRETENCES.iter().any(|other| same(name, other))
        }
        [b'f', ..] => same(name, "forwarded"),
        [b't', ..] => same(name, "true-client-ip"),
        [b'c', ..] => same(name, "client-ip") || same(name, "cf-connecting-ip"),
        _ => false,
    }
}

fn same(name: &[u8], other: &str) -> bool {
    name.len() == other.len() && begins(name, other)
}

/// Whether a name begins so for somebody who takes all that is neither letter nor digit for the same, as CGI
/// does with `-` and `_`.
fn begins(name: &[u8], other: &str) -> bool {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { byte } else { b'-' };
    let start = name.get(..other.len());
    start.is_some_and(|start| start.iter().zip(other.as_bytes()).all(|(one, two)| plain(*one) == *two))
}

/// The words of a list, as far as they are readable.
fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    words(headers.get_all(name).iter().map(HeaderValue::as_bytes))
}

/// The words of a list on so many lines, as far as they are readable.
pub(super) fn words<'h>(lines: impl Iterator<Item = &'h [u8]>) -> impl Iterator<Item = &'h str> {
    lines.filter_map(text).flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

/// A field's value, if it is printable ASCII.
pub(super) fn text(value: &[u8]) -> Option<&str> {
    let is_text = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    std::str::from_utf8(value).ok().filter(|_| is_text)
}

fn wants_trailers(headers: &HeaderMap) -> bool {
    headers.contains_key(TE) && listed(headers, &TE).any(|coding| coding.eq_ignore_ascii_case("trailers"))
}

/// Takes our own cookies out, and makes one line of what HTTP/2 sends in pieces.
fn strip_cookies(headers: &mut HeaderMap) {
    if !headers.contains_key(COOKIE) {
        return;
    }
    let pieces =
        headers.get_all(COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let others: Vec<&[u8]> =
        pieces.map(<[u8]>::trim_ascii).filter(|piece| is_foreign_cookie(piece)).collect();
    let kept = HeaderValue::from_bytes(&others.join(&b"; "[..])).ok().filter(|value| !value.is_empty());
    headers.remove(COOKIE);
    if let Some(kept) = kept {
        headers.insert(COOKIE, kept);
    }
}

/// An upstream that could set our cookies could sign people in as somebody else.
fn strip_set_cookies(headers: &mut HeaderMap) {
    if !headers.contains_key(SET_COOKIE) {
        return;
    }
    let all: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in all.into_iter().filter(|cookie| is_foreign_cookie(cookie.as_bytes())) {
        headers.append(SET_COOKIE, cookie);
    }
}

/// Whether a cookie is called otherwise than ours.
pub(super) fn is_foreign_cookie(piece: &[u8]) -> bool {
    let name = piece.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
    !piece.trim_ascii().is_empty()
        && !cookies::OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours.as_bytes()))
}

/// What the upstream is told of the client.
#[derive(Clone)]
pub(super) struct Told {
    /// All addresses that the request came by, the client's first.
    pub(super) by: Option<HeaderValue>,
    /// `http` or `https`.
    pub(super) scheme: HeaderValue,
    /// The host that the client asked for.
    pub(super) host: Option<HeaderValue>,
    /// All of it, once more, as RFC 7239 has it.
    pub(super) forwarded: Option<HeaderValue>,
}

impl Told {
    /// The fields that say it.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static HeaderName, &HeaderValue)> {
        let Self { by, scheme, host, forwarded } = self;
        let told: [(&'static HeaderName, _); 4] = [
            (&PROTO, Some(scheme)),
            (&FOR, by.as_ref()),
            (&FORWARDED_HOST, host.as_ref()),
            (&FORWARDED, forwarded.as_ref()),
        ];
        told.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in self.fields() {
            headers.insert(name.clone(), value.clone());
        }
    }
}
