//! Why a use case did not do what was asked.

use crate::outbox::Crowded;
use crate::store::StoreFault;
use counterfoil_core::refusal::Refusal;
use std::time::Duration;

/// Why a use case did not do what was asked. Nothing of it was done, unless it says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The same idempotency key came with another request.
    #[error("this idempotency key was used for a request with another body")]
    IdempotencyMismatch,
    /// So many mails were sent within an hour that the next must wait.
    #[error("{of}; the next can go in {} minutes", wait.as_secs().div_ceil(60))]
    TooManyMails {
        /// Of what there were so many.
        of: Crowded,
        /// For how long.
        wait: Duration,
    },
    /// Too many others write at once, or the store can't be reached; it may be tried again.
    #[error("the store did not take this just now: {0}")]
    Unavailable(String),
    /// The connection to the database broke while committing. It may have happened: look before
    /// doing it again.
    #[error("nobody can say yet whether this was done: {0}")]
    Unknown(String),
    /// The ledger can't be trusted or read; nothing is decided on it.
    #[error("{0}")]
    LedgerStopped(String),
    /// The clock of this machine is behind the ledger's last event.
    #[error(
        "this machine's clock is {behind_seconds} seconds behind the ledger's last event; set the clock, then try again"
    )]
    ClockBehind {
        /// By how much.
        behind_seconds: u64,
    },
    /// A private half could not be opened with the seal key.
    #[error("the sealed private half can't be opened: {0}")]
    Seal(String),
    /// Something that can't be, as far as we know.
    #[error("{0}")]
    Fault(String),
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Unavailable(why) => Self::Unavailable(why),
            other @ (StoreFault::Corrupt(_) | StoreFault::Newer { .. } | StoreFault::Unfit(_)) => {
                Self::LedgerStopped(other.to_string())
            }
            other @ StoreFault::Unexpected(_) => Self::Fault(other.to_string()),
        }
    }
}
