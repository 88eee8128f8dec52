//! `/v1/feed`.

use crate::town::{Persona, Town};
use counterfoil_authority::replicas::ReplicaName;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn replica(town: &Town) -> Persona {
    let name = ReplicaName::try_from("edge").unwrap();
    let credential = town.authority.add_replica(&name).await.unwrap();
    Persona::Saying(format!("Bearer {}", credential.expose()))
}

#[tokio::test]
async fn a_replica_gets_a_snapshot_and_then_each_fact_once() {
    let (town, team, admin) = Town::with_admin().await;
    let edge = replica(&town).await;
    let snapshot = town.get("/v1/feed").by(&edge).send().await.ok().json();
    let told = &snapshot["teams"][0];
    assert_eq!((told["standing"].clone(), told["access"].clone()), (json!("ACTIVE"), json!("APPROVED")));
    assert_eq!(told["keys"][0]["key"], admin.id().to_string());
    assert_eq!(told["keys"][0]["holder"], json!({ "TEAM_WITH_ROLES": ["ADMIN"] }));
    assert_eq!(told["keys"][0]["active"], true);
    let through = &snapshot["through"];
    assert_eq!(snapshot["head"], through["position"]);

    let key = town.team_key(team, "SALES").await;
    town.revoke(team, &key).await;
    let (position, hash) = (&through["position"], through["hash"].as_str().unwrap());
    let epoch = snapshot["epoch"].as_str().unwrap();
    let path = format!("/v1/feed?after={position}&hash={hash}&epoch={epoch}");
    let next = town.get(&path).by(&edge).send().await.ok().json();
    let kinds: Vec<&Value> = next["facts"].as_array().unwrap().iter().map(|fact| &fact["kind"]).collect();
    assert_eq!(kinds, ["KEY_GENERATED", "KEY_REVOKED"]);
    assert_eq!(next["facts"][0]["point"], snapshot_point(&key));
    assert_eq!(next["facts"][0]["team"], team.id.to_string());
    assert_eq!(next["through"]["position"], next["head"]);
}

fn snapshot_point(key: &Persona) -> Value {
    json!(key.held().half.public())
}

