//! Attempts that went wrong make the next ones wait, and lock nobody out.
//!
//! Three things are counted: an account from one address, an account from everywhere, an address for every account.
//! Each lets some go wrong at once; then each further one makes the next wait twice as long, up to half a minute.
//! Whoever waits it out is looked at. Who has signed in to an account from an address before does not wait for what
//! others try on that account elsewhere. Passkeys can't be guessed, and never come here.
//!
//! Kept in memory by each server, and bounded: whatever a crowd of strangers tries. What a server lets through is
//! counted in the database too, where the others see it.

mod shared;

pub(crate) use shared::forgotten_since;

use counterfoil_core::time::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);
/// After this long without another attempt, what went wrong is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(30 * 60);
/// How long it is remembered from where somebody has signed in.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How much is remembered.
const MOST: usize = 100_000;

/// How often what is over is looked for, at the most.
const SWEPT: Duration = Duration::from_secs(60);

/// What went wrong lately.
#[derive(Default)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    of: HashMap<Counted, Count>,
    swept_at: Option<Timestamp>,
}

/// An attempt that was let through. It counts as gone wrong until it is said to have gone well, so that many at once
/// are not looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    account: [u8; 32],
    address: Option<Network>,
}

/// A client's address, or the network that one client of IPv6 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Network(u128);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    Pair([u8; 32], Network),
    Account([u8; 32]),
    Address(Network),
    /// Whatever there is no room for.
    Rest,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    wrong: u32,
    last: Timestamp,
    has_signed_in: bool,
}

impl Throttle {
    /// Lets an attempt through, or says how long to wait.
    pub(crate) fn admit(
        &self,
        account: [u8; 32],
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Ticket, Duration> {
        let ticket = Ticket { account, address: address.map(Network::of) };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known_here =
            ticket.pair().and_then(|pair| counts.of.get(&pair)).is_some_and(|count| count.has_signed_in);
        let counted: Vec<Counted> = ticket
            .counted()
            .filter(|counted| !(is_known_here && matches!(counted, Counted::Account(_))))
            .map(|counted| counts.room_for(counted, now))
            .collect();
        let pause =
            counted.iter().filter_map(|counted| Some(counts.of.get(counted)?.pause(*counted, now))).max();
        match pause {
            Some(pause) if !pause.is_zero() => return Err(pause),
            _ => {}
        }
        for counted in counted {
            counts.of.entry(counted).or_insert(Count::none(now)).one_more(now);
        }
        Ok(ticket)
    }

    /// The attempt went well: what went wrong before on this account is forgotten. On the address it is not, or
    /// whoever has an account of their own could go on for ever.
    pub(crate) fn went_well(&self, ticket: Ticket, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.of.remove(&Counted::Account(ticket.account));
        if let Some(pair) = ticket.pair() {
            let pair = counts.room_for(pair, now);
            counts.of.insert(pair, Count { has_signed_in: pair != Counted::Rest, ..Count::none(now) });
        }
        if let Some(count) = ticket.address.and_then(|address| counts.of.get_mut(&Counted::Address(address)))
        {
            count.wrong = count.wrong.saturating_sub(1);
        }
    }
}

impl Counts {
    /// Where this is counted. When there is no room, what is over makes way; if that is not enough, all that is new
    /// is counted together.
    fn room_for(&mut self, counted: Counted, now: Timestamp) -> Counted {
        if self.of.len() < MOST || self.of.contains_key(&counted) {
            return counted;
        }
        if self.swept_at.is_none_or(|swept| now.since(swept) >= SWEPT) {
            self.swept_at = Some(now);
            self.of.retain(|_, count| !count.is_over(now));
        }
        if self.of.len() < MOST { counted } else { Counted::Rest }
    }
}

impl Ticket {
    fn pair(&self) -> Option<Counted> {
        self.address.map(|address| Counted::Pair(self.account, address))
    }

