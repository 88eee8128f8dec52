//! How often the upstream failed, and in which way, since this server began.

use super::Lost;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// In which way an upstream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Failure {
    /// Nobody listens there.
    Refused,
    /// There is no way there: no such host, no route, and whatever else the system says.
    Unreachable,
    /// It can't prove who it is, or speaks no TLS.
    Untrusted,
    /// It was not connected to in time.
    ConnectTimeout,
    /// It closed the connection before it answered.
    Reset,
    /// What it answered is no HTTP, or not what was asked for.
    Garbled,
    /// It did not begin its answer in time.
    AnswerTimeout,
    /// Its answer broke off half way.
    CutOff,
    /// Its answer stood still.
    Silent,
}

const NAMES: [&str; 9] = [
    "refused",
    "unreachable",
    "untrusted",
    "connect-timeout",
    "reset",
    "garbled",
    "answer-timeout",
    "cut-off",
    "silent",
];

/// The figures.
#[derive(Default)]
pub(super) struct Failures([AtomicU64; NAMES.len()]);

impl Failures {
    pub(super) fn count(&self, failure: Failure) {
        self.0[failure as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// All that there are, by name.
    pub(super) fn figures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

impl Failure {
    /// Whose fault it is that there is no answer: nothing, if not the upstream's.
    pub(in crate::gateway) fn of(lost: &Lost) -> Option<Self> {
        match lost {
            Lost::Unreachable(fault) => Some(Self::of_connecting(fault)),
            Lost::SlowToConnect => Some(Self::ConnectTimeout),
            Lost::Broke(fault) => Self::of_asking(fault),
            Lost::Reset(_) => Some(Self::Reset),
            Lost::SlowToAnswer => Some(Self::AnswerTimeout),
            Lost::Garbled(_) | Lost::Uninvited => Some(Self::Garbled),
            Lost::Ended => None,
        }
    }

    fn of_connecting(fault: &io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::ConnectTimeout,
            // So rustls tells what it does not like, and who is not there any more before it could say so.
            io::ErrorKind::InvalidData => Self::Untrusted,
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => Self::Reset,
            _ => Self::Unreachable,
        }
    }

    /// A client that goes away in the middle of its body is no fault of the upstream's.
    fn of_asking(fault: &hyper::Error) -> Option<Self> {
        match fault {
            fault if fault.is_user() => None,
            fault if fault.is_parse() => Some(Self::Garbled),
            fault if fault.is_timeout() => Some(Self::AnswerTimeout),
            _ => Some(Self::Reset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_fail_has_a_name_of_its_own() {
        let failures = Failures::default();
        failures.count(Failure::Refused);
        failures.count(Failure::Silent);
        failures.count(Failure::Silent);
        let found: Vec<_> = failures.figures().filter(|(_, count)| *count > 0).collect();
        assert_eq!(found, [("refused", 1), ("silent", 2)]);
    }

    #[test]
    fn what_the_system_says_of_a_connection_is_told_apart() {
        let of = |kind: io::ErrorKind| Failure::of(&Lost::Unreachable(kind.into()));
        assert_eq!(of(io::ErrorKind::ConnectionRefused), Some(Failure::Refused));
        assert_eq!(of(io::ErrorKind::TimedOut), Some(Failure::ConnectTimeout));
        assert_eq!(of(io::ErrorKind::InvalidData), Some(Failure::Untrusted));
        assert_eq!(of(io::ErrorKind::HostUnreachable), Some(Failure::Unreachable));
        assert_eq!(Failure::of(&Lost::SlowToConnect), Some(Failure::ConnectTimeout));
        assert_eq!(Failure::of(&Lost::SlowToAnswer), Some(Failure::AnswerTimeout));
        assert_eq!(Failure::of(&Lost::Ended), None);
    }
}
