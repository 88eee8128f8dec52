//! Accounts at a provider: whose they are, and how they become so.

use super::browser::Browser;
use super::fake::WayThere;
use super::{Scene, href_of};
use crate::town::roles;
use counterfoil_authority::Request;
use counterfoil_authority::people::{Delivery, NewInvitation};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::roles::Roles;
use serde_json::json;

#[tokio::test]
async fn an_account_that_was_linked_signs_its_person_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser();
    let page = scene.sign_in(&mut browser, json!({})).await.is(303);
    assert_eq!(page.leads_to(), "/console");
    assert!(browser.is_signed_in() && browser.cookie("__Host-counterfoil-sign-on").is_none());
    let home = browser.get(&format!("/console/teams/{}", scene.team.id)).await;
    assert_eq!(home.status, 200);
}

#[tokio::test]
async fn nobody_is_let_in_by_an_address() {
    let scene = Scene::build().await;
    let holder = scene.town.authority.person(scene.team.person).await.unwrap().unwrap();
    let mut browser = scene.browser();
    let page =
        scene.sign_in(&mut browser, json!({"email": holder.email, "email_verified": true})).await.is(403);
    assert!(page.text.contains("No account here is linked") && !browser.is_signed_in());
    let unknown = scene.town.authority.unknown_sign_ins().await.unwrap();
    assert_eq!(unknown.iter().map(|(_, count)| count).sum::<u64>(), 1, "it is counted");
}

#[tokio::test]
async fn an_account_is_linked_to_one_person_who_asked_for_it_here() {
    let scene = Scene::build().await;
    scene.linked().await;
    let (_, other) = scene.town.member(scene.team, &["DEVELOPER"]).await;
    let mut browser = Browser::of(&scene.town, &scene.sign_on, other).await;
    let page = scene.link(&mut browser, json!({})).await.is(409);
    assert!(page.text.contains("linked to somebody else"), "{}", page.text);

    let foreign = browser.get("/secure/providers/example").await;
    assert_eq!(foreign.status, 405, "a link of another site can't begin it");
    let mut stranger = scene.browser();
    let page = stranger.post("/secure/providers/example", "").await;
    assert!(page.leads_to().starts_with("/sign-in"), "{page:?}");
}

#[tokio::test]
async fn whoever_is_invited_joins_and_links_an_account_in_one_step() {
    let scene = Scene::build().await;
    let link = invited(&scene, "ADMIN").await;
    let mut browser = scene.browser();
    let page = browser.get(&format!("/join?link={link}")).await.is(200);
    assert!(page.text.contains("Join with Example"), "{}", page.text);
    let form = format!("link={link}&first-name=Nina&last-name=New&provider=example");
    let page = browser.post("/join", &form).await.is(200);
    assert!(browser.is_signed_in());
    let way = WayThere::at(&href_of(&page.text));
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let team = format!("/console/teams/{}", scene.team.id);
    assert_eq!(browser.get(&way.back("example")).await.is(303).leads_to(), team);
    browser.get(&team).await.is(200);

    let mut again = scene.browser();
    scene.sign_in(&mut again, json!({})).await.is(303);
    assert!(again.get(&team).await.is(200).text.contains("Nina"));
}

#[tokio::test]
async fn whoever_joined_is_in_even_if_the_provider_is_unknown_or_away() {
    let scene = Scene::build().await;
    for provider in ["nobody", "example"] {
        scene.fake.shall(|script| script.instead = Some((500, "oh no".to_owned())));
        let link = invited(&scene, "DEVELOPER").await;
        let mut browser = scene.browser();
        let form = format!("link={link}&first-name=Nina&last-name=New&provider={provider}");
        let page = browser.post("/join", &form).await.is(303);
        assert!(browser.is_signed_in() && page.leads_to().starts_with("/secure?to="), "{page:?}");
        assert!(browser.cookie("__Host-counterfoil-notice").is_some());
    }
}

/// An invitation of somebody new with this role. What stands in its link.
async fn invited(scene: &Scene, role: &str) -> String {
    let (authority, by) = (&scene.town.authority, Actor::User(scene.team.owner));
    let email = format!("nina-{}@example.com", authority.people_of(scene.team.id).await.unwrap().len());
    let invitation = NewInvitation {
        email: email.as_str().try_into().unwrap(),
        first_name: "Nina".try_into().unwrap(),
        last_name: "New".try_into().unwrap(),
        roles: roles(&[role]),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: false,
    };
    let invited = authority.invite(scene.team.id, &Request::by(by), &invitation).await.unwrap().value;
    match authority.deliver_invitation(scene.team.id, by, invited).await.unwrap() {
        Delivery::Link(link) => link.expose().to_owned(),
        Delivery::Mailed => panic!("mailed"),
    }
}

#[tokio::test]
async fn what_one_person_began_is_not_linked_to_another() {
    let scene = Scene::build().await;
    let (_, other) = scene.town.member(scene.team, &["DEVELOPER"]).await;
    let mut browser = scene.browser_of_holder().await;
    let page = browser.post("/secure/providers/example", "").await.is(200);
    let way = WayThere::at(&href_of(&page.text));
    scene.fake.says(&way, scene.seconds(), &json!({}));
    let mut theirs = Browser::of(&scene.town, &scene.sign_on, other).await;
    theirs.keeps("__Host-counterfoil-sign-on", browser.cookie("__Host-counterfoil-sign-on").unwrap());
    theirs.get(&way.back("example")).await.is(400);
    assert!(scene.town.authority.credentials_of(other).await.unwrap().identities.is_empty());
}

#[tokio::test]
async fn an_account_that_was_unlinked_signs_nobody_in() {
    let scene = Scene::build().await;
    scene.linked().await;
    let mut browser = scene.browser_of_holder().await;
    let form = format!(
        "issuer={}&subject=ada&to=%2Fconsole",
        scene.fake.issuer.replace(':', "%3A").replace('/', "%2F")
    );
    browser.post("/secure/unlink-provider", &form).await.is(303);
    let mut again = scene.browser();
    scene.sign_in(&mut again, json!({})).await.is(403);
    assert!(!again.is_signed_in());
}
