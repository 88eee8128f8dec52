//! Which proxies are believed, and what is kept of a client's address.

use crate::listen::Peer;
use http::HeaderMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The proxies whose word on the client's address, scheme and host is believed. Nobody's, unless it is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    unix: bool,
}

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// A word that names no address, no network and no unix sockets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address (192.0.2.7), no network (10.0.0.0/8) and not `unix`")]
pub struct NotAProxy(String);

/// How much of a client's address is kept where refusals can be looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptAddresses {
    /// Nothing.
    Nothing,
    /// The network: 24 bits of an IPv4 address, 48 of an IPv6 one.
    #[default]
    Network,
    /// All of it.
    Whole,
}

impl TrustedProxies {
    /// Whether this peer's word is believed.
    #[must_use]
    pub fn trusts(&self, peer: &Peer) -> bool {
        if peer.unix { self.unix } else { peer.address.is_some_and(|address| self.holds(address.ip())) }
    }

    /// The client's address: the peer's, unless that is a proxy that is trusted. Then what it says in
    /// `X-Forwarded-For`, read from the end: whatever stands before the first that is not trusted is a claim.
    #[must_use]
    pub fn client(&self, peer: &Peer, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer.address.map(|address| address.ip());
        if !self.trusts(peer) {
            return client;
        }
        let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        let said = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for word in said {
            let Some(address) = address(word.trim()) else { return client };
            client = Some(address);
            if !self.holds(address) {
                return client;
            }
        }
        client
    }

    fn holds(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.holds(address))
    }
}

/// An address as proxies write it, with or without a port.
fn address(word: &str) -> Option<IpAddr> {
    let bare =
        word.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(word, |(inside, _)| inside);
    let parsed = bare.parse().or_else(|_| bare.parse().map(|with_port: std::net::SocketAddr| with_port.ip()));
    parsed.ok().map(|address: IpAddr| address.to_canonical())
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        let same = |ours: u128, theirs: u128, width: u32| {
            let shift = width - u32::from(self.bits);
            ours.checked_shr(shift).unwrap_or(0) == theirs.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                same(ours.to_bits().into(), theirs.to_bits().into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => same(ours.to_bits(), theirs.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for TrustedProxies {
    type Err = NotAProxy;

    /// Addresses, networks and `unix`, with commas between.
    fn from_str(text: &str) -> Result<Self, NotAProxy> {
        let mut proxies = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if word == "unix" {
                proxies.unix = true;
            } else {
                proxies.networks.push(network(word).ok_or_else(|| NotAProxy(word.to_owned()))?);
            }
        }
        Ok(proxies)
    }
}

fn network(word: &str) -> Option<Network> {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u8>().ok()?)),
        None => (word.parse::<IpAddr>().ok()?, None),
    };
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some(Network { address, bits })
}

impl KeptAddresses {
    /// What is kept of this address.
    pub(crate) fn of(self, address: Option<IpAddr>) -> KeptAddress {
        let mut kept = KeptAddress::default();
        if let Some(address) = address {
            // There is room for every address.
            let _ = self.write(address, &mut kept);
        }
        kept
    }

    fn write(self, address: IpAddr, into: &mut KeptAddress) -> fmt::Result {
        use fmt::Write;
        match (self, address) {
            (Self::Nothing, _) => Ok(()),
            (Self::Whole, address) => write!(into, "{address}"),
            (Self::Network, IpAddr::V4(address)) => {
                for octet in &address.octets()[..3] {
                    into.write_octet(*octet)?;
                    into.write_str(".")?;
                }
                into.write_str("0/24")
            }
            (Self::Network, IpAddr::V6(address)) => {
                let network = std::net::Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> 48));
                write!(into, "{network}/48")
            }
        }
    }
}

/// What is kept of an address, held in place: it is written for each request, and looked at for refused ones.
#[derive(Clone, Copy)]
pub(crate) struct KeptAddress {
    text: [u8; 48],
    length: usize,
}

