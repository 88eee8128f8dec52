//! Hostile input at our own doors, at the gateway's and at `/authorize`: the same verdict, and never our fault.

use super::about;
use crate::town::{Held, Said, Town};
use counterfoil_core::jws;
use serde_json::{Value, json};

const REFUSED: &str = include_str!("../../../../core/tests/vectors/tokens-refused.json");

/// What is answered to this at an own door, at the gateway and to proxies in both styles.
async fn everywhere(town: &Town, authorization: &str) -> [Said; 4] {
    let forwarded =
        town.get("/authorize").with("x-forwarded-method", "GET").with("x-forwarded-uri", "/v1/apps");
    [
        town.get("/v1/users").with("authorization", authorization).send().await,
        town.get("/v1/apps").with("authorization", authorization).send().await,
        about(town, "GET", "/v1/apps").with("authorization", authorization).send().await,
        forwarded.with("authorization", authorization).send().await,
    ]
}

#[tokio::test]
async fn every_token_of_the_corpus_is_refused_alike_at_every_entrance() {
    let (town, _, _) = Town::with_admin().await;
    let corpus: Value = serde_json::from_str(REFUSED).unwrap();
    let vectors = corpus["vectors"].as_array().unwrap();
    let fit = |token: &str| token.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
    let mut asked = 0;
    for vector in vectors {
        let token = vector["token"].as_str().unwrap();
        if !fit(token) {
            continue;
        }
        asked += 1;
        let said = everywhere(&town, &format!("Bearer {token}")).await;
        for one in &said {
            assert_eq!((one.status, one.code().as_str()), (401, "NOT_AUTHORIZED"), "{}", vector["name"]);
            assert_eq!(one.bytes, said[0].bytes);
        }
    }
    assert!(asked >= 300, "{asked}");
}

/// Claims and headers that are wrong, each signed by the holder of a good key.
fn wrong_tokens(held: &Held, town: &Town) -> Vec<(String, String)> {
    let now = town.now().as_seconds();
    let good = held.claims(town.now());
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        (format!("{name} {}", claims[name]), held.sign(&claims))
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        (format!("no {name}"), held.sign(&claims))
    };
    let headed =
        |header: Value| (header.to_string(), jws::sign(&held.half, &header.to_string(), &good.to_string()));
    let id = held.id;
    let mut tokens = vec![
        with("iss", "57246542-96fe-1a63-e053-0824d011072a".into()),
        with("iss", Value::Null),
        with("aud", "appstoreconnect-v2".into()),
        with("aud", json!(["appstoreconnect-v1", "other"])),
        with("aud", "counterfoil-burn".into()),
        with("exp", (now - 31).into()),
        with("exp", (now + 20 * 60 + 31).into()),
        with("exp", "soon".into()),
        with("exp", json!(1e300)),
        with("iat", (now + 60).into()),
        with("nbf", (now + 60).into()),
        with("sub", "user".into()),
        with("scope", Value::Null),
        with("scope", "GET /v1/apps".into()),
        with("scope", json!(["GET v1/apps"])),
        without("iss"),
        without("aud"),
        without("exp"),
    ];
    let headers = [
        json!({ "alg": "none", "kid": id }),
        json!({ "alg": "HS256", "kid": id }),
        json!({ "alg": "ES256", "kid": id, "crit": ["b64"], "b64": false }),
        json!({ "alg": "ES256", "kid": id, "jku": "https://attacker.example/keys" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "kid": "../../etc" }),
        json!({ "alg": "ES256", "kid": [id] }),
    ];
    tokens.extend(headers.into_iter().map(headed).filter_map(|(name, token)| Some((name, token.ok()?))));
    tokens
}

#[tokio::test]
async fn a_holders_bad_token_is_refused_alike_at_every_entrance_and_costs_no_hour() {
    let (town, _, admin) = Town::with_admin().await;
    for (name, token) in wrong_tokens(admin.held(), &town) {
        for said in everywhere(&town, &format!("Bearer {token}")).await {
            assert_eq!((said.status, said.header("x-rate-limit")), (401, ""), "{name}: {}", said.text());
        }
    }
    let said = about(&town, "GET", "/v1/apps").by(&admin).send().await.ok();
    assert_eq!(said.header("x-rate-limit"), "user-hour-lim:3600;user-hour-rem:3599;");
}

/// Paths that one server reads in one way and the next in another.
const TRAPS: [&str; 24] = [
    "//v1/apps",
    "/v1//apps",
    "/v1/./apps",
    "/v1/../v1/apps",
    "/v1/apps/..",
    "/v1/apps/.",
    "/v1/%2e%2e/apps",
    "/v1/%2E/apps",
    "/v1/apps;x=1",
    "/v1;/apps",
    "/v1/apps%2f1",
    "/v1%2Fapps",
    "/v1/apps%5c1",
    "/v1/%61pps",
    "/v1/apps.",
    "/v1/apps%20",
    "/v1/apps%00",
    "/v1/apps%0a",
    "/v1/apps%",
    "/v1/apps%zz",
    "/v1/apps%3b",
    "/v1/apps%3fx",
    "/v1/apps%23x",
    "/v1/apps%252e",
];

#[tokio::test]
async fn a_path_of_two_readings_is_the_same_refusal_at_every_entrance() {
    let (town, _, admin) = Town::with_admin().await;
    for path in TRAPS {
        let at_gateway = town.get(path).by(&admin).send().await;
        let to_proxy = about(&town, "GET", path).by(&admin).send().await;
        let forwarded =
            town.get("/authorize").with("x-forwarded-method", "GET").with("x-forwarded-uri", path);
        let to_traefik = forwarded.by(&admin).send().await;
        let refused = [at_gateway.status, to_proxy.status, to_traefik.status];
        // What may be served as it stands is no path that a group holds.
        assert!(matches!(refused, [400, 400, 400] | [404, 403, 403]), "{path}: {refused:?}");
        for said in [at_gateway, to_proxy, to_traefik] {
            assert_eq!(said.header("x-counterfoil-key"), "", "{path}");
        }
    }
}

#[tokio::test]
async fn a_credential_of_any_shape_is_no_fault_of_ours() {
    let (town, _, _) = Town::with_admin().await;
    let long = format!("Bearer {}", "a".repeat(60_000));
    let segments = format!("Bearer {}", "a.".repeat(10_000));
    for credential in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "bearer a",
        "Bearer a b",
        "Bearer ..",
        "Bearer .",
        "Basic Og==",
        "Negotiate",
        "Bearer\u{a0}x",
        "Bearer é.é.é",
        &long,
        &segments,
    ] {
        for said in everywhere(&town, credential).await {
            assert_eq!(said.status, 401, "{credential:.40}");
        }
    }
}
