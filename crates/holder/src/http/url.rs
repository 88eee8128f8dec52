//! URLs of HTTP, parsed once.

use crate::fault::Fault;
use http::Uri;
use std::fmt;

/// An absolute `http` or `https` URL without a password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    is_tls: bool,
    host: String,
    port: u16,
    /// Path and query, beginning with `/`.
    target: String,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is none, or of another scheme.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let malformed = |what: &str| {
            Fault::new(
                format!("`{}` is no URL that can be called: {what}", shown(text)),
                "write it as https://HOST/PATH",
            )
        };
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = encoded(text).parse().map_err(|_| malformed("it can't be read"))?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(malformed("it does not begin with https:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| malformed("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(malformed("there is a name or password in it"));
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(malformed("it names no host"));
        }
        Ok(Self { is_tls, host, port, target })
    }

    /// What `reference` means at this URL: another URL, or a path on this host. A base URL's own path stands before
    /// a path that is asked for.
    ///
    /// # Errors
    /// It can't be read.
    pub fn with(&self, path: &str) -> Result<Self, Fault> {
        if path.contains("://") {
            return Self::parse(path);
        }
        let between = if path.starts_with('/') { "" } else { "/" };
        Self::parse(&format!("{}{}{between}{path}", self.origin(), self.target.trim_end_matches('/')))
    }

    /// What a `Location` means that was answered to this URL.
    ///
    /// # Errors
    /// It can't be read.
    pub(super) fn joined(&self, location: &str) -> Result<Self, Fault> {
        if location.starts_with("//") {
            let scheme = if self.is_tls { "https:" } else { "http:" };
            return Self::parse(&format!("{scheme}{location}"));
        }
        if location.contains("://") {
            return Self::parse(location);
        }
        if location.starts_with('/') {
            return Self::parse(&format!("{}{location}", self.origin()));
        }
        let folder = self.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        Self::parse(&format!("{}{folder}/{location}", self.origin()))
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.host_and_port())
    }

    /// Whether both lead to the same server.
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        (self.is_tls, &self.host, self.port) == (other.is_tls, &other.host, other.port)
    }

    /// Whether it is TLS, or leads to this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.is_tls || self.host == "localhost" || self.host.starts_with("127.") || self.host == "[::1]"
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The host, an IPv6 address in its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn host_and_port(&self) -> String {
        let usual = if self.is_tls { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// People type brackets, spaces and quotes; HTTP wants them encoded.
fn encoded(text: &str) -> String {
    let (before, path) =
        match text.find("://").and_then(|at| Some(at + 3 + text.get(at + 3..)?.find(['/', '?'])?)) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
    let mut whole = String::from(before);
    for byte in path.bytes() {
        match byte {
            b'[' | b']' | b' ' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' | b'\\' => {
                whole.push_str(&format!("%{byte:02X}"));
            }
            byte if byte.is_ascii_graphic() => whole.push(char::from(byte)),
            byte => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    whole
}

fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin(), self.target)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_people_type_them() {
        for (text, whole) in [
            ("https://a.example", "https://a.example/"),
            ("https://A.example:443/v1/apps", "https://a.example/v1/apps"),
            ("http://localhost:8787/v1?a=b#c", "http://localhost:8787/v1?a=b"),
            (
                "https://a.example/v1/apps?filter[name]=a b",
                "https://a.example/v1/apps?filter%5Bname%5D=a%20b",
            ),
            ("http://[::1]:8787/x", "http://[::1]:8787/x"),
            ("https://a.example?x=1", "https://a.example/?x=1"),
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), whole);
        }
        for text in ["", "a.example", "/v1/apps", "ftp://a.example/", "https://", "https://u:p@a.example/"] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_is_asked_for_on_the_server_and_a_url_is_itself() {
        let base = Url::parse("https://a.example/base/").unwrap();
        assert_eq!(base.with("/v1/apps?x=1").unwrap().to_string(), "https://a.example/base/v1/apps?x=1");
        assert_eq!(base.with("v1").unwrap().to_string(), "https://a.example/base/v1");
        assert_eq!(base.with("https://b.example/v1").unwrap().to_string(), "https://b.example/v1");
    }

    #[test]
    fn where_a_location_leads_is_told() {
        let at = Url::parse("https://a.example/v1/apps").unwrap();
        for (location, whole, same) in [
            ("/v2", "https://a.example/v2", true),
            ("other", "https://a.example/v1/other", true),
            ("//b.example/v1", "https://b.example/v1", false),
            ("http://a.example/v1", "http://a.example/v1", false),
            ("https://a.example:8443/v1", "https://a.example:8443/v1", false),
            ("https://a.example.evil.example/v1", "https://a.example.evil.example/v1", false),
        ] {
            let next = at.joined(location).unwrap();
            assert_eq!((next.to_string().as_str(), next.is_same_origin(&at)), (whole, same));
        }
    }
}
