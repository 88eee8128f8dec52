//! What is known of the client, and what of it the upstream is told.

use super::headers::Told;
use crate::app::{ApiSettings, House};
use crate::listen::{Connection, Peer};
use crate::trust::KeptAddress;
use http::header::HOST;
use http::{HeaderMap, HeaderValue};
use std::borrow::Cow;
use std::net::IpAddr;

static HTTP: HeaderValue = HeaderValue::from_static("http");
static HTTPS: HeaderValue = HeaderValue::from_static("https");

/// Who has connected, in words. They are the same for every request of a connection, so they are found once.
#[derive(Clone)]
pub(crate) struct Introduction {
    peer: Option<IpAddr>,
    /// Whether whoever stands behind the peer is believed if the peer says so.
    pub(crate) is_trusted: bool,
    /// What is kept of the peer's address.
    pub(crate) kept: KeptAddress,
    /// What the upstream is told of the peer.
    told: Told,
}

impl House {
    /// Who has connected.
    pub(crate) fn introduction<'c>(&self, by: Option<&'c Connection>) -> Cow<'c, Introduction> {
        let anew = |peer: Option<&Peer>| Introduction::of(peer, &self.settings);
        let known = by.and_then(|by| by.remembered(|peer| anew(Some(peer))));
        known.map_or_else(|| Cow::Owned(anew(by.map(Connection::peer))), Cow::Borrowed)
    }
}

impl Introduction {
    fn of(peer: Option<&Peer>, settings: &ApiSettings) -> Self {
        let is_trusted = peer.is_some_and(|peer| settings.trusted_proxies.trusts(peer));
        let peer = peer.and_then(|peer| peer.address).map(|address| address.ip());
        let scheme = if settings.is_https() { HTTPS.clone() } else { HTTP.clone() };
        let told = Told {
            by: peer.and_then(|peer| HeaderValue::try_from(peer.to_string()).ok()),
            host: our_host(settings),
            forwarded: forwarded(peer, &scheme),
            scheme,
        };
        Self { peer, is_trusted, kept: settings.kept_addresses.of(peer), told }
    }

    /// What the upstream is told. The host that the client asked for is ours, whatever `Host` says, unless a
    /// trusted proxy knows better.
    pub(super) fn told(&self, headers: &HeaderMap) -> Cow<'_, Told> {
        if !self.hangs_on_request() {
            return Cow::Borrowed(&self.told);
        }
        let mut told = self.told.clone();
        if self.is_trusted {
            self.believe(headers, &mut told);
        }
        told.host = told.host.or_else(|| headers.get(HOST).cloned());
        Cow::Owned(told)
    }

    /// Whether what is known of the client hangs on what a request says.
    pub(super) const fn hangs_on_request(&self) -> bool {
        self.is_trusted || self.told.host.is_none()
    }

    /// What a trusted proxy says of whoever stands behind it.
    fn believe(&self, headers: &HeaderMap, told: &mut Told) {
        if let Some(scheme) = headers.get("x-forwarded-proto").filter(|value| is_scheme(value)) {
            told.scheme = scheme.clone();
        }
        if let Some(host) = headers.get("x-forwarded-host") {
            told.host = Some(host.clone());
        }
        told.by = self.addresses(headers);
        told.forwarded = headers.get("forwarded").cloned().or_else(|| forwarded(self.peer, &told.scheme));
    }

    /// What a trusted proxy says, on however many lines, and the proxy itself.
    fn addresses(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let peer = self.peer.map(|peer| peer.to_string());
        let said = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let all: Vec<&str> = said.chain(peer.as_deref()).collect();
        HeaderValue::try_from(all.join(", ")).ok().filter(|all| !all.is_empty())
    }
}

fn our_host(settings: &ApiSettings) -> Option<HeaderValue> {
    let (_, host) = settings.origin().split_once("://")?;
    HeaderValue::from_str(host).ok()
}

fn forwarded(peer: Option<IpAddr>, scheme: &HeaderValue) -> Option<HeaderValue> {
    let scheme = scheme.to_str().ok()?;
    let text = match peer {
        Some(IpAddr::V4(peer)) => format!("for={peer};proto={scheme}"),
        Some(IpAddr::V6(peer)) => format!("for=\"[{peer}]\";proto={scheme}"),
        None => format!("for=unknown;proto={scheme}"),
    };
    HeaderValue::try_from(text).ok()
}

fn is_scheme(value: &HeaderValue) -> bool {
    value == "http" || value == "https"
}
