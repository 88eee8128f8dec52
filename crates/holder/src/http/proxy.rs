//! Proxies between this machine and servers, as the variables name them that most programs look at.

use super::Url;
use crate::fault::Fault;
use crate::surroundings::Surroundings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::uri::Authority;
use std::net::IpAddr;

/// Which proxy leads where: `HTTPS_PROXY` to `https`, `HTTP_PROXY` to `http`, `ALL_PROXY` to both, and none to what
/// `NO_PROXY` names. In small letters they come first. This machine itself, and the addresses that it learns its own
/// identity from, are never asked for through a proxy.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<Result<Proxy, Fault>>,
    http: Option<Result<Proxy, Fault>>,
    past: Vec<Past>,
}

/// A proxy that takes `CONNECT`.
#[derive(Clone)]
pub(super) struct Proxy {
    /// The variable that names it.
    variable: &'static str,
    is_tls: bool,
    host: String,
    port: u16,
    password: Option<HeaderValue>,
}

/// What no proxy is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Past {
    Everything,
    /// A name and all below it, at this port or any.
    Name(String, Option<u16>),
    /// Addresses that begin with so many bits of this one.
    Addresses(IpAddr, u8, Option<u16>),
}

impl Proxies {
    /// As the variables have them.
    #[must_use]
    pub fn of(around: &Surroundings) -> Self {
        let first = |names: [&'static str; 4]| {
            let (name, text) = names.into_iter().find_map(|name| Some((name, around.text(name)?)))?;
            Some(Proxy::read(name, text.trim()))
        };
        let past = around.text("no_proxy").or_else(|| around.text("NO_PROXY")).unwrap_or_default();
        Self {
            https: first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: first(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
            past: past.split([',', ' ']).filter_map(Past::read).collect(),
        }
    }

    /// The proxy on the way to `url`, if there is one.
    ///
    /// # Errors
    /// The variable names none that can be used.
    pub(super) fn to(&self, url: &Url) -> Result<Option<&Proxy>, Fault> {
        let proxy = if url.is_tls() { &self.https } else { &self.http };
        let host = bare(url.host());
        if proxy.is_none() || is_near(host) || self.past.iter().any(|past| past.is(host, url.port())) {
            return Ok(None);
        }
        proxy.as_ref().map(|proxy| proxy.as_ref().map_err(Fault::clone)).transpose()
    }
}

impl Proxy {
    /// Reads `[http://][NAME:PASSWORD@]HOST[:PORT]`. What is said of it never has the password in it.
    fn read(variable: &'static str, text: &str) -> Result<Self, Fault> {
        let wrong = |what: &str| {
            Fault::new(
                format!("{variable} {what}"),
                "write it as http://HOST:PORT or http://NAME:PASSWORD@HOST:PORT",
            )
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            scheme if scheme.starts_with("socks") => {
                return Err(wrong("names a SOCKS proxy, which is not spoken here"));
            }
            _ => return Err(wrong("names no proxy of http")),
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (who, place) = rest.rsplit_once('@').map_or((None, rest), |(who, place)| (Some(who), place));
        let place: Authority = place.parse().map_err(|_| wrong("names no host"))?;
        if place.host().is_empty() {
            return Err(wrong("names no host"));
        }
        let password =
            who.map(password).transpose().map_err(|()| wrong("has a password that can't be read"))?;
        let usual = if is_tls { 443 } else { 80 };
        let port = place.port_u16().unwrap_or(usual);
        Ok(Self { variable, is_tls, host: bare(place.host()).to_owned(), port, password })
    }

    pub(super) const fn variable(&self) -> &'static str {
        self.variable
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// What `Proxy-Authorization` says, if there is a name and a password.
    pub(super) const fn password(&self) -> Option<&HeaderValue> {
        self.password.as_ref()
    }
}

/// `NAME:PASSWORD`, each encoded as in a URL, as the header has it.
fn password(who: &str) -> Result<HeaderValue, ()> {
    let (name, password) = who.split_once(':').unwrap_or((who, ""));
    let plain = [decoded(name).ok_or(())?, decoded(password).ok_or(())?].join(&b':');
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain))).map_err(|_| ())?;
    value.set_sensitive(true);
    Ok(value)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((plain, encoded)) = rest.split_once('%') {
        bytes.extend(plain.as_bytes());
        bytes.push(u8::from_str_radix(encoded.get(..2)?, 16).ok()?);
        rest = encoded.get(2..)?;
    }
    bytes.extend(rest.as_bytes());
    Some(bytes)
}

