//! The header fields by which a proxy tells of a request, and what could be read in two ways.

use crate::town::{Ask, Persona, Town};

const GET: (&str, &str) = ("x-original-method", "GET");
const APPS: (&str, &str) = ("x-original-uri", "/v1/apps");
const FORWARDED_GET: (&str, &str) = ("x-forwarded-method", "GET");
const FORWARDED_APPS: (&str, &str) = ("x-forwarded-uri", "/v1/apps");

fn ask<'t>(town: &'t Town, fields: &[(&str, &str)]) -> Ask<'t> {
    fields.iter().fold(town.get("/authorize"), |ask, (name, value)| ask.with(name, value))
}

#[tokio::test]
async fn a_request_is_told_by_either_pair_or_by_two_that_agree() {
    let (town, _, admin) = Town::with_admin().await;
    for fields in [
        &[GET, APPS][..],
        &[FORWARDED_GET, FORWARDED_APPS],
        &[GET, APPS, FORWARDED_GET, FORWARDED_APPS],
        &[GET, APPS, ("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2")],
        &[GET, APPS, ("x-http-method-override", "DELETE"), ("x-rewrite-url", "/v1/users")],
    ] {
        ask(&town, fields).by(&admin).send().await.ok();
    }
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_400_whoever_asks() {
    let (town, _, admin) = Town::with_admin().await;
    let long = format!("/v1/{}", "a".repeat(9000));
    let cases: &[&[(&str, &str)]] = &[
        &[],
        &[GET],
        &[APPS],
        &[FORWARDED_GET],
        &[FORWARDED_APPS],
        &[GET, FORWARDED_APPS],
        &[FORWARDED_GET, APPS],
        &[GET, APPS, FORWARDED_GET],
        &[GET, APPS, FORWARDED_APPS],
        &[GET, FORWARDED_GET, FORWARDED_APPS],
        &[GET, APPS, FORWARDED_GET, ("x-forwarded-uri", "/v1/users")],
        &[GET, APPS, ("x-forwarded-method", "DELETE"), FORWARDED_APPS],
        &[GET, GET, APPS],
        &[GET, APPS, APPS],
        &[GET, APPS, ("x-original-uri", "/v1/users")],
        &[FORWARDED_GET, FORWARDED_GET, FORWARDED_APPS],
        &[FORWARDED_GET, FORWARDED_APPS, FORWARDED_APPS],
        &[("x-original-method", ""), APPS],
        &[("x-original-method", "GE T"), APPS],
        &[("x-original-method", "GET\u{e9}"), APPS],
        &[GET, ("x-original-uri", "")],
        &[GET, ("x-original-uri", "v1/apps")],
        &[GET, ("x-original-uri", "http://other.example/v1/apps")],
        &[GET, ("x-original-uri", "*")],
        &[GET, ("x-original-uri", "/v1/\u{e9}")],
        &[GET, ("x-original-uri", "/v1/apps, /v1/users")],
        &[GET, ("x-original-uri", "/v1/apps#fragment")],
        &[GET, ("x-original-uri", &long)],
    ];
    for fields in cases {
        for persona in [&Persona::Anonymous, &admin] {
            let said = ask(&town, fields).by(persona).send().await;
            assert_eq!(said.status, 400, "{fields:?}: {}", said.text());
            assert!(said.header("x-rate-limit").is_empty() && said.header("x-counterfoil-key").is_empty());
        }
    }
}

#[tokio::test]
async fn two_credentials_are_400_even_if_they_are_the_same() {
    let (town, _, admin) = Town::with_admin().await;
    let token = admin.held().sign(&admin.held().claims(town.now()));
    let bearer = format!("Bearer {token}");
    for second in [bearer.as_str(), "Bearer", "Basic YTpi", ""] {
        for fields in [[GET, APPS], [FORWARDED_GET, FORWARDED_APPS]] {
            let ask = ask(&town, &fields).with("authorization", &bearer).with("authorization", second);
            ask.send().await.fails(400, "PARAMETER_ERROR.INVALID");
        }
    }
}

#[tokio::test]
async fn a_method_is_what_it_is_spelt_like() {
    let (town, team, _) = Town::with_admin().await;
    let reader = town.team_key(team, "MARKETING").await;
    for (method, status) in [("GET", 200), ("HEAD", 200), ("get", 403), ("POST", 403), ("BREW", 403)] {
        let said = ask(&town, &[("x-original-method", method), APPS]).by(&reader).send().await;
        assert_eq!(said.status, status, "{method}");
    }
}