impl Default for KeptAddress {
    fn default() -> Self {
        Self { text: [0; 48], length: 0 }
    }
}

impl KeptAddress {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }

    /// A number without the machinery of formatting, which would cost more than the verdict's clock.
    fn write_octet(&mut self, octet: u8) -> fmt::Result {
        use fmt::Write;
        let digits = [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
        let from = if octet >= 100 { 0 } else { usize::from(octet < 10) + 1 };
        self.write_str(std::str::from_utf8(&digits[from..]).unwrap_or_default())
    }
}

impl fmt::Write for KeptAddress {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let place = self.text.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn peer(address: &str) -> Peer {
        let address = address.parse().map(|ip: IpAddr| (ip, 4711).into()).ok();
        Peer { address, tls: false, unix: address.is_none() }
    }

    fn client(trusted: &str, from: &str, said: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in said {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let proxies: TrustedProxies = trusted.parse().unwrap();
        proxies.client(&peer(from), &headers).map(|ip| ip.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_client_is_whom_the_last_trusted_proxy_names() {
        for (trusted, from, said, expected) in [
            ("", "192.0.2.7", &["203.0.113.9"][..], "192.0.2.7"),
            ("192.0.2.7", "192.0.2.7", &["203.0.113.9"], "203.0.113.9"),
            ("192.0.2.0/24", "192.0.2.7", &["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
            ("192.0.2.0/24", "192.0.2.7", &["6.6.6.6", "203.0.113.9, 192.0.2.8"], "203.0.113.9"),
            ("192.0.2.0/24", "198.51.100.1", &["203.0.113.9"], "198.51.100.1"),
            ("10.0.0.0/8,::1", "::1", &["10.1.2.3"], "10.1.2.3"),
            ("::1", "::1", &["[2001:db8::5]:443"], "2001:db8::5"),
            ("::1", "::1", &["203.0.113.9:80"], "203.0.113.9"),
            ("::1", "::1", &["6.6.6.6, nonsense"], "::1"),
            ("::1", "::1", &[], "::1"),
            ("unix", "", &["203.0.113.9"], "203.0.113.9"),
            ("::1", "", &["203.0.113.9"], ""),
        ] {
            assert_eq!(client(trusted, from, said), expected, "{trusted} {from} {said:?}");
        }
    }

    #[test]
    fn a_word_that_is_no_proxy_is_named() {
        for bad in ["example.com", "10.0.0.0/33", "10.0.0.0/", "::1/129", "10.0.0.1-10.0.0.9"] {
            assert_eq!(bad.parse::<TrustedProxies>(), Err(NotAProxy(bad.to_owned())));
        }
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
    }

    #[test]
    fn a_network_of_no_bits_holds_everybody_of_its_family() {
        let all: TrustedProxies = "0.0.0.0/0".parse().unwrap();
        assert!(all.trusts(&peer("203.0.113.9")) && !all.trusts(&peer("2001:db8::5")));
        let all: TrustedProxies = "::/0".parse().unwrap();
        assert!(all.trusts(&peer("2001:db8::5")));
    }

    #[test]
    fn every_octet_is_written_as_it_is() {
        for octet in 0..=255 {
            let kept = KeptAddresses::Network.of(Some([octet, 7, 99, 1].into()));
            assert_eq!(kept.as_str(), format!("{octet}.7.99.0/24"));
        }
    }

    #[test]
    fn of_an_address_is_kept_what_is_set() {
        let four = "203.0.113.9".parse().ok();
        let six = "2001:db8:1:2:3:4:5:6".parse().ok();
        for (kept, expected) in [
            (KeptAddresses::Nothing, ["", ""]),
            (KeptAddresses::Network, ["203.0.113.0/24", "2001:db8:1::/48"]),
            (KeptAddresses::Whole, ["203.0.113.9", "2001:db8:1:2:3:4:5:6"]),
        ] {
            assert_eq!([four, six].map(|address| kept.of(address).as_str().to_owned()), expected);
        }
        assert_eq!(KeptAddresses::Whole.of(None).as_str(), "");
    }
}
