//! What a listener counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// Running counts, for the metrics.
#[derive(Debug, Default)]
pub struct Figures {
    connections: Count,
    requests: Count,
    panics: Count,
    timed_out: Count,
    made_room: Count,
    turned_away: Count,
    handshakes_failed: Count,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Connections accepted.
    pub connections: u64,
    /// Requests whose head was read.
    pub requests: u64,
    /// Requests that ended in a panic of the service.
    pub panics: u64,
    /// Connections closed because the peer was too slow or idle too long.
    pub timed_out: u64,
    /// Idle connections closed because a newcomer needed the place.
    pub made_room: u64,
    /// Connections closed as they came, because their address has as many as it may.
    pub turned_away: u64,
    /// TLS handshakes that failed or took too long.
    pub handshakes_failed: u64,
    /// Connections cut off at the end of a drain.
    pub cut: usize,
}

impl Figures {
    /// The counts now, of a server that still serves.
    #[must_use]
    pub fn now(&self) -> Summary {
        self.summary(0)
    }

    pub(super) fn summary(&self, cut: usize) -> Summary {
        Summary {
            connections: self.connections.get(),
            requests: self.requests.get(),
            panics: self.panics.get(),
            timed_out: self.timed_out.get(),
            made_room: self.made_room.get(),
            turned_away: self.turned_away.get(),
            handshakes_failed: self.handshakes_failed.get(),
            cut,
        }
    }

    pub(super) fn connection(&self) {
        self.connections.one_more();
    }

    pub(super) fn request(&self) {
        self.requests.one_more();
    }

    pub(super) fn panic(&self) {
        self.panics.one_more();
    }

    pub(super) fn timed_out(&self) {
        self.timed_out.one_more();
    }

    pub(super) fn made_room(&self) {
        self.made_room.one_more();
    }

    pub(super) fn turned_away(&self) {
        self.turned_away.one_more();
    }

    pub(super) fn handshake_failed(&self) {
        self.handshakes_failed.one_more();
    }
}

#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
