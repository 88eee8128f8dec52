//! How often mail may be sent because somebody asks for it, so that nobody has us fill a stranger's letter box, or
//! bring our mail server into disrepute.
//!
//! Each server counts for itself, in memory: of several, each lets so many through. What is counted is a hash of the
//! address.

use crate::authority::Authority;
use crate::failure::Failure;
use crate::people::Email;
use crate::secret::hash_of;
use counterfoil_core::id::IssuerId;
use counterfoil_core::time::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Over how long it is counted.
const HOUR: Duration = Duration::from_secs(3600);
/// Invitations of one team in an hour: a department in one go, and less than a mail server takes for a flood.
const OF_A_TEAM: usize = 200;
/// Mails to one address in an hour, whichever team asks: whoever did not find the first few won't find the next.
const TO_AN_ADDRESS: usize = 10;
/// How many teams and addresses are kept before those are forgotten whose hour is over.
const KEPT: usize = 1024;

/// Of what there were too many within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowded {
    /// Invitations of this team.
    Team,
    /// Mails to this address.
    Address,
}

/// What was sent within the last hour.
#[derive(Default)]
pub(crate) struct Pace(Mutex<Lately>);

/// A mail that counts, unless it is given back.
#[must_use]
pub(crate) struct Counted<'p> {
    pace: &'p Pace,
    what: Vec<What>,
}

struct Lately {
    sent: HashMap<What, VecDeque<Timestamp>>,
    look_at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Team(IssuerId),
    Address([u8; 32]),
}

impl Authority {
    /// Counts a mail to this address, and an invitation of the team if it is one. Where no mail is sent, nothing is.
    ///
    /// # Errors
    /// If there were so many within an hour that the next must wait.
    pub(crate) fn at_a_pace(&self, team: Option<IssuerId>, to: &Email) -> Result<Counted<'_>, Failure> {
        let address = What::Address(hash_of(to.normal().as_str()));
        let what = team.map(What::Team).into_iter().chain([address]).collect();
        self.mail_pace.count(if self.sends_mail() { what } else { Vec::new() }, self.now())
    }
}

impl Counted<'_> {
    /// It was not sent after all.
    pub(crate) fn give_back(self) {
        let mut lately = self.pace.lately();
        for what in &self.what {
            lately.sent.get_mut(what).and_then(VecDeque::pop_back);
        }
    }
}

impl Pace {
    fn count(&self, what: Vec<What>, now: Timestamp) -> Result<Counted<'_>, Failure> {
        let mut lately = self.lately();
        lately.forget(now);
        if let Some((of, wait)) =
            what.iter().find_map(|what| Some((what.crowded(), lately.wait(*what, now)?)))
        {
            return Err(Failure::TooManyMails { of, wait });
        }
        for what in &what {
            lately.sent.entry(*what).or_default().push_back(now);
        }
        Ok(Counted { pace: self, what })
    }

    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Lately {
    fn default() -> Self {
        Self { sent: HashMap::new(), look_at: KEPT }
    }
}

impl Lately {
    /// How long until there is one more; nothing, if there is one now.
    fn wait(&mut self, what: What, now: Timestamp) -> Option<Duration> {
        let sent = self.sent.get_mut(&what)?;
        while sent.front().is_some_and(|first| now.since(*first) >= HOUR) {
            sent.pop_front();
        }
        let first = sent.front().filter(|_| sent.len() >= what.most())?;
        Some(HOUR.saturating_sub(now.since(*first)))
    }

    fn forget(&mut self, now: Timestamp) {
        if self.sent.len() >= self.look_at {
            self.sent.retain(|_, sent| sent.back().is_some_and(|last| now.since(*last) < HOUR));
            self.look_at = (self.sent.len() * 2).max(KEPT);
        }
    }
}

impl What {
    const fn most(self) -> usize {
        match self {
            Self::Team(_) => OF_A_TEAM,
            Self::Address(_) => TO_AN_ADDRESS,
        }
    }

    const fn crowded(self) -> Crowded {
        match self {
            Self::Team(_) => Crowded::Team,
            Self::Address(_) => Crowded::Address,
        }
    }
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team => write!(f, "This team has had {OF_A_TEAM} invitations mailed within an hour"),
            Self::Address => write!(f, "This address has been sent {TO_AN_ADDRESS} mails within an hour"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(seconds))
    }

    fn address(number: u8) -> What {
        What::Address([number; 32])
    }

    fn wait(counted: Result<Counted<'_>, Failure>) -> (Crowded, u64) {
        match counted.err() {
            Some(Failure::TooManyMails { of, wait }) => (of, wait.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_address_gets_ten_within_any_hour() {
        let pace = Pace::default();
        for minute in 0..10 {
            assert!(pace.count(vec![address(1)], at(minute * MINUTE)).is_ok());
        }
        assert_eq!(wait(pace.count(vec![address(1)], at(10 * MINUTE))), (Crowded::Address, 50 * MINUTE));
        assert!(pace.count(vec![address(2)], at(10 * MINUTE)).is_ok());
        assert!(pace.count(vec![address(1)], at(60 * MINUTE)).is_ok());
        assert_eq!(wait(pace.count(vec![address(1)], at(60 * MINUTE))), (Crowded::Address, MINUTE));
    }

    #[test]
    fn a_team_has_two_hundred_mailed_whoever_they_go_to() {
        let (pace, team) = (Pace::default(), What::Team(IssuerId::from_random([1; 16])));
        for number in 0..200 {
            assert!(pace.count(vec![team, address(number)], at(0)).is_ok());
        }
        assert_eq!(wait(pace.count(vec![team, address(201)], at(1))), (Crowded::Team, 3599));
        assert!(pace.count(vec![address(201)], at(1)).is_ok(), "what was refused did not count");
    }

    #[test]
    fn what_is_given_back_did_not_count() {
        let pace = Pace::default();
        for _ in 0..100 {
            pace.count(vec![address(1)], at(0)).unwrap().give_back();
        }
        assert!(pace.count(vec![address(1)], at(0)).is_ok());
    }

    #[test]
    fn those_whose_hour_is_over_are_forgotten() {
        let pace = Pace::default();
        for number in 0..5 * KEPT as u64 {
            let mut name = [0; 32];
            name[..8].copy_from_slice(&number.to_be_bytes());
            let _counted = pace.count(vec![What::Address(name)], at(number * MINUTE)).unwrap();
        }
        assert!(pace.lately().sent.len() <= 2 * KEPT);
    }
}
