//! `/v1/apiKeys`.

mod crowds;
mod lists;

use crate::town::{Persona, Said, Team, Town};
use counterfoil_core::event::Actor;
use counterfoil_core::half::PrivateHalf;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

const KEYS: &str = "/v1/apiKeys";

async fn generate(town: &Town, by: &Persona, attributes: Value) -> Said {
    town.post(KEYS).by(by).entity("apiKeys", attributes).send().await
}

async fn generated(town: &Town, by: &Persona, nickname: &str) -> String {
    let attributes = json!({ "nickname": nickname, "keyType": "TEAM", "roles": ["DEVELOPER"] });
    let said = generate(town, by, attributes).await.is(StatusCode::CREATED);
    said.json()["data"]["id"].as_str().unwrap().to_owned()
}

async fn download(town: &Town, by: &Persona, id: &str) -> Said {
    town.post(&format!("{KEYS}/{id}/download")).by(by).send().await
}

async fn revoke(town: &Town, by: &Persona, id: &str) -> Said {
    town.patch(&format!("{KEYS}/{id}"))
        .by(by)
        .change("apiKeys", id, json!({ "isActive": false }))
        .send()
        .await
}

#[tokio::test]
async fn a_key_goes_from_generation_to_use_to_revocation() {
    let (town, team, admin) = Town::with_admin().await;
    let attributes = json!({ "nickname": "CI", "keyType": "TEAM", "roles": ["DEVELOPER", "APP_MANAGER"] });
    let made = generate(&town, &admin, attributes).await.is(StatusCode::CREATED);
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("https://keys.example/v1/apiKeys/{id}"));
    assert_eq!(made.attribute("roles"), json!(["APP_MANAGER", "DEVELOPER"]));
    assert_eq!(made.attribute("canDownload"), true);

    let file = download(&town, &admin, &id).await.ok();
    assert_eq!(file.header("content-type"), "application/x-pem-file");
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"AuthKey_{id}.p8\""));
    assert_eq!(file.header("cache-control"), "no-store");
    let half = PrivateHalf::from_pem(&file.text()).unwrap();
    assert_eq!(made.attribute("publicKey"), half.public().to_pem());

    let holder = held(team, &id, &file.text());
    assert_eq!(town.get("/v1/keyInUse").by(&holder).send().await.ok().json()["data"]["id"], *id);
    let ended = revoke(&town, &admin, &id).await.ok();
    assert_eq!(ended.attribute("isActive"), false);
    assert_eq!(ended.attribute("revocationReason"), "UNSPECIFIED");
    assert_eq!(ended.json()["data"]["relationships"]["revokedBy"]["data"]["id"], admin.id().to_string());
    town.get("/v1/keyInUse").by(&holder).send().await.fails(401, "NOT_AUTHORIZED");
}

fn held(team: Team, id: &str, pem: &str) -> Persona {
    Persona::Key(std::sync::Arc::new(crate::town::Held {
        id: id.try_into().unwrap(),
        team: team.id,
        kind: "TEAM",
        half: PrivateHalf::from_pem(pem).unwrap(),
        pem: pem.to_owned(),
    }))
}

#[tokio::test]
async fn each_kind_of_key_has_its_file_name() {
    let (town, team, admin) = Town::with_admin().await;
    let purchase = generate(&town, &admin, json!({ "nickname": "Shop", "keyType": "IN_APP_PURCHASE" })).await;
    let id = purchase.is(StatusCode::CREATED).json()["data"]["id"].as_str().unwrap().to_owned();
    let name = format!("attachment; filename=\"SubscriptionKey_{id}.p8\"");
    assert_eq!(download(&town, &admin, &id).await.ok().header("content-disposition"), name);

    let owner = town.signed_in(team.person).await;
    let own = generate(&town, &owner, json!({ "nickname": "Mine", "keyType": "INDIVIDUAL" })).await;
    let id = own.is(StatusCode::CREATED).json()["data"]["id"].as_str().unwrap().to_owned();
    let name = format!("attachment; filename=\"ApiKey_{id}.p8\"");
    assert_eq!(download(&town, &owner, &id).await.ok().header("content-disposition"), name);
}

