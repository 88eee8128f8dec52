//! The rules that claims must keep. Security invariants: issuer, audience and lifetimes are judged
//! here and nowhere else, each rule once, for verdicts and explanations alike.

use super::claims::{Claim, Claims};
use super::{CheckName, TokenFault};
use crate::catalog::{ClaimRule, LongLived, Service};
use crate::id::{BundleId, IssuerId};
use crate::time::Timestamp;
use std::time::Duration;

/// What a service demands of a token that a key of some team signed.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The issuer id of the key's team.
    pub issuer: IssuerId,
    /// What tokens of the key's kind claim.
    pub claims: ClaimRule,
    /// What `aud` must be.
    pub audience: &'a str,
    /// The longest time that `exp` may lie ahead.
    pub lifetime: Duration,
    /// How much further back than `lifetime` an `iat` may lie behind `exp`.
    pub backdating: Duration,
    /// Whether `iat` must be there.
    pub issued_at_required: bool,
    /// When a token may live longer.
    pub long_lived: Option<&'a LongLived>,
    /// Tolerated difference between two clocks.
    pub leeway: Duration,
    /// What time it is.
    pub now: Timestamp,
}

impl<'a> Demand<'a> {
    /// What `service` demands of a key's token.
    #[must_use]
    pub fn of(
        service: &'a Service,
        claims: ClaimRule,
        issuer: IssuerId,
        leeway: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            issuer,
            claims,
            audience: &service.audience,
            lifetime: service.lifetime,
            backdating: service.backdating,
            issued_at_required: service.issued_at_required,
            long_lived: service.long_lived.as_ref(),
            leeway,
            now,
        }
    }
}

/// What is demanded of a token that only shows possession of a private half. Issuer, subject and
/// all else don't matter: whoever found a leaked half may not know them.
#[derive(Clone, Copy, Debug)]
pub struct PossessionDemand<'a> {
    /// What `aud` must be.
    pub audience: &'a str,
    /// The longest time that `exp` may lie ahead.
    pub lifetime: Duration,
    /// Tolerated difference between two clocks.
    pub leeway: Duration,
    /// What time it is.
    pub now: Timestamp,
}

/// What one rule says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    Kept,
    Broken(TokenFault),
    DoesNotApply,
}

