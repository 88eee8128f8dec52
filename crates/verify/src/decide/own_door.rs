//! Who asks at one of the server's own doors, which no group of the catalog need hold: the same fence, the
//! same rules for tokens and the same budget, but what the holder may do there the door says itself.

use super::proof::{Checking, Unproved};
use super::{Case, outcome_of};
use crate::clock::Now;
use crate::fence::Freshness;
use crate::hot::HotState;
use crate::limits::Charge;
use crate::tokens::Known;
use crate::uses::UseOutcome;
use crate::verdict::{LimitedBy, Prover, Quota, Reason, Served, Verdict};
use crate::verifier::{NeedsProof, Presented, Request, Verifier};
use crate::world::World;
use counterfoil_core::catalog::RequestPath;
use counterfoil_core::id::ServiceName;
use counterfoil_core::token::{TokenScope, UnverifiedToken};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What an own door asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnDoor {
    /// Which keys it takes.
    pub takes: Takes,
    /// Whether a request takes one off the key's hour. If not, it does not make the key used either.
    pub counts: bool,
}

/// Which keys an own door takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Those that the service takes which our doors belong to: see [`crate::our_service`].
    OurService,
    /// All, each by the rules of that service or else of the first that takes its kind.
    AnyKind,
}

/// A holder who is proven at an own door.
#[derive(Clone)]
pub struct Holder {
    known: Arc<Known>,
    quota: Option<Quota>,
    stale_warning: Option<Duration>,
    door: OwnDoor,
}

impl Holder {
    /// Who it is.
    #[must_use]
    pub fn by(&self) -> Prover {
        Prover { key: self.known.hot.key, team: self.known.hot.team }
    }

    /// The service by whose rules the token was judged.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        self.known.world.rules.service(self.known.service).map(|service| &service.name)
    }

    /// What the token leaves of what the key may do.
    #[must_use]
    pub fn scope(&self) -> &TokenScope {
        self.known.token.scope()
    }

    /// What is left of the key's hour, if this request counted.
    #[must_use]
    pub const fn quota(&self) -> Option<Quota> {
        self.quota
    }

    /// How old the view of the ledger is, if too old for a service that answers all the same.
    #[must_use]
    pub const fn stale_warning(&self) -> Option<Duration> {
        self.stale_warning
    }
}

/// Shows whose key it is, nothing of the token.
impl fmt::Debug for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Holder").field("by", &self.by()).field("quota", &self.quota).finish_non_exhaustive()
    }
}

/// What came of asking who is there: who, or what is answered.
pub type Proof = Result<Holder, Verdict>;

impl Verifier {
    /// Who asks at an own door. May check a signature.
    ///
    /// # Errors
    /// The verdict that is to be answered: an ambiguous path, the fence, an unproven token, a limit.
    pub fn prove(&self, request: &Request<'_>, now: Now, door: OwnDoor) -> Proof {
        prove(self, request, now, door, Checking::Now)
            .unwrap_or_else(|wanting| Err(wanting.overloaded(Duration::from_secs(1))))
    }

    /// The same without checking any signature.
    ///
    /// # Errors
    /// The token is new, and its header is well formed: let a lane call [`Verifier::prove`].
    pub fn prove_known(&self, request: &Request<'_>, now: Now, door: OwnDoor) -> Result<Proof, NeedsProof> {
        prove(self, request, now, door, Checking::NotHere)
    }

    /// What is left of the hour of a holder's key; nothing is taken off. `None` if its service has no such limit.
    pub fn quota_left(&self, holder: &Holder, now: Now) -> Option<Quota> {
        let known = &holder.known;
        let service = known.world.rules.service(known.service)?;
        let limit = service.requests_per_hour?;
        let budgets = self.hot().budgets();
        let left = |hot: &mut HotState| hot.left(&service.name, limit, budgets, now);
        Some(Quota { limit, remaining: self.hot().with(&known.hot, left) })
    }

