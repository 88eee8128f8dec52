//! Answers as HTTP/1.1 writes them.

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use std::io::Write as _;
use std::time::{Duration, SystemTime};

/// What is kept for the next answers; more than that was for a rare one.
const KEPT: usize = 16 * 1024;

/// Answers, one after the other.
#[derive(Default)]
pub struct Written {
    bytes: Vec<u8>,
    date: Date,
}

impl Written {
    /// Begins an answer.
    pub fn begin(&mut self, status: StatusCode) {
        self.begin_as(status, status.canonical_reason().unwrap_or("Unknown"));
    }

    /// Begins an answer as somebody else worded it. The reason may not hold the end of a line.
    pub fn begin_as(&mut self, status: StatusCode, reason: &str) {
        for part in ["HTTP/1.1 ", status.as_str(), " ", reason, "\r\n"] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
    }

    /// A field of it. Neither may hold the end of a line, which nothing of `http`'s types does.
    pub fn field(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.bytes.extend_from_slice(part);
        }
    }

    /// Its body, and with it its end.
    pub fn end(&mut self, body: &[u8]) {
        // Writing to memory can't fail.
        let _ = write!(self.bytes, "content-length: {}\r\n", body.len());
        self.date();
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(body);
    }

    /// The field that says what time it is.
    pub fn date(&mut self) {
        self.bytes.extend_from_slice(b"date: ");
        self.bytes.extend_from_slice(self.date.now());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// All that is written, for whoever writes an answer piece by piece.
    pub const fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// A whole answer, whose length is that of its body.
    pub fn response(&mut self, response: &Response<Bytes>) {
        self.begin(response.status());
        for (name, value) in response.headers().iter().filter(|(name, _)| **name != CONTENT_LENGTH) {
            self.field(name.as_str(), value.as_bytes());
        }
        self.end(response.body());
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Lets go of what was written after so many bytes.
    pub(super) fn forget_after(&mut self, bytes: usize) {
        self.bytes.truncate(bytes);
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }
}

/// The date as it was last written: it is the same for a second.
#[derive(Default)]
struct Date {
    second: Duration,
    text: Vec<u8>,
}

impl Date {
    fn now(&mut self) -> &[u8] {
        let now = SystemTime::now();
        let second =
            Duration::from_secs(now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs());
        if self.second != second || self.text.is_empty() {
            self.second = second;
            self.text = httpdate::fmt_http_date(now).into_bytes();
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_length_and_a_date() {
        let mut written = Written::default();
        let response = Response::builder()
            .status(403)
            .header("x-one", "1")
            .header("content-length", "7")
            .body(Bytes::from("no\n"))
            .unwrap();
        written.response(&response);
        let text = String::from_utf8(written.as_bytes().to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let lines: Vec<_> = head.split("\r\n").collect();
        assert_eq!(
            (lines[..3].to_vec(), body),
            (vec!["HTTP/1.1 403 Forbidden", "x-one: 1", "content-length: 3"], "no\n")
        );
        let date = httpdate::parse_http_date(lines[3].strip_prefix("date: ").unwrap()).unwrap();
        assert!(date.elapsed().unwrap() < Duration::from_secs(60));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn a_rare_answer_is_no_lasting_burden() {
        let mut written = Written::default();
        written.response(&Response::new(Bytes::from(vec![b'x'; KEPT * 4])));
        written.clear();
        assert!(written.is_empty() && written.bytes.capacity() <= KEPT * 2);
    }
}