#[tokio::test]
async fn nothing_personal_and_no_name_is_in_the_feed() {
    let (town, team, _) = Town::with_admin().await;
    town.member(team, &["SALES"]).await;
    let edge = replica(&town).await;
    let snapshot = town.get("/v1/feed").by(&edge).send().await.ok().text();
    let facts = town.get("/v1/feed?after=0").by(&edge).send().await.ok().text();
    assert!(facts.contains("MEMBER_JOINED") && facts.contains("TEAM_OPENED"));
    for text in [snapshot, facts] {
        for name in ["Rivets", "For tests", "Hedda", "example.com", "Son1"] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
}

#[tokio::test]
async fn a_replica_that_has_read_another_ledger_must_begin_anew() {
    let (town, _, _) = Town::with_admin().await;
    let edge = replica(&town).await;
    for query in [
        "after=99999",
        "after=1&epoch=57246542-96fe-1a63-e053-0824d011072a",
        "after=1&hash=0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        town.get(&format!("/v1/feed?{query}")).by(&edge).send().await.fails(409, "STATE_ERROR.OTHER_LEDGER");
    }
}

#[tokio::test]
async fn a_credential_is_good_until_it_is_taken_back() {
    let (town, _, _) = Town::with_admin().await;
    let edge = replica(&town).await;
    town.get("/v1/feed").by(&edge).send().await.ok();
    town.authority.remove_replica(&ReplicaName::try_from("edge").unwrap()).await.unwrap();
    town.get("/v1/feed").by(&edge).send().await.fails(401, "NOT_AUTHORIZED");
    town.get("/v1/feed")
        .by(&Persona::Saying("Bearer guess".into()))
        .send()
        .await
        .fails(401, "NOT_AUTHORIZED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_hears_of_news_at_once() {
    let (town, team, _) = Town::with_admin().await;
    let edge = replica(&town).await;
    let town = Arc::new(town);
    let head = town.get("/v1/feed").by(&edge).send().await.ok().json()["head"].as_u64().unwrap();
    let (asked, by) = (Arc::clone(&town), edge.clone());
    let waiting =
        tokio::spawn(async move { asked.get(&format!("/v1/feed?after={head}")).by(&by).send().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    town.authority.suspend(team.id, None).await.unwrap();
    let said = waiting.await.unwrap().ok().json();
    assert_eq!(said["facts"][0]["kind"], "TEAM_SUSPENDED");
    let nothing = town.get(&format!("/v1/feed?after={}", head + 1)).by(&edge).send().await.ok().json();
    assert_eq!(nothing["facts"], json!([]));
    assert_eq!(nothing["through"]["position"], head + 1);
}

#[tokio::test]
async fn a_drain_does_not_wait_for_those_who_wait() {
    let (town, _, _) = Town::with_admin().await;
    let edge = replica(&town).await;
    town.app.hang_up();
    let head = town.get("/v1/feed").by(&edge).send().await.ok().json()["head"].as_u64().unwrap();
    let began = std::time::Instant::now();
    town.get(&format!("/v1/feed?after={head}&wait=25")).by(&edge).send().await.ok();
    assert!(began.elapsed() < Duration::from_millis(250));
}

#[tokio::test]
async fn how_far_and_how_fresh_a_replica_is_are_figures() {
    let (town, _, _) = Town::with_admin().await;
    let edge = replica(&town).await;
    town.get("/v1/feed?after=1&wait=0").by(&edge).send().await.ok();
    let head = town.get("/readyz").send().await.ok().json()["position"].as_u64().unwrap();
    let behind = format!(r#"counterfoil_replica_behind{{name="edge"}} {}"#, head - 1);
    town.wait(Duration::from_secs(7));
    let figures = town.get("/metrics").send().await.ok().text();
    for line in [&*behind, r#"counterfoil_replica_silent_seconds{name="edge"} 7"#] {
        assert!(figures.lines().any(|found| found == line), "{line}\n{figures}");
    }
}

/// A report of one use of a key, of five.
fn report(town: &Town, team: &str, key: &Persona, batch: u64) -> Value {
    let now = town.now().as_millis();
    let used = json!({
        "key": key.id(), "team": team, "since": now - now % 3_600_000, "group": "metadata", "access": "READ", "family": "/v1/apps",
        "outcome": "ALLOWED", "count": 5,
    });
    json!({ "instance": "0123456789abcdef", "batch": batch, "uses": [used], "last": [{ "key": key.id(), "at": now }] })
}

#[tokio::test]
async fn what_keys_were_used_for_elsewhere_is_counted_once_and_seen_in_last_used_and_advice() {
    let (town, team, admin) = Town::with_admin().await;
    let (edge, key) = (replica(&town).await, town.team_key(team, "ADMIN").await);
    let told = report(&town, &team.id.to_string(), &key, 1);
    for _ in 0..3 {
        town.post("/v1/feed/uses").by(&edge).json(&told).send().await.is(StatusCode::NO_CONTENT);
    }
    let used = town.get(&format!("/v1/apiKeys/{}", key.id())).by(&admin).send().await.ok();
    assert_ne!(used.attribute("lastUsed"), Value::Null);
    let advice = town.get(&format!("/v1/apiKeys/{}/advice", key.id())).by(&admin).send().await.ok();
    let expected = json!([{ "group": "metadata", "access": "READ", "requests": 5, "refused": 0 }]);
    assert_eq!(advice.attribute("used"), expected);
}

#[tokio::test]
async fn a_report_that_is_none_counts_nothing_and_says_what_is_wrong() {
    let (town, team, _) = Town::with_admin().await;
    let (edge, key) = (replica(&town).await, town.team_key(team, "ADMIN").await);
    let fine = report(&town, &team.id.to_string(), &key, 1);
    let with = |name: &str, value: Value| {
        let mut report = fine.clone();
        report[name] = value;
        report
    };
    let too_many = Value::Array(vec![fine["last"][0].clone(); 1_001]);
    for (told, why) in [
        (with("instance", json!("short")), "`instance` must be"),
        (with("instance", json!("a b c d e f g")), "`instance` must be"),
        (with("batch", json!(0)), "`batch` must be"),
        (with("batch", json!(u64::MAX)), "`batch` must be"),
        (with("batch", json!(-1)), "invalid value"),
        (with("last", too_many), "at most 1000 rows"),
        (with("uses", json!([{ "key": "x" }])), "must be"),
        (json!([]), "invalid"),
    ] {
        let said = town.post("/v1/feed/uses").by(&edge).json(&told).send().await;
        assert!(said.text().contains(why), "{why}: {}", said.text());
        said.fails(400, "ENTITY_INVALID");
    }
    assert_eq!(town.authority.last_used(key.id()).await.unwrap(), None);
}
