//! What a 401 or 403 of App Store Connect means, as far as its words and the catalog tell.

use super::Check;
use crate::http::Answer;
use crate::mint::{self, Order};
use crate::sources::HeldKey;
use counterfoil_core::catalog::{Catalog, RequestPath};
use counterfoil_core::id::RoleName;
use serde_json::Value;

/// A request that was refused.
#[derive(Clone, Copy)]
pub struct Refused<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
    /// The answer.
    pub answer: &'a Answer,
    /// How many seconds the server's clock is ahead of this machine's.
    pub ahead: i64,
}

/// The reasons that are left, the likeliest first.
#[must_use]
pub fn reasons(refused: &Refused<'_>, key: &HeldKey, order: &Order, catalog: &Catalog) -> Vec<Check> {
    match refused.answer.status {
        401 => unauthorized(refused, key, order, catalog),
        403 => forbidden(refused, key, order, catalog),
        _ => Vec::new(),
    }
}

fn unauthorized(refused: &Refused<'_>, key: &HeldKey, order: &Order, catalog: &Catalog) -> Vec<Check> {
    let mut checks = vec![clock(refused.ahead)];
    checks.extend(kind(refused, key, order, catalog).filter(|check| check.ok == Some(false)));
    let expected = "an active key of this team, and its own private half";
    checks.push(Check::bad(
        "key",
        format!("the server does not take {}, and does not say why", key.id),
        expected,
        match key.issuer {
            Some(issuer) => format!(
                "see whether {} is listed as active under the issuer id {issuer}, and whether this is its own .p8 file; \
                 if it is an individual key, leave the issuer id away",
                key.id
            ),
            None => format!(
                "see whether {} is active, and whether this is its own .p8 file; if it is a team key, give --issuer-id",
                key.id
            ),
        },
    ));
    checks
}

fn forbidden(refused: &Refused<'_>, key: &HeldKey, order: &Order, catalog: &Catalog) -> Vec<Check> {
    let code = refused.answer.json();
    let code = code.as_ref().and_then(|body| body.pointer("/errors/0/code")).and_then(Value::as_str);
    let code = code.unwrap_or_default();
    if code.contains("AGREEMENT") {
        return vec![Check::bad(
            "access",
            "the server says that an agreement is missing or has expired",
            "the agreements in force, and access to the API",
            "the Account Holder, and nobody else, accepts the agreement (App Store Connect: Business) or requests \
             access (Users and Access, Integrations)",
        )];
    }
    if code.contains("SCOPE") {
        return vec![Check::bad(
            "scope",
            "the token's scope does not cover this request",
            format!("an entry {} {}", refused.method, refused.path),
            "add it to the scope, or leave the scope away",
        )];
    }
    kind(refused, key, order, catalog).into_iter().chain(role(refused, catalog)).collect()
}

/// What is said of two clocks.
#[must_use]
pub(super) fn clock(ahead: i64) -> Check {
    let expected = "no more than a few seconds between this machine's clock and the server's";
    match ahead {
        0 => Check::good("clock", "as the server's", expected),
        seconds => {
            let (which, seconds) = (if seconds < 0 { "ahead of" } else { "behind" }, seconds.unsigned_abs());
            let hint = "set this machine's clock (`timedatectl set-ntp true`); counterfoil compensates, other programs don't";
            Check::bad("clock", format!("{seconds} s {which} the server's"), expected, hint)
        }
    }
}

/// Whether keys of this kind can do this at all.
fn kind(refused: &Refused<'_>, key: &HeldKey, order: &Order, catalog: &Catalog) -> Option<Check> {
    let (kind, _) = mint::kind_and_service(key, order, catalog).ok()?;
    let explained = catalog.explain(refused.method, &RequestPath::parse(refused.path).ok()?)?;
    let titles = explained.kinds.iter().filter_map(|name| Some(catalog.kind(name.as_str())?.title.as_str()));
    let expected = format!("one of: {}", titles.collect::<Vec<_>>().join(", "));
    if explained.kinds.contains(&kind.name) {
        return Some(Check::good("kind", kind.title.clone(), expected));
    }
    let hint = if explained.kinds.iter().any(|name| names_bundle(catalog, name.as_str())) {
        "use an in-app purchase key, and give --bundle-id"
    } else if kind.claims.names_bundle {
        "leave --bundle-id away, and use a team or an individual key"
    } else {
        "use another kind of key: an individual one can't do this whatever its roles"
    };
    Some(Check::bad("kind", format!("{}, which never opens {}", kind.title, explained.group), expected, hint))
}

fn names_bundle(catalog: &Catalog, kind: &str) -> bool {
    catalog.kind(kind).is_some_and(|kind| kind.claims.names_bundle)
}

/// Which roles would do.
fn role(refused: &Refused<'_>, catalog: &Catalog) -> Option<Check> {
    let explained = catalog.explain(refused.method, &RequestPath::parse(refused.path).ok()?)?;
    // The owner's role is no advice: no key can be given it.
    let may_have = |role: &&RoleName| catalog.role(role.as_str()).is_some_and(|role| !role.owns_team);
    let roles: Vec<_> = explained.roles.iter().filter(may_have).map(ToString::to_string).collect();
    if roles.is_empty() {
        return None;
    }
    let access = if refused.method == "GET" || refused.method == "HEAD" { "read" } else { "write" };
    Some(Check::bad(
        "role",
        format!("the key's roles do not {access} `{}`", explained.group),
        format!("one of: {}", roles.join(", ")),
        "a key's roles can't be changed: generate one with such a role, and revoke this one",
    ))
}
