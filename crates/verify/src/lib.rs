//! Verdicts on API keys, in microseconds and without I/O.
//!
//! A [`Verifier`] holds everything a verdict needs in memory: the registry (a fold of the ledger's
//! facts), the catalog, the tokens that were verified before, and what each key has left of its
//! limits. Whoever embeds it feeds it [`fact`]s in the order of the ledger and tells its [`fence`]
//! when the ledger was last heard of; it then answers [`Verifier::decide`].

mod allowed;
pub mod clock;
pub mod fact;
pub mod fence;
pub mod verdict;
mod verifier;

pub use allowed::{Allowed, Live};
pub use clock::{Awake, Now};
pub use fence::Fence;
pub use verdict::{Outcome, Reason, Verdict};
pub use verifier::{Budgets, Misfit, NeedsProof, Presented, Request, Settings, Verifier};
