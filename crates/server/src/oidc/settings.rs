//! What the settings say of a provider.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// A provider, as the settings name it.
#[derive(Clone)]
pub struct ProviderSettings {
    /// What people know it by, on the button.
    pub name: String,
    /// Its issuer, exactly as it calls itself.
    pub issuer: ProviderUrl,
    /// What we are called there.
    pub client_id: String,
    /// What proves us there; nothing for a public client.
    pub client_secret: Option<Zeroizing<String>>,
    /// What we ask for beside `openid`.
    pub scopes: Vec<String>,
    /// The domains whose addresses it vouches for.
    pub trusted_domains: Vec<String>,
    /// The certificates that vouch for it, as PEM; those of the system, if none.
    pub authorities: Option<PathBuf>,
}

/// Why a provider can't be used as it is described.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFault {
    /// Two have names that make the same path.
    #[error("two providers are called {0:?}; their ways back must differ")]
    SameName(String),
    /// Two have one issuer.
    #[error("two providers have the issuer {0}")]
    SameIssuer(String),
    /// The name has no letter or digit.
    #[error("the provider's name {0:?} has no letter or digit that could stand in a path")]
    NoName(String),
    /// The file of certificates can't be read, or there is none in it.
    #[error("no certificates to know the provider by are in {}", path.display())]
    NoAuthorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// TLS can't be set up.
    #[error("TLS to the providers can't be set up")]
    Tls(#[from] rustls::Error),
}

/// A URL of a provider: https, or http at this machine; no user, no fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderUrl {
    text: String,
    host: String,
    port: u16,
    is_tls: bool,
}

impl ProviderUrl {
    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
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

    /// What stands in `Host`.
    pub(super) fn authority(&self) -> &str {
        let rest = self.text.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    /// Path and query.
    pub(super) fn target(&self) -> &str {
        let target = after_place(&self.text);
        if target.is_empty() { "/" } else { target }
    }
}

const RULE: &str =
    "a provider's URL is https://, a host, perhaps a port and a path (http:// only at this machine)";

impl TryFrom<&str> for ProviderUrl {
    type Error = &'static str;

    fn try_from(text: &str) -> Result<Self, &'static str> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic())
            && !text.contains(['#', '@', '\\', '"', '<', '>']);
        let uri: http::Uri = text.parse().ok().filter(|_| is_plain).ok_or(RULE)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(RULE),
        };
        let bare = uri.host().ok_or(RULE)?;
        let host = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare).to_owned();
        let has_query_without_path = after_place(text).starts_with('?');
        if host.is_empty() || has_query_without_path || !is_tls && !is_here(&host) {
            return Err(RULE);
        }
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Self { text: text.to_owned(), host, port, is_tls })
    }
}

/// What stands behind host and port.
fn after_place(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default()
}

/// Whether it names this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for ProviderUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl ProviderSettings {
    /// What it is called in paths: `Example Corp.` is `example-corp`.
    pub(super) fn slug(&self) -> String {
        let plain = self.name.to_ascii_lowercase();
        let words =
            plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[provider {:?} of {}]", self.name, self.issuer)
    }
}

/// Refuses two providers that could be taken for each other.
pub(super) fn tell_apart(settings: &[ProviderSettings]) -> Result<(), ProviderFault> {
    let (mut slugs, mut issuers) = (BTreeSet::new(), BTreeSet::new());
    for provider in settings {
        let slug = provider.slug();
        if slug.is_empty() {
            return Err(ProviderFault::NoName(provider.name.clone()));
        }
        if !slugs.insert(slug) {
            return Err(ProviderFault::SameName(provider.name.clone()));
        }
        if !issuers.insert(provider.issuer.as_str()) {
            return Err(ProviderFault::SameIssuer(provider.issuer.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_spoken_to_over_https_or_at_this_machine() {
        for (text, host, port, authority, target) in [
            ("https://id.example", "id.example", 443, "id.example", "/"),
            ("https://id.example:8443/realms/a?b=c", "id.example", 8443, "id.example:8443", "/realms/a?b=c"),
            ("http://localhost:3000", "localhost", 3000, "localhost:3000", "/"),
            ("http://127.0.0.1/", "127.0.0.1", 80, "127.0.0.1", "/"),
            ("http://[::1]:9/x", "::1", 9, "[::1]:9", "/x"),
        ] {
            let url = ProviderUrl::try_from(text).unwrap();
            assert_eq!(
                (url.host(), url.port(), url.authority(), url.target()),
                (host, port, authority, target)
            );
            assert_eq!(url.is_tls(), text.starts_with("https"));
        }
        for text in [
            "",
            "id.example",
            "http://id.example",
            "ftp://id.example",
            "https://",
            "https://user@id.example",
            "https://id.example/#x",
            "https://id.example/a b",
            "https://id.example/\u{e9}",
            "https://id.example?x=/",
            "http://127.0.0.1.example",
            "https://id.example\\@evil.example/",
            "http://localhost.evil.example",
        ] {
            assert_eq!(ProviderUrl::try_from(text), Err(RULE), "{text}");
        }
    }

    #[test]
    fn two_providers_are_told_apart_by_path_and_issuer() {
        let settings = |name: &str, issuer: &str| ProviderSettings {
            name: name.to_owned(),
            issuer: issuer.try_into().unwrap(),
            client_id: "us".into(),
            client_secret: Some(Zeroizing::new("hush".into())),
            scopes: vec![],
            trusted_domains: vec![],
            authorities: None,
        };
        let (one, other) = ("https://one.example", "https://other.example");
        let first = settings("Example Corp.", one);
        assert_eq!(first.slug(), "example-corp");
        assert!(!format!("{first:?}").contains("hush"));
        assert!(tell_apart(&[first.clone(), settings("Other", other)]).is_ok());
        for second in [settings("example corp", other), settings("Other", one), settings("李", other)] {
            assert!(tell_apart(&[first.clone(), second]).is_err());
        }
    }
}
