//! What tokens claim, and which are not minted.

use crate::place::{ISSUER, Place, pair, typed};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::time::Timestamp;
use counterfoil_core::token::{Demand, UnverifiedToken};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::mint::{self, Minted, Order, span};
use serde_json::json;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_seconds(1_795_289_400);

fn minted(issuer: &str, order: &Order) -> Result<Minted, Fault> {
    let place = Place::new();
    place.file("key.p8", &pair().pem);
    let found = place.find(&typed(["2X9R4HXF34", issuer, "key.p8", ""])).unwrap();
    mint::mint(&found.key, order, &Catalog::appstore(), NOW)
}

fn order(ttl: &str, scopes: &[&str], bundle: &str) -> Order {
    Order {
        ttl: span::read(ttl).unwrap(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        bundle: Some(bundle.to_owned()).filter(|bundle| !bundle.is_empty()),
        audience: None,
    }
}

#[test]
fn each_kind_of_key_claims_what_its_kind_claims() {
    let (iat, exp, aud) = (1_795_289_400, 1_795_290_000, "appstoreconnect-v1");
    for (issuer, bundle, claims) in [
        (ISSUER, "", json!({"iss": ISSUER, "iat": iat, "exp": exp, "aud": aud})),
        ("", "", json!({"sub": "user", "iat": iat, "exp": exp, "aud": aud})),
        (
            ISSUER,
            "com.example.app",
            json!({"iss": ISSUER, "iat": iat, "exp": exp, "aud": aud, "bid": "com.example.app"}),
        ),
    ] {
        let token = minted(issuer, &order("10m", &[], bundle)).unwrap();
        assert_eq!(token.claims, claims);
        assert_eq!(token.header, json!({"alg": "ES256", "kid": "2X9R4HXF34", "typ": "JWT"}));
        assert_eq!(token.expires, NOW.plus(Duration::from_secs(600)));
    }
}

#[test]
fn a_minted_token_keeps_every_rule_of_its_service() {
    let place = Place::new();
    let key = pair();
    place.file("key.p8", &key.pem);
    let catalog = Catalog::appstore();
    let found = place.find(&typed(["2X9R4HXF34", ISSUER, "key.p8", ""])).unwrap();
    for order in [
        order("20m", &[], ""),
        order("183d", &["GET /v1/ciProducts", "GET /v1/ciBuildRuns/1?limit=2"], ""),
        order("60m", &[], "com.example.app"),
    ] {
        let token = mint::mint(&found.key, &order, &catalog, NOW).unwrap();
        let (kind, service) = mint::kind_and_service(&found.key, &order, &catalog).unwrap();
        let demand = Demand::of(service, kind.claims, ISSUER.try_into().unwrap(), catalog.leeway, NOW);
        let signed =
            UnverifiedToken::parse(&token.token).unwrap().verify(&key.public.parsed().unwrap()).unwrap();
        assert_eq!(signed.judge(&demand).map(|_| ()), Ok(()), "{order:?}");
    }
}

#[test]
fn what_a_service_would_refuse_is_not_minted() {
    for (issuer, order, words) in [
        (ISSUER, order("0s", &[], ""), "a token must be good for a second at least"),
        (ISSUER, order("21m", &[], ""), "a token for App Store Connect API is good for 20m at most, unless"),
        (
            ISSUER,
            order("21m", &["GET /v1/apps"], ""),
            "a token for App Store Connect API is good for 20m at most, unless",
        ),
        (
            ISSUER,
            order("21m", &["GET /v1/ciProducts", "POST /v1/ciBuildRuns"], ""),
            "a token for App Store Connect",
        ),
        (
            ISSUER,
            order("184d", &["GET /v1/ciProducts"], ""),
            "a token with such a scope is good for 183d at most",
        ),
        (
            ISSUER,
            order("61m", &[], "com.example.app"),
            "a token for App Store Server API is good for 1h at most",
        ),
        ("", order("5m", &[], "com.example.app"), "an app is named and no team"),
        (ISSUER, order("5m", &["get /v1/apps"], ""), "an entry of a scope is a method in capitals"),
        (ISSUER, order("5m", &["GET v1/apps"], ""), "the path in an entry of a scope"),
        (ISSUER, order("5m", &[], "no bundle id!"), "a bundle id must be"),
    ] {
        let fault = minted(issuer, &order).unwrap_err();
        assert!(fault.message().starts_with(words), "{fault}");
        assert!(!fault.hint().is_empty());
    }
}

#[test]
fn another_audience_has_other_rules_which_nobody_here_knows() {
    let other = Order { audience: Some("acme-api".into()), ..order("2h", &[], "") };
    assert_eq!(minted(ISSUER, &other).unwrap().claims["aud"], "acme-api");
}

#[test]
fn an_in_app_purchase_key_wants_an_app() {
    let place = Place::new();
    place.file("SubscriptionKey_2X9R4HXF34.p8", &pair().pem);
    let found = place.find(&typed(["", ISSUER, "SubscriptionKey_2X9R4HXF34.p8", ""])).unwrap();
    let fault = mint::mint(&found.key, &order("5m", &[], ""), &Catalog::appstore(), NOW).unwrap_err();
    assert_eq!(fault.message(), "this is an in-app purchase key's file, and its tokens name an app");
}

#[test]
fn times_are_read_as_people_type_them() {
    for (text, seconds) in [("90s", 90), ("10m", 600), ("1h30m", 5400), ("30d", 2_592_000), ("600", 600)] {
        assert_eq!(span::read(text).unwrap().as_secs(), seconds);
    }
    for text in ["", "m", "10x", "10m5", "-1s", "99999999999999999999d", "500d", "1 h"] {
        assert!(span::read(text).is_err(), "{text}");
    }
}
