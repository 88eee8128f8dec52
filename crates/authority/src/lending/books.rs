//! What this server holds of the hours of keys, and what it has still to give back.

use counterfoil_core::id::{IssuerId, KeyId, ServiceName};
use counterfoil_verify::{Account, Awake};
use std::collections::HashMap;
use std::time::Duration;

/// A loan that is in use is replaced this long before its end.
const AHEAD: Duration = Duration::from_secs(10);
/// For how long after its last use a key has a loan, so that the next request need not wait for one.
const WARM: Duration = Duration::from_secs(3600);
/// How many keys have one without being in use. Each costs a write a minute.
const MOST_WARM: usize = 2_000;
/// How often it is looked who of them needs another: many at once, in one transaction.
const LOOK_AHEAD: Duration = Duration::from_secs(4);

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    last_number: u64,
    held: HashMap<(KeyId, ServiceName), Held>,
    put_off: HashMap<(KeyId, ServiceName), Awake>,
    /// When keys were last in use.
    warm: HashMap<(KeyId, ServiceName), Awake>,
    looked_ahead: Option<Awake>,
    /// Ended, and not yet known to be told; the oldest first.
    ended: Vec<Ended>,
}

/// A loan in use.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) key: KeyId,
    pub(super) team: IssuerId,
    pub(super) service: ServiceName,
    pub(super) until: Awake,
    number: u64,
    requests: u32,
    spent: u32,
}

/// A loan that has ended, and how much of it was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) key: KeyId,
    pub(super) service: ServiceName,
    pub(super) number: u64,
    pub(super) spent: u32,
}

/// A key that needs a loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) key: KeyId,
    pub(super) team: IssuerId,
    pub(super) service: ServiceName,
    pub(super) need: Need,
}

/// How much it needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It is in use.
    Now {
        /// The size of the loan that it has, or none.
        held: u32,
    },
    /// It was in use not long ago, and may be again.
    Soon,
}

impl Books {
    /// A number that was never used.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Books what was spent, and tells who needs a loan: who was refused for want of one, has spent half of
    /// the last, or is in use when it ends; and, now and then, who was in use within the last hour.
    pub(super) fn take_in(&mut self, accounts: Vec<Account>, now: Awake) -> Vec<Due> {
        self.put_off.retain(|_, until| *until > now);
        let looks_ahead = self.looked_ahead.is_none_or(|last| now >= last.plus(LOOK_AHEAD));
        if looks_ahead {
            self.looked_ahead = Some(now);
            self.warm.retain(|_, last| now < last.plus(WARM));
        }
        accounts.into_iter().filter_map(|account| self.take_in_one(account, now, looks_ahead)).collect()
    }

    fn take_in_one(&mut self, account: Account, now: Awake, looks_ahead: bool) -> Option<Due> {
        let Account { key, team, service, spent, left, wanting } = account;
        let place = (key, service);
        if spent > 0 || wanting {
            self.warm_up(&place, now);
        }
        let (is_needed, ends_soon) = match self.held.get_mut(&place) {
            None => (wanting, true),
            Some(held) => {
                held.spent = held.spent.saturating_add(spent);
                let ends_soon = held.until < now.plus(AHEAD);
                let is_short = wanting || left.saturating_mul(2) < held.requests;
                (is_short || held.spent > 0 && ends_soon, ends_soon)
            }
        };
        let need = if is_needed {
            Need::Now { held: self.held.get(&place).map_or(0, |held| held.requests) }
        } else if looks_ahead && ends_soon && self.warm.contains_key(&place) {
            Need::Soon
        } else {
            return None;
        };
        let is_put_off = self.put_off.contains_key(&place);
        (!is_put_off).then_some(Due { key, team, service: place.1, need })
    }

    /// Of too many that whose last use lies furthest back makes room.
    fn warm_up(&mut self, place: &(KeyId, ServiceName), now: Awake) {
        if let Some(last) = self.warm.get_mut(place) {
            *last = now;
            return;
        }
        if self.warm.len() >= MOST_WARM {
            let oldest = self.warm.iter().min_by_key(|(_, last)| **last).map(|(place, _)| place.clone());
            oldest.and_then(|oldest| self.warm.remove(&oldest));
        }
        self.warm.insert(place.clone(), now);
    }

    /// Looks after this key no more until it is in use again.
    pub(super) fn cool(&mut self, due: &Due) {
        self.warm.remove(&(due.key, due.service.clone()));
    }

    /// Asks for this key no more until then.
    pub(super) fn put_off(&mut self, due: &Due, until: Awake) {
        self.put_off.insert((due.key, due.service.clone()), until);
    }