impl Past {
    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        let is_address =
            |text: &str| bare(text.split('/').next().unwrap_or_default()).parse::<IpAddr>().is_ok();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !is_address(text) => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let (address, bits) =
            host.split_once('/').map_or((host, None), |(address, bits)| (address, Some(bits)));
        if let Ok(address) = bare(address).parse::<IpAddr>() {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
            return Some(Self::Addresses(address, bits, port));
        }
        let name = host.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name(name, port))
    }

    fn is(&self, host: &str, at: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Name(name, port) => {
                let is_below = || host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                port.is_none_or(|port| port == at) && (host == name || is_below())
            }
            Self::Addresses(address, bits, port) => {
                let begins = |host: IpAddr| begins_alike(host, *address, *bits);
                port.is_none_or(|port| port == at) && host.parse().is_ok_and(begins)
            }
        }
    }
}

fn begins_alike(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits,
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros() >= bits,
        _ => false,
    }
}

/// This machine, and what stands beside it.
fn is_near(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unicast_link_local(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, String> {
        let proxies = Proxies::of(&Surroundings::new(variables.iter().copied(), "/"));
        let proxy = proxies.to(&Url::parse(url).unwrap()).map_err(|fault| fault.message().to_owned())?;
        Ok(proxy.map(|proxy| format!("{} {}:{}", proxy.variable, proxy.host, proxy.port)))
    }

    #[test]
    fn each_scheme_has_its_proxy_and_small_letters_come_first() {
        let both = [("HTTPS_PROXY", "http://a.example:3128"), ("HTTP_PROXY", "b.example:8080")];
        for (variables, url, proxy) in [
            (&both[..], "https://api.example/", Some("HTTPS_PROXY a.example:3128")),
            (&both, "http://api.example/", Some("HTTP_PROXY b.example:8080")),
            (&both[..1], "http://api.example/", None),
            (&[("ALL_PROXY", "http://a.example")], "http://api.example/", Some("ALL_PROXY a.example:80")),
            (&[("all_proxy", "https://a.example")], "https://api.example/", Some("all_proxy a.example:443")),
            (
                &[("HTTPS_PROXY", "http://a.example"), ("https_proxy", "http://[::1]:1")],
                "https://api.example/",
                Some("https_proxy ::1:1"),
            ),
            (&[("HTTPS_PROXY", "")], "https://api.example/", None),
            (&both, "https://localhost:8787/", None),
            (&both, "http://127.0.0.1:8787/", None),
            (&both, "http://[::1]:8787/", None),
            (&both, "http://169.254.169.254/", None),
        ] {
            assert_eq!(way(variables, url).unwrap().as_deref(), proxy, "{variables:?} {url}");
        }
    }

    #[test]
    fn what_no_proxy_names_is_called_straight() {
        for (none, url, is_straight) in [
            ("*", "https://api.example/", true),
            ("api.example", "https://api.example/", true),
            ("API.example, other.example", "https://api.example/", true),
            ("example", "https://api.example/", true),
            (".example", "https://api.example/", true),
            ("*.example", "https://api.example/", true),
            ("pi.example", "https://api.example/", false),
            ("api.example.org", "https://api.example/", false),
            ("api.example:443", "https://api.example/", true),
            ("api.example:8443", "https://api.example/", false),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("10.1.2.3:443", "https://10.1.2.3/", true),
            ("0.0.0.0/0", "https://10.1.2.3/", true),
            ("10.0.0.0/33", "https://10.1.2.3/", false),
            ("fd00::/8", "https://[fd00::1]/", true),
            ("[fd00::1]:443", "https://[fd00::1]/", true),
            ("fd00::2", "https://[fd00::1]/", false),
            ("", "https://api.example/", false),
        ] {
            let variables = [("HTTPS_PROXY", "http://a.example:3128"), ("NO_PROXY", none)];
            assert_eq!(way(&variables, url).unwrap().is_none(), is_straight, "{none} {url}");
        }
    }

    #[test]
    fn a_name_and_a_password_are_shown_to_the_proxy_and_to_nobody_else() {
        let read = |text| Proxy::read("HTTPS_PROXY", text).map_err(|fault| fault.message().to_owned());
        let proxy = read("http://ann:p%40ss%3A@a.example:3128/").unwrap();
        assert_eq!(proxy.password().unwrap(), "Basic YW5uOnBAc3M6");
        assert!(proxy.password().unwrap().is_sensitive());
        assert_eq!(read("http://a.example").unwrap().password(), None);
        for (text, what) in [
            ("socks5://ann:secret@a.example", "HTTPS_PROXY names a SOCKS proxy, which is not spoken here"),
            ("ftp://ann:secret@a.example", "HTTPS_PROXY names no proxy of http"),
            ("http://ann:secret@", "HTTPS_PROXY names no host"),
            ("http://ann:secret@a b", "HTTPS_PROXY names no host"),
            ("http://ann:secret%4@a.example", "HTTPS_PROXY has a password that can't be read"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(what), "{text}");
        }
    }
}
