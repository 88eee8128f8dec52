//! Every hostile token there is, through the verifier; and the real ones that must pass.

use crate::bed::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Holding;
use counterfoil_core::half::PublicHalf;
use counterfoil_core::token::TokenFault;
use counterfoil_verify::fact::KeyFacts;
use counterfoil_verify::verdict::Unproven;
use counterfoil_verify::{Reason, Settings};
use serde_json::Value;
use std::collections::BTreeMap;

const REFUSED: &str = include_str!("../../../core/tests/vectors/tokens-refused.json");
const ACCEPTED: &str = include_str!("../../../core/tests/vectors/tokens-accepted.json");

/// For each of the corpus's demands a verifier whose key is of that kind, and a path it may read.
fn beds(corpus: &Value) -> BTreeMap<&'static str, (Bed, &'static str)> {
    let keys = |kind, holder: &dyn Fn() -> Holding| {
        let key = |key: &Value| KeyFacts {
            point: PublicHalf::from_pem(key["publicKey"].as_str().unwrap()).unwrap(),
            ..key_facts(key["kid"].as_str().unwrap(), kind, holder())
        };
        corpus["keys"].as_array().unwrap().iter().map(key).collect()
    };
    let bed = |catalog: Catalog, kind, holder: &dyn Fn() -> Holding| {
        let mut facts = team_facts();
        facts.team = issuer(corpus["issuer"].as_str().unwrap());
        facts.keys = keys(kind, holder);
        Bed::with(Settings::default(), catalog, vec![facts])
    };
    let with_roles = || Holding::TeamWithRoles(roles(&["ADMIN"]));
    let mut dated = Catalog::appstore();
    for service in &mut dated.services {
        (service.issued_at_required, service.long_lived) = (true, None);
    }
    BTreeMap::from([
        ("team", (bed(Catalog::appstore(), "TEAM", &with_roles), "/v1/apps")),
        (
            "individual",
            (bed(Catalog::appstore(), "INDIVIDUAL", &|| Holding::Member(member_id(MEMBER))), "/v1/apps"),
        ),
        (
            "in-app-purchase",
            (bed(Catalog::appstore(), "IN_APP_PURCHASE", &|| Holding::Team), "/inApps/v1/transactions/7"),
        ),
        ("dated", (bed(dated, "TEAM", &with_roles), "/v1/apps")),
    ])
}

#[test]
fn every_hostile_token_is_refused_for_its_own_fault_however_often_it_comes() {
    let corpus: Value = serde_json::from_str(REFUSED).unwrap();
    assert_eq!(corpus["now"], NOW);
    let beds = beds(&corpus);
    let mut judged = 0;
    for vector in corpus["vectors"].as_array().unwrap() {
        let Some((bed, path)) = beds.get(vector["demand"].as_str().unwrap()) else { continue };
        let name = vector["fault"].as_str().unwrap();
        let fault = TokenFault::ALL.iter().find(|fault| fault.name() == name).unwrap();
        for _ in 0..2 {
            let reason = bed.reason("GET", path, vector["token"].as_str().unwrap());
            assert_eq!(reason, Some(Reason::Unproven(Unproven::Token(*fault))), "{}", vector["name"]);
        }
        judged += 1;
    }
    assert!(judged >= 400, "{judged}");
    assert!(beds.values().all(|(bed, _)| bed.verifier.remembered_tokens() == 0));
}

#[test]
fn a_burn_token_opens_nothing() {
    let corpus: Value = serde_json::from_str(ACCEPTED).unwrap();
    let beds = beds(&corpus);
    let vectors = corpus["vectors"].as_array().unwrap();
    let burns: Vec<_> = vectors.iter().filter(|vector| vector["demand"] == "burn").collect();
    assert!(!burns.is_empty());
    for vector in burns {
        let reason = beds["team"].0.reason("GET", "/v1/apps", vector["token"].as_str().unwrap());
        assert!(matches!(reason, Some(Reason::Unproven(_))), "{} {reason:?}", vector["name"]);
    }
}

#[test]
fn what_real_clients_send_is_proven_as_a_new_token_and_as_a_known_one() {
    let corpus: Value = serde_json::from_str(ACCEPTED).unwrap();
    let beds = beds(&corpus);
    let mut judged = 0;
    for vector in corpus["vectors"].as_array().unwrap() {
        let Some((bed, path)) = beds.get(vector["demand"].as_str().unwrap()) else { continue };
        for _ in 0..2 {
            let reason = bed.reason("GET", path, vector["token"].as_str().unwrap());
            assert!(matches!(reason, None | Some(Reason::Scope)), "{} {reason:?}", vector["name"]);
        }
        judged += 1;
    }
    assert!(judged >= 40, "{judged}");
}

/// The order of the curve.
const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// The same signature in other bytes: r and n − s.
fn malleated(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let n = i16::from(u8::from_str_radix(&N[2 * at..2 * at + 2], 16).unwrap());
        let difference = n - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_revocation_holds_for_every_spelling_of_a_token() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    let other = malleated(&token);
    assert_ne!(token, other);
    assert_eq!(bed.reason("GET", "/v1/apps", &token), None);
    assert_eq!(bed.reason("GET", "/v1/apps", &other), None);
    bed.revoke(TEAM_KEY);
    for spelling in [&token, &other, &malleated(&team_token(TEAM_KEY).claim("nonce", "1").token())] {
        assert_eq!(bed.reason("GET", "/v1/apps", spelling), Some(Reason::Unproven(Unproven::Revoked)));
    }
    for spelling in
        [format!("{token}="), format!("{token}\n"), format!(" {token}"), token.replacen('.', "=.", 1)]
    {
        assert!(matches!(
            bed.reason("GET", "/v1/apps", &spelling),
            Some(Reason::Unproven(Unproven::Token(_)))
        ));
    }
}

#[test]
fn no_secret_shows_in_debug() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    let shown = format!(
        "{:?} {:?} {:?}",
        request("GET", "/v1/apps", &token),
        bed.decide("GET", "/v1/apps", &token),
        bed.verifier
    );
    assert!(token.split('.').all(|part| !shown.contains(part)), "{shown}");
}
