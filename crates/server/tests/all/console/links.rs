//! Ways in: the first start's link, links to sign in, passwords, and where they lead.

use super::{Browser, hidden};
use crate::log;
use crate::town::{Persona, Team, Town, roles};
use counterfoil_authority::Request;
use counterfoil_authority::people::{Delivery, NewInvitation};
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::roles::Roles;
use http::StatusCode;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const GOOD: &str = "seventeen quiet rivets";

#[tokio::test]
async fn the_first_link_sets_up_an_operator_and_a_team_and_a_look_does_not_use_it_up() {
    let town = Town::build().await;
    let link = town.authority.set_up_link_renewed().await.unwrap().unwrap();
    let (link, mut browser) = (link.expose(), Browser::default());
    for _ in 0..2 {
        let page = browser.get(&town, &format!("/set-up?link={link}")).await.ok().text();
        assert!(page.contains("you will run this installation, and be the Account Holder"));
    }
    let typed = [("link", link), ("first-name", "Ada"), ("last-name", "<b>"), ("team", "Rivets & Co")];
    let again = browser.post(&town, "/set-up", &typed).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(again.contains("href=\"#email\"") && again.contains("value=\"Rivets &#38; Co\""), "{again}");
    assert!(again.contains("value=\"&#60;b&#62;\"") && again.contains("id=\"email-error\""));

    let all = [&typed[..], &[("email", "ada@example.com")]].concat();
    let done = browser.post(&town, "/set-up", &all).await.is(StatusCode::SEE_OTHER);
    let place = done.header("location").to_owned();
    assert!(place.starts_with("/secure?to=%2Fconsole%2Fteams%2F"), "{place}");
    let secure = browser.get(&town, &place).await.ok().text();
    assert!(secure.contains("Add a Passkey") && secure.contains(">Later</a>"));
    browser.get(&town, "/console/operator/teams").await.ok();
    let overview = browser.get(&town, "/console").await;
    assert!([200, 303].contains(&overview.status));

    Browser::default().post(&town, "/set-up", &all).await.is(StatusCode::GONE);
    Browser::default().get(&town, &format!("/set-up?link={link}")).await.is(StatusCode::GONE);
    Browser::default().get(&town, "/set-up").await.is(StatusCode::GONE);
}

#[tokio::test]
async fn the_set_up_link_signs_nobody_in_and_is_not_used_up_by_trying() {
    let town = Town::build().await;
    let link = town.authority.set_up_link_renewed().await.unwrap().unwrap();
    let mut browser = Browser::default();
    browser.post(&town, "/sign-in", &[("link", link.expose())]).await.is(StatusCode::GONE);
    assert_eq!(browser.session(), "");
    browser.get(&town, &format!("/set-up?link={}", link.expose())).await.ok();
}

#[tokio::test]
async fn a_link_signs_in_once_by_its_button_and_not_by_a_look() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = town.authority.make_link(Purpose::SignIn(team.person), MINUTE).await.unwrap();
    let path = format!("/sign-in?link={}", link.expose());
    let mut browser = Browser::default();
    for _ in 0..2 {
        assert!(browser.get(&town, &path).await.ok().text().contains("holder0@example.com"));
    }
    let fields = [("link", link.expose())];
    let said = browser.post(&town, "/sign-in", &fields).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), "/console");
    let place = format!("/console/teams/{}", team.id);
    assert_eq!(browser.get(&town, "/console").await.header("location"), place);
    let page = browser.get(&town, &place).await.ok().text();
    assert!(page.contains("Add a way to sign in"), "no banner: {page}");
    assert!(browser.get(&town, "/sign-in").await.ok().text().contains("signed in as <strong>holder0@"));
    Browser::default().post(&town, "/sign-in", &fields).await.is(StatusCode::GONE);
    Browser::default().get(&town, &path).await.is(StatusCode::GONE);

    let session = browser.session();
    let api = || town.get("/v1/apiKeys").with("cookie", &format!("__Host-counterfoil={session}"));
    api().send().await.ok();
    let out = browser.post(&town, "/sign-out", &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(out.header("location"), "/sign-in");
    assert_eq!(browser.session(), "");
    assert!(browser.get(&town, "/sign-in").await.ok().text().contains("You are signed out."));
    assert!(!browser.get(&town, "/sign-in").await.ok().text().contains("You are signed out."));
    api().send().await.fails(401, "NOT_AUTHORIZED");
}

