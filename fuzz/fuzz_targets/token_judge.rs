//! Any claims, soundly signed: what is accepted keeps the rules, as another reader sees them.
#![no_main]

use counterfoil_core::catalog::ClaimRule;
use counterfoil_core::half::{PrivateHalf, VerifyingHalf};
use counterfoil_core::id::IssuerId;
use counterfoil_core::jws;
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{Demand, UnverifiedToken};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

const NOW: i64 = 1_795_000_000;
const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";

static HALVES: LazyLock<(PrivateHalf, VerifyingHalf)> = LazyLock::new(|| {
    let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).expect("there is randomness");
    let verifying = half.public().parsed().expect("it is on the curve");
    (half, verifying)
});

fuzz_target!(|claims: &str| {
    let (private, public) = &*HALVES;
    let token = jws::sign(private, r#"{"alg":"ES256","kid":"TESTKEY001"}"#, claims).expect("it signs");
    let Ok(token) = UnverifiedToken::parse(&token) else { return };
    let signed = token.verify(public).expect("the signature is sound");
    let demand = Demand {
        issuer: IssuerId::try_from(ISSUER).expect("an issuer id"),
        claims: ClaimRule { names_issuer: true, names_bundle: false },
        audience: "appstoreconnect-v1",
        lifetime: Duration::from_secs(1200),
        backdating: Duration::from_secs(600),
        issued_at_required: false,
        long_lived: None,
        leeway: Duration::from_secs(30),
        now: Timestamp::from_seconds(NOW),
    };
    let first = signed.checks(&demand).into_iter().find_map(|check| check.fault);
    let verdict = signed.judge(&demand);
    assert_eq!(verdict.as_ref().err().copied(), first);
    if verdict.is_ok() {
        let claims = serde_json::from_str(claims).expect("what is accepted is JSON");
        keeps_the_rules(&claims);
    }
});

fn keeps_the_rules(claims: &Value) {
    let number = |name: &str| claims[name].as_f64();
    let now = NOW as f64;
    let expiry = number("exp").expect("exp is a number");
    assert!(expiry > now - 30.0 && expiry <= now + 1230.001);
    if let Some(issued) = number("iat") {
        assert!(issued <= now + 30.001 && expiry - issued <= 1800.001);
    } else {
        assert!(claims.get("iat").is_none());
    }
    assert!(number("nbf").is_none_or(|date| date <= now + 30.001));
    assert!(claims["iss"].as_str().is_some_and(|issuer| issuer.eq_ignore_ascii_case(ISSUER)));
    assert!(claims.get("sub").is_none());
    let audience =
        claims["aud"].as_str().or_else(|| claims["aud"].as_array().filter(|all| all.len() == 1)?[0].as_str());
    assert_eq!(audience, Some("appstoreconnect-v1"));
    assert!(claims.get("scope").is_none_or(Value::is_array));
}
