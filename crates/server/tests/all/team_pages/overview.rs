//! A team's overview.

use super::DAY;
use crate::town::{Team, Town, roles};
use crate::visitor::Visitor;
use counterfoil_authority::Request;
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{KeyId, KeyName, KindName};
use http::StatusCode;

async fn waiting_key(town: &Town, team: Team, name: &str) -> KeyId {
    let new = NewKeyRequest {
        kind: KindName::try_from("TEAM").unwrap(),
        name: KeyName::try_from(name).unwrap(),
        roles: Some(roles(&["SALES"])),
        half: NewHalf::Issuer,
    };
    town.authority.generate(team.id, &Request::by(Actor::User(team.owner)), &new).await.unwrap().value
}

#[tokio::test]
async fn a_team_without_keys_is_taught_what_a_key_is() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let page = Visitor::owner(&town, team).await.get("").await.ok().text();
    assert!(page.contains("No keys yet") && page.contains("Request Access"), "{page}");
}

#[tokio::test]
async fn generating_is_offered_where_the_team_has_access_and_else_what_to_do_about_it() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let (owner, admin) =
        (Visitor::owner(&town, team).await, Visitor::with_roles(&town, team, &["ADMIN"]).await);
    let offers = |page: &str| page.contains("Generate an API key");
    let page = admin.get("").await.ok().text();
    assert!(page.contains("The Account Holder can request it.") && !offers(&page), "{page}");
    town.authority.request_access(team.id, &Request::by(Actor::User(team.owner)), true).await.unwrap();
    for visitor in [&owner, &admin] {
        let page = visitor.get("").await.ok().text();
        assert!(page.contains("The request waits for its review.") && !offers(&page), "{page}");
    }
    town.authority.approve_access(team.id).await.unwrap();
    let page = owner.get("").await.ok().text();
    assert!(offers(&page) && !page.contains("Keys open nothing"), "{page}");
    town.authority.withdraw_access(team.id, None).await.unwrap();
    let page = owner.get("").await.ok().text();
    assert!(page.contains("Request Access") && !offers(&page), "{page}");
}

#[tokio::test]
async fn what_admins_should_look_at_is_listed_until_it_is_done() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let waiting = waiting_key(&town, team, "Waits <b>").await;
    let unused = town.team_key(team, "SALES").await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get("").await.ok().text();
    let (first, second) = page.split_once("Never used").unwrap();
    assert!(first.contains(&waiting.to_string()) && first.contains("30 days left"), "{page}");
    assert!(second.contains(&unused.id().to_string()) && !page.contains("Waits <b>"), "{page}");
    town.authority.download(team.id, Actor::User(team.owner), waiting).await.unwrap();
    assert!(!owner.get("").await.ok().text().contains("Not downloaded yet"));
}

#[tokio::test]
async fn the_age_that_a_team_sets_decides_what_is_due() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let key = town.team_key(team, "SALES").await;
    town.wait(DAY * 10);
    let owner = Visitor::owner(&town, team).await;
    assert!(!owner.get("").await.ok().text().contains("Due for rotation"));
    assert_eq!(owner.led(owner.post("/settings/rotation", &[("age", "9")]).await), "/settings");
    let page = owner.get("").await.ok().text();
    assert!(page.contains("Due for rotation") && page.contains(&key.id().to_string()), "{page}");
    for bad in ["0", "3651", "soon", ""] {
        let said = owner.post("/settings/rotation", &[("age", bad)]).await;
        assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("href=\"#age\""), "{bad}");
    }
    owner.post("/settings/rotation", &[("age", "never")]).await.is(StatusCode::SEE_OTHER);
    assert!(!owner.get("").await.ok().text().contains("Due for rotation"));
    let audit = owner.get("/audit?kind=ROTATION_AGE_SET").await.ok().text();
    for sentence in ["are due for rotation after 9 days.", "are never due for rotation by their age."] {
        assert!(audit.contains(sentence), "{audit}");
    }
}

#[tokio::test]
async fn who_does_not_administer_keys_sees_whom_to_ask_and_no_key() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let key = town.team_key(team, "SALES").await;
    for role in ["APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"] {
        let visitor = Visitor::with_roles(&town, team, &[role]).await;
        let page = visitor.get("").await.ok().text();
        assert!(page.contains("Hedda Holder") && page.contains("Owns the team"), "{role}: {page}");
        assert!(!page.contains(&key.id().to_string()) && !page.contains("Never used"), "{role}: {page}");
    }
}

#[tokio::test]
async fn a_suspended_team_says_so_to_everybody() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    town.authority.suspend(team.id, None).await.unwrap();
    for visitor in [Visitor::owner(&town, team).await, developer] {
        assert!(visitor.get("").await.ok().text().contains("This team is suspended"));
    }
}