pub(super) type Rule = fn(&Claims, &Demand<'_>) -> Ruling;

/// The rule of each check, in the order of [`CheckName::ALL`].
pub(super) const ALL: [Rule; CheckName::ALL.len()] =
    [issuer, subject, audience, bundle, issued_at, expiry, scope, lifetime];

pub(super) fn possession(claims: &Claims, demand: &PossessionDemand<'_>) -> Result<(), TokenFault> {
    audience_is(claims, demand.audience)?;
    let expiry = expires_after(claims, demand.now.minus(demand.leeway))?;
    if expiry > demand.now.plus(demand.lifetime).plus(demand.leeway) {
        return Err(TokenFault::LifetimeTooLong);
    }
    Ok(())
}

fn issuer(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    match (demand.claims.names_issuer, &claims.issuer) {
        (false, Claim::Absent) => Ruling::Kept,
        (false, _) => Ruling::Broken(TokenFault::IssuerUncalled),
        (true, Claim::Absent) => Ruling::Broken(TokenFault::IssuerMissing),
        (true, Claim::Malformed(_)) => Ruling::Broken(TokenFault::IssuerMalformed),
        (true, Claim::Is(issuer)) => match IssuerId::try_from(issuer.as_ref()) {
            Ok(issuer) if issuer == demand.issuer => Ruling::Kept,
            Ok(_) => Ruling::Broken(TokenFault::IssuerOther),
            Err(_) => Ruling::Broken(TokenFault::IssuerMalformed),
        },
    }
}

fn subject(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    match (demand.claims.names_issuer, &claims.subject) {
        (true, Claim::Absent) => Ruling::Kept,
        (true, _) => Ruling::Broken(TokenFault::SubjectUncalled),
        (false, Claim::Absent) => Ruling::Broken(TokenFault::SubjectMissing),
        (false, Claim::Is(subject)) if subject.as_ref() == "user" => Ruling::Kept,
        (false, _) => Ruling::Broken(TokenFault::SubjectOther),
    }
}

fn audience(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    audience_is(claims, demand.audience).into()
}

fn bundle(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    match &claims.bundle {
        _ if !demand.claims.names_bundle => Ruling::DoesNotApply,
        Claim::Is(bundle) if BundleId::try_from(bundle.as_ref()).is_ok() => Ruling::Kept,
        Claim::Absent => Ruling::Broken(TokenFault::BundleMissing),
        Claim::Is(_) | Claim::Malformed(_) => Ruling::Broken(TokenFault::BundleMalformed),
    }
}

/// `iat`, and `nbf` with it: neither may lie in the future.
fn issued_at(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    let latest = demand.now.plus(demand.leeway);
    match (&claims.issued_at, &claims.not_before) {
        (Claim::Malformed(_), _) => Ruling::Broken(TokenFault::IssuedAtMalformed),
        (Claim::Absent, _) if demand.issued_at_required => Ruling::Broken(TokenFault::IssuedAtMissing),
        (Claim::Is(issued), _) if *issued > latest => Ruling::Broken(TokenFault::IssuedInFuture),
        (_, Claim::Malformed(_)) => Ruling::Broken(TokenFault::NotBeforeMalformed),
        (_, Claim::Is(not_before)) if *not_before > latest => Ruling::Broken(TokenFault::NotYetValid),
        (Claim::Absent, Claim::Absent) => Ruling::DoesNotApply,
        _ => Ruling::Kept,
    }
}

fn expiry(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    expires_after(claims, demand.now.minus(demand.leeway)).map(|_| ()).into()
}

/// A scope must be well formed. What it covers is judged with the request.
fn scope(claims: &Claims, _: &Demand<'_>) -> Ruling {
    match claims.scope {
        Claim::Absent => Ruling::DoesNotApply,
        Claim::Is(_) => Ruling::Kept,
        Claim::Malformed(_) => Ruling::Broken(TokenFault::ScopeMalformed),
    }
}

/// Neither may `exp` lie further ahead of now than the limit, nor an `iat` further behind `exp`
/// than the limit and what clients are known to back-date. The long-lived rule raises the limit.
fn lifetime(claims: &Claims, demand: &Demand<'_>) -> Ruling {
    let Claim::Is(expiry) = claims.expiry else { return Ruling::DoesNotApply };
    match (exceeds(claims, demand, expiry, demand.lifetime), demand.long_lived) {
        (None, _) => Ruling::Kept,
        (Some(fault), None) => Ruling::Broken(fault),
        (Some(fault), Some(rule)) => long_life(claims, demand, expiry, rule, fault),
    }
}

/// The ruling on a token that broke the usual limit with `fault`.
fn long_life(
    claims: &Claims,
    demand: &Demand<'_>,
    expiry: Timestamp,
    rule: &LongLived,
    fault: TokenFault,
) -> Ruling {
    match (&claims.scope, exceeds(claims, demand, expiry, rule.lifetime)) {
        (Claim::Absent | Claim::Malformed(_), _) => Ruling::Broken(fault),
        (Claim::Is(_), Some(fault)) => Ruling::Broken(fault),
        (Claim::Is(scope), None) if scope.may_live_long(&rule.paths) => Ruling::Kept,
        (Claim::Is(_), None) => Ruling::Broken(TokenFault::LongLivedScope),
    }
}

/// From when on, and until before when, claims that keep the rules at `demand.now` keep them: those of
/// time alone can change.
pub(super) fn stretch(claims: &Claims, demand: &Demand<'_>, expiry: Timestamp) -> (Timestamp, Timestamp) {
    let begun = [&claims.issued_at, &claims.not_before].into_iter().filter_map(|claim| match claim {
        Claim::Is(date) => Some(date.minus(demand.leeway)),
        Claim::Absent | Claim::Malformed(_) => None,
    });
    let earliest = expiry.minus(longest(claims, demand, expiry)).minus(demand.leeway);
    (begun.fold(earliest, Timestamp::max), expiry.plus(demand.leeway))
}

/// The longest time that `exp` may lie ahead for claims that keep the rules.
fn longest(claims: &Claims, demand: &Demand<'_>, expiry: Timestamp) -> Duration {
    let usual_holds = !is_dated_too_far_back(claims, demand, expiry, demand.lifetime);
    match (demand.long_lived, &claims.scope) {
        (Some(rule), Claim::Is(scope))
            if !is_dated_too_far_back(claims, demand, expiry, rule.lifetime)
                && scope.may_live_long(&rule.paths) =>
        {
            if usual_holds {
                demand.lifetime.max(rule.lifetime)
            } else {
                rule.lifetime
            }
        }
        _ => demand.lifetime,
    }
}

fn exceeds(claims: &Claims, demand: &Demand<'_>, expiry: Timestamp, limit: Duration) -> Option<TokenFault> {
    if expiry > demand.now.plus(limit).plus(demand.leeway) {
        return Some(TokenFault::LifetimeTooLong);
    }
    is_dated_too_far_back(claims, demand, expiry, limit).then_some(TokenFault::IssuedTooLongBefore)
}

fn is_dated_too_far_back(claims: &Claims, demand: &Demand<'_>, expiry: Timestamp, limit: Duration) -> bool {
    matches!(claims.issued_at, Claim::Is(issued) if expiry > issued.plus(limit).plus(demand.backdating))
}

fn audience_is(claims: &Claims, audience: &str) -> Result<(), TokenFault> {
    match &claims.audience {
        Claim::Is(found) if found.as_ref() == audience => Ok(()),
        Claim::Is(_) => Err(TokenFault::AudienceOther),
        Claim::Absent => Err(TokenFault::AudienceMissing),
        Claim::Malformed(_) => Err(TokenFault::AudienceMalformed),
    }
}

fn expires_after(claims: &Claims, earliest: Timestamp) -> Result<Timestamp, TokenFault> {
    match claims.expiry {
        Claim::Is(expiry) if expiry > earliest => Ok(expiry),
        Claim::Is(_) => Err(TokenFault::Expired),
        Claim::Absent => Err(TokenFault::ExpiryMissing),
        Claim::Malformed(_) => Err(TokenFault::ExpiryMalformed),
    }
}

impl From<Result<(), TokenFault>> for Ruling {
    fn from(outcome: Result<(), TokenFault>) -> Self {
        outcome.map_or_else(Self::Broken, |()| Self::Kept)
    }
}