#[tokio::test]
async fn signing_in_leads_to_our_own_pages_alone() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    for (to, leads) in [
        ("/console/teams/x/keys?q=1", "/console/teams/x/keys?q=1"),
        ("//evil.example", "/console"),
        ("https://evil.example", "/console"),
        ("/\\evil.example", "/console"),
        ("/v1/apiKeys", "/console"),
    ] {
        let link = town.authority.make_link(Purpose::SignIn(team.person), MINUTE).await.unwrap();
        let mut browser = Browser::default();
        let said = browser.post(&town, "/sign-in", &[("link", link.expose()), ("to", to)]).await;
        assert_eq!(said.header("location"), leads, "{to}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let mut owner = Browser::with(&town.signed_in(team.person).await);
    let base = format!("/console/teams/{}/profile", team.id);
    let set = [("password", GOOD), ("again", GOOD)];
    owner.post(&town, &format!("{base}/password"), &set).await.is(StatusCode::SEE_OTHER);
    let mut pages = Vec::new();
    for email in ["holder0@example.com", "nobody0@example.com", "no address"] {
        let mut browser = Browser::default();
        let said = browser.post(&town, "/sign-in", &[("email", email), ("password", "wrong")]).await;
        let said = said.is(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.session(), "");
        pages.push(said.text().replace(email, ""));
        town.wait(MINUTE);
    }
    assert!(pages[0].contains("The address and the password do not belong together"));
    assert!(pages.iter().all(|page| *page == pages[0]));
}

#[tokio::test]
async fn an_owner_with_a_password_alone_must_add_a_second_factor_before_anything_else() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let mut owner = Browser::with(&town.signed_in(team.person).await);
    let base = format!("/console/teams/{}/profile", team.id);
    owner.post(&town, &format!("{base}/password"), &[("password", GOOD), ("again", GOOD)]).await;

    let mut browser = Browser::default();
    let typed = [("email", "holder0@example.com"), ("password", GOOD), ("to", &*base)];
    let said = browser.post(&town, "/sign-in", &typed).await.is(StatusCode::SEE_OTHER);
    assert!(said.header("location").starts_with("/secure?to=%2Fconsole%2Fteams%2F"));
    let turned = browser.get(&town, &base).await.is(StatusCode::SEE_OTHER);
    assert!(turned.header("location").starts_with("/secure?to="));
    let page = browser.get(&town, "/secure").await.ok().text();
    assert!(page.contains("so a password alone is not enough") && !page.contains(">Later</a>"));
    let page = browser.get(&town, "/secure/authenticator").await.ok().text();
    assert!(page.contains("<path d=\"M") && !hidden(&page, "handle").is_empty());
}

#[tokio::test]
async fn an_invitation_is_accepted_by_its_link_as_somebody_new() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = invite_nina(&town, team).await;
    let path = format!("/join?link={}", link.expose());
    let mut browser = Browser::default();
    let page = browser.get(&town, &path).await.ok().text();
    assert!(page.contains("Hedda Holder") && page.contains("Developer") && page.contains("value=\"Nina\""));
    let typed = [("link", link.expose()), ("first-name", "Nina"), ("last-name", "")];
    browser.post(&town, "/join", &typed).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    let typed = [("link", link.expose()), ("first-name", "Nina"), ("last-name", "New")];
    let joined = browser.post(&town, "/join", &typed).await.is(StatusCode::SEE_OTHER);
    assert!(joined.header("location").starts_with("/secure?to="));
    browser.get(&town, &path).await.is(StatusCode::GONE);
    assert_eq!(town.authority.people_of(team.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_is_in_the_team_leaves_an_invitation_to_whom_it_is_for() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = invite_nina(&town, team).await;
    let path = format!("/join?link={}", link.expose());
    let mut owner = Browser::with(&town.signed_in(team.person).await);
    let page = owner.get(&town, &path).await.ok().text();
    assert!(page.contains("and in this team already") && !page.contains(">Join</button>"), "{page}");
    let said = owner.post(&town, "/join", &[("link", link.expose())]).await;
    let page = said.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("You are in this team already") && !page.contains("resource of type"), "{page}");
    assert!(Browser::default().get(&town, &path).await.ok().text().contains("value=\"Nina\""));
}

/// Invites Nina as a Developer. The link that she is to be given.
async fn invite_nina(town: &Town, team: Team) -> Secret {
    let invitation = NewInvitation {
        email: "nina@example.com".try_into().unwrap(),
        first_name: "Nina".try_into().unwrap(),
        last_name: "New".try_into().unwrap(),
        roles: roles(&["DEVELOPER"]),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: false,
    };
    let by = Actor::User(team.owner);
    let invited = town.authority.invite(team.id, &Request::by(by), &invitation).await.unwrap().value;
    match town.authority.deliver_invitation(team.id, by, invited).await.unwrap() {
        Delivery::Link(link) => link,
        Delivery::Mailed => panic!("mailed"),
    }
}

#[tokio::test]
async fn what_a_page_repeats_is_text() {
    let town = Town::build().await;
    let mut browser = Browser::default();
    let hostile = "\"><script>alert(1)</script>";
    let said = browser.post(&town, "/sign-in", &[("email", hostile), ("password", "x")]).await;
    assert!(!said.text().contains("<script>"));
    let said = browser.get(&town, "/sign-in?link=%22%3E%3Cscript%3E").await.is(StatusCode::GONE);
    assert!(!said.text().contains("<script>"));
    let said = browser.get(&town, "/sign-in?to=%22%3E%3Cscript%3E").await.ok();
    assert!(!said.text().contains("<script>"));
}

#[tokio::test]
async fn no_link_and_no_password_reaches_the_log_or_the_figures() {
    log::keep();
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let set_up = town.authority.set_up_link_renewed().await.unwrap().unwrap();
    let link = town.authority.make_link(Purpose::SignIn(team.person), MINUTE).await.unwrap();
    let mut browser = Browser::default();
    for path in ["/set-up", "/sign-in", "/join"] {
        for secret in [&set_up, &link] {
            browser.get(&town, &format!("{path}?link={}", secret.expose())).await;
            browser.get(&town, &format!("{path}/nowhere?link={}", secret.expose())).await;
        }
    }
    browser.post(&town, "/sign-in", &[("email", "a@example.com"), ("password", "hushhushhush")]).await;
    browser.post(&town, "/sign-in", &[("link", link.expose())]).await.is(StatusCode::SEE_OTHER);
    let figures = town.get("/metrics").by(&Persona::Anonymous).send().await.ok().text();
    let logged = String::from_utf8(log::kept()).unwrap();
    assert!(logged.contains("Answered a request"));
    for secret in [set_up.expose(), link.expose(), "hushhushhush", &browser.session()] {
        assert!(!logged.contains(secret) && !figures.contains(secret), "{secret}");
    }
}
