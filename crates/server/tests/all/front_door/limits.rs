//! What counts, what is told of it, and what is always left to a holder.

use super::{about, town_with_hour};
use crate::town::{Persona, Said};
use counterfoil_core::event::Actor;
use serde_json::{Value, json};

const SPENT: &str = "user-hour-lim:5;user-hour-rem:0;";

fn rem(said: &Said) -> Option<u32> {
    let left = said.header("x-rate-limit").strip_prefix("user-hour-lim:5;user-hour-rem:")?;
    left.strip_suffix(';')?.parse().ok()
}

#[tokio::test]
async fn one_hour_holds_for_a_key_at_all_doors_whatever_the_answer() {
    let town = town_with_hour(5).await;
    let team = town.team("Rivets").await;
    let key = town.team_key(team, "MARKETING").await;
    let other = town.team_key(team, "ADMIN").await;
    let left = [
        about(&town, "GET", "/v1/apps").by(&key).send().await.ok(),
        about(&town, "GET", "/v1/salesReports").by(&key).send().await.fails(403, "FORBIDDEN_ERROR"),
        town.get("/v1/apiKeys").by(&key).send().await.fails(403, "FORBIDDEN_ERROR"),
        town.get("/v1/nothing").by(&key).send().await.fails(404, "PATH_ERROR"),
        town.ask("PUT", "/v1/apiKeys").by(&key).send().await.fails(405, "METHOD_NOT_ALLOWED"),
    ];
    assert_eq!(left.each_ref().map(rem), [Some(4), Some(3), Some(2), Some(1), Some(0)]);
    for said in [
        about(&town, "GET", "/v1/apps").by(&key).send().await,
        town.get("/v1/apiKeys").by(&key).send().await,
        town.get("/v1/nothing").by(&key).send().await,
    ] {
        assert_eq!(said.header("x-rate-limit"), SPENT);
        let after: u32 = said.header("retry-after").parse().unwrap();
        assert!((3590..=3605).contains(&after), "{after}");
        let said = said.fails(429, "RATE_LIMIT_EXCEEDED");
        assert_eq!(said.json()["errors"][0]["title"], "The request rate limit has been reached.");
    }
    assert_eq!(rem(&about(&town, "GET", "/v1/apps").by(&other).send().await.ok()), Some(4));
}

#[tokio::test]
async fn who_is_not_proven_learns_of_no_limit_and_spends_none() {
    let town = town_with_hour(5).await;
    let team = town.team("Rivets").await;
    let key = town.team_key(team, "ADMIN").await;
    let held = key.held();
    let mut claims = held.claims(town.now());
    claims["aud"] = "elsewhere".into();
    let bad = format!("Bearer {}", held.sign(&claims));
    for _ in 0..10 {
        for said in [
            about(&town, "GET", "/v1/apps").with("authorization", &bad).send().await,
            town.get("/v1/apiKeys").with("authorization", &bad).send().await,
        ] {
            assert_eq!(said.fails(401, "NOT_AUTHORIZED").header("x-rate-limit"), "");
        }
    }
    assert_eq!(rem(&about(&town, "GET", "/v1/apps").by(&key).send().await.ok()), Some(4));
}

#[tokio::test]
async fn what_a_holder_may_always_do_takes_nothing_off_the_hour_and_needs_none() {
    let town = town_with_hour(5).await;
    let team = town.team("Rivets").await;
    let key = town.team_key(team, "ADMIN").await;
    let in_use = async |by: &Persona| {
        let said = town.get("/v1/keyInUse").by(by).send().await.ok();
        assert_eq!(said.header("x-rate-limit"), "");
        said.attribute("limits")["requestsLeft"].clone()
    };
    for left in (0..5).rev() {
        assert_eq!(in_use(&key).await, left + 1);
        about(&town, "GET", "/v1/apps").by(&key).send().await.ok();
        assert_eq!(in_use(&key).await, left);
        diagnosed(town.post("/v1/diagnose").by(&key).send().await);
    }
    about(&town, "GET", "/v1/apps").by(&key).send().await.fails(429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(in_use(&key).await, 0);
    diagnosed(town.post("/v1/diagnose").by(&key).send().await);
    let spare = town.team_key(team, "ADMIN").await;
    let path = format!("/v1/apiKeys/{}", spare.id());
    let revoke = town.patch(&path).by(&key);
    revoke.change("apiKeys", spare.id().as_str(), json!({ "isActive": false })).send().await.ok();
    let mut claims = key.held().claims(town.now());
    claims["aud"] = "counterfoil-burn".into();
    let burn = format!("Bearer {}", key.held().sign(&claims));
    town.post("/v1/burn").with("authorization", &burn).send().await.ok();
    about(&town, "GET", "/v1/apps").by(&key).send().await.fails(401, "NOT_AUTHORIZED");
}

fn diagnosed(said: Said) {
    assert_eq!(said.header("x-rate-limit"), "");
    assert_eq!(said.ok().json()["proven"], true);
}

#[tokio::test]
async fn looking_at_a_key_does_not_make_it_used() {
    let town = town_with_hour(5).await;
    let team = town.team("Rivets").await;
    let (key, admin) = (town.team_key(team, "ADMIN").await, town.team_key(team, "ADMIN").await);
    town.get("/v1/keyInUse").by(&key).send().await.ok();
    town.post("/v1/diagnose").by(&key).send().await.ok();
    let last_used = async || {
        town.authority.flush_usage().await.unwrap();
        let path = format!("/v1/apiKeys/{}", key.id());
        town.get(&path).by(&admin).send().await.ok().attribute("lastUsed")
    };
    assert_eq!(last_used().await, Value::Null);
    about(&town, "GET", "/v1/salesReports").by(&key).send().await.ok();
    assert_ne!(last_used().await, Value::Null);
}

#[tokio::test]
async fn the_server_api_has_limits_a_second_and_tells_them_in_its_own_form() {
    let town = town_with_hour(5).await;
    let team = town.team("Rivets").await;
    let key = town.key(team, Actor::User(team.owner), "IN_APP_PURCHASE", None).await;
    let ask = async || about(&town, "POST", "/inApps/v1/notifications/test").by(&key).send().await;
    let mut limited = None;
    for _ in 0..20 {
        let said = ask().await;
        if said.status == 429 {
            limited = Some(said);
            break;
        }
        said.ok();
    }
    let limited = limited.expect("never limited");
    assert_eq!(limited.json()["errorCode"], 4_290_000);
    let at: i64 = limited.header("retry-after").parse().unwrap();
    // A second after the millisecond in which the first one passed is over.
    assert!((0..=1001).contains(&(at - town.now().as_millis())), "{at}");
    assert_eq!(limited.header("x-rate-limit"), "");
}
