//! The site that people sign in to: what browsers call it, and what it demands of them.

use crate::credentials::webauthn::RelyingParty;
use std::time::Duration;

/// How long sign-ins and changes of credentials are remembered, unless it is set otherwise.
const HISTORY_KEPT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where the console stands, as browsers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// Scheme, host and port, as browsers write an origin: `https://keys.example.com`.
    pub origin: String,
    /// The name that passkeys belong to: the origin's host.
    pub rp_id: String,
    /// What people know the installation by.
    pub name: String,
    /// Whether whoever owns a team, administers keys or people, or operates needs a passkey or a second
    /// factor.
    pub strength_required: bool,
    /// How long sign-ins and changes of credentials are remembered.
    pub history_kept: Duration,
    /// Whether people are told by mail of a sign-in with a browser that was not seen with them before.
    pub tells_of_sign_ins: bool,
    /// Whether people are told by mail that somebody else has revoked keys that they have to do with.
    pub tells_of_revocations: bool,
}

impl SiteSettings {
    /// The site at this public URL. What stands behind the host is disregarded.
    #[must_use]
    pub fn at(public_url: &str) -> Self {
        let (scheme, rest) = public_url.split_once("://").unwrap_or(("http", public_url));
        let place = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let scheme = scheme.to_ascii_lowercase();
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let place = place.strip_suffix(usual).unwrap_or(&place);
        let host = match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => place,
        };
        Self {
            origin: format!("{scheme}://{place}"),
            rp_id: host.to_owned(),
            name: "Counterfoil".to_owned(),
            strength_required: true,
            history_kept: HISTORY_KEPT,
            tells_of_sign_ins: true,
            tells_of_revocations: true,
        }
    }

    /// Whose passkeys are made here.
    pub(crate) fn party(&self) -> RelyingParty<'_> {
        RelyingParty { origin: &self.origin, id: &self.rp_id }
    }

    /// Whether browsers make passkeys here: they do for names, over https or at localhost.
    #[must_use]
    pub fn has_passkeys(&self) -> bool {
        let is_address = self.rp_id.starts_with('[') || self.rp_id.parse::<std::net::Ipv4Addr>().is_ok();
        let is_safe = self.origin.starts_with("https://")
            || self.rp_id == "localhost"
            || self.rp_id.ends_with(".localhost");
        !is_address && is_safe && !self.rp_id.is_empty()
    }
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self::at("http://localhost:8787")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_and_passkey_name_are_those_that_browsers_use() {
        let cases = [
            ("https://Keys.Example.com/", "https://keys.example.com", "keys.example.com", true),
            ("https://keys.example.com:443", "https://keys.example.com", "keys.example.com", true),
            ("https://keys.example.com:8443/x?y", "https://keys.example.com:8443", "keys.example.com", true),
            ("http://localhost:8787", "http://localhost:8787", "localhost", true),
            ("http://keys.example.com", "http://keys.example.com", "keys.example.com", false),
            ("https://192.0.2.7", "https://192.0.2.7", "192.0.2.7", false),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", "[2001:db8::1]", false),
        ];
        for (url, origin, rp_id, has_passkeys) in cases {
            let site = SiteSettings::at(url);
            let found = (site.origin.as_str(), site.rp_id.as_str(), site.has_passkeys());
            assert_eq!(found, (origin, rp_id, has_passkeys), "{url}");
        }
    }
}
