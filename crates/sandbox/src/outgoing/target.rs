//! To whom a post goes.

use http::Uri;
use std::fmt;

/// A URL that something can be posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    uri: Uri,
    host: String,
    port: u16,
    is_tls: bool,
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// Why nothing can be posted there.
    pub(crate) fn read(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "It must be a URL such as https://example.com/hook")?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("It must begin with https:// or http://"),
        };
        let authority = uri.authority().ok_or("It must name a host")?;
        if authority.as_str().contains('@') {
            return Err("It must not hold a name or a password");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err("It must name a host");
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Self { uri, host, port, is_tls })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Host and port, as the request names them.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", http::uri::Authority::as_str)
    }

    /// Path and query.
    pub(super) fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_posted_to_is_read() {
        for (url, host, port, is_tls, path) in [
            ("https://hooks.example/a?b=c", "hooks.example", 443, true, "/a?b=c"),
            ("http://localhost:8080", "localhost", 8080, false, "/"),
            ("http://[::1]:9/x", "::1", 9, false, "/x"),
        ] {
            let target = Target::read(url).unwrap();
            assert_eq!(
                (target.host(), target.port(), target.is_tls(), target.path()),
                (host, port, is_tls, path)
            );
        }
    }

    #[test]
    fn what_can_not_is_refused() {
        for url in [
            "",
            "/hook",
            "ftp://a.example/",
            "https://me:secret@a.example/",
            "https://",
            "http://a b/",
            "a.example",
        ] {
            assert!(Target::read(url).is_err(), "{url}");
        }
    }
}
