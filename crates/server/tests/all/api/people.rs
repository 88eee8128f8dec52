//! `/v1/users`, `/v1/userInvitations`, `/v1/actors`.

use crate::town::{Persona, Team, Town, roles};
use counterfoil_core::event::Actor;
use http::StatusCode;
use serde_json::{Value, json};

use std::time::Duration;

async fn register(town: &Town, admin: &Persona, ids: &[&str]) {
    for id in ids {
        let attributes = json!({ "bundleId": format!("com.example.{id}"), "name": format!("App {id}") });
        let body = json!({ "data": { "type": "registeredApps", "id": id, "attributes": attributes } });
        town.post("/v1/registeredApps").by(admin).json(&body).send().await.is(StatusCode::CREATED);
    }
}

fn apps(ids: &[&str]) -> Value {
    json!({ "data": ids.iter().map(|id| json!({ "type": "apps", "id": id })).collect::<Vec<_>>() })
}

#[tokio::test]
async fn users_are_listed_filtered_and_sorted() {
    let (town, team, admin) = Town::with_admin().await;
    let (sales, _) = town.member(team, &["SALES"]).await;
    let (finance, _) = town.member(team, &["FINANCE", "SALES"]).await;
    let list = async |query: &str| town.get(&format!("/v1/users?{query}")).by(&admin).send().await.ok().ids();
    let id = |member: counterfoil_core::id::MemberId| member.to_string();
    assert_eq!(list("sort=username").await, [id(team.owner), id(sales), id(finance)]);
    assert_eq!(list("sort=-lastName,username").await, [id(finance), id(sales), id(team.owner)]);
    assert_eq!(list("filter[roles]=FINANCE,ACCOUNT_HOLDER").await, [id(team.owner), id(finance)]);
    assert_eq!(list("filter[username]=PERSON1@example.com").await, [id(sales)]);
    let other = town.team("Other").await;
    assert_eq!(list("").await.len(), 3);
    town.get(&format!("/v1/users/{}", other.owner)).by(&admin).send().await.fails(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_user_reads_as_app_store_connects_do() {
    let (town, team, admin) = Town::with_admin().await;
    let user =
        town.get(&format!("/v1/users/{}", team.owner)).by(&admin).send().await.ok().json()["data"].clone();
    let place = format!("https://keys.example/v1/users/{}", team.owner);
    let expected = json!({
        "type": "users",
        "id": team.owner,
        "attributes": {
            "username": "holder0@example.com",
            "firstName": "Hedda",
            "lastName": "Holder",
            "roles": ["ACCOUNT_HOLDER", "GENERATE_INDIVIDUAL_KEYS"],
            "allAppsVisible": true,
            "provisioningAllowed": true,
        },
        "relationships": { "visibleApps": { "links": {
            "self": format!("{place}/relationships/visibleApps"),
            "related": format!("{place}/visibleApps"),
        } } },
        "links": { "self": place },
    });
    assert_eq!(user, expected);
}

#[tokio::test]
async fn a_users_roles_are_replaced_and_the_key_follows() {
    let (town, team, admin) = Town::with_admin().await;
    let (member, _) = town.member(team, &["DEVELOPER"]).await;
    let key = town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let path = format!("/v1/users/{member}");
    let change = |attributes: Value| {
        town.patch(&path).by(&admin).change("users", &member.to_string(), attributes).send()
    };
    town.get("/v1/users").by(&key).send().await.fails(403, "FORBIDDEN_ERROR");
    let said =
        change(json!({ "roles": ["APP_MANAGER", "GENERATE_INDIVIDUAL_KEYS"], "provisioningAllowed": true }))
            .await
            .ok();
    assert_eq!(said.attribute("provisioningAllowed"), true);
    town.get("/v1/users").by(&key).send().await.ok();
    change(json!({ "roles": ["APP_MANAGER"] })).await.ok();
    town.get("/v1/users").by(&key).send().await.fails(401, "NOT_AUTHORIZED");
    let shown = town.get(&format!("/v1/apiKeys/{}", key.id())).by(&admin).send().await.ok();
    assert_eq!(shown.attribute("isActive"), false);

    change(json!({ "username": "x@example.com" })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.NOT_EDITABLE");
    change(json!({ "roles": [] })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.REQUIRED");
    change(json!({ "roles": ["ACCOUNT_HOLDER"] })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
    change(json!({ "roles": ["KING"] })).await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID");
}

#[tokio::test]
async fn the_account_holder_stays_until_the_role_is_transferred() {
    let (town, team, admin) = Town::with_admin().await;
    let path = format!("/v1/users/{}", team.owner);
    town.delete(&path).by(&admin).send().await.fails(409, "STATE_ERROR.OWNER_STAYS");
    let demoted =
        town.patch(&path).by(&admin).change("users", &team.owner.to_string(), json!({ "roles": ["ADMIN"] }));
    demoted.send().await.fails(409, "STATE_ERROR.OWNER_STAYS");
}

#[tokio::test]
async fn whoever_is_removed_is_gone_with_their_key_and_shown_as_a_former_member() {
    let (town, team, admin) = Town::with_admin().await;
    let (member, person) = town.member(team, &["ADMIN"]).await;
    let key = town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let session = town.signed_in(person).await;
    let made = town.key(team, Actor::User(member), "TEAM", Some(roles(&["SALES"]))).await;
    town.get("/v1/apiKeys").by(&session).send().await.ok();
    town.delete(&format!("/v1/users/{member}")).by(&admin).send().await.is(StatusCode::NO_CONTENT);
    town.get("/v1/keyInUse").by(&key).send().await.fails(401, "NOT_AUTHORIZED");
    town.get("/v1/apiKeys").by(&session).send().await.fails(401, "NOT_AUTHORIZED");
    town.get(&format!("/v1/users/{member}")).by(&admin).send().await.fails(404, "NOT_FOUND");
    town.get("/v1/keyInUse").by(&made).send().await.ok();
    let actors = town
        .get(&format!("/v1/actors?filter[id]={member},{},OPERATOR,nobody", made.id()))
        .by(&admin)
        .send()
        .await
        .ok();
    let told: Vec<Value> =
        actors.json()["data"].as_array().unwrap().iter().map(|actor| actor["attributes"].clone()).collect();
    let actor = |kind: &str, key: Value| json!({ "actorType": kind, "userFirstName": null, "userLastName": null, "userEmail": null, "apiKeyId": key });
    assert_eq!(told.len(), 3);
    for expected in
        [actor("USER", Value::Null), actor("API_KEY", json!(made.id())), actor("OPERATOR", Value::Null)]
    {
        assert!(told.contains(&expected), "{expected} {told:?}");
    }
}

#[tokio::test]
async fn visible_apps_can_be_set_added_and_taken() {
    let (town, team, admin) = Town::with_admin().await;
    register(&town, &admin, &["1", "2", "3"]).await;
    let (member, _) = town.member(team, &["DEVELOPER"]).await;
    let ends = format!("/v1/users/{member}/relationships/visibleApps");
    let seen =
        async || town.get(&format!("/v1/users/{member}/visibleApps")).by(&admin).send().await.ok().ids();
    assert_eq!(seen().await, ["1", "2", "3"]);
    town.post(&ends)
        .by(&admin)
        .json(&apps(&["1"]))
        .send()
        .await
        .fails(409, "ENTITY_ERROR.RELATIONSHIP.INVALID");
    let entity = json!({ "data": { "type": "users", "id": member, "attributes": { "allAppsVisible": false }, "relationships": { "visibleApps": apps(&["1"]) } } });
    let said =
        town.patch(&format!("/v1/users/{member}?include=visibleApps")).by(&admin).json(&entity).send().await;
    said.fails(400, "PARAMETER_ERROR.ILLEGAL");
    town.patch(&format!("/v1/users/{member}")).by(&admin).json(&entity).send().await.ok();
    assert_eq!(seen().await, ["1"]);
    town.post(&ends).by(&admin).json(&apps(&["2"])).send().await.is(StatusCode::NO_CONTENT);
    assert_eq!(seen().await, ["1", "2"]);
    town.patch(&ends).by(&admin).json(&apps(&["2", "3"])).send().await.is(StatusCode::NO_CONTENT);
    town.delete(&ends).by(&admin).json(&apps(&["2"])).send().await.is(StatusCode::NO_CONTENT);
    assert_eq!(
        town.get(&ends).by(&admin).send().await.ok().json()["data"],
        json!([{ "type": "apps", "id": "3" }])
    );
    town.post(&ends)
        .by(&admin)
        .json(&apps(&["9"]))
        .send()
        .await
        .fails(409, "ENTITY_ERROR.RELATIONSHIP.INVALID");
    let list = town
        .get("/v1/users?filter[visibleApps]=3&include=visibleApps&fields[apps]=name")
        .by(&admin)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(list["data"].as_array().unwrap().len(), 2, "who sees all apps sees this one");
    assert_eq!(list["included"][2], json!({ "type": "apps", "id": "3", "attributes": { "name": "App 3" } }));
    town.delete("/v1/registeredApps/3").by(&admin).send().await.is(StatusCode::NO_CONTENT);
    assert_eq!(seen().await, [""; 0]);
}

async fn invite(town: &Town, by: &Persona, email: &str) -> crate::town::Said {
    let attributes =
        json!({ "email": email, "firstName": "New", "lastName": "Comer", "roles": ["DEVELOPER"] });
    town.post("/v1/userInvitations").by(by).entity("userInvitations", attributes).send().await
}

#[tokio::test]
async fn an_invitation_is_there_until_it_is_over() {
    let (town, team, admin) = Town::with_admin().await;
    let said = invite(&town, &admin, "New@Example.com").await.is(StatusCode::CREATED);
    let id = said.json()["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/userInvitations/{id}");
    assert_eq!(said.header("location"), format!("https://keys.example{path}"));
    assert_eq!(said.attribute("roles"), json!(["DEVELOPER", "GENERATE_INDIVIDUAL_KEYS"]));
    assert_eq!(said.attribute("email"), "New@Example.com");
    assert_eq!(
        town.get("/v1/userInvitations?filter[email]=new@example.com").by(&admin).send().await.ok().ids(),
        std::slice::from_ref(&id)
    );
    let again = invite(&town, &admin, "new@example.com").await;
    again.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE");
    invite(&town, &admin, "holder0@example.com").await.fails(409, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE");
    town.authority.join(team.id, Actor::Operator, id.as_str().try_into().unwrap()).await.unwrap();
    town.get(&path).by(&admin).send().await.fails(410, "GONE");
    town.delete(&path).by(&admin).send().await.fails(410, "GONE");
    assert_eq!(town.get("/v1/userInvitations").by(&admin).send().await.ok().ids(), [""; 0]);

    let second = invite(&town, &admin, "second@example.com").await.is(StatusCode::CREATED);
    let path = format!("/v1/userInvitations/{}", second.json()["data"]["id"].as_str().unwrap());
    town.get(&path).by(&admin).send().await.ok();
    town.delete(&path).by(&admin).send().await.is(StatusCode::NO_CONTENT);
    town.get(&path).by(&admin).send().await.fails(410, "GONE");

    let third = invite(&town, &admin, "third@example.com").await.is(StatusCode::CREATED);
    let path = format!("/v1/userInvitations/{}", third.json()["data"]["id"].as_str().unwrap());
    town.wait(Duration::from_secs(366 * 86_400));
    town.get(&path).by(&admin).send().await.fails(410, "GONE");
}

/// What a key can have mailed is bounded, or whoever gets hold of it fills strangers' letter boxes.
#[tokio::test]
async fn an_address_that_was_mailed_ten_times_waits_for_its_hour() {
    let (town, _, admin) = Town::with_admin().await;
    town.authority.sends_mail_from_now();
    for _ in 0..10 {
        let said = invite(&town, &admin, "new@example.com").await.is(StatusCode::CREATED);
        let path = format!("/v1/userInvitations/{}", said.json()["data"]["id"].as_str().unwrap());
        town.delete(&path).by(&admin).send().await.is(StatusCode::NO_CONTENT);
    }
    let said = invite(&town, &admin, "New@example.com").await.fails(429, "RATE_LIMIT_EXCEEDED.MAIL");
    assert_eq!(said.header("retry-after"), "3600");
    let detail = "This address has been sent 10 mails within an hour; the next can go in 60 minutes";
    assert_eq!(said.json()["errors"][0]["detail"], detail);
    invite(&town, &admin, "other@example.com").await.is(StatusCode::CREATED);
    town.wait(Duration::from_secs(3600));
    invite(&town, &admin, "new@example.com").await.is(StatusCode::CREATED);
}

#[tokio::test]
async fn a_bad_invitation_is_refused_for_what_is_wrong_with_it() {
    let (town, team, admin) = Town::with_admin().await;
    let good = json!({ "email": "a@example.com", "firstName": "A", "lastName": "B", "roles": ["SALES"] });
    for (name, value, code) in [
        ("email", json!("nobody"), "ENTITY_ERROR.ATTRIBUTE.INVALID"),
        ("email", Value::Null, "ENTITY_ERROR.ATTRIBUTE.REQUIRED"),
        ("firstName", json!(""), "ENTITY_ERROR.ATTRIBUTE.INVALID"),
        ("roles", Value::Null, "ENTITY_ERROR.ATTRIBUTE.REQUIRED"),
        ("roles", json!(["ACCOUNT_HOLDER"]), "ENTITY_ERROR.ATTRIBUTE.INVALID"),
        ("allAppsVisible", json!("yes"), "ENTITY_ERROR.ATTRIBUTE.INVALID"),
        ("expirationDate", json!("2030"), "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED"),
        ("colour", json!("red"), "ENTITY_ERROR.ATTRIBUTE.UNKNOWN"),
    ] {
        let mut attributes = good.clone();
        attributes[name] = value;
        let said =
            town.post("/v1/userInvitations").by(&admin).entity("userInvitations", attributes).send().await;
        let said = said.fails(409, code);
        assert_eq!(said.json()["errors"][0]["source"]["pointer"], format!("/data/attributes/{name}"));
    }
    let manager = town.team_key(team, "APP_MANAGER").await;
    town.get("/v1/userInvitations").by(&manager).send().await.ok();
    invite(&town, &manager, "b@example.com").await.fails(403, "FORBIDDEN_ERROR");
}

#[tokio::test]
async fn a_withheld_permission_does_not_come_with_the_role() {
    let (town, _, admin) = Town::with_admin().await;
    let attributes = json!({ "email": "a@example.com", "firstName": "A", "lastName": "B", "roles": ["DEVELOPER"],
        "withheldPermissions": ["GENERATE_INDIVIDUAL_KEYS"], "allAppsVisible": false });
    let said = town.post("/v1/userInvitations").by(&admin).entity("userInvitations", attributes).send().await;
    let said = said.is(StatusCode::CREATED);
    assert_eq!(said.attribute("roles"), json!(["DEVELOPER"]));
    assert_eq!(said.attribute("allAppsVisible"), false);
}

#[tokio::test]
async fn actors_are_who_is_behind_ids() {
    let (town, team, admin) = Town::with_admin().await;
    let said = town.get(&format!("/v1/actors?filter[id]={}", team.owner)).by(&admin).send().await.ok();
    let expected = json!({ "actorType": "USER", "userFirstName": "Hedda", "userLastName": "Holder",
        "userEmail": "holder0@example.com", "apiKeyId": null });
    assert_eq!(said.json()["data"][0]["attributes"], expected);
    let other: Team = town.team("Other").await;
    let foreign = town.get(&format!("/v1/actors?filter[id]={}", other.owner)).by(&admin).send().await.ok();
    assert_eq!(foreign.ids(), [""; 0]);
}

#[tokio::test]
async fn an_actor_is_found_by_its_own_id_in_its_own_team_only() {
    let (town, team, admin) = Town::with_admin().await;
    let found = town.get(&format!("/v1/actors/{}", team.owner)).by(&admin).send().await.ok();
    assert_eq!(found.attribute("userFirstName"), "Hedda");
    let own = town.get(&format!("/v1/actors/{}", admin.id())).by(&admin).send().await.ok();
    assert_eq!(own.attribute("actorType"), "API_KEY");
    let place = own.json()["data"]["links"]["self"].as_str().unwrap().to_owned();
    assert!(place.ends_with(&format!("/v1/actors/{}", admin.id())), "{place}");
    let other: Team = town.team("Other").await;
    town.get(&format!("/v1/actors/{}", other.owner)).by(&admin).send().await.fails(404, "NOT_FOUND");
    town.get("/v1/actors/nobody").by(&admin).send().await.fails(404, "NOT_FOUND");
}

#[tokio::test]
async fn of_changes_of_visible_apps_at_once_none_is_lost() {
    let (town, team, admin) = Town::with_admin().await;
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    register(&town, &admin, &ids).await;
    let (member, _) = town.member(team, &["DEVELOPER"]).await;
    let place = format!("/v1/users/{member}/relationships/visibleApps");
    town.patch(&place).by(&admin).json(&apps(&ids[..4])).send().await.is(StatusCode::NO_CONTENT);
    let town = std::sync::Arc::new(town);
    let tasks: Vec<_> = (0..8)
        .map(|at| {
            let (town, admin, place) = (std::sync::Arc::clone(&town), admin.clone(), place.clone());
            let method = if at < 4 { "DELETE" } else { "POST" };
            tokio::spawn(
                async move { town.ask(method, &place).by(&admin).json(&apps(&[ids[at]])).send().await },
            )
        })
        .collect();
    for task in tasks {
        task.await.unwrap().is(StatusCode::NO_CONTENT);
    }
    assert_eq!(town.get(&place).by(&admin).send().await.ok().ids(), &ids[4..]);
}
