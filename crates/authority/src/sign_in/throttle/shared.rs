//! What all servers on one database know of attempts that went wrong, so that nobody gets more of them by going from
//! one server to the next, or by waiting for a restart.
//!
//! Each server's own memory is asked first: it bounds how many rows there can be. Rows are named by a key of ours, and
//! tell nobody an account or an address.

use super::{Count, Counted, FORGOTTEN, REMEMBERED, Ticket};
use crate::authority::Authority;
use crate::failure::Failure;
use crate::sign_in::SeenFrom;
use crate::store::tables::attempts::{self, Attempts};
use crate::store::{Statement, StoreFault, all_of};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// How often it is tried to count an attempt beside others that are counted in the same moment.
const MOST_TRIES: usize = 4;
/// How long whoever comes together with so many others waits.
const CROWDED: Duration = Duration::from_secs(1);

/// One of the things that an attempt is counted by.
struct Tally {
    counted: Counted,
    name: [u8; 32],
    /// What is known of it.
    found: Option<Count>,
}

impl Authority {
    /// Lets an attempt on an account through, or says how long to wait. It counts as gone wrong on every server, until
    /// it is said to have gone well.
    pub(crate) async fn admit(
        &self,
        account: [u8; 32],
        from: &SeenFrom,
    ) -> Result<Result<Ticket, Duration>, Failure> {
        let now = self.now();
        let ticket = match self.throttle.admit(account, from.address, now) {
            Ok(ticket) => ticket,
            Err(wait) => return Ok(Err(wait)),
        };
        for _ in 0..MOST_TRIES {
            let tallies = self.tallies(ticket).await?;
            if let Some(wait) = longest_pause(&tallies, now) {
                return Ok(Err(wait));
            }
            match self.store().write(tallies.iter().map(|tally| tally.one_more(now)).collect()).await {
                Ok(_) => return Ok(Ok(ticket)),
                Err(StoreFault::Unexpected(attempts::AS_IT_WAS)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(Err(CROWDED))
    }

    /// The attempt went well. That this can't be noted everywhere makes nobody wait who was right.
    pub(crate) async fn went_well(&self, ticket: Ticket) {
        let now = self.now();
        self.throttle.went_well(ticket, now);
        let well = |counted: Counted| {
            let name = self.name_of(counted);
            match counted {
                Counted::Pair(..) => Some(attempts::known(name, now)),
                Counted::Account(_) => Some(attempts::forget(name)),
                Counted::Address(_) => Some(attempts::one_less(name)),
                Counted::Rest => None,
            }
        };
        if let Err(fault) = self.store().write(ticket.counted().filter_map(well).collect()).await {
            tracing::warn!(%fault, "That an attempt to sign in went well could not be noted");
        }
    }

    /// What is counted for this attempt. Who has signed in from there before does not wait for what others try
    /// elsewhere on the same account.
    async fn tallies(&self, ticket: Ticket) -> Result<Vec<Tally>, Failure> {
        let names: Vec<(Counted, [u8; 32])> =
            ticket.counted().map(|counted| (counted, self.name_of(counted))).collect();
        let wanted: Vec<[u8; 32]> = names.iter().map(|(_, name)| *name).collect();
        let rows: Vec<Attempts> = all_of(self.store().read(attempts::of(&wanted)).await?)?;
        let found = |name: [u8; 32]| rows.iter().find(|row| row.name == name).map(Count::from);
        let mut tallies: Vec<Tally> =
            names.into_iter().map(|(counted, name)| Tally { counted, name, found: found(name) }).collect();
        if tallies.iter().any(Tally::is_known_here) {
            tallies.retain(|tally| !matches!(tally.counted, Counted::Account(_)));
        }
        Ok(tallies)
    }

    fn name_of(&self, counted: Counted) -> [u8; 32] {
        self.seal_key().derived("sign-in attempts v1", &counted.to_bytes())
    }
}

fn longest_pause(tallies: &[Tally], now: Timestamp) -> Option<Duration> {
    let pauses = tallies.iter().filter_map(|tally| Some(tally.found?.pause(tally.counted, now)));
    pauses.max().filter(|pause| !pause.is_zero())
}

/// Since when what was counted is of no use any more, and since when what is remembered of those who signed in.
pub(crate) fn forgotten_since(now: Timestamp) -> (Timestamp, Timestamp) {
    (now.minus(FORGOTTEN), now.minus(REMEMBERED))
}

impl Tally {
    fn is_known_here(&self) -> bool {
        matches!(self.counted, Counted::Pair(..)) && self.found.is_some_and(|count| count.has_signed_in)
    }

    fn one_more(&self, now: Timestamp) -> Statement {
        match self.found {
            None => attempts::begin(self.name, now),
            Some(before) => {
                let mut after = before;
                after.one_more(now);
                attempts::change(self.name, (before.wrong, before.last), (after.wrong, after.last))
            }
        }
    }
}

impl From<&Attempts> for Count {
    fn from(row: &Attempts) -> Self {
        Self { wrong: row.wrong, last: row.last, has_signed_in: row.is_known }
    }
}

impl Counted {
    fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Pair(account, network) => [b"pair".as_slice(), &account, &network.0.to_be_bytes()].concat(),
            Self::Account(account) => [b"account".as_slice(), &account].concat(),
            Self::Address(network) => [b"address".as_slice(), &network.0.to_be_bytes()].concat(),
            Self::Rest => Vec::new(),
        }
    }
}
