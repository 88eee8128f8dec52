//! The verifier: what a resource server asks.

use crate::clock::Now;
use crate::fact::{Fact, Place, Snapshot};
use crate::fence::Fence;
use crate::verdict::{Served, Verdict};
use counterfoil_core::catalog::Catalog;
use std::sync::Arc;
use std::time::Duration;

/// A request, as far as a verdict needs it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// Path and query, byte for byte as they will be served.
    pub target: &'r str,
    /// What came in `Authorization`. That it came twice is refused before.
    pub token: Presented<'r>,
    /// The request's id, for who looks up what a holder was told; empty if it has none.
    pub id: &'r str,
    /// The client's address, in the form in which it may be kept; empty if it may not.
    pub from: &'r str,
}

/// What a request shows of a credential.
#[derive(Clone, Copy)]
pub enum Presented<'r> {
    /// None.
    Nothing,
    /// One that is not `Bearer`.
    OtherScheme,
    /// The text after `Bearer `.
    Bearer(&'r str),
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("[credential]")
    }
}

/// What a verifier is set to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many verified tokens are remembered.
    pub remembered_tokens: usize,
    /// Whether the upstream hides apps that the caller may not see, whatever the catalog says.
    pub upstream_filters_apps: bool,
    /// Whether the hour's budget of each key is lent to this verifier, or all its own.
    pub budgets: Budgets,
}

/// Whose the budgets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budgets {
    /// This verifier's alone.
    Own,
    /// Shared with others: it spends what it is lent.
    Lent,
}

/// The signature must be checked first: let a lane call [`Verifier::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsProof {
    /// The service that the request is for.
    pub service: Option<Served>,
}

impl NeedsProof {
    /// The verdict if no lane has room.
    #[must_use]
    pub fn overloaded(self, retry_after: Duration) -> Verdict {
        let _ = retry_after;
        todo!()
    }
}

/// A fact does not fit what is there: the feed must be read anew from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Something at or before the place that was read already.
    #[error("the fact at position {0} comes too late: that far was read before")]
    OutOfOrder(u64),
    /// It is about a team that was never opened.
    #[error("the fact at position {0} is about a team that was never opened")]
    UnknownTeam(u64),
    /// Another life of the ledger has begun.
    #[error("another epoch of the ledger begins at position {0}")]
    OtherEpoch(u64),
}

/// Gives verdicts. All its methods may be called from any thread, and none waits.
#[derive(Debug)]
pub struct Verifier {
    fence: Fence,
}

impl Verifier {
    /// A verifier that knows the catalog and nothing else, and refuses everything.
    #[must_use]
    pub fn new(_catalog: Arc<Catalog>, _settings: Settings) -> Self {
        todo!()
    }

    /// Replaces all that is known of teams; tokens that were verified before are verified anew.
    pub fn load(&self, _snapshot: &Snapshot) {
        todo!()
    }

    /// Takes the next fact in. Once this has returned, no request that starts later is judged without it.
    ///
    /// # Errors
    /// If it does not fit what is there.
    pub fn apply(&self, _fact: &Fact) -> Result<(), Misfit> {
        todo!()
    }

    /// All facts up to this place have been applied.
    pub fn read_through(&self, _place: Place) {
        todo!()
    }

    /// How far the ledger has been read; `None` before anything was loaded.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        todo!()
    }

    /// Judges by another catalog from here on.
    pub fn use_catalog(&self, _catalog: Arc<Catalog>) {
        todo!()
    }

    /// The catalog that is judged by.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        todo!()
    }

    /// What must be told of each successful read of the ledger's head.
    #[must_use]
    pub const fn fence(&self) -> &Fence {
        &self.fence
    }

    /// The verdict. Checks a signature if the token is new: some fifty microseconds.
    #[must_use]
    pub fn decide(&self, _request: &Request<'_>, _now: Now) -> Verdict {
        todo!()
    }

    /// The verdict, if it can be given without checking a signature.
    ///
    /// # Errors
    /// The token is new, well formed, and of a key that exists.
    pub fn decide_known(&self, _request: &Request<'_>, _now: Now) -> Result<Verdict, NeedsProof> {
        todo!()
    }
}
