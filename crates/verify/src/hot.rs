//! What is kept of a key while it is in use: its budget and its uses. Not in the registry, so that a
//! cold key costs nothing for it and a reload gives nobody a fresh budget.

use crate::clock::{Awake, Now};
use crate::limits::{Budget, Budgets, Charge, Loan};
use crate::registry::header;
use crate::rules::Rules;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::uses::{LastExpiry, LastUse, Noted, Use, Uses};
use counterfoil_core::id::{IssuerId, KeyId, ServiceName};
use counterfoil_core::time::Timestamp;
use http::HeaderValue;
use std::sync::Arc;

/// All keys in use.
pub(crate) struct HotKeys {
    keys: papaya::HashMap<KeyId, Arc<HotKey>>,
    budgets: Budgets,
}

/// A key in use.
pub(crate) struct HotKey {
    pub(crate) key: KeyId,
    pub(crate) team: IssuerId,
    pub(crate) key_header: HeaderValue,
    pub(crate) team_header: HeaderValue,
    state: Mutex<HotState>,
}

/// What changes with each request. Nearly all of them touch nothing beyond these few lines of memory.
#[derive(Default)]
pub(crate) struct HotState {
    /// Whether it is out of use: whoever still holds it must take another.
    is_over: bool,
    uses: Uses,
    /// The budget at the service that was asked last, and those at others.
    budget: Option<(ServiceName, Budget)>,
    other_budgets: Vec<(ServiceName, Budget)>,
}

/// What was lent of a key's budget, and what became of it since this was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The key.
    pub key: KeyId,
    /// Whose key.
    pub team: IssuerId,
    /// The service whose limit it is.
    pub service: ServiceName,
    /// Requests let through since the last account.
    pub spent: u32,
    /// What is left of what was lent.
    pub left: u32,
    /// Whether a request was refused for want of more.
    pub wanting: bool,
}

/// What keys were used for since it was last asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The uses.
    pub uses: Vec<Use>,
    /// When keys were last used.
    pub last: Vec<LastUse>,
    /// Until when tokens of keys may be used that were seen meanwhile.
    pub expiries: Vec<LastExpiry>,
    /// How many uses found no room.
    pub not_counted: u64,
}

impl HotKeys {
    pub(crate) fn new(budgets: Budgets) -> Self {
        Self { keys: papaya::HashMap::new(), budgets }
    }

    pub(crate) fn of(&self, key: KeyId, team: IssuerId) -> Arc<HotKey> {
        let keys = self.keys.pin();
        // Nearly always it is there, and looking is much cheaper than offering one.
        if let Some(hot) = keys.get(&key) {
            return hot.clone();
        }
        keys.get_or_insert_with(key, || Arc::new(HotKey::new(key, team))).clone()
    }

    /// Calls `with` what there is of a key; of one that is out of use, with what took its place.
    pub(crate) fn with<T>(&self, hot: &Arc<HotKey>, with: impl FnOnce(&mut HotState) -> T) -> T {
        let mut replacement;
        let mut hot = hot;
        loop {
            let mut state = hot.state();
            if !state.is_over {
                return with(&mut state);
            }
            drop(state);
            let _ = self.keys.pin().remove_if(&hot.key, |_, there| Arc::ptr_eq(there, hot));
            replacement = self.of(hot.key, hot.team);
            hot = &replacement;
        }
    }

    pub(crate) const fn budgets(&self) -> Budgets {
        self.budgets
    }

    pub(crate) fn last_used(&self, key: KeyId) -> Option<Timestamp> {
        self.keys.pin().get(&key).and_then(|hot| hot.state().uses.last())
    }

    /// Takes what keys were used for, and lets go of those that are in use no more.
    pub(crate) fn take(&self, now: Now) -> Usage {
        let mut usage = Usage::default();
        let keys = self.keys.pin();
        for (key, hot) in &keys {
            // One for the map; whatever else there is may still be asked.
            let is_held = Arc::strong_count(hot) > 1;
            let mut state = hot.state();
            state.take(hot, now, &mut usage);
            if !is_held && state.is_idle(now) {
                state.is_over = true;
                drop(state);
                let _ = keys.remove_if(key, |_, there| Arc::ptr_eq(there, hot));
            }
        }
        usage
    }

    pub(crate) fn lend(&self, hot: &Arc<HotKey>, service: &ServiceName, loan: Loan) -> u32 {
        self.with(hot, |state| match state.budget(service, Budgets::Lent) {
            Budget::Lent(lent) => lent.lend(loan),
            Budget::Own(_) => 0,
        })
    }

    pub(crate) fn run_dry(&self, hot: &Arc<HotKey>, service: &ServiceName, until: Awake) {
        self.with(hot, |state| {
            if let Budget::Lent(lent) = state.budget(service, Budgets::Lent) {
                lent.run_dry(until);
            }
        });
    }

    pub(crate) fn accounts(&self, now: Now) -> Vec<Account> {
        let mut accounts = Vec::new();
        for hot in self.keys.pin().values() {
            for (service, budget) in hot.state().budgets() {
                let Budget::Lent(lent) = budget else { continue };
                let (spent, left, wanting) = lent.take_account(now.awake);
                let service = service.clone();
                accounts.push(Account { key: hot.key, team: hot.team, service, spent, left, wanting });
            }
        }
        accounts
    }
}

impl HotKey {
    fn new(key: KeyId, team: IssuerId) -> Self {
        Self {
            key,
            team,
            key_header: header(key.as_str()),
            team_header: header(&team.to_string()),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, HotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HotState {
    /// Takes one request off the key's hour at a service.
    pub(crate) fn charge(&mut self, service: &ServiceName, limit: u32, budgets: Budgets, now: Now) -> Charge {
        self.budget(service, budgets).charge(limit, now.awake)
    }

    /// How many more would pass.
    pub(crate) fn left(&mut self, service: &ServiceName, limit: u32, budgets: Budgets, now: Now) -> u32 {
        self.budget(service, budgets).left(limit, now.awake)
    }

    pub(crate) fn note(&mut self, rules: &Arc<Rules>, noted: Noted) {
        self.uses.note(rules, noted);
    }

    pub(crate) fn see_expiry(&mut self, at: Timestamp) {
        self.uses.see_expiry(at);
    }

    fn budget(&mut self, service: &ServiceName, budgets: Budgets) -> &mut Budget {
        if self.budget.as_ref().is_none_or(|(name, _)| name != service) {
            let at = self.other_budgets.iter().position(|(name, _)| name == service);
            let wanted = at.map(|at| self.other_budgets.swap_remove(at));
            self.other_budgets.extend(self.budget.take());
            self.budget = wanted;
        }
        &mut self.budget.get_or_insert_with(|| (service.clone(), Budget::new(budgets))).1
    }

    fn budgets(&mut self) -> impl Iterator<Item = &mut (ServiceName, Budget)> {
        self.budget.iter_mut().chain(&mut self.other_budgets)
    }

    fn take(&mut self, hot: &HotKey, now: Now, usage: &mut Usage) {
        self.uses.take(hot.key, hot.team, now.wall, &mut usage.uses);
        usage.last.extend(self.uses.take_last().map(|at| LastUse { key: hot.key, at }));
        usage.expiries.extend(self.uses.take_expiry().map(|at| LastExpiry { key: hot.key, at }));
        usage.not_counted += self.uses.take_not_counted();
    }

    fn is_idle(&mut self, now: Now) -> bool {
        self.uses.is_idle() && self.budgets().all(|(_, budget)| budget.is_idle(now.awake))
    }
}