    fn counted(&self) -> impl Iterator<Item = Counted> {
        let account = Counted::Account(self.account);
        self.pair().into_iter().chain([account]).chain(self.address.map(Counted::Address))
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.to_bits().into()),
            IpAddr::V6(address) => Self(address.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

impl Counted {
    /// How many may go wrong before anybody waits.
    const fn free(self) -> u32 {
        match self {
            Self::Pair(..) => 5,
            Self::Account(_) => 10,
            Self::Address(_) => 30,
            Self::Rest => 100,
        }
    }
}

impl Count {
    const fn none(now: Timestamp) -> Self {
        Self { wrong: 0, last: now, has_signed_in: false }
    }

    fn one_more(&mut self, now: Timestamp) {
        if now.since(self.last) >= FORGOTTEN {
            self.wrong = 0;
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last = now;
    }

    /// How long nothing is looked at yet. A clock that steps back makes nobody wait longer than the longest pause.
    fn pause(&self, counted: Counted, now: Timestamp) -> Duration {
        if self.wrong < counted.free() || now.since(self.last) >= FORGOTTEN {
            return Duration::ZERO;
        }
        let doublings = (self.wrong - counted.free()).min(5);
        let pause = Duration::from_secs(1 << doublings).min(LONGEST);
        pause.saturating_sub(now.since(self.last))
    }

    fn is_over(&self, now: Timestamp) -> bool {
        let kept = if self.has_signed_in { REMEMBERED } else { FORGOTTEN };
        now.since(self.last) >= kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: [u8; 32] = [1; 32];
    const EVE: [u8; 32] = [2; 32];

    fn here() -> Option<IpAddr> {
        Some("192.0.2.7".parse().unwrap())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + seconds)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn pauses_grow_and_end_and_whoever_waits_is_looked_at() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert!(throttle.admit(ADA, here(), at(0)).is_ok());
        }
        let mut now = 0;
        for pause in [1, 2, 4, 8, 16, 30, 30, 30] {
            assert_eq!(throttle.admit(ADA, here(), at(now)), Err(seconds(pause)));
            now += i64::try_from(pause).unwrap();
            assert_eq!(throttle.admit(ADA, here(), at(now - 1)), Err(seconds(1)));
            let ticket = throttle.admit(ADA, here(), at(now)).unwrap();
            if pause == 30 && now > 100 {
                throttle.went_well(ticket, at(now));
                assert!(throttle.admit(ADA, here(), at(now)).is_ok(), "forgotten");
                return;
            }
        }
        panic!("nobody was let in");
    }

    #[test]
    fn many_at_once_are_not_looked_at_together() {
        let throttle = Throttle::default();
        let admitted = (0..100).filter(|_| throttle.admit(ADA, here(), at(0)).is_ok()).count();
        assert_eq!(admitted, 5);
    }

    #[test]
    fn what_strangers_try_elsewhere_makes_nobody_wait_who_has_signed_in_here() {
        let throttle = Throttle::default();
        let ticket = throttle.admit(ADA, here(), at(0)).unwrap();
        throttle.went_well(ticket, at(0));
        for number in 0..200 {
            let stranger = Some(IpAddr::from([10, 0, 0, number]));
            let _ = throttle.admit(ADA, stranger, at(1));
        }
        let elsewhere = Some("198.51.100.1".parse().unwrap());
        assert_eq!(throttle.admit(ADA, elsewhere, at(1)), Err(seconds(1)));
        assert!(throttle.admit(ADA, here(), at(1)).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_and_its_own_success_changes_little() {
        let throttle = Throttle::default();
        let account = |number: u8| [number; 32];
        let admitted =
            (10..100).filter(|number| throttle.admit(account(*number), here(), at(0)).is_ok()).count();
        assert_eq!(admitted, 30);
        let ticket = throttle.admit(EVE, here(), at(1)).unwrap();
        throttle.went_well(ticket, at(1));
        assert!(throttle.admit(account(200), here(), at(1)).is_err());
        let neighbour = Some("2001:db8:1:2::1".parse().unwrap());
        let same_network = Some("2001:db8:1:2:ffff::9".parse().unwrap());
        for number in 10..40 {
            assert!(throttle.admit(account(number), neighbour, at(5000)).is_ok());
        }
        assert!(throttle.admit(account(50), same_network, at(5000)).is_err());
    }

    #[test]
    fn after_half_an_hour_it_is_forgotten_and_a_clock_that_steps_back_delays_no_longer() {
        let throttle = Throttle::default();
        for _ in 0..40 {
            let _ = throttle.admit(ADA, here(), at(0));
        }
        assert_eq!(throttle.admit(ADA, here(), at(-5000)), Err(seconds(1)));
        for _ in 0..5 {
            assert!(throttle.admit(ADA, here(), at(1800)).is_ok());
        }
        assert!(throttle.admit(ADA, here(), at(1800)).is_err());
    }

    #[test]
    fn however_many_try_memory_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..70_000_u32 {
            let mut account = [0; 32];
            account[..4].copy_from_slice(&number.to_be_bytes());
            let _ = throttle.admit(account, Some(IpAddr::from(number.to_be_bytes())), at(0));
        }
        assert!(throttle.counts.lock().unwrap().of.len() <= MOST + 3);
        assert!(throttle.admit(ADA, here(), at(0)).is_err(), "what is new is counted together");
        assert!(throttle.admit(ADA, here(), at(1800)).is_ok(), "what is over made way");
    }
}
