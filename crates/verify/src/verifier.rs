//! The verifier: what a resource server asks.

use crate::clock::{Awake, Now};
use crate::decide::{self, Checking};
use crate::fact::{Fact, Place, Snapshot, TeamFacts};
use crate::fence::Fence;
use crate::hot::{Account, HotKeys, Usage};
use crate::limits::{Budgets, Loan};
use crate::refusals::{Refusal, Refusals, UnprovenAttempts};
use crate::registry::{Fold, Misfit, Records};
use crate::rules::Rules;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::tokens::Tokens;
use crate::verdict::{Reason, Served, Verdict};
use crate::world::World;
use arc_swap::ArcSwap;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::{IssuerId, KeyId, ServiceName};
use counterfoil_core::time::Timestamp;
use std::borrow::Borrow;
use std::fmt;
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
    /// The request's id, for whoever looks up what a holder was told; empty if it has none.
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

/// Shows nothing: a token is a secret while it lasts.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[credential]")
    }
}

/// What a verifier is set to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many verified tokens of up to 1 KiB are remembered; a longer one counts as several.
    pub remembered_tokens: usize,
    /// Whether the upstream hides apps that the caller may not see, whatever the catalog says.
    pub upstream_filters_apps: bool,
    /// Whether the hour's budget of each key is lent to this verifier, or all its own.
    pub budgets: Budgets,
}

impl Default for Settings {
    fn default() -> Self {
        Self { remembered_tokens: 65_536, upstream_filters_apps: false, budgets: Budgets::Own }
    }
}

/// The signature must be checked first: let a lane call [`Verifier::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsProof {
    /// The service that the request is for.
    pub service: Option<Served>,
    /// The key that the token names. Anybody can name any.
    pub key: KeyId,
    /// Whether there is such a key. If not, it may have been generated elsewhere a moment ago: whoever can
    /// ask for what is new does so first. Then nothing is left to be checked of a key that there is not.
    pub is_known: bool,
}

impl NeedsProof {
    /// The verdict if no lane has room.
    #[must_use]
    pub fn overloaded(self, retry_after: Duration) -> Verdict {
        Verdict::refused(Reason::Overloaded { retry_after }, self.service)
    }
}

/// Gives verdicts. All its methods may be called from any thread, and none waits for anything but
/// another that is as short.
pub struct Verifier {
    world: ArcSwap<World>,
    fold: Mutex<Fold>,
    tokens: Tokens,
    hot: HotKeys,
    refusals: Refusals,
    fence: Fence,
    settings: Settings,
}

