//! What a token says, whoever minted it.

use super::Check;
use crate::sources::{HeldKey, what_is_it};
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::jws::{self, Jws};
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{CheckName, Demand, UnverifiedToken};
use serde_json::Value;

/// Examines a token. With the key that is meant to have signed it, its signature too.
#[must_use]
pub fn examine_token(token: &str, key: Option<&HeldKey>, catalog: &Catalog, now: Timestamp) -> Vec<Check> {
    let token = token.trim();
    let bare =
        token.strip_prefix("Bearer ").or_else(|| token.strip_prefix("bearer ")).unwrap_or(token).trim();
    let mut checks = vec![form(bare), key_id(bare)];
    checks.push(signature(bare, key));
    checks.extend(claims_of(bare, key.and_then(|key| key.issuer), catalog, now));
    checks
}

/// Each claim by the rules that a server judges it by. Nobody's signature is asked for: the claims are signed anew
/// with a half of one's own, and judged under it.
pub(super) fn claims_of(
    token: &str,
    issuer: Option<IssuerId>,
    catalog: &Catalog,
    now: Timestamp,
) -> Vec<Check> {
    let Some((_, payload)) = segments(token) else { return Vec::new() };
    let Some(claims) = payload.as_deref().and_then(|payload| serde_json::from_slice::<Value>(payload).ok())
    else {
        return vec![Check::bad("claims", "not readable", "a JSON object in base64url", MINT)];
    };
    let has = |name: &str| claims.get(name).is_some();
    let rules = catalog.kinds.iter().find(|kind| {
        kind.claims.names_bundle == has("bid")
            && kind.claims.names_issuer == (has("iss") || has("bid") || !has("sub"))
    });
    let Some(kind) = rules else { return Vec::new() };
    let Some(service) = catalog.services.iter().find(|service| kind.services.contains(&service.name)) else {
        return Vec::new();
    };
    let named = claims.get("iss").and_then(Value::as_str).and_then(|text| IssuerId::try_from(text).ok());
    let issuer = issuer.or(named).unwrap_or_else(|| IssuerId::from_random([0; 16]));
    let demand = Demand::of(service, kind.claims, issuer, catalog.leeway, now);
    judged(payload.as_deref().unwrap_or_default(), &demand)
        .unwrap_or_else(|| vec![Check::bad("claims", "not readable", "a JSON object, no member twice", MINT)])
}

fn judged(payload: &[u8], demand: &Demand<'_>) -> Option<Vec<Check>> {
    let half = PrivateHalf::generate(&SystemRandom::new()).ok()?;
    let copy = jws::sign(&half, r#"{"alg":"ES256"}"#, std::str::from_utf8(payload).ok()?).ok()?;
    let signed = UnverifiedToken::parse(&copy).ok()?.verify(&half.public().parsed().ok()?).ok()?;
    let told = |check: counterfoil_core::token::Check| Check {
        name: check.name.as_str().to_owned(),
        ok: check.ok,
        found: check.found,
        expected: check.expected,
        hint: check.hint,
    };
    debug_assert_eq!(signed.checks(demand).len(), CheckName::ALL.len());
    Some(signed.checks(demand).into_iter().map(told).collect())
}

const MINT: &str = "mint it with `counterfoil token`, or as docs/tokens.md shows by hand";

fn form(token: &str) -> Check {
    let expected = "three parts of base64url joined by dots: header, claims, ES256 signature";
    if token.starts_with(['$', '%', '{']) {
        return Check::bad(
            "form",
            "a variable that was not filled in",
            expected,
            "use double quotes, and the right name",
        );
    }
    match Jws::parse(token) {
        Ok(_) => Check::good("form", "a compact JWS, ES256", expected),
        Err(fault) => Check::bad("form", fault.to_string(), expected, MINT),
    }
}

fn key_id(token: &str) -> Check {
    let expected = "`kid` in the header: 10 characters of A–Z and 0–9";
    let header = segments(token).and_then(|(header, _)| serde_json::from_slice::<Value>(&header?).ok());
    match header.as_ref().map(|header| &header["kid"]) {
        Some(Value::String(id)) if KeyId::try_from(id.as_str()).is_ok() => {
            Check::good("keyId", id.clone(), expected)
        }
        Some(Value::String(text)) => {
            let what = what_is_it(text).map_or(String::new(), |what| format!(", which looks like {what}"));
            let shown: String = text.chars().filter(|letter| !letter.is_control()).take(60).collect();
            Check::bad(
                "keyId",
                format!("`{shown}`{what}"),
                expected,
                "put the key id there, not the key's name",
            )
        }
        Some(Value::Null) | None => {
            Check::bad("keyId", "none", expected, "put the key id into the header as `kid`")
        }
        Some(_) => Check::bad("keyId", "not a text", expected, "put the key id into the header as `kid`"),
    }
}

fn signature(token: &str, key: Option<&HeldKey>) -> Check {
    let expected = "ES256 by the private half of the key in `kid`";
    let Some(key) = key else {
        return Check::open("signature", "no private key here to compare it with", expected);
    };
    let (Ok(jws), Ok(public)) = (Jws::parse(token), key.half.public().parsed()) else {
        return Check::open("signature", "not readable", expected);
    };
    if jws.is_signed_by(&public) {
        return Check::good(
            "signature",
            format!("signed by the private half that is here for {}", key.id),
            expected,
        );
    }
    Check::bad(
        "signature",
        format!("not signed by the private half that is here for {}", key.id),
        expected,
        "the token is another key's, or the key id is: compare `kid` with the name of the .p8 file",
    )
}

/// Header and claims, decoded as far as they can be.
type Segments = (Option<Vec<u8>>, Option<Vec<u8>>);

fn segments(token: &str) -> Option<Segments> {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    Some((parts.next()?, parts.next()?))
}
