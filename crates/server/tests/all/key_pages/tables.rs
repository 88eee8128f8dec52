//! The tables of keys.

use super::{GENERATE, TEAM_KEYS, made};
use crate::town::Town;
use crate::visitor::{Visitor, encoded, told};
use http::StatusCode;

#[tokio::test]
async fn integrations_leads_to_the_first_table() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.get("/integrations").await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in [
        "App Store Connect API",
        "In-App Purchase",
        "Team Keys",
        "Individual Keys",
        ">Keys</a>",
        ">API Keys</a>",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn hostile_names_are_text() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-'\" ' &amp; &lt;b&gt;",
        "מפתח ראשי",
        "🔑🚀",
        "{{ 7*7 }}",
    ];
    for (at, name) in names.iter().enumerate() {
        let key = owner.generate(name, &at.to_string()).await;
        for place in [
            TEAM_KEYS.to_owned(),
            format!("{TEAM_KEYS}?edit=1"),
            format!("/keys/{key}"),
            format!("/keys/{key}/download"),
            format!("/keys/{key}/revoke"),
        ] {
            let page = owner.get(&place).await.ok().text();
            assert!(
                !page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>g"),
                "{place}"
            );
            let shown = name
                .replace('&', "&#38;")
                .replace('<', "&#60;")
                .replace('>', "&#62;")
                .replace('"', "&#34;")
                .replace('\'', "&#39;");
            assert!(page.contains(&shown), "{name} on {place}: {page}");
        }
    }
    let page = owner.post(GENERATE, &[("name", "\u{202e}gnp.exe"), ("role", "SALES")]).await;
    page.is(StatusCode::UNPROCESSABLE_ENTITY);
    let search = encoded("\"><script>");
    let page = owner.get(&format!("{TEAM_KEYS}?q={search}")).await.ok().text();
    assert!(!page.contains("\"><script>") && page.contains("No active key has"), "{page}");
}

#[tokio::test]
async fn keys_are_found_by_name_and_by_id() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let (ci, shop) = (owner.generate("CI server", "1").await, owner.generate("Shop window", "2").await);
    for (search, found) in [("ci SERV", ci), (&shop.as_str().to_lowercase()[2..8], shop)] {
        let page = owner.get(&format!("{TEAM_KEYS}?q={}", encoded(search))).await.ok().text();
        let other = if found == ci { shop } else { ci };
        assert!(
            page.contains(&format!("/keys/{found}\"")) && !page.contains(&format!("/keys/{other}\"")),
            "{search}"
        );
    }
}

#[tokio::test]
async fn another_catalog_has_tables_of_its_own() {
    let catalog = std::fs::read_to_string("../../catalogs/parcels.toml").unwrap();
    let town = Town::build_with(Some(catalog)).await;
    let team = town.bare_team("Shop").await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in ["Shipping API", "Tracking API", "Shop keys", "Personal keys", "0 of 20"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("App Store") && !page.contains("Request Access"), "{page}");
    assert!(owner.get("/roles").await.ok().text().contains("Bookkeeper"));
    let said = owner.post("/integrations/in-app-purchase/generate", &[("name", "Van 7")]).await;
    let key = owner.key_of(&said.is(StatusCode::SEE_OTHER));
    assert!(owner.get(&format!("/keys/{key}")).await.ok().text().contains("Courier key"));
}

#[tokio::test]
async fn whoever_selected_nothing_goes_on_selecting() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    for shelf in [TEAM_KEYS, "/integrations/api/individual", "/integrations/in-app-purchase"] {
        let said = owner.get(&format!("/keys/revoke?from={}", encoded(shelf))).await;
        assert_eq!(owner.led(said), format!("{shelf}?edit=1"));
    }
}

#[tokio::test]
async fn a_team_that_has_all_its_keys_is_told_before_anything_is_typed() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    for number in 0..50 {
        owner.get(GENERATE).await.ok();
        made(&town.authority, team, "TEAM", &format!("Key {number}")).await;
    }
    let said = owner.get(GENERATE).await;
    assert!(told(&said).contains("A team can have 50 active keys of this sort"), "{}", told(&said));
    assert_eq!(owner.led(said), TEAM_KEYS);
    owner.get("/integrations/in-app-purchase/generate").await.ok();
}
