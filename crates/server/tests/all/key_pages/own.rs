//! A key of one's own.

use crate::town::Town;
use crate::visitor::{Visitor, told};
use http::StatusCode;

#[tokio::test]
async fn a_persons_key_is_the_persons_to_make_and_download_and_the_admins_to_revoke() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    let other = Visitor::with_roles(&town, team, &["MARKETING"]).await;
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    let page = developer.get("/profile").await.ok().text();
    for words in ["Individual API Key", "Generate API Key", "It can&#39;t use provisioning", "notarization"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let fields = [("name", "My key"), ("half", "issuer"), ("once", "1")];
    let said = developer.post("/profile/individual-key", &fields).await.is(StatusCode::SEE_OTHER);
    assert!(said.header("location").contains("/profile"));
    let (key, _) = town
        .authority
        .ledger()
        .team(team.id)
        .unwrap()
        .keys
        .iter()
        .next()
        .map(|(id, key)| (*id, key.clone()))
        .unwrap();
    let again = developer.post("/profile/individual-key", &[("name", "Another")]).await;
    assert!(again.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("A person can have 1 active key"));
    let page = developer.get(&format!("/keys/{key}")).await.ok().text();
    assert!(
        page.contains("Download API Key") && !page.contains("--issuer-id") && !page.contains("Key Type"),
        "{page}"
    );
    let page = developer.get("/profile").await.ok().text();
    assert!(
        page.contains("My key") && page.contains("Download API Key") && !page.contains("Generate API Key")
    );
    for place in ["", "/download", "/revoke"] {
        other.get(&format!("/keys/{key}{place}")).await.is(StatusCode::NOT_FOUND);
    }
    let page = admin.get("/integrations/api/individual").await.ok().text();
    assert!(page.contains("My key") && !page.contains("/download\""), "{page}");
    let page =
        admin.post(&format!("/keys/{key}/download"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("is for the person alone"), "{page}");
    let said = developer.post(&format!("/keys/{key}/download"), &[]).await.ok();
    assert_eq!(said.header("content-disposition"), format!("attachment; filename=\"ApiKey_{key}.p8\""));
    let said = admin.post(&format!("/keys/{key}/revoke"), &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), admin.place("/integrations/api/individual"));
    let page = developer.get(&format!("/keys/{key}")).await.ok().text();
    assert!(
        page.contains("an administrator") && !page.contains("Son3"),
        "who ended it is not everybody's to know: {page}"
    );
}

#[tokio::test]
async fn whoever_may_have_no_key_of_their_own_is_told_why() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let finance = Visitor::with_roles(&town, team, &["FINANCE"]).await;
    let page = finance.get("/profile").await.ok().text();
    assert!(page.contains("needs one of these roles") && !page.contains("Generate API Key"), "{page}");
    let said = finance.post("/profile/individual-key", &[("name", "Mine")]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("needs one of these roles"));
    let said = finance.get("/profile/individual-key").await;
    assert!(told(&said).contains("needs one of these roles"), "{}", told(&said));
    assert_eq!(finance.led(said), "/profile#individual-key");
}

#[tokio::test]
async fn whose_permission_was_taken_reads_its_title() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, person) = town.member(team, &["DEVELOPER"]).await;
    let owner = Visitor::owner(&town, team).await;
    let change = [("role", "DEVELOPER"), ("sees", "all"), ("first", "Dev"), ("last", "Eloper")];
    owner.post(&format!("/users/{member}"), &change).await.is(StatusCode::SEE_OTHER);
    let page = Visitor::of(&town, team, person).await.get("/profile").await.ok().text();
    assert!(page.contains("needs the permission Generate Individual API Keys"), "{page}");
}

#[tokio::test]
async fn before_there_is_access_the_owner_is_led_to_ask_for_it_and_others_read_who_does() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let asks = format!("href=\"/console/teams/{}/integrations/api\">Request Access</a>", team.id);
    let page = Visitor::owner(&town, team).await.get("/profile").await.ok().text();
    assert!(page.contains("was not approved for this team yet.") && page.contains(&asks), "{page}");
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    let page = developer.get("/profile").await.ok().text();
    assert!(page.contains("The Account Holder requests it.") && !page.contains(&asks), "{page}");
}
