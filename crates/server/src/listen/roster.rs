//! Who is in the house, and who leaves first when it is full.

use super::bell::{Bell, Call, Ear};
use super::progress::{Idleness, Progress};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

/// All open connections.
#[derive(Default)]
pub(super) struct Roster {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    taken: HashMap<u64, Arc<Guest>>,
    next: u64,
}

/// What the house knows of one connection.
struct Guest {
    progress: Arc<Progress>,
    bell: Bell,
}

/// A connection's place in the roster, given up when dropped.
pub(super) struct Seat {
    roster: Arc<Roster>,
    number: u64,
    guest: Arc<Guest>,
}

impl Roster {
    pub(super) fn enter(self: &Arc<Self>, progress: Progress) -> Seat {
        let guest = Arc::new(Guest { progress: Arc::new(progress), bell: Bell::default() });
        let mut seats = self.seats();
        let number = seats.next;
        seats.next += 1;
        seats.taken.insert(number, Arc::clone(&guest));
        drop(seats);
        Seat { roster: Arc::clone(self), number, guest }
    }

    /// Asks up to `count` connections without a request to leave, those first that never had one, then
    /// those idle longest. Returns how many were asked.
    pub(super) fn ask_to_leave(&self, count: usize) -> usize {
        let seats = self.seats();
        let mut idle: Vec<(Idleness, u64)> = seats
            .taken
            .iter()
            .filter_map(|(number, guest)| Some((guest.progress.idleness()?, *number)))
            .collect();
        if idle.len() > count {
            idle.select_nth_unstable(count);
            idle.truncate(count);
        }
        for guest in idle.iter().filter_map(|(_, number)| seats.taken.get(number)) {
            guest.bell.ring(Call::Leave);
        }
        idle.len()
    }

    /// Calls to everybody in the house.
    pub(super) fn call(&self, call: Call) {
        self.seats().taken.values().for_each(|guest| guest.bell.ring(call));
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.guest.progress
    }

    /// Has every call from here on wake the task.
    pub(super) fn listen(&self, ear: &mut Ear, cx: &Context<'_>) {
        ear.listen(&self.guest.bell, cx);
    }

    /// Whether nothing was called to this connection, ever or since it was last asked to leave.
    pub(super) fn is_left_alone(&self) -> bool {
        self.guest.bell.is_quiet()
    }

    pub(super) fn is_cut_off(&self) -> bool {
        self.guest.bell.has_called(Call::Cut)
    }

    pub(super) fn is_to_finish(&self) -> bool {
        self.guest.bell.has_called(Call::Drain)
    }

    /// Whether the house wants the place back. The asking may cross with a request's arrival: then
    /// the connection stays.
    pub(super) fn must_leave(&self) -> bool {
        self.guest.bell.take(Call::Leave) && self.guest.progress.idleness().is_some()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.seats().taken.remove(&self.number);
    }
}
