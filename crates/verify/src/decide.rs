//! The verdict, step by step, in the one order of answers.

mod own_door;
mod proof;

use crate::allowed::Allowed;
use crate::clock::Now;
use crate::fence::Freshness;
use crate::hot::HotState;
use crate::limits::Charge;
use crate::registry::{self, MemberState};
use crate::rules::{KindRules, PathRules};
use crate::tokens::Known;
use crate::uses::{Noted, UseOutcome};
use crate::verdict::{LimitedBy, Outcome, Prover, Quota, Reason, Served, Shut, Verdict};
use crate::verifier::{NeedsProof, Request, Verifier};
use crate::world::World;
use counterfoil_core::catalog::{Access, RequestPath, RouteAt, Service};
use counterfoil_core::token::TokenScope;
pub use own_door::{Holder, OwnDoor, Proof, Takes};
pub(crate) use proof::Checking;
use proof::Unproved;
use std::sync::Arc;
use std::time::Duration;

/// What is known of a request once its path is understood.
pub(super) struct Case<'v, 'r> {
    verifier: &'v Verifier,
    world: &'v Arc<World>,
    request: &'v Request<'r>,
    now: Now,
    path: RequestPath<'r>,
    query: Option<&'r str>,
    /// Where in the catalog the path stands, if a group holds it.
    at: Option<RouteAt>,
    /// The service by whose rules the token is judged.
    service: Option<(usize, &'v Service)>,
}

/// The verdict on one request.
///
/// # Errors
/// If a signature would have to be checked and `checking` forbids it.
pub(crate) fn decide(
    verifier: &Verifier,
    request: &Request<'_>,
    now: Now,
    checking: Checking,
) -> Result<Verdict, NeedsProof> {
    let (path, query) = match RequestPath::split(request.target) {
        Ok(split) => split,
        Err(how) => return Ok(Verdict::refused(Reason::Ambiguous(how), None)),
    };
    let world = verifier.world();
    let at = world.rules.catalog.find(&path);
    let service = world.rules.service_of(at);
    let service = service.and_then(|number| Some((number, world.rules.service(number)?)));
    Case { verifier, world: &world, request, now, path, query, at, service }.decide(checking)
}

impl Case<'_, '_> {
    fn decide(&self, checking: Checking) -> Result<Verdict, NeedsProof> {
        let served = self.service.map(|(_, service)| Served::of(service));
        let stale_warning = match self.freshness() {
            Freshness::Fresh => None,
            Freshness::Warn(age) => Some(age),
            Freshness::Refuse { retry_after } => {
                return Ok(Verdict::refused(Reason::Stale { retry_after }, served));
            }
        };
        match self.prove(checking) {
            Err(Unproved::NotChecked { key, is_known }) => Err(NeedsProof { service: served, key, is_known }),
            Err(Unproved::For { why, by, claimed }) => {
                let verdict = self.unproven(why, by, claimed, served);
                Ok(Verdict { stale_warning, ..verdict })
            }
            Ok(known) => Ok(Verdict { stale_warning, ..self.judge(known, served) }),
        }
    }

    fn freshness(&self) -> Freshness {
        let of = |service| self.verifier.fence().check(service, self.now.awake);
        self.service.map_or(Freshness::Fresh, |(_, service)| of(service))
    }

    /// From a proven token on: counts it, and says what it opens.
    fn judge(&self, known: Arc<Known>, service: Option<Served>) -> Verdict {
        let by = Prover { key: known.hot.key, team: known.hot.team };
        let (quota, judged) = self.verifier.hot().with(&known.hot, |hot| self.count(&known, hot));
        let outcome = match judged {
            Ok((group, member)) => Outcome::Allowed(Allowed { known, member, group, access: self.access() }),
            Err(reason) => {
                self.note_refusal(by, reason);
                Outcome::Refused(reason)
            }
        };
        Verdict { outcome, service, by: Some(by), quota, stale_warning: None }
    }

    /// A request that is refused only for want of a loan is not counted: it comes again.
    fn count(&self, known: &Known, hot: &mut HotState) -> (Option<Quota>, Result<Opened, Reason>) {
        let (quota, judged) = self.limits_then_rights(known, hot);
        if !matches!(judged, Err(Reason::Limited { by: LimitedBy::Lease, .. })) {
            hot.note(
                &self.world.rules,
                self.noted(judged.as_ref().map_or_else(outcome_of, |_| UseOutcome::Allowed)),
            );
        }
        (quota, judged)
    }

    fn limits_then_rights(
        &self,
        known: &Known,
        hot: &mut HotState,
    ) -> (Option<Quota>, Result<Opened, Reason>) {
        if let Err(retry_after) = self.pace(known) {
            return (None, Err(Reason::Limited { retry_after, by: LimitedBy::Second }));
        }
        match self.charge(hot) {
            None => (None, self.rights(known)),
            Some(Charge::Passed(quota)) => (Some(quota), self.rights(known)),
            Some(Charge::Refused { retry_after, by, quota }) => {
                (Some(quota), Err(Reason::Limited { retry_after, by }))
            }
        }
    }

