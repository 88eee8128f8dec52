//! The bodies of refusals, to the letter.

use crate::town::{Persona, Said, Town};
use serde_json::{Value, json};
use std::time::Duration;

/// The body with what differs from run to run taken out.
fn body(said: &Said) -> Value {
    let mut body = said.json();
    if let Some(id) = body["errors"][0].get_mut("id") {
        *id = "<request>".into();
    }
    body
}

#[tokio::test]
async fn every_fault_of_a_token_is_the_one_bare_401() {
    let (town, team, admin) = Town::with_admin().await;
    let held = admin.held();
    let good = held.claims(town.now());
    let now = town.now().as_seconds();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        Persona::Saying(format!("Bearer {}", held.sign(&claims)))
    };
    let revoked = town.team_key(team, "ADMIN").await;
    town.revoke(team, &revoked).await;
    let token = held.sign(&good);
    let (head, _) = token.rsplit_once('.').unwrap();
    let other = town.team_key(team, "ADMIN").await;
    let forged = format!("{head}.{}", other.held().sign(&good).rsplit_once('.').unwrap().1);
    let mut bodies = Vec::new();
    for (what, persona) in [
        ("nothing", Persona::Anonymous),
        ("an empty token", Persona::Saying("Bearer ".into())),
        ("garbage", Persona::Saying("Bearer x.y.z".into())),
        ("Basic", Persona::Saying("Basic eDp5".into())),
        ("another's signature", Persona::Saying(format!("Bearer {forged}"))),
        ("another issuer", with("iss", "57246542-96fe-1a63-e053-0824d011072a".into())),
        ("another audience", with("aud", "promotional-offer".into())),
        ("burn", with("aud", "counterfoil-burn".into())),
        ("expired", with("exp", (now - 31).into())),
        ("too long", with("exp", (now + 1300).into())),
        ("from the future", with("iat", (now + 31).into())),
        ("a subject", with("sub", "user".into())),
        ("a bad scope", with("scope", Value::Null)),
        ("revoked", revoked),
        ("a purchase key", town.purchase_key(team).await),
    ] {
        let said = town.get("/v1/apiKeys").by(&persona).send().await;
        assert_eq!(said.status, 401, "{what}");
        assert!(said.headers.get("www-authenticate").is_none());
        bodies.push(said.bytes);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    insta::assert_json_snapshot!("bare_401", serde_json::from_slice::<Value>(&bodies[0]).unwrap());
}

#[tokio::test]
async fn shapes_that_real_clients_send_are_let_in() {
    let (town, _, admin) = Town::with_admin().await;
    let held = admin.held();
    let now = town.now().as_seconds();
    for claims in [
        json!({ "iss": held.team, "exp": now + 1200, "aud": "appstoreconnect-v1" }),
        json!({ "iss": held.team, "exp": now + 1200, "iat": now - 60, "aud": ["appstoreconnect-v1"] }),
        json!({ "iss": held.team, "exp": now as f64 + 0.5, "iat": now, "aud": "appstoreconnect-v1", "nonce": "x" }),
        json!({ "iss": held.team.to_string().to_uppercase(), "exp": now + 1201, "aud": "appstoreconnect-v1" }),
    ] {
        let token = held.sign(&claims);
        let said = town.get("/v1/apiKeys").with("authorization", &format!("bearer {token}")).send().await;
        assert_eq!(said.status, 200, "{claims}");
    }
    town.wait(Duration::from_secs(1));
}

#[tokio::test]
async fn a_scope_leaves_what_it_names() {
    let (town, _, admin) = Town::with_admin().await;
    let held = admin.held();
    let scoped = |scope: Value| {
        let mut claims = held.claims(town.now());
        claims["scope"] = scope;
        Persona::Saying(format!("Bearer {}", held.sign(&claims)))
    };
    let persona = scoped(json!(["GET /v1/apiKeys?filter[isActive]=true", "GET /v1/users"]));
    town.get("/v1/users?limit=3").by(&persona).send().await.ok();
    town.get("/v1/apiKeys?filter%5BisActive%5D=true&limit=1").by(&persona).send().await.ok();
    let said = town.get("/v1/apiKeys").by(&persona).send().await;
    insta::assert_json_snapshot!("out_of_scope", body(&said));
    town.post("/v1/apiKeys").by(&persona).send().await.fails(403, "FORBIDDEN_ERROR.SCOPE");
    town.get("/v1/users").by(&scoped(json!([]))).send().await.fails(403, "FORBIDDEN_ERROR.SCOPE");
}

