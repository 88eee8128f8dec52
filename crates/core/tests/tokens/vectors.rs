//! `tests/vectors/*.json`: tokens and what becomes of them, as data that any language can use.
//!
//! The files are written by [`cases`]; a test holds them equal to it. After a change there, run the
//! tests once with `COUNTERFOIL_WRITE_VECTORS=1` and read the difference.

mod accepted;
mod refused;

use crate::client::{AUDIENCE, Draft, ISSUER, NOW};
use crate::keys::{KEY, OTHER_KEY};
use counterfoil_core::catalog::{ClaimRule, LongLived, Pattern};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::IssuerId;
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{CheckName, Demand, PossessionDemand, TokenFault, UnverifiedToken};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// One token and what becomes of it.
pub(crate) struct Case {
    name: String,
    demand: &'static str,
    token: String,
    /// The fault's name, or nothing for a token that is accepted.
    fault: Option<&'static str>,
}

impl Case {
    fn accepted(name: &str, draft: &Draft) -> Self {
        Self { name: name.to_owned(), demand: draft.demand, token: draft.token(), fault: None }
    }

    fn refused(fault: &'static str, name: &str, draft: &Draft) -> Self {
        Self::refused_text(fault, name, draft.demand, draft.token())
    }

    fn refused_text(fault: &'static str, name: &str, demand: &'static str, token: String) -> Self {
        Self { name: name.to_owned(), demand, token, fault: Some(fault) }
    }
}

const REFUSED: &str = include_str!("../vectors/tokens-refused.json");
const ACCEPTED: &str = include_str!("../vectors/tokens-accepted.json");

#[test]
fn the_files_hold_exactly_the_cases() {
    for (name, file, cases) in [
        ("tokens-refused.json", REFUSED, refused::cases()),
        ("tokens-accepted.json", ACCEPTED, accepted::cases()),
    ] {
        let written = serde_json::to_string_pretty(&document(&cases)).unwrap() + "\n";
        assert!(
            write_if_asked(name, &written) || file == written,
            "{name} is stale: run once with COUNTERFOIL_WRITE_VECTORS=1"
        );
    }
}

#[test]
fn every_token_of_the_files_meets_its_fate() {
    for (name, file) in [("tokens-refused.json", REFUSED), ("tokens-accepted.json", ACCEPTED)] {
        let document: Value = serde_json::from_str(file).unwrap();
        for vector in document["vectors"].as_array().unwrap() {
            let expected = vector["fault"].as_str();
            let fault = fate(&document, vector).err().map(TokenFault::name);
            assert_eq!(fault, expected, "{name}: {}", vector["name"]);
        }
    }
}

#[test]
fn the_key_that_a_header_names_is_that_of_the_whole_token_and_so_is_what_is_wrong_with_it() {
    let cases: Vec<_> = refused::cases().into_iter().chain(accepted::cases()).collect();
    let mut wrong_elsewhere = 0;
    for Case { name, token, .. } in &cases {
        let whole = UnverifiedToken::parse(token).and_then(|token| token.key_id());
        match (whole, UnverifiedToken::key_named_by(token)) {
            (Err(_), Ok(_)) => wrong_elsewhere += 1,
            (whole, named) => assert_eq!(named, whole, "{name}"),
        }
    }
    assert!((20..cases.len() / 2).contains(&wrong_elsewhere), "{wrong_elsewhere} of {}", cases.len());
}

#[test]
fn refusals_outnumber_acceptances_and_every_fault_has_a_token() {
    let (refused, accepted) = (refused::cases(), accepted::cases());
    assert!(refused.len() >= 150, "{} refused", refused.len());
    assert!(accepted.len() >= 25, "{} accepted", accepted.len());
    assert!(refused.len() > accepted.len());
    assert!(accepted.iter().all(|case| case.fault.is_none()));
    let found: BTreeSet<_> = refused.iter().map(|case| case.fault.unwrap()).collect();
    let all: BTreeSet<_> = TokenFault::ALL.iter().map(|fault| fault.name()).collect();
    assert_eq!(found, all);
}

#[test]
fn no_two_tokens_have_the_same_name_or_the_same_fate_by_the_same_bytes() {
    let cases: Vec<_> = refused::cases().into_iter().chain(accepted::cases()).collect();
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
    let tokens: BTreeSet<_> = cases.iter().map(|case| (case.demand, &case.token)).collect();
    assert_eq!(tokens.len(), cases.len());
}

#[test]
fn every_fault_has_a_name_and_a_sentence_of_its_own() {
    let names: BTreeSet<_> = TokenFault::ALL.iter().map(|fault| fault.name()).collect();
    let sentences: BTreeSet<_> = TokenFault::ALL.iter().map(ToString::to_string).collect();
    assert_eq!((names.len(), sentences.len()), (TokenFault::ALL.len(), TokenFault::ALL.len()));
    assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
}

/// What a team key's token must be.
pub(crate) fn team_demand() -> Demand<'static> {
    Demand {
        issuer: IssuerId::try_from(ISSUER).unwrap(),
        claims: ClaimRule { names_issuer: true, names_bundle: false },
        audience: AUDIENCE,
        lifetime: Duration::from_mins(20),
        backdating: Duration::from_mins(10),
        issued_at_required: false,
        long_lived: None,
        leeway: Duration::from_secs(30),
        now: Timestamp::from_seconds(NOW),
    }
}