    /// Counts what became of a request at an own door, once that is known; of a refused one the reason is
    /// kept for the team's eyes.
    pub fn note_own(&self, holder: &Holder, request: &Request<'_>, now: Now, refused: Option<Reason>) {
        let Ok((path, query)) = RequestPath::split(request.target) else { return };
        let world = &holder.known.world;
        let at = world.rules.catalog.find(&path);
        let case = Case { verifier: self, world, request, now, path, query, at, service: None };
        if let Some(reason) = refused {
            case.note_refusal(holder.by(), reason);
        }
        if holder.door.counts {
            let outcome = refused.as_ref().map_or(UseOutcome::Allowed, outcome_of);
            self.hot().with(&holder.known.hot, |hot| hot.note(&world.rules, case.noted(outcome)));
        }
    }
}

fn prove(
    verifier: &Verifier,
    request: &Request<'_>,
    now: Now,
    door: OwnDoor,
    checking: Checking,
) -> Result<Proof, NeedsProof> {
    let (path, query) = match RequestPath::split(request.target) {
        Ok(split) => split,
        Err(how) => return Ok(Err(Verdict::refused(Reason::Ambiguous(how), None))),
    };
    let world = verifier.world();
    let service = service_of(&world, request, door.takes);
    let service = service.and_then(|number| Some((number, world.rules.service(number)?)));
    Case { verifier, world: &world, request, now, path, query, at: None, service }.enter(door, checking)
}

/// By whose rules the token is judged. Which kind of key it is, is only a claim until it is proven: a claim
/// that is wrong fails there.
fn service_of(world: &World, request: &Request<'_>, takes: Takes) -> Option<usize> {
    let ours = world.rules.service_of(None);
    let Presented::Bearer(text) = request.token else { return ours };
    if takes == Takes::OurService {
        return ours;
    }
    let key = UnverifiedToken::parse(text).and_then(|token| token.key_id()).ok();
    let record = key.and_then(|key| world.records.key(key));
    let kind = record.and_then(|record| world.rules.kind(world.rules.kind_named(&record.kind)?));
    let Some(kind) = kind else { return ours };
    let all = 0..world.rules.catalog.services.len();
    ours.filter(|ours| kind.is_served_by(*ours)).or_else(|| all.into_iter().find(|at| kind.is_served_by(*at)))
}

impl Case<'_, '_> {
    fn enter(&self, door: OwnDoor, checking: Checking) -> Result<Proof, NeedsProof> {
        let served = self.service.map(|(_, service)| Served::of(service));
        let stale_warning = match self.freshness() {
            Freshness::Fresh => None,
            Freshness::Warn(age) => Some(age),
            Freshness::Refuse { retry_after } => {
                return Ok(Err(Verdict::refused(Reason::Stale { retry_after }, served)));
            }
        };
        let known = match self.prove(checking) {
            Err(Unproved::NotChecked { key, is_known }) => {
                return Err(NeedsProof { service: served, key, is_known });
            }
            Err(Unproved::For { why, by, claimed }) => {
                let verdict = self.unproven(why, by, claimed, served);
                return Ok(Err(Verdict { stale_warning, ..verdict }));
            }
            Ok(known) => known,
        };
        let holder = Holder { known, quota: None, stale_warning, door };
        Ok(if door.counts { self.charge_own(holder, served) } else { Ok(holder) })
    }

    fn charge_own(&self, holder: Holder, service: Option<Served>) -> Proof {
        match self.verifier.hot().with(&holder.known.hot, |hot| self.charge(hot)) {
            None => Ok(holder),
            Some(Charge::Passed(quota)) => Ok(Holder { quota: Some(quota), ..holder }),
            Some(Charge::Refused { retry_after, by, quota }) => {
                let reason = Reason::Limited { retry_after, by };
                if by != LimitedBy::Lease {
                    self.note_limited(&holder, reason);
                }
                let verdict = Verdict::refused(reason, service);
                let (by, stale_warning) = (Some(holder.by()), holder.stale_warning);
                Err(Verdict { by, quota: Some(quota), stale_warning, ..verdict })
            }
        }
    }

    fn note_limited(&self, holder: &Holder, reason: Reason) {
        self.note_refusal(holder.by(), reason);
        let noted = self.noted(UseOutcome::Limited);
        self.verifier.hot().with(&holder.known.hot, |hot| hot.note(&self.world.rules, noted));
    }
}
