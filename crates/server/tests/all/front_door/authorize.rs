//! What a proxy is told, to the letter.

use super::about;
use crate::town::{Said, Town};
use counterfoil_authority::Request;
use counterfoil_authority::people::MemberChange;
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::team::SightChange;
use http::StatusCode;
use std::collections::BTreeMap;

/// The fields that say who asks.
fn identity(said: &Said) -> BTreeMap<String, String> {
    let ours = said.headers.iter().filter(|(name, _)| name.as_str().starts_with("x-counterfoil-"));
    ours.map(|(name, value)| (name.as_str()[14..].to_owned(), value.to_str().unwrap().to_owned())).collect()
}

fn fields<const N: usize>(expected: [(&str, String); N]) -> BTreeMap<String, String> {
    expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[tokio::test]
async fn whoever_may_pass_is_named_in_header_fields_and_there_is_no_body() {
    let (town, team, admin) = Town::with_admin().await;
    for _ in 0..2 {
        let said = about(&town, "GET", "/v1/apps?limit=2").by(&admin).send().await.ok();
        let expected = fields([
            ("team", team.id.to_string()),
            ("key", admin.id().to_string()),
            ("kind", "TEAM".to_owned()),
            ("roles", "ADMIN".to_owned()),
            ("group", "metadata".to_owned()),
        ]);
        assert_eq!(identity(&said), expected);
        assert_eq!((said.bytes.len(), said.header("cache-control")), (0, "no-store"));
        assert!(said.header("x-rate-limit").starts_with("user-hour-lim:3600;user-hour-rem:35"));
    }
}

#[tokio::test]
async fn a_persons_key_names_its_user_and_the_apps_he_sees() {
    let (town, team, _) = Town::with_admin().await;
    let (member, _) = town.member(team, &["APP_MANAGER", "MARKETING"]).await;
    let key = town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let expected = fields([
        ("team", team.id.to_string()),
        ("key", key.id().to_string()),
        ("kind", "INDIVIDUAL".to_owned()),
        ("roles", "APP_MANAGER,GENERATE_INDIVIDUAL_KEYS,MARKETING".to_owned()),
        ("group", "metadata".to_owned()),
        ("user", member.to_string()),
    ]);
    let said = about(&town, "PATCH", "/v1/apps/1").by(&key).send().await.ok();
    assert_eq!(identity(&said), expected);

    let by = Request::by(Actor::User(team.owner));
    for (id, bundle) in [("1", "com.example.one"), ("2", "com.example.two"), ("3", "com.example.three")] {
        let (app, bundle) = (Some(id.try_into().unwrap()), bundle.try_into().unwrap());
        let name = "An app".try_into().unwrap();
        town.authority.register_app(team.id, &by, app, bundle, name).await.unwrap();
    }
    let sees = Sees::Apps(["1", "2"].map(|id| id.try_into().unwrap()).into());
    let change = MemberChange { sees: Some(SightChange::Exactly(sees)), ..MemberChange::default() };
    town.authority.change_member(team.id, &by, member, &change).await.unwrap();
    let said = about(&town, "GET", "/v1/apps/2").by(&key).send().await.ok();
    assert_eq!(identity(&said)["apps"], "1,2");
    about(&town, "GET", "/v1/apps/3").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
    about(&town, "GET", "/v1/apps").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
}

#[tokio::test]
async fn an_in_app_purchase_key_names_its_app() {
    let (town, team, _) = Town::with_admin().await;
    let key = town.purchase_key(team).await;
    let said = about(&town, "GET", "/inApps/v1/transactions/7").by(&key).send().await.ok();
    let expected = fields([
        ("team", team.id.to_string()),
        ("key", key.id().to_string()),
        ("kind", "IN_APP_PURCHASE".to_owned()),
        ("group", "server-api".to_owned()),
        ("bundle", "com.example.app".to_owned()),
    ]);
    assert_eq!(identity(&said), expected);
    assert_eq!(said.header("x-rate-limit"), "");
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_neither_believed_nor_repeated() {
    let (town, _, admin) = Town::with_admin().await;
    let forged = |name: &str| about(&town, "GET", "/v1/apps").with(name, "forged");
    for name in ["x-counterfoil-user", "x-counterfoil-apps", "x-counterfoil-roles", "x-counterfoil-team"] {
        let said = forged(name).by(&admin).send().await.ok();
        assert!(said.headers.values().all(|value| value != "forged"), "{name}");
        forged(name).send().await.fails(401, "NOT_AUTHORIZED");
    }
}

#[tokio::test]
async fn a_strangers_answer_is_one_to_the_byte_in_the_form_of_the_service() {
    let (town, team, admin) = Town::with_admin().await;
    let revoked = town.team_key(team, "ADMIN").await;
    town.revoke(team, &revoked).await;
    let text = r#"{"errors":[{"status":"401","code":"NOT_AUTHORIZED","title":"Authentication credentials are missing or invalid.","detail":"Provide a properly configured and signed bearer token, and make sure that it has not expired. Sent to POST /v1/diagnose, the same token tells its holder which check fails."}]}"#;
    for said in [
        about(&town, "GET", "/v1/apps").send().await,
        about(&town, "GET", "/v1/apps").by(&revoked).send().await,
        about(&town, "GET", "/v1/apps").by(&town.purchase_key(team).await).send().await,
        about(&town, "GET", "/v1/apps").with("authorization", "Bearer a.b.c").send().await,
        town.get("/v1/apps").send().await,
        town.get("/v1/apiKeys").by(&revoked).send().await,
    ] {
        assert_eq!((said.status, said.text().as_str()), (401, text));
        assert_eq!(said.header("content-type"), "application/json");
        assert_eq!(said.header("x-rate-limit"), "");
    }
    let said = about(&town, "GET", "/inApps/v1/transactions/7").by(&admin).send().await;
    assert_eq!((said.status, said.header("content-type")), (401, "text/plain"));
    let id = said.text();
    let id = id.strip_prefix("Unauthenticated\n\nRequest ID: ").and_then(|id| id.strip_suffix(".0.0\n"));
    assert_eq!(id.map(str::len), Some(26));
}

#[tokio::test]
async fn a_path_that_no_group_holds_is_403_to_a_proxy_and_404_at_the_gateway() {
    let (town, _, admin) = Town::with_admin().await;
    for path in ["/v1/nothing", "/", "/v2/apps", "/authorize"] {
        about(&town, "GET", path).send().await.fails(401, "NOT_AUTHORIZED");
        let said = about(&town, "GET", path).by(&admin).send().await.fails(403, "FORBIDDEN_ERROR");
        assert_ne!(said.header("x-rate-limit"), "");
    }
    town.get("/v1/nothing").send().await.fails(401, "NOT_AUTHORIZED");
    let said = town.get("/v1/nothing").by(&admin).send().await.fails(404, "PATH_ERROR");
    assert_ne!(said.header("x-rate-limit"), "");
}

#[tokio::test]
async fn a_proxy_asks_by_get_post_or_head_and_no_other_way() {
    let (town, _, admin) = Town::with_admin().await;
    let ask = |method: &str| {
        town.ask(method, "/authorize").with("x-original-method", "GET").with("x-original-uri", "/v1/apps")
    };
    for method in ["GET", "POST", "HEAD"] {
        ask(method).by(&admin).send().await.ok();
        let refused = ask(method).send().await.is(StatusCode::UNAUTHORIZED);
        assert_eq!(refused.bytes.is_empty(), method == "HEAD", "{method}");
        if method == "HEAD" {
            assert_ne!(refused.header("content-length"), "0");
        }
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let said = ask(method).by(&admin).send().await.fails(405, "METHOD_NOT_ALLOWED");
        assert_eq!(said.header("allow"), "GET, HEAD, POST");
    }
}

#[tokio::test]
async fn other_forms_of_the_target_mean_the_same_door() {
    let (town, _, admin) = Town::with_admin().await;
    for target in
        ["/authorize?anything=1", "http://other.example/authorize", "https://keys.example/authorize"]
    {
        let ask = town.get(target).with("x-forwarded-method", "GET").with("x-forwarded-uri", "/v1/apps");
        ask.by(&admin).send().await.ok();
    }
    for target in ["/authorize/", "/Authorize", "/authorize/x"] {
        town.get(target).send().await.fails(401, "NOT_AUTHORIZED");
    }
}

#[tokio::test]
async fn a_refusal_is_named_so_that_it_can_be_looked_up() {
    let (town, team, _) = Town::with_admin().await;
    let marketing = town.team_key(team, "MARKETING").await;
    let ask = about(&town, "GET", "/v1/salesReports?filter=secret").by(&marketing);
    let said = ask.with("x-request-id", "looked-up-later").send().await.fails(403, "FORBIDDEN_ERROR");
    assert_eq!(said.json()["errors"][0]["id"], "looked-up-later");
    let admin = town.team_key(team, "ADMIN").await;
    let look_up = "/v1/refusals?filter[requestId]=looked-up-later";
    let found = town.get(look_up).by(&admin).send().await.ok().json();
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
    let told = &found["data"][0]["attributes"];
    for (name, value) in [
        ("key", marketing.id().as_str()),
        ("reason", "role"),
        ("method", "GET"),
        ("path", "/v1/salesReports"),
        ("requestId", "looked-up-later"),
    ] {
        assert_eq!(told[name], value);
    }
    assert_eq!((&told["isProven"], &told["address"]), (&true.into(), &serde_json::Value::Null));
}

#[tokio::test]
async fn what_our_own_doors_refuse_is_looked_up_too_and_claims_are_kept_apart() {
    let (town, team, admin) = Town::with_admin().await;
    let developer = town.team_key(team, "DEVELOPER").await;
    town.get("/v1/auditEvents").by(&developer).send().await.fails(403, "FORBIDDEN_ERROR");
    let mut claims = developer.held().claims(town.now());
    claims["exp"] = (town.now().as_seconds() - 3600).into();
    let expired = format!("Bearer {}", developer.held().sign(&claims));
    town.get("/v1/users").with("authorization", &expired).send().await.fails(401, "NOT_AUTHORIZED");
    let forged = expired.split_at(expired.len() - 86).0.to_owned() + &"A".repeat(86);
    town.get("/v1/users").with("authorization", &forged).send().await.fails(401, "NOT_AUTHORIZED");
    let reasons = async |query: &str| {
        let said = town.get(&format!("/v1/refusals{query}")).by(&admin).send().await.ok().json();
        let reason =
            |refusal: &serde_json::Value| refusal["attributes"]["reason"].as_str().unwrap().to_owned();
        let mut reasons: Vec<_> = said["data"].as_array().unwrap().iter().map(reason).collect();
        reasons.sort();
        reasons
    };
    assert_eq!(reasons("").await, ["expired", "role"]);
    assert_eq!(reasons("?filter[reason]=role").await, ["role"]);
    let claimed = reasons("?filter[isProven]=false").await;
    assert!(claimed.iter().all(|reason| reason.starts_with("signature")), "{claimed:?}");
    assert_eq!(claimed.len(), 1);
    let other = town.team_key(town.team("Other").await, "ADMIN").await;
    assert!(town.get("/v1/refusals").by(&other).send().await.ok().ids().is_empty());
    town.get("/v1/refusals?filter[isProven]=x").by(&admin).send().await.fails(400, "PARAMETER_ERROR.INVALID");
}