impl Verifier {
    /// A verifier that knows a catalog and nothing else, and refuses everything.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, settings: Settings) -> Self {
        let world = World::new(Arc::new(Rules::new(catalog)), Arc::new(Records::default()));
        Self {
            world: ArcSwap::from_pointee(world),
            fold: Mutex::default(),
            tokens: Tokens::new(settings.remembered_tokens),
            hot: HotKeys::new(settings.budgets),
            refusals: Refusals::default(),
            fence: Fence::default(),
            settings,
        }
    }

    /// The verdict. Checks a signature if the token is new: some fifty microseconds.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>, now: Now) -> Verdict {
        // Where checking is allowed no proof is ever wanting; were it, this refuses.
        let refuse = |wanting: NeedsProof| wanting.overloaded(Duration::from_secs(1));
        decide::decide(self, request, now, Checking::Now).unwrap_or_else(refuse)
    }

    /// The verdict, if it can be given without checking a signature.
    ///
    /// # Errors
    /// The token is new, and its header is well formed.
    pub fn decide_known(&self, request: &Request<'_>, now: Now) -> Result<Verdict, NeedsProof> {
        decide::decide(self, request, now, Checking::NotHere)
    }

    /// Replaces all that is known of teams; tokens that were verified before are verified anew, streams
    /// that were let in end. What keys have used of their budgets stays.
    pub fn load(&self, snapshot: &Snapshot) {
        let Snapshot { epoch, through, teams, .. } = snapshot;
        let place =
            Place { epoch: *epoch, position: through.position, hash: through.hash.unwrap_or_default() };
        self.load_teams(place, teams.iter().map(|team| team.keys.len()).sum(), teams.iter());
    }

    /// The same for whoever makes the facts of one team after the other. `keys` is about how many keys they have.
    pub fn load_teams<T: Borrow<TeamFacts>>(
        &self,
        place: Place,
        keys: usize,
        teams: impl Iterator<Item = T>,
    ) {
        let mut fold = self.fold();
        let records = Arc::new(fold.load(place, keys, teams));
        self.replace(World::new(self.world.load().rules.clone(), records));
    }

    /// Takes the next fact in. Once this has returned, no request that starts later is judged without it.
    ///
    /// # Errors
    /// If it does not fit what is there. Then the feed must be read anew from a snapshot.
    pub fn apply(&self, fact: &Fact) -> Result<(), Misfit> {
        self.fold().apply(&self.world.load().records, fact)
    }

    /// All facts up to this place have been applied; there may have been none.
    pub fn read_through(&self, place: Place) {
        self.fold().read_through(place);
    }

    /// How far the ledger has been read; `None` before anything was loaded. Between a fact and the next
    /// [`Verifier::read_through`] the hash is still that of before.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.fold().place()
    }

    /// Judges by another catalog from here on. Streams that were let in by the last end.
    pub fn use_catalog(&self, catalog: Arc<Catalog>) {
        let _fold = self.fold();
        let records = self.world.load().records.clone();
        self.replace(World::new(Arc::new(Rules::new(catalog)), records));
    }

    /// The catalog that is judged by.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.world.load().rules.catalog.clone()
    }

    /// What must be told of each successful read of the ledger's head.
    #[must_use]
    pub const fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Takes what keys were used for since this was last asked. Whoever embeds a verifier asks every
    /// few seconds, also if it has no use for the answer.
    #[must_use]
    pub fn take_usage(&self, now: Now) -> Usage {
        self.hot.take(now)
    }

    /// When a key was last used, as far as it is in memory.
    #[must_use]
    pub fn last_used(&self, key: KeyId) -> Option<Timestamp> {
        self.hot.last_used(key)
    }

    /// The last thousand refusals of a team's proven tokens, newest first.
    #[must_use]
    pub fn refusals_of(&self, team: IssuerId) -> Vec<Refusal> {
        self.refusals.of_team(team)
    }

    /// Takes the refusals of proven tokens since this was last asked; of many of one team, the last thousand.
    #[must_use]
    pub fn take_refusals(&self) -> Vec<(IssuerId, Refusal)> {
        self.refusals.take()
    }

    /// Attempts by tokens that proved nothing.
    #[must_use]
    pub fn unproven_attempts(&self) -> UnprovenAttempts {
        self.refusals.unproven()
    }

    /// Lends of a key's hour at a service, in place of what was lent before: the rest of that is void from
    /// here on. Answers how many requests were let through since that was last asked. Nothing happens if
    /// the budgets are this verifier's own.
    pub fn lend(&self, key: KeyId, team: IssuerId, service: &ServiceName, loan: Loan) -> u32 {
        match self.settings.budgets {
            Budgets::Lent => self.hot.lend(&self.hot.of(key, team), service, loan),
            Budgets::Own => 0,
        }
    }

    /// Tells that of a key's hour at a service nothing can be lent until then.
    pub fn run_dry(&self, key: KeyId, team: IssuerId, service: &ServiceName, until: Awake) {
        if self.settings.budgets == Budgets::Lent {
            self.hot.run_dry(&self.hot.of(key, team), service, until);
        }
    }

    /// What became of what was lent since this was last asked, and who wants more.
    #[must_use]
    pub fn take_accounts(&self, now: Now) -> Vec<Account> {
        self.hot.accounts(now)
    }

    /// How many keys there are, revoked ones too.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.world.load().records.key_count()
    }

    /// How many verified tokens are remembered.
    #[must_use]
    pub fn remembered_tokens(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn world(&self) -> arc_swap::Guard<Arc<World>> {
        self.world.load()
    }

    pub(crate) const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub(crate) const fn hot(&self) -> &HotKeys {
        &self.hot
    }

    pub(crate) const fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The writer's lock is held by whoever calls this.
    fn replace(&self, world: World) {
        let before = self.world.swap(Arc::new(world));
        before.end();
        self.tokens.clear();
    }

    fn fold(&self) -> MutexGuard<'_, Fold> {
        self.fold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verifier")
            .field("keys", &self.key_count())
            .field("remembered_tokens", &self.remembered_tokens())
            .finish_non_exhaustive()
    }
}
