//! A walk along every link that there is.

use super::joined;
use crate::town::{Team, Town, roles};
use crate::visitor::Visitor;
use counterfoil_authority::Request;
use counterfoil_core::event::Actor;
use std::collections::{BTreeSet, VecDeque};

/// More than the console has in so small a town.
const MOST: usize = 600;

/// Every page that can be reached from here by links, each answering well.
async fn walk(visitor: &Visitor<'_>, from: &str) -> BTreeSet<String> {
    let (mut seen, mut ahead) = (BTreeSet::new(), VecDeque::from([from.to_owned()]));
    while let Some(place) = ahead.pop_front() {
        let asked = place.split('#').next().unwrap().to_owned();
        if !seen.insert(asked.clone()) {
            continue;
        }
        assert!(seen.len() < MOST, "{seen:?}");
        let said = visitor.get(&asked).await;
        assert!(said.status < 400, "{asked} answers {}", said.status);
        if said.status == 303 {
            ahead.push_back(said.header("location").to_owned());
        } else if said.header("content-type").starts_with("text/html") {
            let page = said.text();
            assert!(page.contains("<h1") && !page.contains("{{") && !page.contains("{%"), "{asked}");
            ahead.extend(links_in(&page));
        }
    }
    seen
}

fn links_in(page: &str) -> Vec<String> {
    let quoted = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = quoted.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"));
    plain.filter(|link| link.starts_with('/') && !link.starts_with("//")).collect()
}

async fn lively_town() -> (Town, Team) {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (ada, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["ADMIN"]).await;
    town.key(team, Actor::User(ada), "TEAM", Some(roles(&["SALES"]))).await;
    town.key(team, Actor::User(ada), "INDIVIDUAL", None).await;
    let revoked = town.purchase_key(team).await;
    town.revoke(team, &revoked).await;
    let bare = town.bare_team("Bolts").await;
    town.authority.request_access(bare.id, &Request::by(Actor::User(bare.owner)), true).await.unwrap();
    let owner = Visitor::owner(&town, team).await;
    owner.post("/settings/apps", &[("name", "Rivets"), ("bundle", "com.example"), ("id", "4711")]).await;
    let bea =
        [("email", "bea@example.com"), ("first", "Bea"), ("last", "Ta"), ("role", "SALES"), ("sees", "all")];
    owner.post("/users/invite", &bea).await.ok();
    (town, team)
}

#[tokio::test]
async fn every_link_of_the_owners_pages_leads_somewhere() {
    let (town, team) = lively_town().await;
    let owner = Visitor::owner(&town, team).await;
    let seen = walk(&owner, "/console").await;
    for page in
        ["", "/users", "/users/invite", "/audit", "/settings", "/integrations/api", "/roles", "/profile"]
    {
        assert!(seen.contains(&owner.place(page)), "{page} is not reached: {seen:?}");
    }
}

#[tokio::test]
async fn every_link_of_a_role_with_little_leads_somewhere() {
    let (town, team) = lively_town().await;
    for role in ["FINANCE", "DEVELOPER", "APP_MANAGER"] {
        let visitor = Visitor::with_roles(&town, team, &[role]).await;
        let seen = walk(&visitor, "/console").await;
        assert!(seen.contains(&visitor.place("")), "{role}: {seen:?}");
        let of_admins = ["/audit", "/settings", "/users/invite"].map(|page| visitor.place(page));
        assert!(of_admins.iter().all(|page| !seen.contains(page)), "{role}: {seen:?}");
    }
}

#[tokio::test]
async fn every_link_of_the_operators_pages_leads_somewhere() {
    let (town, team) = lively_town().await;
    let operator = Visitor::operator(&town, team).await;
    let seen = walk(&operator, "/console").await;
    for page in ["teams", "access", "people", "people/sign-ins", "health", "catalog", "teams/open"] {
        assert!(seen.contains(&format!("/console/operator/{page}")), "{page} is not reached: {seen:?}");
    }
    let person = format!("/console/operator/people/{}", team.person);
    assert!(seen.contains(&person), "{seen:?}");
}
