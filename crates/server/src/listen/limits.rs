//! What a stranger may take of us.

use std::time::Duration;

/// Limits of one listener. How long the service may think about a request is its own affair.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once. When all are taken, those idle longest make room for newcomers; when all
    /// are busy with requests, newcomers wait in the kernel's queue.
    pub connections: u32,
    /// Connections of one address at once; 0 for as many as there are places. One more is closed as it comes. Of
    /// IPv6, a network of 64 bits is one address.
    pub connections_per_address: u32,
    /// For a TLS handshake.
    pub handshake: Duration,
    /// For the whole head of a request, from its first byte; for the first request of a connection,
    /// from the connection's opening.
    pub head: Duration,
    /// Between two requests of one connection.
    pub idle: Duration,
    /// Between two pieces of a request's body, as far as the service waited for them.
    pub body_stall: Duration,
    /// The pace that a request's body must keep on the whole, after a first `body_stall`.
    pub body_bytes_per_second: u64,
    /// Without the peer taking anything of an answer that is ready. (Of an HTTP/2 answer's last piece only
    /// `idle` is the limit.)
    pub answer_stall: Duration,
    /// Of a request's line and header fields together; more is answered with 431.
    pub head_bytes: u32,
    /// Header fields of a request; more is answered with 431.
    pub head_fields: usize,
    /// Of a request's body; more is answered with 413.
    pub body_bytes: u64,
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 0,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body_stall: Duration::from_secs(10),
            body_bytes_per_second: 1024,
            answer_stall: Duration::from_secs(30),
            head_bytes: 16 * 1024,
            head_fields: 100,
            body_bytes: 1024 * 1024,
            streams: 100,
        }
    }
}

impl Limits {
    /// At least one place, and no more than a semaphore counts.
    pub(super) fn places(&self) -> u32 {
        self.connections.clamp(1, u32::MAX >> 4)
    }
}
