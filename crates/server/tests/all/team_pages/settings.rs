//! A team's settings: apps.

use super::joined;
use crate::town::Town;
use crate::visitor::Visitor;
use http::StatusCode;

#[tokio::test]
async fn an_app_is_registered_and_forgotten() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let app = [("name", "Rivets <3"), ("bundle", "com.example.rivets"), ("id", "4711")];
    assert_eq!(owner.led(owner.post("/settings/apps", &app).await), "/settings");
    let page = owner.get("/settings").await.ok().text();
    assert!(page.contains("com.example.rivets") && !page.contains("Rivets <3"), "{page}");
    let twice = owner.post("/settings/apps", &app).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(twice.contains("The app 4711 is registered already"), "{twice}");
    assert!(owner.get("/settings/apps/4711/forget").await.ok().text().contains("com.example.rivets"));
    assert_eq!(owner.led(owner.post("/settings/apps/4711/forget", &[]).await), "/settings");
    owner.get("/settings/apps/4711/forget").await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_sees_only_an_app_that_goes_is_told_before() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    owner.post("/settings/apps", &[("name", "Rivets"), ("bundle", "com.example"), ("id", "4711")]).await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let seeing = [("role", "SALES"), ("sees", "some"), ("app", "4711")];
    owner.post(&format!("/users/{member}"), &seeing).await.is(StatusCode::SEE_OTHER);
    assert!(owner.get("/settings/apps/4711/forget").await.ok().text().contains("1 person"));
}

#[tokio::test]
async fn what_is_wrong_with_an_app_is_said_beside_the_field() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    for (name, bundle, id, field) in [
        ("", "com.example", "", "name"),
        ("Typed", "no bundle", "", "bundle"),
        ("Typed", "com.example", "a/b", "id"),
    ] {
        let said = owner.post("/settings/apps", &[("name", name), ("bundle", bundle), ("id", id)]).await;
        let page = said.is(StatusCode::UNPROCESSABLE_ENTITY).text();
        assert!(page.contains(&format!("href=\"#{field}\"")), "{field}: {page}");
    }
}

#[tokio::test]
async fn settings_are_for_whoever_administers() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    developer.get("/settings").await.is(StatusCode::FORBIDDEN);
    developer.post("/settings/rotation", &[("age", "9")]).await.is(StatusCode::FORBIDDEN);
    developer.post("/settings/apps", &[("name", "A"), ("bundle", "b")]).await.is(StatusCode::FORBIDDEN);
    Visitor::with_roles(&town, team, &["ADMIN"]).await.get("/settings").await.ok();
}
