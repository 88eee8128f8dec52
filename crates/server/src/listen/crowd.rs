//! How many connections each address has, so that one that means ill does not take every place.

use super::Peer;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The bits of an IPv6 address that one client has for itself.
const OF_ONE_CLIENT: u32 = 64;

/// Whose connections are not counted.
pub(super) type Spared = Arc<dyn Fn(&Peer) -> bool + Send + Sync>;

/// The connections of each address.
pub(super) struct Crowd {
    /// How many one address may have; 0 for as many as there are places. Then nothing is counted.
    most: u32,
    spared: Spared,
    there: Mutex<HashMap<IpAddr, u32>>,
}

/// One of an address's connections, or one that is not counted. It is over when dropped.
pub(super) struct One(Option<(Arc<Crowd>, IpAddr)>);

impl Crowd {
    pub(super) fn new(most: u32, spared: Spared) -> Arc<Self> {
        Arc::new(Self { most, spared, there: Mutex::default() })
    }

    /// Lets a connection in; nothing, if its address has as many as it may.
    pub(super) fn enter(self: &Arc<Self>, peer: &Peer) -> Option<One> {
        let Some(address) = peer.address.filter(|_| self.most > 0 && !(self.spared)(peer)) else {
            return Some(One(None));
        };
        let client = client(address.ip());
        let mut there = self.there();
        let count = there.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(One(Some((Arc::clone(self), client))))
    }

    fn there(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address, or the network of IPv6 that one client has: else whoever means ill has 2⁶⁴ addresses.
fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> OF_ONE_CLIENT << OF_ONE_CLIENT).into()),
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let Some((crowd, client)) = &self.0 else { return };
        if let Entry::Occupied(mut count) = crowd.there().entry(*client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Peer {
        Peer { address: Some(address.parse().unwrap()), tls: false, unix: false }
    }

    fn crowd(most: u32) -> Arc<Crowd> {
        Crowd::new(most, Arc::new(|peer| *peer == from("10.0.0.1:1")))
    }

    #[test]
    fn an_address_has_so_many_connections_at_once() {
        let crowd = crowd(2);
        let first = crowd.enter(&from("192.0.2.7:1"));
        let second = crowd.enter(&from("192.0.2.7:2"));
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(&from("192.0.2.7:3")).is_none());
        assert!(crowd.enter(&from("192.0.2.8:3")).is_some());
        drop(first);
        assert!(crowd.enter(&from("192.0.2.7:3")).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let crowd = crowd(1);
        let _first = crowd.enter(&from("[2001:db8:0:1::1]:1")).unwrap();
        assert!(crowd.enter(&from("[2001:db8:0:1:ffff::2]:1")).is_none());
        assert!(crowd.enter(&from("[2001:db8:0:2::1]:1")).is_some());
    }

    #[test]
    fn who_is_spared_and_who_has_no_address_come_as_often_as_they_like() {
        let crowd = crowd(1);
        let unix = Peer { address: None, tls: false, unix: true };
        let all: Vec<_> = [from("10.0.0.1:1"), unix]
            .iter()
            .flat_map(|peer| [peer; 9].map(|peer| crowd.enter(peer)))
            .collect();
        assert!(all.iter().all(Option::is_some));
    }

    #[test]
    fn nothing_is_kept_of_who_is_gone_and_nothing_at_all_without_a_limit() {
        let (limited, free) = (crowd(5), crowd(0));
        let here: Vec<_> = [&limited, &free].map(|crowd| crowd.enter(&from("192.0.2.7:1"))).into();
        assert_eq!((limited.there().len(), free.there().len()), (1, 0));
        drop(here);
        assert_eq!(limited.there().len(), 0);
    }
}
