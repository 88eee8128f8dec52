//! What keys were used for here reaches the server.

use crate::script::Script;
use crate::town::Town;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::feed::{Follower, Source};
use counterfoil_verify::{Now, Presented, Request, Settings, Usage, Verifier};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// A verifier that follows this feed, once it has read something.
async fn following(url: &str, credential: &str) -> Follower {
    let verifier =
        Verifier::new(Arc::new(counterfoil_core::catalog::Catalog::appstore()), Settings::default());
    let mut follower = Follower::spawn(Source::new(url, credential).unwrap(), Arc::new(verifier)).unwrap();
    tokio::time::timeout(PATIENCE, async {
        while follower.state().place.is_none() {
            follower.changed().await;
        }
    })
    .await
    .expect("the first snapshot");
    follower
}

fn asks(follower: &Follower, token: &str, target: &str) -> bool {
    let request = Request { method: "GET", target, token: Presented::Bearer(token), id: "", from: "" };
    follower.verifier().decide(&request, Now::read()).allowed().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_knows_when_and_for_what_a_key_was_used_here() {
    let town = Town::build().await;
    let (credential, key) = (town.replica("edge").await, town.key("ADMIN").await);
    let follower = following(&town.url(), &credential).await;
    for target in ["/v1/apps", "/v1/apps?limit=2", "/v1/users"] {
        assert!(asks(&follower, &key.token(), target), "{target}");
    }
    let usage = follower.stop().await;
    assert_eq!(usage.uses.iter().map(|used| used.count).sum::<u64>(), 3, "{usage:?}");
    assert_eq!(town.authority.last_used(key.id).await.unwrap(), Some(usage.last[0].at));
    let rows = town.authority.usage_of(key.id, Timestamp::from_millis(0)).await.unwrap();
    let mut found: Vec<_> = rows.iter().map(|row| (row.family.as_str(), row.count)).collect();
    found.sort_unstable();
    assert_eq!(found, [("/v1/apps", 2), ("/v1/users", 1)]);
}

/// A script whose snapshot has one key, and that key's token.
async fn script_with_a_key() -> (Script, String) {
    let town = Town::stale_after(Duration::from_secs(3600)).await;
    let key = town.key("ADMIN").await;
    let snapshot = town.authority.feed_snapshot(String::new()).await.unwrap();
    let script = Script::new().await;
    script.says(&serde_json::to_value(&snapshot).unwrap());
    (script, key.token())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_perhaps_not_heard_is_told_again_as_it_was() {
    let (script, token) = script_with_a_key().await;
    let follower = following(&script.url, "secret").await;
    assert!(asks(&follower, &token, "/v1/apps"));
    script.replies(503);
    script.replies(401);
    script.replies(204);
    let usage = follower.stop().await;
    assert_eq!(usage.not_counted, 0);
    let reports = script.reports();
    assert_eq!((reports.len(), &reports[0], &reports[1]), (3, &reports[1], &reports[2]));
    let said: Value = serde_json::from_str(&reports[0]).unwrap();
    assert_eq!((&said["batch"], &said["uses"][0]["count"]), (&json!(1), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_knows_no_such_door_is_not_told_for_ever() {
    let (script, token) = script_with_a_key().await;
    let follower = following(&script.url, "secret").await;
    assert!(asks(&follower, &token, "/v1/apps"));
    script.replies(404);
    let Usage { uses, not_counted, .. } = follower.stop().await;
    assert_eq!((uses.len(), not_counted, script.reports().len()), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_nothing_to_tell_says_nothing() {
    let (script, _) = script_with_a_key().await;
    let follower = following(&script.url, "secret").await;
    assert_eq!(follower.stop().await, Usage::default());
    assert_eq!(script.reports().len(), 0);
}
