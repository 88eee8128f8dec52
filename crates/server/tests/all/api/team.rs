//! Access requests, the audit, registered apps, keyInUse and advice.

use crate::town::{Said, Town, URL};
use counterfoil_core::event::Actor;
use counterfoil_core::time::Timestamp;
use counterfoil_server::dates::written;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn access_is_asked_for_by_the_owner_and_shows_how_it_stands() {
    let town = Town::build().await;
    let team = town.bare_team("New").await;
    let owner = town.signed_in(team.person).await;
    let state = async || {
        town.get("/v1/accessRequests").by(&owner).send().await.ok().json()["data"][0]["attributes"].clone()
    };
    assert_eq!(state().await["state"], "NONE");
    let ask = |agreed: Value| {
        town.post("/v1/accessRequests")
            .by(&owner)
            .entity("accessRequests", json!({ "termsAgreed": agreed }))
            .send()
    };
    ask(json!(false)).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    town.post("/v1/accessRequests").by(&owner).send().await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    let asked = ask(json!(true)).await.is(StatusCode::CREATED);
    assert_eq!(asked.attribute("state"), "REQUESTED");
    assert_eq!(asked.header("location"), "https://keys.example/v1/accessRequests");
    ask(json!(true)).await.fails(409, "STATE_ERROR.ACCESS_REQUESTED");
    let why = counterfoil_core::id::Remark::try_from("Not yet.").unwrap();
    town.authority.decline_access(team.id, Some(why)).await.unwrap();
    assert_eq!(state().await["state"], "DECLINED");
    assert_eq!(state().await["reason"], "Not yet.");
    ask(json!(true)).await.is(StatusCode::CREATED);
    town.authority.approve_access(team.id).await.unwrap();
    assert_eq!(state().await["state"], "APPROVED");
    assert_eq!(state().await["stateDate"], "2026-11-21T13:40:00Z");
    ask(json!(true)).await.fails(409, "STATE_ERROR.ACCESS_APPROVED");
}

