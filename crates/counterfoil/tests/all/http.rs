//! As much of an HTTP client as these tests need: one request a connection.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }

    /// A text in the document of the answer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer}: {self:?}"))
            .to_owned()
    }
}

/// Asks a server at `127.0.0.1:8787` or `unix:/path`.
pub(crate) fn ask(
    listen: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> io::Result<Answer> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if let Some(token) = token {
        request += &format!("Authorization: Bearer {token}\r\n");
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        request += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    request += &format!("\r\n{body}");
    match listen.strip_prefix("unix:") {
        Some(path) => exchange(UnixStream::connect(path)?, &request),
        None => {
            let stream = TcpStream::connect(listen)?;
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            exchange(stream, &request)
        }
    }
}

/// Puts a text where no token is asked for.
pub(crate) fn put(listen: &str, path: &str, text: &str) -> Answer {
    let length = text.len();
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/octet-stream";
    let request = format!("PUT {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{text}");
    send(listen, &request)
}

/// Sends this text as it is.
pub(crate) fn send(listen: &str, request: &str) -> Answer {
    let stream = TcpStream::connect(listen).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    exchange(stream, request).unwrap()
}

fn exchange(mut stream: impl Read + Write, request: &str) -> io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    parse(&text)
        .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, format!("half an answer: {text:?}")))
}

/// A whole answer; nothing, if the server died while it spoke.
fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let lower = head.to_lowercase();
    let body = if lower.contains("transfer-encoding: chunked") { unchunked(body)? } else { body.to_owned() };
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    length.is_none_or(|length: usize| length == body.len()).then_some(Answer { status, body })
}

fn unchunked(mut text: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (size, rest) = text.split_once("\r\n")?;
        let size = usize::from_str_radix(size.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole += rest.get(..size)?;
        text = rest.get(size + 2..)?;
    }
}
