//! What holders and finders of private halves ask: diagnose, burn, leaks, jwks.

use crate::town::{Held, Persona, Said, Team, Town};
use serde_json::{Value, json};

fn token(held: &Held, town: &Town, claims: &[(&str, Value)]) -> Persona {
    let mut all = held.claims(town.now());
    for (name, value) in claims {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(*name)),
            value => all[*name] = value.clone(),
        }
    }
    Persona::Saying(format!("Bearer {}", held.sign(&all)))
}

fn check<'a>(said: &'a Value, name: &str) -> &'a Value {
    said["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

#[tokio::test]
async fn diagnose_lists_every_check_for_whoever_holds_the_key() {
    let (town, _, admin) = Town::with_admin().await;
    let said = town.post("/v1/diagnose").by(&admin).send().await.ok().json();
    assert_eq!(
        (said["proven"].clone(), said["serverTime"].clone()),
        (json!(true), json!("2026-11-21T13:40:00Z"))
    );
    let oks: Vec<(String, Value)> = said["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (check["name"].as_str().unwrap().to_owned(), check["ok"].clone()))
        .collect();
    let expected = [
        ("key", json!(true)),
        ("signature", json!(true)),
        ("issuer", json!(true)),
        ("subject", json!(true)),
        ("audience", json!(true)),
        ("bundle", Value::Null),
        ("issuedAt", json!(true)),
        ("expiry", json!(true)),
        ("lifetime", json!(true)),
        ("revoked", json!(true)),
        ("access", Value::Null),
        ("scope", Value::Null),
        ("role", Value::Null),
    ];
    assert_eq!(oks, expected.map(|(name, ok)| (name.to_owned(), ok)));
}

#[tokio::test]
async fn diagnose_names_the_check_that_fails_and_no_other() {
    let (town, team, admin) = Town::with_admin().await;
    let now = town.now().as_seconds();
    let held = admin.held();
    for (claim, value, failing) in [
        ("iss", json!("57246542-96fe-1a63-e053-0824d011072a"), "issuer"),
        ("sub", json!("user"), "subject"),
        ("aud", json!("other"), "audience"),
        ("iat", json!(now + 34), "issuedAt"),
        ("exp", json!(now - 31), "expiry"),
        ("exp", json!(now + 1300), "lifetime"),
        ("scope", json!("GET /v1/apps"), "scope"),
    ] {
        let said =
            town.post("/v1/diagnose").by(&token(held, &town, &[(claim, value)])).send().await.ok().json();
        let failed: Vec<&Value> = said["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["ok"] == false)
            .map(|check| &check["name"])
            .collect();
        assert_eq!(failed, [failing]);
        assert!(check(&said, failing)["hint"].is_string(), "{said}");
    }
    town.revoke(team, &admin).await;
    let said = town.post("/v1/diagnose").by(&admin).send().await.ok().json();
    assert_eq!(check(&said, "revoked")["ok"], false);
}

#[tokio::test]
async fn diagnose_judges_a_request_too() {
    let (town, team, admin) = Town::with_admin().await;
    let developer = town.team_key(team, "DEVELOPER").await;
    let individual = town.individual_key(team, &["ADMIN"]).await;
    let ask = async |by: &Persona, method: &str, path: &str| {
        let body = json!({ "method": method, "path": path });
        let said = town.post("/v1/diagnose").by(by).json(&body).send().await.ok().json();
        ["access", "scope", "role"].map(|name| check(&said, name)["ok"].clone())
    };
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(ask(&developer, "GET", "/v1/apps").await, [yes.clone(), yes.clone(), yes.clone()]);
    assert_eq!(ask(&developer, "PATCH", "/v1/apps/1").await, [yes.clone(), yes.clone(), no.clone()]);
    assert_eq!(ask(&individual, "GET", "/v1/certificates").await, [yes.clone(), yes.clone(), no.clone()]);
    assert_eq!(ask(&admin, "GET", "/v1/apiKeys?limit=1").await, [yes.clone(), yes.clone(), yes.clone()]);
    assert_eq!(ask(&developer, "GET", "/v1/apiKeys").await, [yes.clone(), yes.clone(), no.clone()]);
    assert_eq!(ask(&admin, "GET", "/v1/nothing").await, [yes.clone(), yes.clone(), no.clone()]);
    let scoped = token(developer.held(), &town, &[("scope", json!(["GET /v1/builds"]))]);
    assert_eq!(ask(&scoped, "get", "/v1/apps").await, [yes.clone(), no.clone(), yes.clone()]);
    town.authority.withdraw_access(team.id, None).await.unwrap();
    assert_eq!(ask(&developer, "GET", "/v1/apps").await, [no, yes.clone(), yes]);
    let said =
        town.post("/v1/diagnose").by(&admin).json(&json!({ "method": "GET", "path": "//x" })).send().await;
    said.fails(400, "PATH_ERROR.AMBIGUOUS");
}

#[tokio::test]
async fn diagnose_tells_strangers_nothing() {
    let (town, team, admin) = Town::with_admin().await;
    let other = town.team_key(team, "SALES").await;
    let forged = Held {
        id: admin.id(),
        team: team.id,
        kind: "TEAM",
        half: counterfoil_core::half::PrivateHalf::from_pem(&other.held().pem).unwrap(),
        pem: String::new(),
    };
    for by in [Persona::Anonymous, Persona::Saying("Bearer x".into()), token(&forged, &town, &[])] {
        town.post("/v1/diagnose").by(&by).send().await.fails(401, "NOT_AUTHORIZED");
    }
}

async fn burn(town: &Town, by: &Persona) -> Said {
    town.post("/v1/burn").by(by).send().await
}

#[tokio::test]
async fn whoever_holds_a_half_can_end_its_key_with_nothing_else() {
    let (town, team, admin) = Town::with_admin().await;
    let key = town.team_key(team, "SALES").await;
    let only_half = token(
        key.held(),
        &town,
        &[("aud", json!("counterfoil-burn")), ("iss", Value::Null), ("iat", Value::Null)],
    );
    let said = burn(&town, &only_half).await.ok().json();
    assert_eq!(said["data"]["id"], key.id().to_string());
    assert_eq!(said["data"]["attributes"]["revocationReason"], "KEY_COMPROMISED");
    assert_eq!(burn(&town, &only_half).await.ok().json(), said);
    let shown = town.get(&format!("/v1/apiKeys/{}", key.id())).by(&admin).send().await.ok();
    assert_eq!(shown.attribute("isActive"), false);
    assert_eq!(shown.attribute("lastUsed"), Value::Null);
    let audit = town.get("/v1/auditEvents?filter[kind]=KEY_REVOKED").by(&admin).send().await.ok().json();
    assert_eq!(audit["data"][0]["attributes"]["actor"], json!({ "type": "HOLDER", "id": key.id() }));
}

#[tokio::test]
async fn a_half_without_a_key_id_names_itself_by_its_thumbprint() {
    let (town, team, _) = Town::with_admin().await;
    let key = town.team_key(team, "SALES").await;
    let held = key.held();
    let claims = json!({ "aud": "counterfoil-burn", "exp": town.now().as_seconds() + 60, "jkt": held.half.public().thumbprint().to_string() });
    let token = counterfoil_core::jws::sign(&held.half, r#"{"alg":"ES256"}"#, &claims.to_string()).unwrap();
    let said = burn(&town, &Persona::Saying(format!("Bearer {token}"))).await.ok().json();
    assert_eq!(said["data"]["id"], key.id().to_string());
}

#[tokio::test]
async fn a_key_of_a_suspended_team_can_be_burned() {
    let (town, team, admin) = Town::with_admin().await;
    town.authority.suspend(team.id, None).await.unwrap();
    burn(&town, &token(admin.held(), &town, &[("aud", json!("counterfoil-burn"))])).await.ok();
}

#[tokio::test]
async fn nobody_burns_what_they_do_not_hold() {
    let (town, team, admin) = Town::with_admin().await;
    let other = town.team_key(team, "SALES").await;
    let half = counterfoil_core::half::PrivateHalf::from_pem(&other.held().pem).unwrap();
    let forged = Held { id: admin.id(), team: team.id, kind: "TEAM", half, pem: String::new() };
    let burning = ("aud", json!("counterfoil-burn"));
    let now = town.now().as_seconds();
    for by in [
        Persona::Anonymous,
        token(&forged, &town, std::slice::from_ref(&burning)),
        token(admin.held(), &town, &[]),
        token(admin.held(), &town, &[("aud", json!("counterfoil-leak"))]),
        token(admin.held(), &town, &[burning.clone(), ("exp", json!(now - 31))]),
        token(admin.held(), &town, &[burning.clone(), ("exp", json!(now + 100_000))]),
        token(admin.held(), &town, &[burning, ("exp", Value::Null)]),
    ] {
        burn(&town, &by).await.fails(401, "NOT_AUTHORIZED");
    }
    town.get("/v1/keyInUse").by(&admin).send().await.ok();
}

#[tokio::test]
async fn a_scanner_learns_whose_its_finds_are_in_order() {
    let (town, team, admin) = Town::with_admin().await;
    let ended = town.team_key(team, "SALES").await;
    town.get("/v1/users").by(&admin).send().await.ok();
    town.revoke(team, &ended).await;
    let find = |held: &Held| {
        let Persona::Saying(text) = token(held, &town, &[("aud", json!("counterfoil-leak"))]) else {
            panic!()
        };
        json!({ "token": text.strip_prefix("Bearer ").unwrap() })
    };
    let finds = json!({ "finds": [find(ended.held()), { "token": "x" }, find(admin.held())] });
    let said = town.post("/v1/leaks").json(&finds).send().await.ok().json();
    let whose = json!({ "issuerId": team.id, "name": "Rivets" });
    let expected = json!({ "results": [
        { "status": "REVOKED", "keyId": ended.id(), "team": whose, "lastUsed": null },
        { "status": "UNKNOWN", "keyId": null, "team": null, "lastUsed": null },
        { "status": "ACTIVE", "keyId": admin.id(), "team": whose, "lastUsed": "2026-11-21T13:40:00Z" },
    ] });
    assert_eq!(said, expected);
    town.get("/v1/keyInUse").by(&admin).send().await.ok();
    for body in [json!({}), json!({ "finds": [{}] }), json!({ "finds": [], "x": 1 }), json!([])] {
        town.post("/v1/leaks").json(&body).send().await.fails(400, "ENTITY_INVALID");
    }
}

#[tokio::test]
async fn the_public_halves_of_active_keys_are_public() {
    let (town, team, admin) = Town::with_admin().await;
    let ended = town.team_key(team, "SALES").await;
    town.revoke(team, &ended).await;
    let path = format!("/v1/teams/{}/jwks.json", team.id);
    let said = town.get(&path).send().await.ok();
    assert_eq!(said.header("cache-control"), "max-age=5");
    let public = admin.held().half.public();
    let expected = json!({ "kty": "EC", "crv": "P-256", "x": public.jwk_x(), "y": public.jwk_y(), "kid": admin.id(), "alg": "ES256", "use": "sig" });
    assert_eq!(said.json(), json!({ "keys": [expected] }));
    for missing in ["nope", "57246542-96fe-1a63-e053-0824d011072a"] {
        town.get(&format!("/v1/teams/{missing}/jwks.json")).send().await.fails(404, "NOT_FOUND");
    }
    let other: Team = town.team("Other").await;
    assert_eq!(
        town.get(&format!("/v1/teams/{}/jwks.json", other.id)).send().await.ok().json(),
        json!({ "keys": [] })
    );
}
