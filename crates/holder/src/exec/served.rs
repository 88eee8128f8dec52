//! Fresh tokens for a long child, at a loopback address under a secret path.

use crate::fault::Fault;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;
use zeroize::Zeroizing;

/// More than any request for a token has.
const MOST_BYTES: u64 = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// Gives tokens to whoever knows its URL. It ends with the process.
pub struct TokenServer {
    url: String,
}

impl TokenServer {
    /// Serves what `mint` makes, on a thread of its own.
    ///
    /// # Errors
    /// There is no address to listen at.
    pub fn start<M>(mut mint: M) -> Result<Self, Fault>
    where
        M: FnMut() -> Result<Zeroizing<String>, Fault> + Send + 'static,
    {
        let no_place = |fault: &dyn std::fmt::Display| {
            Fault::new(format!("tokens can't be served on this machine: {fault}"), "leave --serve-token away")
        };
        let path = secret_path().map_err(|fault| no_place(&fault))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|fault| no_place(&fault))?;
        let host = listener.local_addr().map_err(|fault| no_place(&fault))?.to_string();
        let url = format!("http://{host}{path}");
        let serve = move || {
            for stream in listener.incoming().flatten() {
                // Whoever breaks off gets nothing; the next one is served.
                let _ = answer(stream, &path, &host, &mut mint);
            }
        };
        std::thread::Builder::new().name("tokens".into()).spawn(serve).map_err(|fault| no_place(&fault))?;
        Ok(Self { url })
    }

    /// Where tokens are to be had: a secret while it lasts.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn secret_path() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("/{secret}"))
}

fn answer<M>(mut stream: TcpStream, path: &str, host: &str, mint: &mut M) -> io::Result<()>
where
    M: FnMut() -> Result<Zeroizing<String>, Fault>,
{
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let text = match asked(&stream, path, host)? {
        Asked::Token => match mint() {
            Ok(token) => reply("200 OK", "text/plain", &token),
            Err(fault) => reply("500 Internal Server Error", "text/plain", fault.message()),
        },
        Asked::SomethingElse => reply("404 Not Found", "text/plain", "there is nothing here\n"),
    };
    stream.write_all(text.as_bytes())
}

enum Asked {
    Token,
    SomethingElse,
}

/// `GET` of the secret path, by this address: a web page that guesses the port has another `Host`.
fn asked(stream: &TcpStream, path: &str, host: &str) -> io::Result<Asked> {
    let mut lines = BufReader::new(stream.take(MOST_BYTES)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let target = first.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let is_path = verify_slices_are_equal(target.as_bytes(), path.as_bytes()).is_ok();
    let mut is_host = false;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        is_host |= name.eq_ignore_ascii_case("host") && value.trim() == host;
    }
    Ok(if is_path && is_host { Asked::Token } else { Asked::SomethingElse })
}

fn reply(status: &str, kind: &str, body: &str) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str, path: &str, host: Option<&str>) -> String {
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", host.unwrap_or(address)).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn only_who_knows_the_path_gets_a_token_and_each_time_a_fresh_one() {
        let mut count = 0;
        let server = TokenServer::start(move || {
            count += 1;
            Ok(Zeroizing::new(format!("token{count}")))
        })
        .unwrap();
        let path = format!("/{}", server.url().rsplit('/').next().unwrap());
        assert!(ask(server.url(), &path, None).ends_with("\r\n\r\ntoken1"));
        assert!(ask(server.url(), &path, None).ends_with("\r\n\r\ntoken2"));
        for (path, host) in [("/", None), (&path[..10], None), (path.as_str(), Some("evil.example"))] {
            assert!(ask(server.url(), path, host).starts_with("HTTP/1.1 404"), "{path} {host:?}");
        }
    }
}