#[tokio::test]
async fn a_private_half_is_handed_over_once() {
    let (town, _, admin) = Town::with_admin().await;
    let id = generated(&town, &admin, "Once").await;
    download(&town, &admin, &id).await.ok();
    download(&town, &admin, &id).await.fails(409, "STATE_ERROR.ALREADY_DOWNLOADED");
    let shown = town.get(&format!("{KEYS}/{id}")).by(&admin).send().await.ok();
    assert_eq!(shown.attribute("canDownload"), false);

    let revoked = generated(&town, &admin, "Ended").await;
    revoke(&town, &admin, &revoked).await.ok();
    download(&town, &admin, &revoked).await.fails(409, "STATE_ERROR.REVOKED");
    download(&town, &admin, "ZZZZZZZZZZ").await.fails(404, "NOT_FOUND");
    download(&town, &admin, "short").await.fails(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_holder_may_make_the_pair() {
    let (town, _, admin) = Town::with_admin().await;
    let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let attributes = |public: &str| json!({ "nickname": "Mine", "keyType": "TEAM", "roles": ["SALES"], "publicKey": public });
    let made = generate(&town, &admin, attributes(&half.public().to_pem())).await.is(StatusCode::CREATED);
    assert_eq!(made.attribute("canDownload"), false);
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    download(&town, &admin, &id).await.fails(409, "STATE_ERROR.NO_PRIVATE_HALF");

    let again = generate(&town, &admin, attributes(&half.public().to_pem())).await;
    let again = again.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE");
    assert_eq!(again.json()["errors"][0]["source"]["pointer"], "/data/attributes/publicKey");
    let other = town.team("Other").await;
    let other = town.team_key(other, "ADMIN").await;
    let elsewhere = generate(&town, &other, attributes(&half.public().to_pem())).await;
    elsewhere.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE");
    let broken = generate(&town, &admin, attributes("-----BEGIN PUBLIC KEY-----\nnope")).await;
    broken.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    let private = generate(&town, &admin, attributes(&half.to_pem().unwrap())).await;
    private.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
}

#[tokio::test]
async fn a_key_that_can_not_be_is_refused_for_what_is_wrong_with_it() {
    let (town, _, admin) = Town::with_admin().await;
    let pointer = |name: &str| format!("/data/attributes/{name}");
    for (attributes, code, at) in [
        (json!({ "keyType": "TEAM", "roles": ["ADMIN"] }), "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "nickname"),
        (json!({ "nickname": "", "keyType": "TEAM" }), "ENTITY_ERROR.ATTRIBUTE.INVALID", "nickname"),
        (
            json!({ "nickname": "x".repeat(31), "keyType": "TEAM" }),
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            "nickname",
        ),
        (json!({ "nickname": 7, "keyType": "TEAM" }), "ENTITY_ERROR.ATTRIBUTE.INVALID", "nickname"),
        (json!({ "nickname": "A" }), "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "keyType"),
        (json!({ "nickname": "A", "keyType": "OTHER" }), "ENTITY_ERROR.ATTRIBUTE.INVALID", "keyType"),
        (json!({ "nickname": "A", "keyType": "TEAM" }), "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "roles"),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "roles": [] }),
            "ENTITY_ERROR.ATTRIBUTE.REQUIRED",
            "roles",
        ),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "roles": "ADMIN" }),
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            "roles",
        ),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "roles": ["KING"] }),
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            "roles",
        ),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "roles": ["ACCOUNT_HOLDER"] }),
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            "roles",
        ),
        (
            json!({ "nickname": "A", "keyType": "IN_APP_PURCHASE", "roles": ["ADMIN"] }),
            "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED",
            "roles",
        ),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "colour": 1 }),
            "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
            "colour",
        ),
        (
            json!({ "nickname": "A", "keyType": "TEAM", "isActive": true }),
            "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED",
            "isActive",
        ),
    ] {
        let said = generate(&town, &admin, attributes.clone()).await.fails(409, code);
        assert_eq!(said.json()["errors"][0]["source"]["pointer"], pointer(at), "{attributes}");
    }
    let own = generate(&town, &admin, json!({ "nickname": "A", "keyType": "INDIVIDUAL" })).await;
    let told = own.fails(403, "FORBIDDEN_ERROR").json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("signed in"), "{told}");
}

