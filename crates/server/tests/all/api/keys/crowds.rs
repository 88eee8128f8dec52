//! Many at once.

use super::{KEYS, download, generate, generated};
use crate::town::Town;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn asking_twice_under_one_name_does_it_once() {
    let (town, _, admin) = Town::with_admin().await;
    let ask = |name: &str, nickname: &str| {
        let attributes = json!({ "nickname": nickname, "keyType": "TEAM", "roles": ["DEVELOPER"] });
        town.post(KEYS).by(&admin).with("idempotency-key", name).entity("apiKeys", attributes).send()
    };
    let (first, second) =
        (ask("one", "CI").await.is(StatusCode::CREATED), ask("one", "CI").await.is(StatusCode::CREATED));
    assert_eq!(first.json()["data"], second.json()["data"]);
    assert_eq!(first.header("location"), second.header("location"));
    ask("one", "Other").await.fails(409, "STATE_ERROR.IDEMPOTENCY_MISMATCH");
    let other = ask("two", "CI").await.is(StatusCode::CREATED);
    assert_ne!(first.json()["data"]["id"], other.json()["data"]["id"]);
    ask("", "CI").await.fails(400, "PARAMETER_ERROR.INVALID");
    ask(&"x".repeat(256), "CI").await.fails(400, "PARAMETER_ERROR.INVALID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_downloads_at_once_one_gets_the_half() {
    let (town, _, admin) = Town::with_admin().await;
    let id = generated(&town, &admin, "Raced").await;
    let town = std::sync::Arc::new(town);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (town, admin, id) = (std::sync::Arc::clone(&town), admin.clone(), id.clone());
            tokio::spawn(async move { download(&town, &admin, &id).await })
        })
        .collect();
    let mut given = 0;
    for task in tasks {
        let said = task.await.unwrap();
        if said.status == 200 {
            given += 1;
        } else {
            said.fails(409, "STATE_ERROR.ALREADY_DOWNLOADED");
        }
    }
    assert_eq!(given, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_generates_at_once_as_many_go_through_as_there_is_room_for() {
    let (town, _, admin) = Town::with_admin().await;
    for _ in 1..45 {
        generated(&town, &admin, "Before").await;
    }
    let town = std::sync::Arc::new(town);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (town, admin) = (std::sync::Arc::clone(&town), admin.clone());
            let attributes = json!({ "nickname": "Raced", "keyType": "TEAM", "roles": ["DEVELOPER"] });
            tokio::spawn(async move { generate(&town, &admin, attributes).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        let said = task.await.unwrap();
        if said.status == 201 {
            made += 1;
        } else {
            said.fails(409, "STATE_ERROR.LIMIT_REACHED");
        }
    }
    assert_eq!(made, 5);
    let said = town.get(&format!("{KEYS}?filter[isActive]=true")).by(&admin).send().await.ok();
    assert_eq!(said.json()["meta"]["paging"]["total"], 50);
}
