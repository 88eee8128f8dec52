//! An API that lets everybody in, and remembers to the byte what it heard.

use super::wire::{field, identity, pair};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The only key that is ever sent here is RFC 6455's example, with its answer.
const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    line: String,
    fields: Vec<(String, String)>,
    pub(super) body: String,
}

impl Heard {
    pub(super) fn method(&self) -> &str {
        self.line.split(' ').next().unwrap()
    }

    pub(super) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn identity(&self) -> Vec<(String, String)> {
        identity(&self.fields)
    }
}

impl Upstream {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(serve(line, Arc::clone(&memory)));
            }
        });
        Self { address, heard }
    }

    /// How many requests came.
    pub(super) fn heard(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    pub(super) fn last(&self) -> Heard {
        self.heard.lock().unwrap().last().unwrap().clone()
    }
}

async fn serve(mut line: TcpStream, memory: Arc<Mutex<Vec<Heard>>>) -> Option<()> {
    loop {
        let heard = hear(&mut line).await?;
        let status = heard.field("x-answer").unwrap_or("200").to_owned();
        let (upgrades, only_head) = (heard.field("upgrade").is_some(), heard.method() == "HEAD");
        memory.lock().unwrap().push(heard);
        if upgrades {
            line.write_all(SWITCHING).await.ok()?;
            return echo(line).await;
        }
        let body = if only_head { "" } else { "said upstream" };
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/vnd.upstream\r\nX-Rate-Limit: forged\r\n\
             X-Counterfoil-Carry: forged\r\nContent-Length: 13\r\n\r\n{body}"
        );
        line.write_all(head.as_bytes()).await.ok()?;
    }
}

async fn hear(line: &mut TcpStream) -> Option<Heard> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(line.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let request_line = lines.next().unwrap().to_owned();
    let fields: Vec<_> = lines.map(pair).collect();
    let body = body(line, &fields).await?;
    Some(Heard { line: request_line, fields, body: String::from_utf8(body).unwrap() })
}

async fn body(line: &mut TcpStream, fields: &[(String, String)]) -> Option<Vec<u8>> {
    let mut body = vec![0; field(fields, "content-length").map_or(0, |length| length.parse().unwrap())];
    line.read_exact(&mut body).await.ok()?;
    if field(fields, "transfer-encoding").is_some() {
        let mut raw = Vec::new();
        while !raw.ends_with(b"0\r\n\r\n") {
            raw.push(line.read_u8().await.ok()?);
        }
        body = raw;
    }
    Some(body)
}

async fn echo(mut line: TcpStream) -> Option<()> {
    let mut bytes = [0; 64];
    loop {
        let count = line.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        line.write_all(&bytes[..count]).await.ok()?;
    }
}