#[tokio::test]
async fn refusals_have_their_exact_bodies() {
    let (town, team, admin) = Town::with_admin().await;
    let withdrawn = town.team("Withdrawn").await;
    let without = town.team_key(withdrawn, "ADMIN").await;
    town.authority.withdraw_access(withdrawn.id, None).await.unwrap();
    let suspended = town.team("Suspended").await;
    let stopped = town.team_key(suspended, "ADMIN").await;
    town.authority.suspend(suspended.id, None).await.unwrap();
    let developer = town.team_key(team, "DEVELOPER").await;
    let keys = |attributes: Value| town.post("/v1/apiKeys").by(&admin).entity("apiKeys", attributes).send();
    let kept = town
        .post("/v1/apiKeys")
        .by(&admin)
        .entity("apiKeys", json!({ "nickname": "A", "keyType": "IN_APP_PURCHASE" }));
    let kept = kept.send().await.json()["data"]["id"].as_str().unwrap().to_owned();
    town.revoke(team, &{
        let id = kept.as_str().try_into().unwrap();
        let half = counterfoil_core::half::PrivateHalf::from_pem(&admin.held().pem).unwrap();
        let held = crate::town::Held { id, team: team.id, kind: "IN_APP_PURCHASE", half, pem: String::new() };
        Persona::Key(std::sync::Arc::new(held))
    })
    .await;
    for (name, said) in [
        ("role", town.get("/v1/apiKeys").by(&developer).send().await),
        ("agreement", town.get("/v1/apiKeys").by(&without).send().await),
        ("suspended", town.get("/v1/apiKeys").by(&stopped).send().await),
        ("no_such_path", town.get("/v1/nothing").by(&admin).send().await),
        ("no_such_key", town.get("/v1/apiKeys/ZZZZZZZZZZ").by(&admin).send().await),
        ("method", town.ask("PUT", "/v1/apiKeys").by(&admin).send().await),
        ("ambiguous", town.get("/v1//apiKeys").send().await),
        ("illegal_parameter", town.get("/v1/apiKeys?colour=red").by(&admin).send().await),
        ("invalid_parameter", town.get("/v1/apiKeys?limit=201").by(&admin).send().await),
        ("required_parameter", town.get("/v1/actors").by(&admin).send().await),
        ("not_json", town.post("/v1/apiKeys").by(&admin).raw("application/json", "{").send().await),
        ("media_type", town.post("/v1/apiKeys").by(&admin).raw("text/plain", "{}").send().await),
        ("missing_attribute", keys(json!({ "keyType": "TEAM" })).await),
        ("invalid_attribute", keys(json!({ "nickname": " ", "keyType": "TEAM" })).await),
        ("unknown_attribute", keys(json!({ "nickname": "A", "keyType": "TEAM", "colour": 1 })).await),
        ("unknown_role", keys(json!({ "nickname": "A", "keyType": "TEAM", "roles": ["KING"] })).await),
        (
            "roles_not_allowed",
            keys(json!({ "nickname": "A", "keyType": "IN_APP_PURCHASE", "roles": ["ADMIN"] })).await,
        ),
        ("individual_by_token", keys(json!({ "nickname": "A", "keyType": "INDIVIDUAL" })).await),
        (
            "not_editable",
            town.patch(&format!("/v1/apiKeys/{}", admin.id()))
                .by(&admin)
                .change("apiKeys", admin.id().as_str(), json!({ "nickname": "B" }))
                .send()
                .await,
        ),
        (
            "already_downloaded",
            town.post(&format!("/v1/apiKeys/{}/download", admin.id())).by(&admin).send().await,
        ),
        ("revoked", town.post(&format!("/v1/apiKeys/{kept}/download")).by(&admin).send().await),
        ("foreign_origin", {
            let owner = town.signed_in(team.person).await;
            let Persona::Session(secret) = owner else { panic!() };
            let cookie = format!("__Host-counterfoil={secret}");
            town.post("/v1/apiKeys")
                .with("cookie", &cookie)
                .with("origin", "https://evil.example")
                .send()
                .await
        }),
    ] {
        let mut told = json!({ "status": said.status, "body": body(&said) });
        let text =
            told.to_string().replace(kept.as_str(), "<key>").replace(admin.id().as_str(), "<admin key>");
        told = serde_json::from_str(&text).unwrap();
        insta::assert_json_snapshot!(name, told);
    }
}
