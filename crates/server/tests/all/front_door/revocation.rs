//! Once a revocation is acknowledged, no request that starts later passes.

use super::about;
use crate::town::{Persona, Town};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What threads that ask without end have seen.
#[derive(Default)]
struct Seen {
    revoked: AtomicBool,
    is_over: AtomicBool,
    passed: AtomicU64,
    refused: AtomicU64,
    passed_late: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_that_starts_after_the_acknowledgement_passes() {
    let (town, team, admin) = Town::with_admin().await;
    let town = Arc::new(town);
    for round in 0..8 {
        let key = town.team_key(team, "ADMIN").await;
        let token = format!("Bearer {}", key.held().sign(&key.held().claims(town.now())));
        let seen = Arc::new(Seen::default());
        let hammers: Vec<_> = (0..4)
            .map(|number| {
                let (town, seen, key, token) = (town.clone(), seen.clone(), key.clone(), token.clone());
                // Half of them always show the same token, half a new one each time.
                tokio::spawn(
                    async move { hammer(&town, &seen, &key, (number % 2 == 0).then_some(token)).await },
                )
            })
            .collect();
        while seen.passed.load(Ordering::Relaxed) < 40 {
            tokio::task::yield_now().await;
        }
        let path = format!("/v1/apiKeys/{}", key.id());
        let revoke = town.patch(&path).by(&admin);
        revoke.change("apiKeys", key.id().as_str(), json!({ "isActive": false })).send().await.ok();
        seen.revoked.store(true, Ordering::SeqCst);
        while seen.refused.load(Ordering::Relaxed) < 40 {
            tokio::task::yield_now().await;
        }
        seen.is_over.store(true, Ordering::Relaxed);
        for hammer in hammers {
            hammer.await.unwrap();
        }
        assert_eq!(seen.passed_late.load(Ordering::Relaxed), 0, "round {round}");
    }
}

async fn hammer(town: &Town, seen: &Seen, key: &Persona, token: Option<String>) {
    while !seen.is_over.load(Ordering::Relaxed) {
        let is_late = seen.revoked.load(Ordering::SeqCst);
        let ask = about(town, "GET", "/v1/apps");
        let said = match &token {
            Some(token) => ask.with("authorization", token).send().await,
            None => ask.by(key).send().await,
        };
        let counted = match said.status {
            200 if is_late => &seen.passed_late,
            200 => &seen.passed,
            _ => &seen.refused,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_burnt_key_and_one_whose_user_left_open_nothing_at_once() {
    let (town, team, admin) = Town::with_admin().await;
    let (member, _) = town.member(team, &["DEVELOPER"]).await;
    let persons = town.key(team, counterfoil_core::event::Actor::User(member), "INDIVIDUAL", None).await;
    let token = format!("Bearer {}", persons.held().sign(&persons.held().claims(town.now())));
    let ask = async || about(&town, "GET", "/v1/builds").with("authorization", &token).send().await.status;
    assert_eq!((ask().await, ask().await), (200, 200));
    town.delete(&format!("/v1/users/{member}")).by(&admin).send().await.is(http::StatusCode::NO_CONTENT);
    assert_eq!(ask().await, 401);
}
