//! Where a feed is.

use http::Uri;
use http::uri::Scheme;
use std::fmt;
use std::net::IpAddr;

/// Why a feed can't be followed at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceFault {
    /// It is not the public URL of a server.
    #[error("{0:?} is no URL such as https://keys.example.com")]
    NoUrl(String),
    /// Somebody could listen.
    #[error("the credential would go in the clear to {0}: use https")]
    InTheClear(String),
    /// It is no credential.
    #[error("a replica's credential is the one line that `counterfoil replica add NAME` shows")]
    Credential,
    /// There is nothing to check a server's certificate by.
    #[error("no certificate to trust: {0}")]
    NothingTrusted(String),
    /// There is nothing to follow in.
    #[error("a feed is followed in a tokio runtime, and there is none here")]
    NoRuntime,
}

/// A server's public URL, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) is_tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// What stands before `/v1`, without a slash at the end.
    pub(super) base: String,
}

impl Address {
    pub(super) fn read(url: &str) -> Result<Self, SourceFault> {
        let fault = || SourceFault::NoUrl(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| fault())?;
        let is_tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(fault()),
        };
        let authority = uri.authority().ok_or_else(fault)?;
        let is_plain = !authority.as_str().contains('@') && uri.query().is_none();
        let host = authority.host();
        if host.is_empty() || !is_plain {
            return Err(fault());
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let base = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { is_tls, host: host.to_owned(), port, base })
    }

    /// Whether nobody can listen.
    pub(super) fn is_private(&self) -> bool {
        let is_loopback = || self.bare_host().parse().is_ok_and(|address: IpAddr| address.is_loopback());
        self.is_tls || self.host == "localhost" || is_loopback()
    }

    /// The host without the brackets of an IPv6 address.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// What stands in `Host`.
    pub(super) fn authority(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(out, "{scheme}://{}{}", self.authority(), self.base)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_taken_apart() {
        for (url, host, port, base, is_private) in [
            ("https://keys.example.com", "keys.example.com", 443, "", true),
            ("https://keys.example.com:8443/keys/", "keys.example.com", 8443, "/keys", true),
            ("http://localhost:8787", "localhost", 8787, "", true),
            ("http://127.0.0.2:8787/", "127.0.0.2", 8787, "", true),
            ("http://[::1]:8787", "[::1]", 8787, "", true),
            ("http://keys.example.com", "keys.example.com", 80, "", false),
            ("http://10.0.0.7", "10.0.0.7", 80, "", false),
        ] {
            let address = Address::read(url).unwrap();
            assert_eq!((&*address.host, address.port, &*address.base), (host, port, base), "{url}");
            assert_eq!(address.is_private(), is_private, "{url}");
            assert_eq!(address.to_string(), url.trim_end_matches('/'));
        }
        assert_eq!(Address::read("http://[::1]:8787").unwrap().bare_host(), "::1");
    }

    #[test]
    fn what_is_no_public_url_is_refused() {
        for url in [
            "",
            "keys.example.com",
            "ftp://x",
            "https://",
            "https://a:b@keys.example",
            "https://x/?a=b",
            "/v1",
        ] {
            assert_eq!(Address::read(url), Err(SourceFault::NoUrl(url.to_owned())), "{url}");
        }
    }
}