/// Calls `with` the demand of that name in the files.
pub(crate) fn demand<T>(name: &str, with: impl FnOnce(&Demand<'_>) -> T) -> T {
    let document = document(&[]);
    let long_lived = long_lived(&document["demands"][name]["longLived"]);
    with(&read_demand(&document, name, long_lived.as_ref()))
}

fn fate(document: &Value, vector: &Value) -> Result<(), TokenFault> {
    let name = vector["demand"].as_str().unwrap();
    let token = UnverifiedToken::parse(vector["token"].as_str().unwrap())?;
    let half =
        PublicHalf::from_text(document["keys"][0]["publicKey"].as_str().unwrap()).unwrap().parsed().unwrap();
    let demand = &document["demands"][name];
    if demand["possession"] == true {
        token.naming()?;
        let demand = read_demand(document, name, None);
        return token.verify(&half)?.judge_possession(&PossessionDemand {
            audience: demand.audience,
            lifetime: demand.lifetime,
            leeway: demand.leeway,
            now: demand.now,
        });
    }
    assert_eq!(token.key_id()?.as_str(), document["keys"][0]["kid"].as_str().unwrap());
    let long_lived = long_lived(&demand["longLived"]);
    let demand = read_demand(document, name, long_lived.as_ref());
    let signed = token.verify(&half)?;
    let first = signed.checks(&demand).into_iter().find_map(|check| check.fault);
    assert_eq!(signed.checks(&demand).map(|check| check.name), CheckName::ALL);
    let verdict = signed.judge(&demand);
    assert_eq!(verdict.as_ref().err().copied(), first, "explanations and verdicts differ");
    verdict.map(|_| ())
}

/// A file: everything that is needed to judge its tokens.
fn document(cases: &[Case]) -> Value {
    let families =
        ["/v1/ciProducts/{id}", "/v1/ciProducts/{id}/**", "/v1/ciProducts", "/v1/apps/{id}/perfPowerMetrics"];
    let long_lived = json!({"lifetime": 183 * 86_400, "paths": families});
    let demand = |names_issuer: bool, names_bundle: bool, minutes: i64, dated: bool, long_lived: &Value| {
        json!({
            "namesIssuer": names_issuer, "namesBundle": names_bundle, "audience": AUDIENCE,
            "lifetime": minutes * 60, "backdating": 600, "issuedAtRequired": dated, "longLived": long_lived,
        })
    };
    let keys = [KEY, OTHER_KEY].map(
        |key| json!({"kid": key.id, "publicKey": key.public().to_pem(), "jkt": key.public().thumbprint()}),
    );
    let burn = json!({"possession": true, "audience": "counterfoil-burn", "lifetime": 1200});
    json!({
        "about": "Tokens and what becomes of them. `now` is the verifier's clock in seconds, `leeway` the tolerated difference of clocks. \
            Each token is said to be signed by the first key; `demand` names the rules that it is judged by; `fault` is the \
            name of the first rule broken. The private halves are public knowledge: the first is that of RFC 6979, A.2.5.",
        "now": NOW,
        "leeway": 30,
        "issuer": ISSUER,
        "keys": keys,
        "demands": {
            "team": demand(true, false, 20, false, &long_lived),
            "individual": demand(false, false, 20, false, &long_lived),
            "in-app-purchase": demand(true, true, 60, false, &Value::Null),
            "dated": demand(true, false, 20, true, &Value::Null),
            "burn": burn,
        },
        "vectors": cases.iter().map(|case| match case.fault {
            Some(fault) => json!({"name": case.name, "demand": case.demand, "token": case.token, "fault": fault}),
            None => json!({"name": case.name, "demand": case.demand, "token": case.token}),
        }).collect::<Vec<_>>(),
    })
}

fn read_demand<'a>(document: &'a Value, name: &str, long_lived: Option<&'a LongLived>) -> Demand<'a> {
    let demand = &document["demands"][name];
    let seconds = |value: &Value| Duration::from_secs(value.as_u64().unwrap_or_default());
    Demand {
        issuer: IssuerId::try_from(document["issuer"].as_str().unwrap()).unwrap(),
        claims: ClaimRule {
            names_issuer: demand["namesIssuer"] == true,
            names_bundle: demand["namesBundle"] == true,
        },
        audience: demand["audience"].as_str().unwrap(),
        lifetime: seconds(&demand["lifetime"]),
        backdating: seconds(&demand["backdating"]),
        issued_at_required: demand["issuedAtRequired"] == true,
        long_lived,
        leeway: seconds(&document["leeway"]),
        now: Timestamp::from_seconds(document["now"].as_i64().unwrap()),
    }
}

fn long_lived(value: &Value) -> Option<LongLived> {
    let paths =
        value["paths"].as_array()?.iter().map(|path| Pattern::try_from(path.as_str().unwrap()).unwrap());
    Some(LongLived {
        lifetime: Duration::from_secs(value["lifetime"].as_u64().unwrap()),
        paths: paths.collect(),
    })
}

#[expect(clippy::disallowed_methods, reason = "a test that writes its own vectors when it is asked to")]
fn write_if_asked(name: &str, written: &str) -> bool {
    let asked = std::env::var("COUNTERFOIL_WRITE_VECTORS").is_ok_and(|asked| asked == "1");
    if asked {
        std::fs::write(format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR")), written).unwrap();
    }
    asked
}
