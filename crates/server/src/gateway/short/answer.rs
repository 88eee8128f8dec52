//! The head of an answer: read, and written again for the client.
//!
//! The rules of what goes back are those of [`headers`](crate::gateway::headers). Where a body ends is found out here:
//! what says two things about that, or says it as nobody should, is no answer.

use super::body::Body;
use super::chunks::Chunks;
use super::head;
use crate::gateway::headers::{STRANGE_CODING, comes_in_chunks, is_foreign_cookie, is_not_for_client, words};
use crate::gateway::upstream::Lost;
use crate::listen::{Field, Written};
use crate::request_id::{REQUEST_ID, RequestId};
use counterfoil_verify::Verdict;
use counterfoil_verify::answer::{RATE_LIMIT, told};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, WARNING};
use http::{HeaderName, HeaderValue, StatusCode};
use httparse::{ParserConfig, Response, Status};
use std::mem::MaybeUninit;

/// How many fields a head may have: as many as by the usual way.
const MOST_FIELDS: usize = 100;

/// How long a head may be, with those of all interim answers before it: about as long as one by the usual way.
pub(super) const MOST_BYTES: usize = 8192 + 4096 * 100;

/// It is longer.
pub(super) const TOO_LONG: Lost = Lost::Garbled("its head is too long");

/// What came at the beginning of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How long it is.
    pub(super) length: usize,
    /// What follows; nothing if it is an interim answer, of which the client is not told.
    pub(super) answer: Option<Answer>,
}

/// An answer whose head is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) body: Body,
    /// Whether the connection can carry another exchange after it.
    pub(super) is_kept: bool,
}

/// What every answer of the upstream's gets.
pub(super) struct Marks<'v> {
    pub(super) verdict: &'v Verdict,
    pub(super) id: &'v RequestId,
}

/// Reads a head, and writes it for the client; there is nothing as long as it is not whole.
pub(super) fn read(came: &[u8], marks: &Marks<'_>, into: &mut Written) -> Result<Option<Head>, Lost> {
    let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut response, came, &mut room);
    let length = match parsed {
        Ok(Status::Complete(length)) if length <= MOST_BYTES => length,
        Ok(Status::Complete(_)) => return Err(TOO_LONG),
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(Lost::Garbled("its head can't be read")),
    };
    let answer = understood(&response, marks, into)?;
    Ok(Some(Head { length, answer }))
}

fn understood(
    response: &Response<'_, '_>,
    marks: &Marks<'_>,
    into: &mut Written,
) -> Result<Option<Answer>, Lost> {
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(Lost::Garbled("its status is none"))?;
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Lost::Uninvited);
    }
    if status.is_informational() {
        return Ok(None);
    }
    let is_old = response.version != Some(1);
    let answer = framed(status, is_old, response.headers)?;
    into.begin_as(status, response.reason.unwrap_or_default());
    write_fields(response.headers, marks, into);
    write_framing(&answer.body, into.bytes());
    marks.write(into.bytes());
    head::end(into.bytes());
    Ok(Some(answer))
}

/// Where the body ends, as RFC 9112 (6.3) has it, but that what is doubtful is refused.
fn framed(status: StatusCode, is_old: bool, fields: &[Field<'_>]) -> Result<Answer, Lost> {
    let closes = is_old || words(values(fields, "connection")).any(|word| word.eq_ignore_ascii_case("close"));
    let length = length(fields)?;
    let is_chunked = comes_in_chunks(values(fields, "transfer-encoding"));
    let is_chunked =
        is_chunked.filter(|chunked| !(*chunked && is_old)).ok_or(Lost::Garbled(STRANGE_CODING))?;
    let body = match (status, length) {
        (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED, _) => Body::Nothing,
        _ if is_chunked => Body::Chunked(Chunks::default()),
        (_, Some(length)) => Body::Length(length),
        (_, None) => Body::UntilEnd,
    };
    // Of two lengths somebody meant the other one.
    let is_doubtful = is_chunked && length.is_some();
    Ok(Answer { body, is_kept: !closes && !is_doubtful })
}

/// What `Content-Length` says, once or often the same.
fn length(fields: &[Field<'_>]) -> Result<Option<u64>, Lost> {
    let mut length = None;
    for number in values(fields, "content-length").flat_map(|value| value.split(|byte| *byte == b',')) {
        let number = number_of(number.trim_ascii()).ok_or(Lost::Garbled("its length is no number"))?;
        if length.replace(number).is_some_and(|other| other != number) {
            return Err(Lost::Garbled("its length is told in two ways"));
        }
    }
    Ok(length)
}

fn number_of(digits: &[u8]) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| are_digits)?.parse().ok()
}

