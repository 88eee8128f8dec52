//! Lists of keys, and what they tell.

use super::{KEYS, generated, revoke};
use crate::town::{Said, Town};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn lists_are_filtered_sorted_paged_and_trimmed() {
    let (town, _, admin) = Town::with_admin().await;
    for name in ["Beta", "Alpha", "Gamma"] {
        town.wait(Duration::from_secs(1));
        generated(&town, &admin, name).await;
    }
    let names = |said: Said| -> Vec<String> {
        let data = said.ok().json()["data"].as_array().unwrap().clone();
        data.iter().map(|key| key["attributes"]["nickname"].as_str().unwrap().to_owned()).collect()
    };
    let list = async |query: &str| town.get(&format!("{KEYS}?{query}")).by(&admin).send().await;
    assert_eq!(names(list("sort=nickname").await), ["Alpha", "Beta", "For tests", "Gamma"]);
    assert_eq!(names(list("sort=-createdDate").await), ["Gamma", "Alpha", "Beta", "For tests"]);
    assert_eq!(names(list("sort=nickname&filter[nickname]=Beta,Gamma").await), ["Beta", "Gamma"]);
    assert_eq!(names(list("filter%5Broles%5D=ADMIN").await), ["For tests"]);
    assert_eq!(names(list(&format!("filter[id]={}", admin.id())).await), ["For tests"]);
    assert_eq!(names(list("filter[keyType]=IN_APP_PURCHASE").await), [""; 0]);

    let first = list("sort=nickname&limit=3").await.ok().json();
    assert_eq!(first["meta"]["paging"], json!({ "total": 4, "limit": 3 }));
    assert_eq!(first["links"]["self"], "https://keys.example/v1/apiKeys?limit=3&sort=nickname");
    let next =
        first["links"]["next"].as_str().unwrap().strip_prefix("https://keys.example").unwrap().to_owned();
    let second = town.get(&next).by(&admin).send().await.ok();
    assert!(second.json()["links"].get("next").is_none());
    assert_eq!(names(second), ["Gamma"]);

    let trimmed =
        list("fields[apiKeys]=nickname,roles&limit=1&sort=nickname").await.ok().json()["data"][0].clone();
    assert_eq!(trimmed["attributes"], json!({ "nickname": "Alpha", "roles": ["DEVELOPER"] }));
    assert!(trimmed.get("relationships").is_none());
    let joined = list("include=createdBy&sort=nickname").await.ok().json();
    let who = |actor: &Value| actor["attributes"]["actorType"].as_str().unwrap().to_owned();
    let mut included: Vec<String> = joined["included"].as_array().unwrap().iter().map(who).collect();
    included.sort_unstable();
    assert_eq!(included, ["API_KEY", "USER"]);
}

#[tokio::test]
async fn revoked_keys_are_listed_for_thirty_days_and_readable_for_ever() {
    let (town, team, _) = Town::with_admin().await;
    let owner = town.signed_in(team.person).await;
    let id = generated(&town, &owner, "Old").await;
    let active = generated(&town, &owner, "Young").await;
    revoke(&town, &owner, &id).await.ok();
    let list = async |query: &str| town.get(&format!("{KEYS}{query}")).by(&owner).send().await.ok().ids();
    assert!(list("").await.contains(&id));
    assert_eq!(list("").await.last(), Some(&id), "active keys come first");
    assert_eq!(list("?filter[isActive]=false").await, std::slice::from_ref(&id));
    town.wait(Duration::from_secs(30 * 86_400));
    let owner = town.signed_in(team.person).await;
    let list = async |query: &str| town.get(&format!("{KEYS}{query}")).by(&owner).send().await.ok().ids();
    assert!(list("").await.contains(&id), "30 days to the second are 30 days");
    town.wait(Duration::from_millis(1));
    assert!(!list("").await.contains(&id));
    assert!(list("").await.contains(&active));
    assert_eq!(town.get(&format!("{KEYS}/{id}")).by(&owner).send().await.ok().attribute("isActive"), false);
}

#[tokio::test]
async fn last_used_shows_what_a_key_did_and_what_does_not_count() {
    let (town, team, admin) = Town::with_admin().await;
    let key = town.team_key(team, "ADMIN").await;
    let last_used = async || {
        let said = town.get(&format!("{KEYS}/{}", key.id())).by(&admin).send().await.ok();
        said.attribute("lastUsed")
    };
    town.get("/v1/keyInUse").by(&key).send().await.ok();
    town.post("/v1/diagnose").by(&key).send().await.ok();
    let other = generated(&town, &admin, "Ended").await;
    revoke(&town, &key, &other).await.ok();
    assert_eq!(last_used().await, Value::Null);
    town.get("/v1/users").by(&key).send().await.ok();
    assert_eq!(last_used().await, "2026-11-21T13:40:00Z");
}

#[tokio::test]
async fn who_is_behind_a_key_is_told_to_administrators_of_keys_only() {
    let (town, team, admin) = Town::with_admin().await;
    let own = town.individual_key(team, &["MARKETING"]).await;
    let path = format!("{KEYS}/{}", own.id());
    town.get(&path).by(&own).send().await.ok();
    town.get(&format!("{path}?include=createdBy")).by(&own).send().await.fails(403, "FORBIDDEN_ERROR");
    let told = town.get(&format!("{path}?include=createdBy")).by(&admin).send().await.ok();
    assert_eq!(told.json()["included"][0]["type"], "actors");
}
