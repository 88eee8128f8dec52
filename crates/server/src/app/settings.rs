//! How the API is served.

use crate::gateway::upstream::Upstream;
use crate::listen::Figures;
use crate::oidc::SignOn;
use crate::trust::{KeptAddresses, TrustedProxies};
use std::sync::Arc;
use std::time::Duration;

/// How the API is served.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Where others find it, without a slash at the end: `https://keys.example.com`.
    pub public_url: String,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long the feed waits for something new.
    pub feed_patience: Duration,
    /// What the listener counts, for `/metrics`.
    pub listener: Option<Arc<Figures>>,
    /// What the gateway forwards to, if to anything.
    pub upstream: Option<Arc<Upstream>>,
    /// The other providers that people may sign in by.
    pub sign_on: Option<Arc<SignOn>>,
    /// Whether each verdict that a proxy asks for gets a line in the log.
    pub log_verdicts: bool,
    /// The proxies whose word on the client's address is believed.
    pub trusted_proxies: TrustedProxies,
    /// What is kept of a client's address where refusals can be looked up.
    pub kept_addresses: KeptAddresses,
}

impl ApiSettings {
    /// The usual settings.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            request_timeout: Duration::from_secs(30),
            feed_patience: Duration::from_secs(25),
            listener: None,
            upstream: None,
            sign_on: None,
            log_verdicts: false,
            trusted_proxies: TrustedProxies::default(),
            kept_addresses: KeptAddresses::default(),
        }
    }

    pub(crate) const fn is_https(&self) -> bool {
        self.public_url.len() >= 8 && matches!(self.public_url.as_bytes().split_at(8).0, b"https://")
    }

    /// What a browser says in `Origin` of our own pages.
    pub(crate) fn origin(&self) -> &str {
        let host = self.public_url.find("://").map_or(0, |at| at + 3);
        self.public_url[host..].find('/').map_or(self.public_url.as_str(), |at| &self.public_url[..host + at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_the_url_without_its_path() {
        for (url, origin, https) in [
            ("https://keys.example", "https://keys.example", true),
            ("https://keys.example:8443/", "https://keys.example:8443", true),
            ("https://example.com/keys", "https://example.com", true),
            ("http://localhost:8787", "http://localhost:8787", false),
            ("http:", "http:", false),
        ] {
            let settings = ApiSettings::new(url);
            assert_eq!((settings.origin(), settings.is_https()), (origin, https), "{url}");
        }
    }
}
