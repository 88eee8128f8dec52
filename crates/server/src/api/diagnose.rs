//! `POST /v1/diagnose`: the bare 401 explained, to whoever proves to hold the key.

mod role;

use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_core::catalog::{Catalog, KeyKind, RequestPath, Service};
use counterfoil_core::id::KeyId;
use counterfoil_core::team::{Access, Key, Standing, Team};
use counterfoil_core::token::{self, CheckName, SignedToken, TokenScope, UnverifiedToken};
use counterfoil_verify::{Takes, our_service};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// One check, as it is told.
#[derive(Clone, Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: Option<bool>,
    expected: String,
    found: String,
    hint: Option<String>,
}

/// The request that the token is meant for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    method: String,
    path: String,
}

/// A key whose holder is proven, and the token that proved it.
struct Case {
    id: KeyId,
    team: Arc<Team>,
    token: SignedToken,
}

pub(crate) async fn diagnose(call: Call) -> Result<Reply, Problem> {
    let meant = read_meant(&call)?;
    let text = call.bearer()?;
    let refuse = |why| call.unproven(why);
    let token = UnverifiedToken::parse(text).map_err(|fault| refuse(fault.name()))?;
    let id = token.key_id().map_err(|fault| refuse(fault.name()))?;
    let team = call.team_of_key(id).await?.ok_or_else(|| refuse("unknown-key"))?;
    let key = team.keys.get(&id).ok_or_else(|| refuse("unknown-key"))?;
    let token = call.signed(text, id, key).await?;
    call.spend_small(id)?;
    let checks = checks(&call, &Case { id, team, token }, meant.as_ref())?;
    let now = dates::written(call.authority().now());
    Ok(Reply::ok(&json!({ "serverTime": now, "proven": true, "checks": checks })))
}

fn read_meant(call: &Call) -> Result<Option<Meant>, Problem> {
    let Some(body) = call.json()? else { return Ok(None) };
    serde_json::from_value(body).map(Some).map_err(|fault| Problem::NotJson(fault.to_string()))
}

fn checks(call: &Call, case: &Case, meant: Option<&Meant>) -> Result<Vec<Check>, Problem> {
    let catalog = call.authority().catalog();
    let Some(key) = case.team.keys.get(&case.id) else { return Err(call.unproven("unknown-key")) };
    let kind = catalog.kind(key.kind.as_str());
    let judged = Judged { call, catalog: &catalog, case, key, kind };
    let mut checks = vec![known_key(case, key), signature()];
    let claims = claims(&judged);
    let scope_form = claims.iter().find(|check| check.name == CheckName::Scope.as_str()).cloned();
    checks.extend(claims.into_iter().filter(|check| check.name != CheckName::Scope.as_str()));
    checks.push(revoked(key));
    let target =
        meant.map(|meant| RequestPath::split(&meant.path)).transpose().map_err(Problem::Ambiguous)?;
    let method = meant.map(|meant| meant.method.to_ascii_uppercase());
    let asked = target.as_ref().zip(method.as_deref()).map(|((path, query), method)| Asked {
        method,
        path,
        query: *query,
    });
    checks.push(asked.as_ref().map_or_else(|| unasked("access"), |_| access(case, kind)));
    checks.push(scope(case, scope_form, asked.as_ref()));
    checks.push(asked.as_ref().map_or_else(|| unasked("role"), |asked| role::check(&judged, asked)));
    Ok(checks)
}

/// A case beside what it is judged by.
struct Judged<'a> {
    call: &'a Call,
    catalog: &'a Catalog,
    case: &'a Case,
    key: &'a Key,
    kind: Option<&'a KeyKind>,
}

/// A request that somebody wants to make.
struct Asked<'a> {
    method: &'a str,
    path: &'a RequestPath<'a>,
    query: Option<&'a str>,
}

fn known_key(case: &Case, key: &Key) -> Check {
    let found = format!("{}, a key of kind {} of {}", case.id, key.kind, case.team.name);
    Check {
        name: "key",
        ok: Some(true),
        expected: "`kid` of a key that there is".to_owned(),
        found,
        hint: None,
    }
}

fn signature() -> Check {
    let expected = "a signature by the private half of this key".to_owned();
    Check { name: "signature", ok: Some(true), expected, found: "such a signature".to_owned(), hint: None }
}

