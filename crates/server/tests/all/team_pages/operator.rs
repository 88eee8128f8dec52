//! Running the installation.

use super::{STALE, between, joined};
use crate::town::{Team, Town};
use crate::visitor::Visitor;
use counterfoil_authority::Request;
use counterfoil_core::event::Actor;
use counterfoil_core::team::{Access, Standing};
use http::StatusCode;

const PAGES: [&str; 6] = ["teams", "access", "people", "people/sign-ins", "health", "catalog"];

fn standing(town: &Town, team: Team) -> Standing {
    town.authority.ledger().team(team.id).unwrap().standing
}

#[tokio::test]
async fn the_operators_pages_are_not_there_for_others() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (owner, operator) = (Visitor::owner(&town, team).await, Visitor::operator(&town, team).await);
    for page in PAGES {
        let place = format!("/console/operator/{page}");
        let nobody = town.get(&place).send().await.is(StatusCode::SEE_OTHER);
        assert!(nobody.header("location").starts_with("/sign-in?to="), "{page}");
        owner.get(&place).await.is(StatusCode::NOT_FOUND);
        operator.get(&place).await.ok();
    }
    for act in ["suspend", "resume", "close"] {
        let place = format!("/console/operator/teams/{}/{act}", team.id);
        owner.post(&place, &[("name", "Rivets")]).await.is(StatusCode::NOT_FOUND);
    }
    assert_eq!(standing(&town, team), Standing::Active);
    operator.get("/users").await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_team_is_opened_suspended_resumed_and_closed() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let operator = Visitor::operator(&town, team).await;
    let fields = [("name", "Bolts & Co"), ("email", "bo@example.com"), ("first", "Bo"), ("last", "Lt")];
    let place = operator.led(operator.post("/console/operator/teams/open", &fields).await);
    let page = operator.get(&place).await.ok().text();
    assert!(page.contains("bo@example.com") && page.contains("Not requested"), "{page}");
    assert!(operator.get("/console/operator/teams?q=bolts").await.ok().text().contains(&place));
    let bad = operator.post("/console/operator/teams/open", &[("name", "Nuts"), ("email", "no")]).await;
    assert!(bad.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("Nuts"));

    let here = format!("/console/operator/teams/{}", team.id);
    operator.post(&format!("{here}/suspend"), &[("reason", "Unpaid")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(standing(&town, team), Standing::Suspended);
    operator.post(&format!("{here}/resume"), &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(standing(&town, team), Standing::Active);
    let again = operator.post(&format!("{here}/resume"), &[]).await;
    assert!(again.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("is not suspended"));
    operator.post(&format!("{here}/close"), &[("name", "rivets")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(standing(&town, team), Standing::Active);
    operator.post(&format!("{here}/close"), &[("name", "Rivets")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(standing(&town, team), Standing::Closed);
    let long = "x".repeat(501);
    let said = operator.post(&format!("{place}/suspend"), &[("reason", &long)]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("href=\"#reason\""));
}

#[tokio::test]
async fn a_request_for_access_is_declined_with_a_reason_and_then_approved() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let operator = Visitor::operator(&town, team).await;
    assert!(operator.get("/console/operator/access").await.ok().text().contains("Nothing waits for you"));
    let ask = async || {
        town.authority.request_access(team.id, &Request::by(Actor::User(team.owner)), true).await.unwrap();
    };
    ask().await;
    let here = format!("/console/operator/access/{}", team.id);
    assert!(operator.get("/console/operator/access").await.ok().text().contains(&format!("{here}/approve")));
    let access = || town.authority.ledger().team(team.id).unwrap().access.clone();
    operator.post(&format!("{here}/decline"), &[("reason", "")]).await.is(StatusCode::SEE_OTHER);
    assert!(matches!(access(), Access::Requested { .. }), "nobody is declined without a reason");
    operator.post(&format!("{here}/decline"), &[("reason", "Not <yet>")]).await.is(StatusCode::SEE_OTHER);
    let page = operator.get("/console/operator/access").await.ok().text();
    assert!(page.contains("Declined") && page.contains("Not &#60;yet&#62;"), "{page}");
    ask().await;
    operator.post(&format!("{here}/approve"), &[]).await.is(StatusCode::SEE_OTHER);
    assert!(matches!(access(), Access::Approved { .. }));
    operator.post(&format!("{here}/withdraw"), &[]).await.is(StatusCode::SEE_OTHER);
    assert!(matches!(access(), Access::Declined { reason: None, .. }));
}

#[tokio::test]
async fn a_way_back_in_is_shown_once_and_good_once() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let operator = Visitor::operator(&town, team).await;
    let here = format!("/console/operator/people/{}", team.person);
    assert!(operator.get(&here).await.ok().text().contains("Rivets"));
    let page = operator.post(&format!("{here}/link"), &[]).await.ok();
    assert_eq!(page.header("cache-control"), "no-store");
    let page = page.text();
    let link = between(&page, "/sign-in?link=", "<").to_owned();
    assert!(!operator.get(&here).await.ok().text().contains(&link));
    assert!(town.authority.use_link(&link, &Default::default()).await.unwrap().is_some());
    assert!(town.authority.use_link(&link, &Default::default()).await.unwrap().is_none());
    town.wait(STALE);
    assert!(operator.led(operator.post(&format!("{here}/link"), &[]).await).starts_with("/step-up"));
}

#[tokio::test]
async fn a_person_is_erased_by_the_address_typed_unless_a_team_is_theirs() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, person) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let operator = Visitor::operator(&town, team).await;
    let erase = format!("/console/operator/people/{person}/erase");
    operator.post(&erase, &[("email", "ada")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    operator.post(&erase, &[("email", "ADA@example.com")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(town.authority.person(person).await.unwrap(), None);
    assert!(!operator.get("/console/operator/people").await.ok().text().contains("ada@example.com"));
    let owner = Visitor::owner(&town, team).await;
    let audit = owner.get(&format!("/audit?who={member}")).await.ok().text();
    assert!(audit.contains("A former member accepted an invitation"), "{audit}");
    let of_owner = format!("/console/operator/people/{}/erase", team.person);
    let said = operator.post(&of_owner, &[("email", "holder0@example.com")]).await;
    assert!(
        said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("Transfer the role to somebody else first")
    );
}

#[tokio::test]
async fn a_person_comes_to_run_the_installation_and_no_longer() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let operator = Visitor::operator(&town, team).await;
    let owner = Visitor::owner(&town, team).await;
    let place = format!("/console/operator/people/{}/operator", team.person);
    operator.post(&place, &[("is", "yes")]).await.is(StatusCode::SEE_OTHER);
    owner.get("/console/operator/teams").await.ok();
    assert!(operator.get("/console/operator/people").await.ok().text().contains("badge accent"));
    operator.post(&place, &[("is", "no")]).await.is(StatusCode::SEE_OTHER);
    owner.get("/console/operator/teams").await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn health_says_how_far_each_replica_is_behind_the_last_revocation() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let operator = Visitor::operator(&town, team).await;
    town.authority.add_replica(&"edge-1".try_into().unwrap()).await.unwrap();
    let key = town.team_key(team, "SALES").await;
    town.revoke(team, &key).await;
    let page = operator.get("/console/operator/health").await.ok().text();
    assert!(page.contains("edge-1") && page.contains("Lags") && page.contains("Not every replica"), "{page}");
    let head = town.authority.ledger().state().unwrap().head();
    town.authority.report_replica("edge-1", head.position, town.now()).await.unwrap();
    let page = operator.get("/console/operator/health").await.ok().text();
    assert!(page.contains("All have seen the last revocation") && page.contains("Has seen all"), "{page}");
    assert!(
        page.contains(&format!("number {}", head.position)) && page.contains("The ledger began."),
        "{page}"
    );
    assert!(page.contains("The replica edge-1 was let in."), "{page}");
}

#[tokio::test]
async fn the_catalog_in_force_is_shown_with_its_fingerprint() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let page = Visitor::operator(&town, team).await.get("/console/operator/catalog").await.ok().text();
    assert!(page.contains(&town.authority.catalog().fingerprint().to_string()));
    assert!(page.contains("App Manager") && page.contains("In-app purchase key"), "{page}");
}