#[tokio::test]
async fn nothing_of_a_key_can_be_edited_and_a_revocation_stands() {
    let (town, _, admin) = Town::with_admin().await;
    let id = generated(&town, &admin, "Fixed").await;
    let path = format!("{KEYS}/{id}");
    for attributes in [
        json!({ "nickname": "B" }),
        json!({ "roles": ["ADMIN"] }),
        json!({ "isActive": false, "nickname": "B" }),
    ] {
        let said = town.patch(&path).by(&admin).change("apiKeys", &id, attributes).send().await;
        said.fails(409, "ENTITY_ERROR.ATTRIBUTE.NOT_EDITABLE");
    }
    let change = |attributes| town.patch(&path).by(&admin).change("apiKeys", &id, attributes).send();
    change(json!({})).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED");
    change(json!({ "colour": 1 })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.UNKNOWN");
    change(json!({ "isActive": "no" })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    change(json!({ "isActive": true })).await.fails(409, "STATE_ERROR.REVOKED");
    let ended = change(json!({ "isActive": false, "revocationReason": "SUPERSEDED" })).await.ok();
    town.wait(Duration::from_secs(60));
    let again = change(json!({ "isActive": false, "revocationReason": "NO_LONGER_USED" })).await.ok();
    assert_eq!(again.json()["data"]["attributes"], ended.json()["data"]["attributes"]);
    change(json!({ "isActive": true })).await.fails(409, "STATE_ERROR.REVOKED");
}

#[tokio::test]
async fn a_change_must_be_of_the_resource_in_the_path() {
    let (town, _, admin) = Town::with_admin().await;
    let id = generated(&town, &admin, "Here").await;
    let path = format!("{KEYS}/{id}");
    for data in [
        json!({ "type": "users", "id": id, "attributes": { "isActive": false } }),
        json!({ "type": "apiKeys", "id": "ZZZZZZZZZZ", "attributes": { "isActive": false } }),
        json!({ "type": "apiKeys", "attributes": { "isActive": false } }),
        json!({ "id": id, "attributes": { "isActive": false } }),
        json!({ "type": "apiKeys", "id": 7 }),
    ] {
        let said = town.patch(&path).by(&admin).json(&json!({ "data": data })).send().await;
        said.fails(409, "ENTITY_ERROR.RESOURCE.INVALID");
    }
    assert_eq!(town.get(&path).by(&admin).send().await.ok().attribute("isActive"), true);
}

#[tokio::test]
async fn teams_can_not_see_each_other() {
    let (town, _, admin) = Town::with_admin().await;
    let id = generated(&town, &admin, "Ours").await;
    let other = town.team("Other").await;
    let other = town.team_key(other, "ADMIN").await;
    let path = format!("{KEYS}/{id}");
    let missing =
        town.get(&path).by(&other).send().await.fails(404, "NOT_FOUND").json()["errors"][0]["detail"].clone();
    assert_eq!(missing, format!("There is no resource of type 'apiKeys' with id '{id}'"));
    download(&town, &other, &id).await.fails(404, "NOT_FOUND");
    revoke(&town, &other, &id).await.fails(404, "NOT_FOUND");
    town.get(&format!("{path}/advice")).by(&other).send().await.fails(404, "NOT_FOUND");
    assert!(!town.get(KEYS).by(&other).send().await.ok().ids().contains(&id));
    download(&town, &admin, &id).await.ok();
}

#[tokio::test]
async fn people_see_and_end_their_own_key_and_no_other() {
    let (town, team, admin) = Town::with_admin().await;
    let (member, person) = town.member(team, &["DEVELOPER"]).await;
    let own = town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let session = town.signed_in(person).await;
    for by in [&own, &session] {
        town.get(&format!("{KEYS}/{}", own.id())).by(by).send().await.ok();
        town.get(&format!("{KEYS}/{}", admin.id())).by(by).send().await.fails(403, "FORBIDDEN_ERROR");
        town.get(&format!("{KEYS}/ZZZZZZZZZZ")).by(by).send().await.fails(403, "FORBIDDEN_ERROR");
        revoke(&town, by, admin.id().as_str()).await.fails(403, "FORBIDDEN_ERROR");
    }
    revoke(&town, &own, own.id().as_str()).await.ok();
    town.get(&format!("{KEYS}/{}", own.id())).by(&own).send().await.fails(401, "NOT_AUTHORIZED");
    town.get(&format!("{KEYS}/{}", own.id())).by(&session).send().await.ok();
}

#[tokio::test]
async fn keys_of_a_suspended_team_can_still_be_ended() {
    let (town, team, admin) = Town::with_admin().await;
    let owner = town.signed_in(team.person).await;
    let (by_session, by_key) = (generated(&town, &admin, "One").await, generated(&town, &admin, "Two").await);
    town.authority.suspend(team.id, None).await.unwrap();
    let attributes = json!({ "nickname": "New", "keyType": "TEAM", "roles": ["DEVELOPER"] });
    generate(&town, &owner, attributes).await.fails(403, "FORBIDDEN_ERROR.TEAM_SUSPENDED");
    town.get(KEYS).by(&owner).send().await.ok();
    revoke(&town, &owner, &by_session).await.ok();
    revoke(&town, &admin, &by_key).await.ok();
}

#[tokio::test]
async fn access_comes_before_team_keys_but_not_before_purchase_keys() {
    let town = Town::build().await;
    let team = town.bare_team("New").await;
    let owner = town.signed_in(team.person).await;
    let attributes = json!({ "nickname": "New", "keyType": "TEAM", "roles": ["DEVELOPER"] });
    generate(&town, &owner, attributes).await.fails(409, "STATE_ERROR.ACCESS_NOT_APPROVED");
    generate(&town, &owner, json!({ "nickname": "Mine", "keyType": "INDIVIDUAL" }))
        .await
        .fails(409, "STATE_ERROR.ACCESS_NOT_APPROVED");
    generate(&town, &owner, json!({ "nickname": "Shop", "keyType": "IN_APP_PURCHASE" }))
        .await
        .is(StatusCode::CREATED);
}
