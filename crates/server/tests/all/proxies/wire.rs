//! HTTP/1.1 by hand, so that every byte of it is ours.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);

/// A request.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) fields: Vec<(String, String)>,
    body: String,
    connection: &'static str,
}

impl Sent {
    pub(super) fn new(method: &str, target: &str) -> Self {
        let (method, target) = (method.to_owned(), target.to_owned());
        Self { method, target, fields: Vec::new(), body: String::new(), connection: "close" }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub(super) fn keeping(mut self) -> Self {
        self.connection = "keep-alive";
        self
    }

    pub(super) fn upgrading(mut self) -> Self {
        self.connection = "Upgrade";
        self
    }

    /// With these words in `Connection` too.
    pub(super) fn connection(mut self, words: &'static str) -> Self {
        self.connection = words;
        self
    }

    /// The bytes.
    pub(super) fn raw(&self) -> String {
        let Self { method, target, connection, body, .. } = self;
        let mut text =
            format!("{method} {target} HTTP/1.1\r\nHost: api.example\r\nConnection: {connection}\r\n");
        for (name, value) in &self.fields {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text + "\r\n" + body
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    /// What it says of who asks.
    pub(super) fn identity(&self) -> Vec<(String, String)> {
        identity(&self.fields)
    }

    /// This answer, had one more request been counted before.
    pub(super) fn counted_on(mut self) -> Self {
        for (_, value) in self.fields.iter_mut().filter(|(name, _)| name == "x-rate-limit") {
            let (start, left) = value.trim_end_matches(';').rsplit_once(':').unwrap();
            *value = format!("{start}:{};", left.parse::<u32>().unwrap() - 1);
        }
        self
    }
}

pub(super) fn field<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let mut found = fields.iter().filter(|(other, _)| other == name);
    let first = found.next()?;
    assert!(found.next().is_none(), "{name} is there twice: {fields:?}");
    Some(&first.1)
}

/// All fields whose name somebody might take for one of Counterfoil's.
pub(super) fn identity(fields: &[(String, String)]) -> Vec<(String, String)> {
    let mut ours: Vec<_> = fields.iter().filter(|(name, _)| name.contains("counterfoil")).cloned().collect();
    ours.sort();
    ours
}

pub(super) async fn connect(address: SocketAddr) -> TcpStream {
    timeout(LONG, TcpStream::connect(address)).await.unwrap().unwrap()
}

pub(super) async fn write(line: &mut TcpStream, bytes: &[u8]) {
    timeout(LONG, line.write_all(bytes)).await.unwrap().unwrap();
}

/// All that comes until this comes.
pub(super) async fn until(line: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        let byte = timeout(LONG, line.read_u8()).await.expect("more is said");
        let Ok(byte) = byte else { break };
        text.push(byte);
    }
    String::from_utf8(text).unwrap()
}

/// Says this on a line of its own and reads all answers until the other side hangs up.
pub(super) async fn converse(address: SocketAddr, text: &str, heads: &[bool]) -> Vec<Answer> {
    let mut line = connect(address).await;
    // Whoever refuses a head need not read it to its end.
    let _ = timeout(LONG, line.write_all(text.as_bytes())).await.unwrap();
    let mut bytes = Vec::new();
    let _ = timeout(LONG, line.read_to_end(&mut bytes)).await.expect("the other side hangs up");
    let mut rest = String::from_utf8(bytes).unwrap();
    let mut answers = Vec::new();
    for only_head in heads {
        let (answer, after) = parse(&rest, *only_head);
        answers.push(answer);
        rest = after;
    }
    assert_eq!(rest, "", "more answers than requests");
    answers
}

fn parse(text: &str, only_head: bool) -> (Answer, String) {
    let (head, after) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let fields: Vec<_> = lines.map(pair).collect();
    let (body, after) =
        match (only_head, field(&fields, "content-length"), field(&fields, "transfer-encoding")) {
            (true, _, _) => (String::new(), after.to_owned()),
            (false, Some(length), _) => {
                let (body, after) = after.split_at(length.parse().unwrap());
                (body.to_owned(), after.to_owned())
            }
            (false, None, Some(_)) => unchunked(after),
            (false, None, None) => (after.to_owned(), String::new()),
        };
    (Answer { status, fields, body }, after)
}

/// A field, its name in small letters.
pub(super) fn pair(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no field: {line:?}"));
    (name.to_ascii_lowercase(), value.trim().to_owned())
}

fn unchunked(mut text: &str) -> (String, String) {
    let mut body = String::new();
    loop {
        let (length, rest) = text.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        let (chunk, rest) = rest.split_at(length);
        body += chunk;
        text = rest.strip_prefix("\r\n").unwrap();
        if length == 0 {
            return (body, text.to_owned());
        }
    }
}
