//! Access to the API, and the keys that need none.

use super::{GENERATE, TEAM_KEYS};
use crate::town::Town;
use crate::visitor::Visitor;
use counterfoil_core::id::Remark;
use http::StatusCode;

#[tokio::test]
async fn the_owner_requests_access_and_sees_how_the_request_stands() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Request Access") && !page.contains("Generate API Key"), "{page}");
    let page = admin.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Hedda Holder") && !page.contains("Request Access"), "{page}");
    admin.get("/integrations/request-access").await.is(StatusCode::FORBIDDEN);
    admin.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::FORBIDDEN);

    assert!(
        owner
            .get("/integrations/request-access")
            .await
            .ok()
            .text()
            .contains("keeps the private half of each key secret")
    );
    let again =
        owner.post("/integrations/request-access", &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(again.contains("Tick the box to agree"), "{again}");
    let said =
        owner.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    assert!(owner.get(TEAM_KEYS).await.ok().text().contains("Access waits for its review"));

    let why = Remark::try_from("Send the contract <first>").unwrap();
    town.authority.decline_access(team.id, Some(why)).await.unwrap();
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Send the contract &#60;first&#62;") && page.contains("Request Access"), "{page}");
    owner.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::SEE_OTHER);
    town.authority.approve_access(team.id).await.unwrap();
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Generate API Key") && !page.contains("Request Access"), "{page}");
}

#[tokio::test]
async fn keys_that_need_no_access_are_generated_before_it() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.post(GENERATE, &[("name", "CI"), ("role", "SALES")]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("Access to the API was not approved"));
    assert!(owner.get("/integrations/in-app-purchase").await.ok().text().contains("Generate API Key"));
    let said =
        owner.post("/integrations/in-app-purchase/generate", &[("name", "Shop"), ("role", "ADMIN")]).await;
    let key = owner.key_of(&said.is(StatusCode::SEE_OTHER));
    assert!(
        town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().kind.as_str()
            == "IN_APP_PURCHASE"
    );
    let said = owner.post(&format!("/keys/{key}/download"), &[]).await.ok();
    assert_eq!(
        said.header("content-disposition"),
        format!("attachment; filename=\"SubscriptionKey_{key}.p8\"")
    );
}
