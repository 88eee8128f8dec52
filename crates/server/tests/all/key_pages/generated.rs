//! Generating a key, and downloading its private half.

use super::{GENERATE, TEAM_KEYS, count, made};
use crate::town::{Town, URL};
use crate::visitor::{Visitor, encoded};
use counterfoil_core::half::PrivateHalf;
use http::StatusCode;

#[tokio::test]
async fn nothing_is_ticked_beforehand_and_the_usual_choice_is_marked() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(GENERATE).await.ok().text();
    let ticked = |page: &str, role: &str| page.contains(&format!("value=\"{role}\" checked"));
    for role in ["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"] {
        assert!(page.contains(&format!("value=\"{role}\"")) && !ticked(&page, role), "{role}");
    }
    assert!(!page.contains("value=\"ACCOUNT_HOLDER\""));
    assert_eq!(count(&page, "Usual choice"), 1);
    assert!(page.contains("App Manager usually does."), "{page}");
    let task = encoded("Download sales reports: units and trends");
    let page = owner.get(&format!("{GENERATE}?task={task}")).await.ok().text();
    assert!(
        ticked(&page, "SALES") && !ticked(&page, "APP_MANAGER") && page.contains("Suits your task"),
        "{page}"
    );
}

#[tokio::test]
async fn a_form_that_failed_is_shown_again_with_what_was_typed_and_every_fault() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let long = "A name of more than thirty characters";
    let fields = [("name", long), ("half", "pasted"), ("publicKey", "<not a key>")];
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    for words in [
        "at most 30 characters; this one has 37",
        "Choose at least one role",
        "href=\"#publicKey\"",
        "value=\"A name of more than thirty characters\"",
        "&#60;not a key&#62;",
        "value=\"pasted\" checked",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let fields = [("name", "CI"), ("role", "ACCOUNT_HOLDER")];
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("can&#39;t have the role ACCOUNT_HOLDER"), "{page}");
    assert!(town.authority.ledger().team(team.id).unwrap().keys.is_empty());
}

#[tokio::test]
async fn a_generated_key_is_shown_with_what_to_do_next() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI server", "a").await;
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    for words in [
        "CI server",
        key.as_str(),
        "Download API Key",
        "Revoke Key",
        "Hedda Holder",
        "Developer",
        "20 minutes",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("counterfoil custody put"), "before the file is there, there is nothing to store");
    owner.post(&format!("/keys/{key}/download"), &[]).await.ok();
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    let doctor = format!(
        "counterfoil doctor --key-id {key} --issuer-id {} --private-key keyring:AuthKey_{key} --url {URL}",
        team.id
    );
    for words in [doctor.as_str(), "counterfoil rotate", "Private half downloaded by Hedda Holder"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let list = owner.get(TEAM_KEYS).await.ok().text();
    assert!(list.contains("aria-label=\"Generate API Key\"") && list.contains("1 of 50"), "{list}");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_key() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let fields = [("name", "CI"), ("role", "SALES"), ("once", "0f0e")];
    let (first, second) = tokio::join!(owner.post(GENERATE, &fields), owner.post(GENERATE, &fields));
    let key = owner.key_of(&first.is(StatusCode::SEE_OTHER));
    assert_eq!(owner.key_of(&second.is(StatusCode::SEE_OTHER)), key);
    let other = owner.post(GENERATE, &[("name", "CD"), ("role", "SALES"), ("once", "0f0e")]).await;
    assert!(other.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("This form made a key before"));
    assert_eq!(town.authority.ledger().team(team.id).unwrap().keys.len(), 1);
    let page = owner.get(GENERATE).await.ok().text();
    let once = |page: &str| page.split("name=\"once\" value=\"").nth(1).unwrap()[..32].to_owned();
    assert_ne!(once(&page), once(&owner.get(GENERATE).await.ok().text()));
}

#[tokio::test]
async fn a_private_half_is_downloaded_once_and_the_link_is_gone() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    let place = format!("/keys/{key}/download");
    assert!(owner.get(&place).await.ok().text().contains(&format!("AuthKey_{key}.p8")));
    let said = owner.post(&place, &[]).await.ok();
    assert_eq!(said.header("content-disposition"), format!("attachment; filename=\"AuthKey_{key}.p8\""));
    assert_eq!(said.header("cache-control"), "no-store");
    PrivateHalf::from_pem(&said.text()).unwrap();
    let again = owner.post(&place, &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(
        again.contains("was downloaded before, and no copy is kept") && !again.contains("PRIVATE KEY"),
        "{again}"
    );
    assert!(owner.get(&place).await.is(StatusCode::CONFLICT).text().contains("was downloaded before"));
    for page in [format!("/keys/{key}"), TEAM_KEYS.to_owned()] {
        assert!(!owner.get(&page).await.ok().text().contains("/download\""), "{page}");
    }
}

#[tokio::test]
async fn a_pasted_public_half_makes_a_key_without_a_download() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let pem = half.public().to_pem();
    let fields = [("name", "Mine"), ("role", "SALES"), ("half", "pasted"), ("publicKey", &pem)];
    let key = owner.key_of(&owner.post(GENERATE, &fields).await.is(StatusCode::SEE_OTHER));
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    assert!(page.contains("it was never here") && !page.contains("/download\""), "{page}");
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("was registered before"), "{page}");
    let private = half.to_pem().unwrap();
    let fields = [("name", "Oh"), ("role", "SALES"), ("half", "pasted"), ("publicKey", private.as_str())];
    let said = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(
        !said.contains(private.lines().nth(1).unwrap()),
        "a private half that was pasted is not shown again"
    );
}

#[tokio::test]
async fn the_fifty_first_key_is_refused_with_the_rules_sentence() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    for number in 0..50 {
        made(&town.authority, team, "TEAM", &format!("Key {number}")).await;
    }
    let owner = Visitor::owner(&town, team).await;
    let said = owner.post(GENERATE, &[("name", "One more"), ("role", "SALES")]).await;
    let page = said.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("A team can have 50 active keys of this sort, and yours has them."), "{page}");
    assert!(owner.get(TEAM_KEYS).await.ok().text().contains("50 of 50"));
}