    fn charge(&self, hot: &mut HotState) -> Option<Charge> {
        let (_, service) = self.service?;
        let limit = service.requests_per_hour?;
        Some(hot.charge(&service.name, limit, self.verifier.hot().budgets(), self.now))
    }

    /// The limit a second of the app and the path, if there is one.
    fn pace(&self, known: &Known) -> Result<(), Duration> {
        let paced = self.path_rules().is_some_and(|path| path.may_be_paced);
        let Some((_, service)) = self.service.filter(|_| paced) else { return Ok(()) };
        let Some((limit, pattern)) = service.per_second_at(&self.path) else { return Ok(()) };
        let app = known.token.bundle().map_or("", |bundle| bundle.as_str());
        let spent = known.record.team.seconds().spend(pattern.as_str(), app, limit.requests, self.now.awake);
        spent.map_err(|full| full.retry_after)
    }

    /// What the key may do here: path, kind, access, role, app, scope.
    fn rights(&self, known: &Known) -> Result<Opened, Reason> {
        let at = self.at.ok_or(Reason::NoSuchPath)?;
        let kind =
            self.world.rules.kind(known.kind).filter(|kind| kind.reaches(at.group)).ok_or(Reason::Kind)?;
        team_is_open(known, kind).map_err(Reason::Access)?;
        let member = match &known.record.holder {
            registry::Holder::Member(member) => Some(member.state()),
            registry::Holder::Team | registry::Holder::TeamWithRoles(_) => None,
        };
        if !self.role_opens(known, kind, member.as_deref(), at) {
            return Err(Reason::Role);
        }
        if !member.as_deref().is_none_or(|member| self.app_is_seen(member)) {
            return Err(Reason::App);
        }
        if !self.scope_covers(known) {
            return Err(Reason::Scope);
        }
        Ok((at.group, member))
    }

    /// A key without roles opens its services whole if it was made so and its kind still is so.
    fn role_opens(&self, known: &Known, kind: &KindRules, member: Option<&MemberState>, at: RouteAt) -> bool {
        let roles = match (member, &known.record.holder) {
            (Some(member), _) => &member.roles,
            (None, registry::Holder::TeamWithRoles(roles)) => roles,
            (None, registry::Holder::Team) => return kind.is_whole,
            (None, registry::Holder::Member(_)) => return false,
        };
        self.world.rules.grant(roles, at.group).opens(self.access(), &self.path)
    }

    /// Whether a member may see the app that the path is about. If nobody can tell which it is, the
    /// upstream must be one that looks for itself.
    fn app_is_seen(&self, member: &MemberState) -> bool {
        if member.apps.is_none() {
            return true;
        }
        if let Some(at) = self.path_rules().and_then(|path| path.app_at) {
            return self.path.segments().nth(at).is_some_and(|app| member.sees(app));
        }
        self.verifier.settings().upstream_filters_apps
            || self.service.is_some_and(|(_, service)| service.upstream_filters_apps)
    }

    fn scope_covers(&self, known: &Known) -> bool {
        match known.token.scope() {
            TokenScope::Whole => true,
            TokenScope::Limited(scope) => scope.covers(self.request.method, &self.path, self.query),
        }
    }

    fn note_refusal(&self, by: Prover, reason: Reason) {
        if !matches!(reason, Reason::Limited { by: LimitedBy::Lease, .. }) {
            self.verifier.refusals().note(by, reason, self.request, self.now);
        }
    }

    fn noted(&self, outcome: UseOutcome) -> Noted {
        let family = self.path_rules().map(|path| path.family);
        Noted { family, access: self.access(), outcome, at: self.now.wall }
    }

    fn access(&self) -> Access {
        Access::of_method(self.request.method)
    }

    fn path_rules(&self) -> Option<&PathRules> {
        self.world.rules.path(self.at?)
    }
}

/// The number of the group, and the member whose key it is.
type Opened = (usize, Option<Arc<MemberState>>);

fn team_is_open(known: &Known, kind: &KindRules) -> Result<(), Shut> {
    let team = &known.record.team;
    if team.is_closed() {
        Err(Shut::Closed)
    } else if team.is_suspended() {
        Err(Shut::Suspended)
    } else if kind.needs_access && !team.has_access() {
        Err(Shut::NotApproved)
    } else {
        Ok(())
    }
}

fn outcome_of(reason: &Reason) -> UseOutcome {
    match reason {
        Reason::Limited { .. } => UseOutcome::Limited,
        Reason::Unproven(_) => UseOutcome::Refused,
        Reason::Ambiguous(_)
        | Reason::Stale { .. }
        | Reason::Overloaded { .. }
        | Reason::NoSuchPath
        | Reason::Kind
        | Reason::Access(_)
        | Reason::Role
        | Reason::App
        | Reason::Scope => UseOutcome::Forbidden,
    }
}

impl Served {
    fn of(service: &Service) -> Self {
        Self { name: service.name.clone(), answers: service.answers }
    }
}

impl Verdict {
    pub(crate) const fn refused(reason: Reason, service: Option<Served>) -> Self {
        Self { outcome: Outcome::Refused(reason), service, by: None, quota: None, stale_warning: None }
    }
}
