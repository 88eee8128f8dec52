//! What the holder is told.

use crate::client::{Draft, ISSUER, NOW};
use crate::keys::KEY;
use crate::vectors::{demand, team_demand};
use counterfoil_core::token::{Check, CheckName, TokenFault, UnverifiedToken};

fn checks(draft: &Draft) -> Vec<Check> {
    let token = draft.token();
    let signed = UnverifiedToken::parse(&token).unwrap().verify(&KEY.public().parsed().unwrap()).unwrap();
    demand(draft.demand, |demand| signed.checks(demand)).to_vec()
}

fn check(draft: &Draft, name: CheckName) -> Check {
    checks(draft).into_iter().find(|check| check.name == name).unwrap()
}

#[test]
fn every_check_is_there_by_its_name_and_a_sound_token_passes_all_that_apply() {
    let found: Vec<_> =
        checks(&Draft::team()).into_iter().map(|check| (check.name.as_str(), check.ok)).collect();
    assert_eq!(
        found,
        [
            ("issuer", Some(true)),
            ("subject", Some(true)),
            ("audience", Some(true)),
            ("bundle", None),
            ("issuedAt", Some(true)),
            ("expiry", Some(true)),
            ("scope", None),
            ("lifetime", Some(true)),
        ]
    );
}

#[test]
fn a_check_says_what_was_expected_and_what_was_found() {
    let late = check(&Draft::team().claim("iat", &(NOW + 34).to_string()), CheckName::IssuedAt);
    assert_eq!(late.ok, Some(false));
    assert_eq!(late.fault, Some(TokenFault::IssuedInFuture));
    assert_eq!(late.expected, "`iat`, if any, not later than now (1795000000), give or take 30 s");
    assert_eq!(late.found, "`iat` 1795000034, 34 s ahead of now");
    let hint = "The clock that wrote `iat` is 34 s ahead of this server's: set it right, or back-date `iat` by a minute.";
    assert_eq!(late.hint.as_deref(), Some(hint));
}

#[test]
fn each_claim_is_judged_by_itself() {
    let draft = Draft::team().without("iss").claim("aud", "7").claim("exp", "1200").claim("sub", r#""user""#);
    let faults: Vec<_> = checks(&draft).into_iter().filter_map(|check| check.fault).collect();
    let expected = [
        TokenFault::IssuerMissing,
        TokenFault::SubjectUncalled,
        TokenFault::AudienceMalformed,
        TokenFault::Expired,
    ];
    assert_eq!(faults, expected);
}

#[test]
fn the_hint_names_the_likely_mistake() {
    let claim = |name, json: &str| Draft::team().claim(name, json);
    for (draft, name, words) in [
        (claim("exp", "1200"), CheckName::Expiry, "holds a duration"),
        (claim("exp", "1795001200000"), CheckName::Lifetime, "in milliseconds"),
        (claim("exp", "\"1795001200\""), CheckName::Expiry, "without quotes"),
        (claim("exp", "-1"), CheckName::Expiry, "negative"),
        (claim("exp", "1.7e9"), CheckName::Expiry, "exponent"),
        (claim("exp", "null"), CheckName::Expiry, "Set `exp` to a number"),
        (claim("exp", &(NOW - 3600).to_string()), CheckName::Expiry, "Sign a new token"),
        (claim("exp", &(NOW + 1240).to_string()), CheckName::Lifetime, "may be 40 s ahead"),
        (claim("exp", &(NOW + 86_400).to_string()), CheckName::Lifetime, "The limit is 1200 s from now"),
        (claim("iat", &(NOW - 3600).to_string()), CheckName::Lifetime, "long before"),
        (claim("nbf", &(NOW + 90).to_string()), CheckName::IssuedAt, "90 s ahead"),
        (claim("nbf", "\"x\""), CheckName::IssuedAt, "`nbf` as a number"),
        (claim("iss", "\"me@example.com\""), CheckName::Issuer, "an e-mail address"),
        (claim("iss", "\"ABCDE12345\""), CheckName::Issuer, "a team id or a key id"),
        (claim("iss", "\"1234567890123\""), CheckName::Issuer, "an app's number"),
        (claim("iss", "\"$ISSUER_ID\""), CheckName::Issuer, "a variable"),
        (claim("iss", &format!("\"{ISSUER} \"")), CheckName::Issuer, "white space"),
        (claim("iss", "\"x\""), CheckName::Issuer, "not an issuer id"),
        (claim("iss", "1"), CheckName::Issuer, "must be a text"),
        (claim("iss", "\"69a6de70-03db-47e3-e053-5b8c7c11a4d1\""), CheckName::Issuer, "another team"),
        (
            Draft::team().without("iss").claim("sub", "\"user\""),
            CheckName::Issuer,
            "how an individual key signs",
        ),
        (Draft::team().without("iss").claim("issuer", "\"x\""), CheckName::Issuer, "short names"),
        (Draft::team().without("iss"), CheckName::Issuer, "above the list of keys"),
        (claim("sub", "\"user\""), CheckName::Subject, "Only an individual key's token has `sub`"),
        (Draft::individual().claim("iss", "\"x\""), CheckName::Issuer, "has no `iss`"),
        (Draft::individual().without("sub"), CheckName::Subject, "the word `user`"),
        (Draft::team().without("aud"), CheckName::Audience, "Set `aud` to `appstoreconnect-v1`"),
        (claim("aud", "[]"), CheckName::Audience, "an array of just that"),
        (claim("aud", "\"promotional-offer\""), CheckName::Audience, "meant for something else"),
        (Draft::purchase().without("bid"), CheckName::Bundle, "the bundle id of the app"),
        (Draft::dated().without("iat"), CheckName::IssuedAt, "the time of signing"),
        (Draft::long().claim("scope", r#"["GET /v1/apps"]"#), CheckName::Lifetime, "Beyond the usual limit"),
        (claim("scope", "\"GET /v1/apps\""), CheckName::Scope, "array of texts"),
    ] {
        let check = check(&draft, name);
        assert_eq!(check.ok, Some(false), "{words}");
        let hint = check.hint.unwrap_or_default();
        assert!(hint.contains(words), "{hint:?} lacks {words:?}");
    }
}

#[test]
fn a_strangers_text_is_shown_short_and_tame() {
    let long = check(&Draft::team().claim("aud", &format!("\"{}\"", "a".repeat(70))), CheckName::Audience);
    assert_eq!(long.found, format!("`aud` {}…", "a".repeat(60)));
    let wild = check(&Draft::team().claim("aud", r#""\u001b[2J\n""#), CheckName::Audience);
    assert_eq!(wild.found, "`aud` \u{fffd}[2J\u{fffd}");
}

#[test]
fn a_token_long_expired_or_from_the_end_of_time_is_explained_without_a_panic() {
    for exp in ["0", "999999999999999", "0.999"] {
        let draft = Draft::team().claim("exp", exp).claim("iat", exp).claim("nbf", exp);
        assert_eq!(checks(&draft).len(), CheckName::ALL.len());
    }
    assert_eq!(team_demand().now.as_seconds(), NOW);
}