/// The claims, each by itself. A kind that no service takes any more can't be judged.
fn claims(judged: &Judged<'_>) -> Vec<Check> {
    let Judged { call, catalog, case, kind, .. } = judged;
    let Some((kind, service)) =
        kind.and_then(|kind| Some((kind, service_for(catalog, kind, Takes::AnyKind)?)))
    else {
        return CheckName::ALL.iter().map(|name| unasked(name.as_str())).collect();
    };
    let now = call.authority().now();
    let demand = token::Demand::of(service, kind.claims, case.team.id, catalog.leeway, now);
    case.token.checks(&demand).into_iter().map(Check::from).collect()
}

/// The service by whose rules a token is judged at a door of ours.
fn service_for<'c>(catalog: &'c Catalog, kind: &KeyKind, takes: Takes) -> Option<&'c Service> {
    let ours = our_service(catalog).filter(|service| kind.services.contains(&service.name));
    match takes {
        Takes::OurService => ours,
        Takes::AnyKind => {
            ours.or_else(|| catalog.services.iter().find(|service| kind.services.contains(&service.name)))
        }
    }
}

impl From<token::Check> for Check {
    fn from(check: token::Check) -> Self {
        let token::Check { name, ok, expected, found, hint, .. } = check;
        Self { name: name.as_str(), ok, expected, found, hint }
    }
}

fn revoked(key: &Key) -> Check {
    let (found, hint) = match &key.revoked {
        None => ("an active key".to_owned(), None),
        Some(revocation) => (
            format!("revoked {} ({})", dates::written(revocation.at), revocation.reason.name()),
            Some("A revocation can't be undone. Generate a new key.".to_owned()),
        ),
    };
    Check {
        name: "revoked",
        ok: Some(key.is_active()),
        expected: "a key that was not revoked".to_owned(),
        found,
        hint,
    }
}

fn access(case: &Case, kind: Option<&KeyKind>) -> Check {
    let needed = kind.is_none_or(|kind| kind.needs_access);
    let (ok, found, hint) = match (case.team.standing, &case.team.access) {
        (Standing::Suspended, _) => {
            (false, "the team is suspended", Some("Ask the operator of this installation."))
        }
        (Standing::Closed, _) => (false, "the team was closed", None),
        (Standing::Active, Access::Approved { .. }) => (true, "access is approved", None),
        (Standing::Active, _) if !needed => (true, "this kind of key needs no access", None),
        (Standing::Active, Access::NotRequested) => {
            (false, "access was never requested", Some("The team's owner requests it in the console."))
        }
        (Standing::Active, Access::Requested { .. }) => (false, "access waits for its review", None),
        (Standing::Active, Access::Declined { .. }) => {
            (false, "access was declined or withdrawn", Some("The team's owner can request it again."))
        }
    };
    let expected = "a team that is active, with access approved where the key's kind needs it".to_owned();
    Check { name: "access", ok: Some(ok), expected, found: found.to_owned(), hint: hint.map(str::to_owned) }
}

/// Whether the scope covers the request; a scope of no good form refuses whatever is asked.
fn scope(case: &Case, form: Option<Check>, asked: Option<&Asked<'_>>) -> Check {
    if let Some(broken) = form.filter(|form| form.ok == Some(false)) {
        return broken;
    }
    let Some(asked) = asked else { return unasked("scope") };
    let expected = format!("no `scope`, or one that covers {} {}", asked.method, asked.path.as_str());
    let (ok, found) = match case.token.scope() {
        None | Some(TokenScope::Whole) => (true, "no `scope`".to_owned()),
        Some(TokenScope::Limited(scope)) => {
            let entries: Vec<String> = scope.entries().iter().map(ToString::to_string).collect();
            (scope.covers(asked.method, asked.path, asked.query), entries.join(", "))
        }
    };
    let hint = (!ok).then(|| "Sign a token whose scope has this request, or none.".to_owned());
    Check { name: "scope", ok: Some(ok), expected, found, hint }
}

fn unasked(name: &'static str) -> Check {
    let expected = "nothing: this does not apply".to_owned();
    Check { name, ok: None, expected, found: "not judged".to_owned(), hint: None }
}