fn values<'h>(fields: &[Field<'h>], name: &'static str) -> impl Iterator<Item = &'h [u8]> {
    fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// Writes the fields that go back. The body's length is written by itself, since it is known better here.
fn write_fields(fields: &[Field<'_>], marks: &Marks<'_>, into: &mut Written) {
    let connection = || words(values(fields, "connection"));
    let names_fields = connection().any(|word| !["close", "keep-alive"].contains(&word));
    let is_named =
        |name: &[u8]| names_fields && connection().any(|word| word.as_bytes().eq_ignore_ascii_case(name));
    let mut is_dated = false;
    for field in fields {
        head::write_unless(into.bytes(), field, |name| {
            let stays = is_not_for_client(name)
                || is_named(name)
                || marks.replace(name)
                || name == b"content-length"
                || name == b"set-cookie" && !is_foreign_cookie(field.value);
            is_dated |= name == b"date" && !stays;
            stays
        });
    }
    if !is_dated {
        into.date();
    }
}

fn write_framing(body: &Body, into: &mut Vec<u8>) {
    match body {
        Body::Nothing => {}
        Body::Length(length) => head::write(into, &CONTENT_LENGTH, &HeaderValue::from(*length)),
        Body::Chunked(_) | Body::UntilEnd => {
            head::write(into, &TRANSFER_ENCODING, &HeaderValue::from_static("chunked"));
        }
    }
}

impl Marks<'_> {
    /// Whether what the upstream says under this name is not heard.
    fn replace(&self, name: &[u8]) -> bool {
        let is = |other: &HeaderName| other.as_str().as_bytes() == name;
        is(&REQUEST_ID)
            || self.verdict.quota.is_some() && is(&RATE_LIMIT)
            || self.verdict.stale_warning.is_some() && is(&WARNING)
    }

    fn write(&self, into: &mut Vec<u8>) {
        for (name, value) in told(self.verdict.quota, self.verdict.stale_warning) {
            head::write(into, name, &value);
        }
        head::write_bytes(into, &REQUEST_ID, self.id.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_verify::verdict::{Outcome, Quota, Reason};
    use std::time::Duration;

    fn verdict(quota: Option<Quota>, stale_warning: Option<Duration>) -> Verdict {
        Verdict { outcome: Outcome::Refused(Reason::Role), service: None, by: None, quota, stale_warning }
    }

    fn read_by(verdict: &Verdict, came: &str) -> Result<Option<(Head, String)>, Lost> {
        let (mut written, id) = (Written::default(), RequestId::named(Some(b"a-given-name")));
        let head = read(came.as_bytes(), &Marks { verdict, id: &id }, &mut written)?;
        let text = String::from_utf8(written.bytes().clone()).unwrap();
        Ok(head.map(|head| (head, text)))
    }

    /// The body that an answer with this head has, and whether its connection is kept.
    fn body(head: &str) -> Option<(Body, bool)> {
        let (head, _) = read_by(&verdict(None, None), &format!("{head}\r\n\r\n")).ok()??;
        let answer = head.answer?;
        Some((answer.body, answer.is_kept))
    }

    #[test]
    fn a_body_ends_where_everybody_says_that_it_ends() {
        let chunked = || Body::Chunked(Chunks::default());
        for (head, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3", Some((Body::Length(3), true))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length: 3, 03", Some((Body::Length(3), true))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615", Some((Body::Length(u64::MAX), true))),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Some((chunked(), true))),
            ("HTTP/1.1 200 OK\r\nTRANSFER-encoding: Chunked", Some((chunked(), true))),
            ("HTTP/1.1 200 OK", Some((Body::UntilEnd, true))),
            ("HTTP/1.1 204 No Content", Some((Body::Nothing, true))),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 3", Some((Body::Nothing, true))),
            ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked", Some((Body::Nothing, true))),
            // A connection that is not kept.
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close", Some((Body::Length(3), false))),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\nConnection: x, CLOSE",
                Some((Body::Length(3), false)),
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive",
                Some((Body::Length(3), false)),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked", Some((chunked(), false))),
            (
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nTransfer-Encoding: chunked",
                Some((Body::Nothing, false)),
            ),
        ] {
            assert_eq!(body(head), expected, "{head}");
        }
    }

    #[test]
    fn a_head_that_is_doubtful_is_none() {
        let many = format!("HTTP/1.1 200 OK{}", "\r\nX: y".repeat(MOST_FIELDS + 1));
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4",
            "HTTP/1.1 200 OK\r\nContent-Length: 3, 4",
            "HTTP/1.1 200 OK\r\nContent-Length: 3,",
            "HTTP/1.1 200 OK\r\nContent-Length: +3",
            "HTTP/1.1 200 OK\r\nContent-Length: -3",
            "HTTP/1.1 200 OK\r\nContent-Length: 3 3",
            "HTTP/1.1 200 OK\r\nContent-Length:",
            "HTTP/1.1 200 OK\r\nContent-Length: 0x3",
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616",
            "HTTP/1.1 204 No Content\r\nContent-Length: x",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding:",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u{b}chunked",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nX: a\r\n folded",
            "HTTP/1.1 200 OK\r\nX : a",
            "HTTP/1.1 200 OK\r\nX: a\0",
            "HTTP/1.1 200 OK\r\n: a",
            "HTTP/1.1 099 What",
            "HTTP/1.1 20 OK",
            "HTTP/2.0 200 OK",
            "HTTP/1.1 200\0",
            "hello",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade",
            &many,
        ] {
            assert!(read_by(&verdict(None, None), &format!("{head}\r\n\r\n")).is_err(), "{head:?}");
        }
        let as_many = format!("HTTP/1.1 200 OK{}", "\r\nX: y".repeat(MOST_FIELDS));
        assert_eq!(body(&as_many), Some((Body::UntilEnd, true)));
    }

    #[test]
    fn nothing_is_written_of_a_head_that_is_not_whole_or_not_the_last() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        for end in 0..head.len() {
            assert!(read_by(&verdict(None, None), &head[..end]).unwrap().is_none(), "{end}");
        }
        let (found, text) =
            read_by(&verdict(None, None), "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nmore").unwrap().unwrap();
        assert_eq!((found, &*text), (Head { length: 31, answer: None }, ""));
        let (found, _) = read_by(&verdict(None, None), &format!("{head}abc")).unwrap().unwrap();
        assert_eq!(found.length, head.len());
    }

    #[test]
    fn what_is_said_in_our_name_is_ours() {
        let quota = Quota { limit: 10, remaining: 3 };
        let said = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Rate-Limit: theirs\r\nWarning: theirs\r\n\
            X-Request-ID: theirs\r\nDate: today\r\n\r\n";
        let (_, text) = read_by(&verdict(Some(quota), Some(Duration::from_secs(7))), said).unwrap().unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 0\r\nx-rate-limit: user-hour-lim:10;user-hour-rem:3;\r\n\
             warning: 110 counterfoil \"The ledger was last heard of 7 s ago\"\r\nx-request-id: a-given-name\r\n\r\n"
        );
        let (_, text) = read_by(&verdict(None, None), said).unwrap().unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\nx-rate-limit: theirs\r\nwarning: theirs\r\ndate: today\r\ncontent-length: 0\r\n\
             x-request-id: a-given-name\r\n\r\n"
        );
    }
}
