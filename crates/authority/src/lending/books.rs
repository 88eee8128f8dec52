//! What this server holds of the hours of keys, and what it has still to give back.

use counterfoil_core::id::{IssuerId, KeyId, ServiceName};
use counterfoil_verify::{Account, Awake};
use std::collections::HashMap;
use std::time::Duration;

/// A loan that is in use is replaced this long before its end.
const AHEAD: Duration = Duration::from_secs(10);

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    last_number: u64,
    held: HashMap<(KeyId, ServiceName), Held>,
    put_off: HashMap<(KeyId, ServiceName), Awake>,
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
    /// The size of the loan that it has, or none.
    pub(super) held: u32,
}

impl Books {
    /// A number that was never used.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Books what was spent, and tells who needs a loan: who was refused for want of one, has spent half of
    /// the last, or is in use when it ends.
    pub(super) fn take_in(&mut self, accounts: Vec<Account>, now: Awake) -> Vec<Due> {
        self.put_off.retain(|_, until| *until > now);
        accounts.into_iter().filter_map(|account| self.take_in_one(account, now)).collect()
    }

    fn take_in_one(&mut self, account: Account, now: Awake) -> Option<Due> {
        let Account { key, team, service, spent, left, wanting } = account;
        let place = (key, service);
        let is_needed = match self.held.get_mut(&place) {
            None => wanting,
            Some(held) => {
                held.spent = held.spent.saturating_add(spent);
                let ends_soon = held.spent > 0 && held.until < now.plus(AHEAD);
                wanting || left.saturating_mul(2) < held.requests || ends_soon
            }
        };
        let is_put_off = self.put_off.contains_key(&place);
        let held = self.held.get(&place).map_or(0, |held| held.requests);
        (is_needed && !is_put_off).then_some(Due { key, team, service: place.1, held })
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
