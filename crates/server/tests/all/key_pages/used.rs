//! What a key was used for.

use super::burn;
use crate::town::Town;
use crate::visitor::Visitor;
use http::StatusCode;

#[tokio::test]
async fn use_advice_and_refusals_stand_on_a_keys_page() {
    let (town, team, admin) = Town::with_admin().await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(&format!("/keys/{}", admin.id())).await.ok().text();
    assert!(page.contains("was used for nothing yet") && !page.contains("<svg class=\"chart\""), "{page}");
    assert!(page.contains("No token of it was seen that is still good."), "{page}");
    for _ in 0..3 {
        town.get("/v1/users").by(&admin).send().await.ok();
    }
    let sales = town.team_key(team, "SALES").await;
    town.get("/v1/users")
        .by(&sales)
        .with("x-request-id", "looked-for")
        .send()
        .await
        .fails(403, "FORBIDDEN_ERROR");
    town.authority.flush_usage().await.unwrap();
    let page = owner.get(&format!("/keys/{}", admin.id())).await.ok().text();
    for words in [
        "<svg class=\"chart\"",
        "3 requests in 30 days",
        "The youngest that was seen expires on",
        "Users and access",
        "<rect class=\"allowed\"",
        "App Manager",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = owner.get(&format!("/keys/{}", sales.id())).await.ok().text();
    for words in ["None of its roles opens this.", "GET /v1/users", "<rect class=\"forbidden\""] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn the_calls_of_a_key_are_shown_since_a_chosen_day() {
    let (town, team, _) = Town::with_admin().await;
    let owner = Visitor::owner(&town, team).await;
    let key = town.team_key(team, "SALES").await;
    let calls = format!("/keys/{}/calls", key.id());
    let page = owner.get(&calls).await.ok().text();
    assert!(page.contains("No request with this key has been counted"), "{page}");
    town.get("/v1/users")
        .by(&key)
        .with("x-request-id", "looked-for")
        .send()
        .await
        .fails(403, "FORBIDDEN_ERROR");
    burn(&town, &key).await;
    let page = owner.get(&calls).await.ok().text();
    for words in ["<strong>Leaked.</strong>", "<code>/v1/users</code>", "Users and access", "looked-for"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let about = format!("/audit?key={}&#38;from=2026-11-21", key.id());
    assert!(page.contains(&about), "{page}");
    let later = owner.get(&format!("{calls}?since=2026-11-22")).await.ok().text();
    assert!(!later.contains("looked-for") && later.contains("has been counted since"), "{later}");
    let typed = owner.get(&format!("{calls}?since=soon")).await.ok().text();
    assert!(typed.contains("A day is written as 2026-11-21"), "{typed}");
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    developer.get(&calls).await.is(StatusCode::NOT_FOUND);
}
