//! Verdicts on API keys, in microseconds and without I/O.
//!
//! A [`Verifier`] holds everything a verdict needs in memory: the registry (a fold of the ledger's
//! facts), the catalog, the tokens that were verified before, and what each key has left of its
//! limits. Whoever embeds it feeds it [`fact`]s in the order of the ledger and tells its [`Fence`]
//! when the ledger was last heard of; it then answers [`Verifier::decide`].

pub(crate) mod allowed;
pub mod answer;
pub mod clock;
pub(crate) mod decide;
pub mod fact;
#[cfg(feature = "feed")]
pub mod feed;
pub mod fence;
pub(crate) mod hot;
#[cfg(feature = "tower")]
pub mod layer;
pub(crate) mod limits;
pub(crate) mod refusals;
pub(crate) mod registry;
pub(crate) mod rules;
pub(crate) mod sync;
pub(crate) mod tokens;
pub(crate) mod uses;
pub mod verdict;
pub(crate) mod verifier;
pub(crate) mod world;

pub use allowed::{Allowed, Live};
pub use clock::{Awake, Now};
pub use decide::{Holder, OwnDoor, Proof, Takes};
pub use fence::Fence;
pub use hot::{Account, Usage};
pub use limits::{Budgets, Loan};
pub use refusals::{Refusal, UnprovenAttempts};
pub use registry::Misfit;
pub use rules::our_service;
pub use uses::report::{MOST_REPORTED, UsageReport};
pub use uses::{LastExpiry, LastUse, OTHER, Use, UseOutcome};
pub use verdict::{Outcome, Reason, Verdict};
pub use verifier::{NeedsProof, Presented, Request, Settings, Verifier};
