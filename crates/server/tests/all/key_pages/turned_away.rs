//! Who sees nothing of keys, or must prove themselves once more.

use super::{GENERATE, TEAM_KEYS, made};
use crate::town::{Town, URL};
use crate::visitor::{Visitor, told};
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

const FRESH: Duration = Duration::from_secs(15 * 60);

#[tokio::test]
async fn whoever_administers_keys_sees_them_and_others_are_told_whom_to_ask() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    made(&town.authority, team, "TEAM", "CI server").await;
    for granted in ["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"]
    {
        let visitor = Visitor::with_roles(&town, team, &[granted]).await;
        for place in [TEAM_KEYS, "/integrations/api/individual", "/integrations/in-app-purchase"] {
            let said = visitor.get(place).await;
            if granted == "ADMIN" {
                let page = said.ok().text();
                assert!(page.contains("Key Type") && page.contains(&team.id.to_string()), "{page}");
            } else {
                let page = said.is(StatusCode::FORBIDDEN).text();
                assert!(
                    page.contains("Hedda Holder") && !page.contains("CI server"),
                    "{granted} {place}: {page}"
                );
            }
        }
        let expected = if granted == "ADMIN" { StatusCode::OK } else { StatusCode::FORBIDDEN };
        visitor.get(GENERATE).await.is(expected);
        visitor.get("/integrations/in-app-purchase/generate").await.is(expected);
        let page = visitor.get("/roles").await.ok().text();
        assert!(page.contains("Customer Support") && page.contains("Certificates and provisioning"));
    }
}

#[tokio::test]
async fn keys_of_another_team_are_not_there() {
    let town = Town::build().await;
    let (ours, theirs) = (town.team("Rivets").await, town.team("Bolts").await);
    let key = made(&town.authority, theirs, "TEAM", "Secret name").await;
    let owner = Visitor::owner(&town, ours).await;
    for place in ["", "/download", "/revoke"] {
        let page = owner.get(&format!("/keys/{key}{place}")).await.is(StatusCode::NOT_FOUND).text();
        assert!(!page.contains("Secret name"));
    }
    for place in ["/download", "/revoke"] {
        owner.post(&format!("/keys/{key}{place}"), &[]).await.is(StatusCode::NOT_FOUND);
    }
    owner.get(&format!("/keys/revoke?key={key}")).await.is(StatusCode::NOT_FOUND);
    owner.post("/keys/revoke", &[("key", key.as_str())]).await.is(StatusCode::NOT_FOUND);
    owner.get("/keys/nonsense").await.is(StatusCode::NOT_FOUND);
    let stranger = Visitor { town: &town, team: theirs, session: owner.session.clone() };
    for place in [TEAM_KEYS, GENERATE, "/roles", "/integrations/request-access"] {
        stranger.get(place).await.is(StatusCode::NOT_FOUND);
    }
    assert!(town.authority.ledger().team(theirs.id).unwrap().keys.get(&key).unwrap().is_active());
}

#[tokio::test]
async fn a_session_that_was_left_open_is_asked_who_it_is_once_more() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    town.wait(FRESH);
    for place in [
        GENERATE.to_owned(),
        format!("/keys/{key}/download"),
        format!("/keys/{key}/revoke"),
        "/keys/revoke".to_owned(),
        "/profile/individual-key".to_owned(),
    ] {
        for said in [owner.get(&place).await, owner.post(&place, &[("name", "CI"), ("role", "SALES")]).await]
        {
            let said = said.is(StatusCode::SEE_OTHER);
            assert!(
                said.header("location").starts_with("/step-up?to="),
                "{place}: {}",
                said.header("location")
            );
        }
    }
    owner.get(TEAM_KEYS).await.ok();
    let attributes = json!({ "nickname": "CI", "keyType": "TEAM", "roles": ["SALES"] });
    let one = format!("/v1/apiKeys/{key}");
    for said in [
        town.post("/v1/apiKeys").by(&owner.session).entity("apiKeys", attributes).send().await,
        town.post(&format!("{one}/download")).by(&owner.session).send().await,
        town.patch(&one)
            .by(&owner.session)
            .change("apiKeys", key.as_str(), json!({ "isActive": false }))
            .send()
            .await,
        town.patch(&format!("/v1/users/{}", team.owner))
            .by(&owner.session)
            .change("users", &team.owner.to_string(), json!({ "roles": ["ADMIN"] }))
            .send()
            .await,
    ] {
        let said = said.fails(403, "FORBIDDEN_ERROR.STEP_UP_REQUIRED");
        assert_eq!(said.json()["errors"][0]["links"]["see"], format!("{URL}/step-up"));
    }
    town.get(&one).by(&owner.session).send().await.ok();
    assert!(town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().is_active());
}

#[tokio::test]
async fn a_form_that_comes_too_late_says_that_nothing_came_of_it() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let fields = [("name", "CI"), ("role", "SALES")];
    town.wait(FRESH);
    let said = owner.post(GENERATE, &fields).await;
    assert_eq!(told(&said), "-Nothing was changed yet. Confirm that it is you, then send it once more.");
    let said = owner.get(GENERATE).await.is(StatusCode::SEE_OTHER);
    assert!(said.headers.get("set-cookie").is_none(), "whoever has sent nothing lost nothing");
    owner.post("/sign-out", &[]).await;
    let said = owner.post(GENERATE, &fields).await;
    assert!(said.header("location").starts_with("/sign-in?to="));
    assert!(told(&said).contains("you were signed out meanwhile"), "{}", told(&said));
}
