//! What is known of the client, and what of it the upstream is told.

use super::headers::Told;
use crate::app::ApiSettings;
use crate::listen::Peer;
use http::header::HOST;
use http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

static HTTP: HeaderValue = HeaderValue::from_static("http");
static HTTPS: HeaderValue = HeaderValue::from_static("https");

/// Who has connected. Whoever stands behind that is believed only if a proxy that is trusted says so.
pub(super) struct Client<'s> {
    peer: Option<IpAddr>,
    is_trusted: bool,
    settings: &'s ApiSettings,
}

impl<'s> Client<'s> {
    pub(super) fn new(peer: Option<&Peer>, settings: &'s ApiSettings) -> Self {
        let is_trusted = peer.is_some_and(|peer| settings.trusted_proxies.trusts(peer));
        Self { peer: peer.and_then(|peer| peer.address).map(|address| address.ip()), is_trusted, settings }
    }

    /// What the upstream is told. The host that the client asked for is ours, whatever `Host` says, unless a
    /// trusted proxy knows better.
    pub(super) fn told(&self, headers: &HeaderMap) -> Told {
        let said = |name: &str| headers.get(name).filter(|_| self.is_trusted);
        let scheme = said("x-forwarded-proto").filter(|value| is_scheme(value)).cloned();
        let scheme = scheme.unwrap_or_else(|| self.scheme());
        let by = self.addresses(headers);
        let host = said("x-forwarded-host").cloned().or_else(|| self.host(headers));
        let forwarded = self.is_trusted.then(|| headers.get("forwarded").cloned()).flatten();
        Told { forwarded: forwarded.or_else(|| self.forwarded(&scheme)), by, scheme, host }
    }

    /// What a trusted proxy says, on however many lines, and the proxy itself.
    fn addresses(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let peer = self.peer.map(|peer| peer.to_string());
        if !self.is_trusted {
            return HeaderValue::try_from(peer?).ok();
        }
        let said = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let all: Vec<&str> = said.chain(peer.as_deref()).collect();
        HeaderValue::try_from(all.join(", ")).ok().filter(|all| !all.is_empty())
    }

    fn scheme(&self) -> HeaderValue {
        if self.settings.is_https() { HTTPS.clone() } else { HTTP.clone() }
    }

    fn host(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let ours = self.settings.origin().split_once("://").map(|(_, host)| host);
        ours.and_then(|host| HeaderValue::from_str(host).ok()).or_else(|| headers.get(HOST).cloned())
    }

    fn forwarded(&self, scheme: &HeaderValue) -> Option<HeaderValue> {
        let scheme = scheme.to_str().ok()?;
        let text = match self.peer {
            Some(IpAddr::V4(peer)) => format!("for={peer};proto={scheme}"),
            Some(IpAddr::V6(peer)) => format!("for=\"[{peer}]\";proto={scheme}"),
            None => format!("for=unknown;proto={scheme}"),
        };
        HeaderValue::try_from(text).ok()
    }
}

fn is_scheme(value: &HeaderValue) -> bool {
    value == "http" || value == "https"
}
