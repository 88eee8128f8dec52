//! Where to listen, as people write it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A place to listen at: `ADDR:PORT`, or `unix:/path`, or `unix:/path,mode=0660`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP port. Port 0 takes a free one; `[::]` takes IPv4 too.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix {
        /// Where the socket file is made.
        path: PathBuf,
        /// Who may connect: 0600 unless said otherwise.
        mode: u32,
    },
}

/// A text that names no place to listen at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an address to listen at: {rule}")]
pub struct BadAddress {
    text: String,
    rule: &'static str,
}

/// The permissions of a socket file for which none were given.
const OWNER_ONLY: u32 = 0o600;

/// The longest path that fits into a socket address, its last NUL included.
const LONGEST_PATH: usize = 107;

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let parsed = match text.strip_prefix("unix:") {
            Some(rest) => unix(rest),
            None => text.parse().map(Self::Tcp).map_err(
                |_| "it must be an IP address and a port, such as 127.0.0.1:8787 or [::]:8787, or unix:/path",
            ),
        };
        parsed.map_err(|rule| BadAddress { text: text.to_owned(), rule })
    }
}

fn unix(rest: &str) -> Result<Address, &'static str> {
    let (path, mode) = match rest.split_once(",mode=") {
        Some((path, mode)) => (path, permissions(mode)?),
        None => (rest, OWNER_ONLY),
    };
    if !path.starts_with('/') || path.contains('\0') {
        return Err("the path after unix: must be absolute");
    }
    if path.len() > LONGEST_PATH {
        return Err("a socket's path has at most 107 bytes");
    }
    Ok(Address::Unix { path: path.into(), mode })
}

fn permissions(mode: &str) -> Result<u32, &'static str> {
    let octal = mode.len() <= 4 && mode.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    let mode = u32::from_str_radix(mode, 8).ok().filter(|mode| octal && *mode <= 0o777);
    mode.ok_or("the mode must be octal, such as 0660")
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(out),
            Self::Unix { path, .. } => write!(out, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let unix = |mode| Address::Unix { path: "/run/cf.sock".into(), mode };
        for (text, address) in [
            ("127.0.0.1:8787", Address::Tcp(([127, 0, 0, 1], 8787).into())),
            ("[::]:0", Address::Tcp(([0_u16; 8], 0).into())),
            ("unix:/run/cf.sock", unix(0o600)),
            ("unix:/run/cf.sock,mode=0660", unix(0o660)),
            ("unix:/run/cf.sock,mode=666", unix(0o666)),
        ] {
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("unix:/{}", "x".repeat(107));
        for text in [
            "",
            "8787",
            ":8787",
            "127.0.0.1",
            "127.0.0.1:70000",
            "::1:80",
            "unix:",
            "unix:relative.sock",
            "unix:/a,mode=",
            "unix:/a,mode=+660",
            "unix:/a,mode=0888",
            "unix:/a,mode=4755",
            "unix:/a\0b",
            &long,
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_mode() {
        let address: Address = "unix:/run/cf.sock,mode=0660".parse().unwrap();
        assert_eq!(address.to_string(), "unix:/run/cf.sock");
    }
}
