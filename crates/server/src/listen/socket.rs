//! Sockets: opening them, and taking callers from them.

use super::address::Address;
use socket2::SockRef;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket, UnixStream};

/// How many callers the kernel keeps for us (it cuts this down to its own limit).
const QUEUE: u32 = 4096;

/// Who is at the other end: see [`Connection::peer`](super::Connection::peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The peer's address, an IPv4 one never in IPv6 clothes; `None` on a unix socket.
    pub address: Option<SocketAddr>,
    /// Whether the connection speaks TLS with us.
    pub tls: bool,
    /// Whether it came by a unix socket.
    pub unix: bool,
}

/// Why a place can't be listened at.
#[derive(Debug, thiserror::Error)]
pub enum BindFault {
    /// Another process listens at the socket.
    #[error("{} is in use{}", path.display(), holder.map(|pid| format!(" by process {pid}")).unwrap_or_default())]
    Held {
        /// The socket file.
        path: PathBuf,
        /// The process that listens, if the kernel says.
        holder: Option<i32>,
    },
    /// The path is taken by something that is no socket and is left alone.
    #[error("{} exists and is not a socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("can't listen at {address}")]
    Refused {
        /// The place.
        address: Address,
        /// The system's reason.
        source: io::Error,
    },
}

/// An open place to listen at. A unix socket's file goes with it.
#[derive(Debug)]
pub struct Listener {
    door: Door,
    address: Address,
}

#[derive(Debug)]
enum Door {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

/// A connection not yet attended to.
pub(super) struct Caller {
    pub(super) stream: Box<dyn Duplex>,
    pub(super) peer: Peer,
}

/// A connection's bytes, both ways.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Listener {
    /// Opens `address`. Needs a tokio runtime.
    pub async fn bind(address: &Address) -> Result<Self, BindFault> {
        match address {
            Address::Tcp(socket) => bind_tcp(*socket).map_err(|source| refused(address, source)),
            Address::Unix { path, mode } => {
                clear(path).await?;
                bind_unix(path, *mode).map_err(|source| refused(address, source))
            }
        }
    }

    /// Where it listens, with the port that was really taken.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(super) async fn accept(&self) -> io::Result<Caller> {
        match &self.door {
            Door::Tcp(listener) => listener.accept().await.map(|(stream, from)| by_tcp(stream, from)),
            Door::Unix { listener, .. } => listener.accept().await.map(|(stream, _)| by_unix(stream)),
        }
    }
}

fn refused(address: &Address, source: io::Error) -> BindFault {
    BindFault::Refused { address: address.clone(), source }
}

fn by_tcp(stream: TcpStream, from: SocketAddr) -> Caller {
    // Fails only on a connection that is dead already, which its first read will tell.
    let _ = stream.set_nodelay(true);
    let address = SocketAddr::new(from.ip().to_canonical(), from.port());
    Caller { stream: Box::new(stream), peer: Peer { address: Some(address), tls: false, unix: false } }
}

fn by_unix(stream: UnixStream) -> Caller {
    Caller { stream: Box::new(stream), peer: Peer { address: None, tls: false, unix: true } }
}

fn bind_tcp(address: SocketAddr) -> io::Result<Listener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if address.is_ipv6() && address.ip().is_unspecified() {
        SockRef::from(&socket).set_only_v6(false)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(QUEUE)?;
    let address = Address::Tcp(listener.local_addr()?);
    Ok(Listener { door: Door::Tcp(listener), address })
}

/// Nobody can connect between `bind` and `listen`, so the mode holds from the first connection on.
fn bind_unix(path: &Path, mode: u32) -> io::Result<Listener> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    let file = SocketFile::of(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    let listener = socket.listen(QUEUE)?;
    let address = Address::Unix { path: path.to_owned(), mode };
    Ok(Listener { door: Door::Unix { listener, _file: file }, address })
}

/// Removes the socket file of a process that is gone; refuses if anybody listens there.
async fn clear(path: &Path) -> Result<(), BindFault> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(BindFault::NotASocket { path: path.to_owned() });
    }
    match UnixStream::connect(path).await {
        Ok(stream) => Err(held(path, stream.peer_cred().ok().and_then(|holder| holder.pid()))),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => remove(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => Err(held(path, None)),
    }
}

fn held(path: &Path, holder: Option<i32>) -> BindFault {
    BindFault::Held { path: path.to_owned(), holder }
}

fn remove(path: &Path) -> Result<(), BindFault> {
    fs::remove_file(path).map_err(|source| refused(&Address::Unix { path: path.to_owned(), mode: 0 }, source))
}

/// The file of our socket, removed when dropped unless somebody put another in its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}