#[tokio::test]
async fn the_audit_is_the_ledger_newest_first() {
    let (town, team, admin) = Town::with_admin().await;
    let key = town.team_key(team, "SALES").await;
    town.revoke(team, &key).await;
    let list = async |query: &str| town.get(&format!("/v1/auditEvents?{query}")).by(&admin).send().await.ok();
    let kinds = |said: &Said| -> Vec<String> {
        let data = said.json()["data"].as_array().unwrap().clone();
        data.iter().map(|event| event["attributes"]["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        kinds(&list("").await),
        [
            "KEY_REVOKED",
            "KEY_DOWNLOADED",
            "KEY_GENERATED",
            "KEY_DOWNLOADED",
            "KEY_GENERATED",
            "ACCESS_APPROVED",
            "ACCESS_REQUESTED",
            "TEAM_OPENED"
        ]
    );
    let of_key = list(&format!("filter[key]={}", key.id())).await;
    assert_eq!(kinds(&of_key), ["KEY_REVOKED", "KEY_DOWNLOADED", "KEY_GENERATED"]);
    let revoked = of_key.json()["data"][0]["attributes"].clone();
    assert_eq!(revoked["actor"], json!({ "type": "USER", "id": team.owner }));
    assert_eq!(
        revoked["details"],
        json!({ "key": key.id(), "revocationReason": "UNSPECIFIED", "remark": null })
    );
    assert_eq!(revoked["date"], "2026-11-21T13:40:00Z");
    assert_eq!(kinds(&list("filter[actor]=OPERATOR").await), ["ACCESS_APPROVED", "TEAM_OPENED"]);
    assert_eq!(kinds(&list("filter[kind]=KEY_REVOKED,TEAM_OPENED").await), ["KEY_REVOKED", "TEAM_OPENED"]);
    town.get("/v1/auditEvents?filter[key]=x").by(&admin).send().await.fails(400, "PARAMETER_ERROR.INVALID");

    let (mut all, mut path) = (Vec::new(), "/v1/auditEvents?limit=3".to_owned());
    loop {
        let page = town.get(&path).by(&admin).send().await.ok();
        assert_eq!(page.json()["meta"]["paging"], json!({ "total": 8, "limit": 3 }));
        all.extend(page.ids());
        match page.json()["links"]["next"].as_str() {
            Some(next) => path = next.strip_prefix("https://keys.example").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(all, list("").await.ids());
}

#[tokio::test]
async fn an_event_is_read_by_its_own_team_only() {
    let (town, _, admin) = Town::with_admin().await;
    let newest = town.get("/v1/auditEvents?limit=1").by(&admin).send().await.ok();
    let id = newest.ids()[0].clone();
    let event = town.get(&format!("/v1/auditEvents/{id}")).by(&admin).send().await.ok();
    assert_eq!(event.json()["data"], newest.json()["data"][0]);
    let other = town.team("Other").await;
    let stranger = town.team_key(other, "ADMIN").await;
    town.get(&format!("/v1/auditEvents/{id}")).by(&stranger).send().await.fails(404, "NOT_FOUND");
    for nothing in ["0", "1", "999999", "-1", "x", "18446744073709551615"] {
        town.get(&format!("/v1/auditEvents/{nothing}")).by(&admin).send().await.fails(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn no_names_or_addresses_are_in_the_audit() {
    let (town, team, admin) = Town::with_admin().await;
    town.member(team, &["SALES"]).await;
    let text = town.get("/v1/auditEvents").by(&admin).send().await.ok().text();
    assert!(!text.contains("example.com\"") && !text.contains("Hedda") && !text.contains("Son"), "{text}");
}

#[tokio::test]
async fn apps_are_registered_under_a_given_id_or_one_of_our_own() {
    let (town, _, admin) = Town::with_admin().await;
    let ask = |id: Value, bundle: &str| {
        let attributes = json!({ "bundleId": bundle, "name": "An app" });
        let body = json!({ "data": { "type": "registeredApps", "id": id, "attributes": attributes } });
        town.post("/v1/registeredApps").by(&admin).json(&body).send()
    };
    let given = ask(json!("1234567890"), "com.example.a").await.is(StatusCode::CREATED);
    assert_eq!(given.header("location"), "https://keys.example/v1/registeredApps/1234567890");
    ask(json!("1234567890"), "com.example.b").await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE");
    ask(json!("a/b"), "com.example.b").await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    ask(json!("5"), "not a bundle").await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    let made = ask(Value::Null, "com.example.c").await.is(StatusCode::CREATED);
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 10);
    assert_eq!(
        town.get("/v1/registeredApps?filter[bundleId]=com.example.c").by(&admin).send().await.ok().ids(),
        std::slice::from_ref(&id)
    );
    town.delete(&format!("/v1/registeredApps/{id}")).by(&admin).send().await.is(StatusCode::NO_CONTENT);
    town.get(&format!("/v1/registeredApps/{id}")).by(&admin).send().await.fails(404, "NOT_FOUND");
    town.delete(&format!("/v1/registeredApps/{id}")).by(&admin).send().await.fails(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_key_learns_what_it_may_do() {
    let (town, team, _) = Town::with_admin().await;
    let developer = town.team_key(team, "DEVELOPER").await;
    let said = town.get("/v1/keyInUse").by(&developer).send().await.ok();
    assert_eq!(said.json()["data"]["id"], developer.id().to_string());
    assert_eq!(said.attribute("keyType"), "TEAM");
    assert_eq!(said.attribute("team"), json!({ "issuerId": team.id, "name": "Rivets" }));
    let groups = said.attribute("groups");
    for (group, grade) in [
        ("provisioning", "WRITE"),
        ("metadata", "READ_SOME"),
        ("reviews", "READ"),
        ("users", "NONE"),
        ("server-api", "NONE"),
    ] {
        assert_eq!(groups[group], grade, "{group}");
    }
    assert_eq!(said.attribute("limits")["keysLeft"]["TEAM"], 48);
    assert_eq!(said.attribute("limits")["requestsPerHour"], 3600);

    let own = town.individual_key(team, &["DEVELOPER"]).await;
    let groups = town.get("/v1/keyInUse").by(&own).send().await.ok().attribute("groups");
    assert_eq!((&groups["provisioning"], &groups["testflight"]), (&json!("NONE"), &json!("WRITE")));
    let purchase = town.purchase_key(team).await;
    let said = town.get("/v1/keyInUse").by(&purchase).send().await.ok();
    assert_eq!(said.attribute("groups")["server-api"], "WRITE");
    assert_eq!(said.attribute("groups")["users"], "NONE");

    town.authority.withdraw_access(team.id, None).await.unwrap();
    let said = town.get("/v1/keyInUse").by(&developer).send().await.ok();
    assert_eq!(said.attribute("access"), "DECLINED");
    assert_eq!(said.attribute("groups")["provisioning"], "NONE");
}

#[tokio::test]
async fn a_person_learns_what_they_may_do() {
    let (town, team, _) = Town::with_admin().await;
    let (member, person) = town.member(team, &["APP_MANAGER"]).await;
    let session = town.signed_in(person).await;
    let said = town.get("/v1/keyInUse").by(&session).send().await.ok();
    assert_eq!(said.json()["data"]["id"], member.to_string());
    assert_eq!(said.attribute("keyType"), Value::Null);
    assert_eq!(said.attribute("groups")["users"], "READ");
    assert_eq!(said.attribute("limits")["keysLeft"]["INDIVIDUAL"], 1);
    town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let said = town.get("/v1/keyInUse").by(&session).send().await.ok();
    assert_eq!(said.attribute("limits")["keysLeft"]["INDIVIDUAL"], 0);
}

#[tokio::test]
async fn an_admin_key_that_only_reads_users_is_told_so() {
    let (town, team, admin) = Town::with_admin().await;
    let key = town.team_key(team, "ADMIN").await;
    for _ in 0..3 {
        town.get("/v1/users").by(&key).send().await.ok();
    }
    town.authority.flush_usage().await.unwrap();
    let advice = town.get(&format!("/v1/apiKeys/{}/advice", key.id())).by(&admin).send().await.ok();
    assert_eq!(advice.attribute("roles"), json!(["ADMIN"]));
    assert_eq!(advice.attribute("smallestRoles"), json!(["APP_MANAGER"]));
    assert_eq!(
        advice.attribute("used"),
        json!([{ "group": "users", "access": "READ", "requests": 3, "refused": 0 }])
    );
    town.wait(Duration::from_secs(1));
}

#[tokio::test]
async fn the_calls_of_a_key_are_told_by_the_hour_since_a_chosen_moment() {
    let (town, team, admin) = Town::with_admin().await;
    let key = town.team_key(team, "SALES").await;
    let uses = |query: &str| {
        let path = format!("/v1/apiKeys/{}/uses{query}", key.id());
        let (town, admin) = (&town, &admin);
        async move { town.get(&path).by(admin).send().await }
    };
    assert_eq!(uses("").await.ok().json()["data"], json!([]));
    town.get("/v1/users").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
    town.get("/v1/users").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
    town.wait(Duration::from_secs(3600));
    town.post("/v1/userInvitations").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
    town.revoke(team, &key).await;
    let all = uses("").await.ok().json();
    let rows: Vec<_> = all["data"].as_array().unwrap().iter().map(|row| row["attributes"].clone()).collect();
    let row = |since: &str, access: &str, path: &str, requests: u64| {
        json!({
            "since": since, "span": "HOUR", "group": "users", "access": access, "path": path,
            "outcome": "FORBIDDEN", "requests": requests,
        })
    };
    let hour = |at: Timestamp| written(Timestamp::from_seconds(at.as_seconds() / 3600 * 3600));
    let (then, now) = (hour(town.now().minus(Duration::from_secs(3600))), hour(town.now()));
    assert_eq!(rows, [row(&then, "READ", "/v1/users", 2), row(&now, "WRITE", "/v1/userInvitations", 1)]);
    let first = uses("?limit=1").await.ok().json();
    assert_eq!((&first["data"][0], &first["meta"]["paging"]["total"]), (&all["data"][0], &json!(2)));
    let next = first["links"]["next"].as_str().unwrap().strip_prefix(URL).unwrap().to_owned();
    assert_eq!(town.get(&next).by(&admin).send().await.ok().json()["data"], json!([all["data"][1]]));
    let since = |at: &str| uses(&format!("?filter[since]={at}"));
    let late = since(&written(town.now())).await.ok().json();
    assert_eq!(late["data"], json!([all["data"][1]]), "the whole hour in which the moment lies");
    assert_eq!(since("2026-11-21").await.ok().json()["data"], all["data"]);
    assert_eq!(since("2126-11-21").await.ok().json()["data"], json!([]));
    since("yesterday").await.fails(400, "PARAMETER_ERROR.INVALID");
    let other = town.team_key(town.team("Other").await, "ADMIN").await;
    town.get(&format!("/v1/apiKeys/{}/uses", key.id())).by(&other).send().await.fails(404, "NOT_FOUND");
}
