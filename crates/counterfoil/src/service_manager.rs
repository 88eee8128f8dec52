//! Telling systemd how far we are, if it started us (`Type=notify`).

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// How far a server is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Ready,
    Stopping,
}

/// Tells the service manager, if there is one. That it can't be told is logged and no more.
pub(crate) fn tell(stage: Stage) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    if let Err(fault) = send(&socket, stage) {
        tracing::warn!(%fault, "The service manager could not be told how far this server is");
    }
}

fn send(socket: &OsStr, stage: Stage) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => without_a_file(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let text: &[u8] = match stage {
        Stage::Ready => b"READY=1",
        Stage::Stopping => b"STOPPING=1",
    };
    UnixDatagram::unbound()?.send_to_addr(text, &address).map(drop)
}

/// An address that is no file: only Linux has such, and systemd.
#[cfg(target_os = "linux")]
fn without_a_file(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn without_a_file(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}
