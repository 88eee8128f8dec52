//! A proxy on loopback that leads to one server, whatever host is asked for.
//!
//! So clients come here whose host is built in: their runtime's own setting (`HTTPS_PROXY`) is all they are told. TLS
//! stays between client and server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// The proxy. It listens until the test ends.
pub(crate) struct Detour {
    address: SocketAddr,
}

impl Detour {
    /// One that leads to this address.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server: SocketAddr = server.parse().unwrap();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client that breaks off has said what it had to say.
                thread::spawn(move || lead(client, server).ok());
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn lead(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let asked = head(&mut client)?;
    if !asked.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
    }
    let server = TcpStream::connect(server)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let up = thread::spawn(move || carry(from_client, to_server));
    carry(server, client);
    up.join().map_err(|_| io::Error::other("the way up broke"))
}

/// The client says nothing after its head until it is answered, so what is read ends with it.
fn head(client: &mut TcpStream) -> io::Result<String> {
    let (mut text, mut piece) = (Vec::new(), [0; 1024]);
    while !text.ends_with(b"\r\n\r\n") {
        match client.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => text.extend_from_slice(&piece[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
