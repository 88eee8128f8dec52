//! Whether what a key may do is enough for a request.

use super::{Asked, Check, Judged, service_for};
use crate::call::Call;
use crate::demand::Demand;
use crate::proof::Proven;
use crate::routes::{Door, Found, find};
use counterfoil_core::catalog::{Catalog, KeyKind, Route};
use counterfoil_core::event::Actor;
use counterfoil_core::roles::Roles;
use counterfoil_core::token::TokenScope;
use http::Method;
use std::sync::Arc;

pub(super) fn check(judged: &Judged<'_>, asked: &Asked<'_>) -> Check {
    let (roles, kind) = (judged.case.team.roles_of_key(judged.key), &judged.key.kind);
    let found = if roles.is_empty() { format!("a key of kind {kind}") } else { format!("{roles} ({kind})") };
    let Finding { ok, expected, hint } =
        at_our_door(judged, asked).unwrap_or_else(|| by_the_catalog(judged, &roles, asked));
    Check { name: "role", ok: Some(ok), expected, found, hint }
}

struct Finding {
    ok: bool,
    expected: String,
    hint: Option<String>,
}

/// What one of our own doors says, if the request is for one.
fn at_our_door(judged: &Judged<'_>, asked: &Asked<'_>) -> Option<Finding> {
    let method = Method::from_bytes(asked.method.as_bytes()).ok()?;
    let Found::Route { route, captures } = find(&method, asked.path.as_str()) else { return None };
    let Door::Proven(demand, _) = route.door else {
        let expected = "nothing: this door is open to all".to_owned();
        return Some(Finding { ok: true, expected, hint: None });
    };
    let path = asked.path.as_str().to_owned();
    let ok = may_enter(judged, demand, &Call { method, path, captures, ..judged.call.clone() });
    let hint = (!ok).then(|| "GET /v1/keyInUse shows what this key may do.".to_owned());
    Some(Finding { ok, expected: format!("what {} {} demands", route.method.name(), route.path), hint })
}

/// Whether one of our own doors would let the key in, its kind and role judged alone.
fn may_enter(judged: &Judged<'_>, demand: Demand, meant: &Call) -> bool {
    let Judged { case, key, catalog, kind, .. } = judged;
    let taken = kind.is_some_and(|kind| service_for(catalog, kind, demand.takes()).is_some());
    let proven = Proven {
        is_fresh: true,
        team: Arc::clone(&case.team),
        by: Actor::ApiKey(case.id),
        roles: case.team.roles_of_key(key),
        scope: TokenScope::Whole,
        holder: None,
    };
    taken && demand.check_role(meant, catalog, &proven).is_ok()
}

fn by_the_catalog(judged: &Judged<'_>, roles: &Roles, asked: &Asked<'_>) -> Finding {
    let Judged { catalog, kind, .. } = judged;
    match (catalog.route(asked.method, asked.path), kind) {
        (Some(route), Some(kind)) => {
            let ok = catalog.opens(roles.iter(), Some(kind), route.group, route.access, asked.path);
            let hint = (!ok).then(|| why_shut(kind, &route));
            Finding { ok, expected: wanted(catalog, &route, asked), hint }
        }
        _ => Finding {
            ok: false,
            expected: "a path of the catalog".to_owned(),
            hint: Some("No group holds this path: is it spelt right?".to_owned()),
        },
    }
}

fn wanted(catalog: &Catalog, route: &Route<'_>, asked: &Asked<'_>) -> String {
    let opening = catalog.roles.iter().filter(|role| role.opens(route.group, route.access, asked.path));
    let names: Vec<&str> = opening.map(|role| role.name.as_str()).collect();
    format!("for {}: one of {}", route.group.name, names.join(", "))
}

fn why_shut(kind: &KeyKind, route: &Route<'_>) -> String {
    if kind.reaches(route.group) {
        format!("The roles do not open {} in this way: generate a key with one that does.", route.group.name)
    } else {
        format!("A key of kind {} never opens {}: use a key of another kind.", kind.name, route.group.name)
    }
}