    /// Notes a loan that has taken the place of the last, of which `spent` more were spent.
    pub(super) fn replace(&mut self, due: Due, number: u64, requests: u32, until: Awake, spent: u32) {
        let Due { key, team, service, .. } = due;
        let held = Held { key, team, service: service.clone(), until, number, requests, spent: 0 };
        if let Some(before) = self.held.insert((key, service), held) {
            self.note_end(before, spent);
        }
    }

    /// Ends the loans for which `is_over` holds; `void` voids what is left of one and tells what more was
    /// spent of it.
    pub(super) fn end(&mut self, is_over: impl Fn(&Held) -> bool, void: impl Fn(&Held) -> u32) {
        let over: Vec<Held> = self.held.extract_if(|_, held| is_over(held)).map(|(_, held)| held).collect();
        for held in over {
            let spent = void(&held);
            self.note_end(held, spent);
        }
    }

    fn note_end(&mut self, held: Held, spent: u32) {
        let Held { key, service, number, .. } = held;
        let spent = held.spent.saturating_add(spent);
        self.ended.push(Ended { key, service, number, spent });
    }

    /// Some that have ended and must be told.
    pub(super) fn ended(&self, most: usize) -> Option<Vec<Ended>> {
        let some: Vec<Ended> = self.ended.iter().take(most).cloned().collect();
        (!some.is_empty()).then_some(some)
    }

    /// That many of the oldest were told.
    pub(super) fn told(&mut self, count: usize) {
        self.ended.drain(..count.min(self.ended.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Awake {
        Awake::after_start(Duration::from_secs(seconds))
    }

    fn key(number: usize) -> KeyId {
        KeyId::try_from(format!("K{number:09}").as_str()).unwrap()
    }

    fn account(number: usize, spent: u32, left: u32, wanting: bool) -> Account {
        let team = IssuerId::try_from("57246542-96fe-1a63-e053-0824d011072a").unwrap();
        Account {
            key: key(number),
            team,
            service: ServiceName::try_from("api").unwrap(),
            spent,
            left,
            wanting,
        }
    }

    /// What is needed, and the loan that is given for it at once: of ten requests, for a minute.
    fn look(books: &mut Books, account: Account, now: u64) -> Option<Need> {
        let due = books.take_in(vec![account], at(now)).pop()?;
        let (need, number) = (due.need, books.next_number());
        books.replace(due, number, 10, at(now + 60), 0);
        Some(need)
    }

    #[test]
    fn a_key_that_was_in_use_has_a_loan_for_an_hour_after() {
        let mut books = Books::default();
        assert_eq!(look(&mut books, account(1, 0, 0, true), 100), Some(Need::Now { held: 0 }));
        assert_eq!(look(&mut books, account(1, 1, 9, false), 101), None);
        assert_eq!(
            look(&mut books, account(1, 0, 9, false), 155),
            Some(Need::Now { held: 10 }),
            "it is in use"
        );
        let mut loans = 0;
        for now in 156..101 + 3600 {
            match look(&mut books, account(1, 0, 10, false), now) {
                Some(need) => loans += u32::from(need == Need::Soon),
                None => assert!(books.held.values().all(|held| held.until > at(now))),
            }
        }
        assert!((58..=75).contains(&loans), "{loans}");
        for now in 101 + 3600..101 + 3700 {
            assert_eq!(look(&mut books, account(1, 0, 10, false), now), None);
        }
    }

    #[test]
    fn an_hour_of_which_little_is_left_is_not_lent_ahead() {
        let mut books = Books::default();
        look(&mut books, account(1, 0, 0, true), 100);
        let due = books.take_in(vec![account(1, 0, 10, false)], at(155)).pop().unwrap();
        assert_eq!(due.need, Need::Soon);
        books.cool(&due);
        assert_eq!(books.take_in(vec![account(1, 0, 10, false)], at(159)), []);
        assert_eq!(look(&mut books, account(1, 0, 0, true), 163), Some(Need::Now { held: 10 }));
    }

    #[test]
    fn of_too_many_keys_those_used_last_are_looked_after() {
        let mut books = Books::default();
        for number in 0..MOST_WARM + 3 {
            books.take_in(vec![account(number, 0, 0, true)], at(100 + number as u64));
        }
        assert_eq!(books.warm.len(), MOST_WARM);
        let is_warm = |number: usize| books.warm.keys().any(|(warm, _)| *warm == key(number));
        assert_eq!([0, 2, 3, MOST_WARM + 2].map(is_warm), [false, false, true, true]);
    }
}
