//! The profile: what somebody proves themselves with.

use super::{Browser, hidden};
use crate::town::Town;
use counterfoil_authority::sign_in::Purpose;
use http::StatusCode;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const GOOD: &str = "seventeen quiet rivets";

/// The code that an authenticator app shows, by RFC 6238.
fn code(base32: &str, seconds: i64) -> String {
    let letters = base32.chars().filter(|letter| !letter.is_whitespace());
    let (mut bits, mut held, mut bytes) = (0u32, 0u32, Vec::new());
    for letter in letters {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        held = held << 5 | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 255).unwrap());
        }
    }
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = aws_lc_rs::hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

fn secret(page: &str) -> String {
    page.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_password_and_an_authenticator_app_are_set_up_and_sign_in_together() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let base = format!("/console/teams/{}/profile", team.id);
    let mut owner = Browser::with(&town.signed_in(team.person).await);
    let place = |rest: &str| format!("{base}{rest}");

    let first = owner.get(&town, &place("/authenticator")).await.is(StatusCode::SEE_OTHER);
    assert!(first.header("location").contains("/password?to="), "the password comes first");
    let weak = owner
        .post(&town, &place("/password"), &[("password", "password1234"), ("again", "password1234")])
        .await;
    assert!(weak.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("id=\"password-error\""));
    let other = owner.post(&town, &place("/password"), &[("password", GOOD), ("again", "other")]).await;
    assert!(other.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("not the same"));
    owner
        .post(&town, &place("/password"), &[("password", GOOD), ("again", GOOD)])
        .await
        .is(StatusCode::SEE_OTHER);

    let page = owner.get(&town, &place("/authenticator")).await.ok().text();
    let (handle, secret) = (hidden(&page, "handle"), secret(&page));
    let wrong = owner.post(&town, &place("/authenticator"), &[("handle", &handle), ("code", "000000")]).await;
    assert!(wrong.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("id=\"code-error\""));
    let right = code(&secret, town.now().as_seconds());
    let codes =
        owner.post(&town, &place("/authenticator"), &[("handle", &handle), ("code", &right)]).await.ok();
    assert_eq!(codes.header("cache-control"), "no-store");
    let codes = codes.text();
    let list = codes.split("id=\"codes\"").nth(1).unwrap();
    let recovery = list.split("<li>").nth(1).unwrap().split("</li>").next().unwrap().trim().to_owned();
    let profile = owner.get(&town, &base).await.ok().text();
    assert!(profile.contains("Recovery codes left: <strong>10</strong>") && !profile.contains(&recovery));

    town.wait(Duration::from_secs(60));
    for code in [code(&secret, town.now().as_seconds()), recovery.clone()] {
        let mut browser = Browser::default();
        let typed = [("email", "holder0@example.com"), ("password", GOOD), ("to", &*base)];
        let said = browser.post(&town, "/sign-in", &typed).await.is(StatusCode::SEE_OTHER);
        assert!(said.header("location").starts_with("/sign-in/code?to="));
        assert_eq!(browser.session(), "");
        browser.get(&town, "/sign-in/code").await.ok();
        browser
            .post(&town, "/sign-in/code", &[("code", "nonsense")])
            .await
            .is(StatusCode::UNPROCESSABLE_ENTITY);
        let said = browser.post(&town, "/sign-in/code", &[("code", &code), ("to", &*base)]).await;
        assert_eq!(said.is(StatusCode::SEE_OTHER).header("location"), base);
        browser.get(&town, &base).await.ok();
    }
    let mut browser = Browser::default();
    let turned = browser.get(&town, "/sign-in/code").await.is(StatusCode::SEE_OTHER);
    assert!(turned.header("location").starts_with("/sign-in?to="));
}

#[tokio::test]
async fn stepping_up_by_password_makes_a_session_fresh_under_another_secret() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (_, person) = town.member(team, &["DEVELOPER"]).await;
    let base = format!("/console/teams/{}/profile", team.id);
    let mut browser = Browser::with(&town.signed_in(person).await);
    browser.post(&town, &format!("{base}/password"), &[("password", GOOD), ("again", GOOD)]).await;
    town.wait(Duration::from_secs(16 * 60));
    let before = browser.session();
    let place = format!("{base}/password");
    let sent = browser.get(&town, &place).await.is(StatusCode::SEE_OTHER).header("location").to_owned();
    assert!(sent.starts_with("/step-up?to="));
    let page = browser.get(&town, &sent).await.ok().text();
    assert_eq!(hidden(&page, "to"), place);
    let wrong = browser.post(&town, "/step-up", &[("password", "wrong"), ("to", &place)]).await;
    wrong.is(StatusCode::UNPROCESSABLE_ENTITY);
    town.wait(Duration::from_secs(60));
    let right = browser.post(&town, "/step-up", &[("password", GOOD), ("to", &place)]).await;
    assert_eq!(right.is(StatusCode::SEE_OTHER).header("location"), place);
    assert_ne!(browser.session(), before);
    browser.get(&town, &place).await.ok();
    Browser::with(&crate::town::Persona::Session(before)).get(&town, &place).await.is(StatusCode::SEE_OTHER);
}

/// Whoever is asked once more who they are has typed nothing yet that would be lost.
#[tokio::test]
async fn whoever_opens_a_delicate_form_has_five_minutes_to_fill_it_in() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let mut browser = Browser::with(&town.signed_in(team.person).await);
    let place = format!("/console/teams/{}/users/invite", team.id);
    let invited =
        |email| [("email", email), ("first", "Ada"), ("last", "King"), ("role", "SALES"), ("sees", "all")];
    town.wait(Duration::from_secs(9 * 60));
    browser.get(&town, &place).await.ok();
    town.wait(Duration::from_secs(5 * 60));
    browser.post(&town, &place, &invited("ada@example.com")).await.ok();
    let early = browser.get(&town, &place).await.is(StatusCode::SEE_OTHER);
    assert!(early.header("location").starts_with("/step-up?to="));
    town.wait(Duration::from_secs(60));
    let late = browser.post(&town, &place, &invited("bob@example.com")).await.is(StatusCode::SEE_OTHER);
    assert!(late.header("location").starts_with("/step-up?to="));
}

#[tokio::test]
async fn ones_own_name_is_changed_for_all_teams_and_noted() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let base = format!("/console/teams/{}/profile", team.id);
    let place = format!("{base}/name");
    let mut browser = Browser::with(&town.signed_in(team.person).await);
    let page = browser.get(&town, &place).await.ok().text();
    assert!(page.contains("value=\"Hedda\"") && page.contains("value=\"Holder\""), "{page}");
    let empty = [("first-name", "Ada"), ("last-name", "")];
    let page = browser.post(&town, &place, &empty).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("id=\"last-name-error\"") && page.contains("value=\"Ada\""), "{page}");
    let whole = [("first-name", "Ada"), ("last-name", "<i>King</i>")];
    let said = browser.post(&town, &place, &whole).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), base);
    let page = browser.get(&town, &base).await.ok().text();
    assert!(page.contains("Changed the name") && page.contains("Ada") && !page.contains("<i>King"), "{page}");
    let person = town.authority.person(team.person).await.unwrap().unwrap();
    assert_eq!((person.first_name.as_str(), person.last_name.as_str()), ("Ada", "<i>King</i>"));
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had_and_makes_it_known() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let mut browser = Browser::default();
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let link = town.authority.make_link(Purpose::SignIn(team.person), MINUTE).await.unwrap();
        let said = browser.post(&town, "/sign-in", &[("link", link.expose())]).await;
        said.is(StatusCode::SEE_OTHER);
        sessions.push(browser.session());
    }
    let [before, now] = [sessions.remove(0), sessions.remove(0)];
    assert_ne!(before, now);
    let authority = &town.authority;
    assert!(authority.session(&before).await.unwrap().is_none());
    let session = authority.session(&now).await.unwrap().unwrap();
    assert_eq!(authority.sessions_beside(&session).await.unwrap().len(), 1);
    assert_eq!(browser.0["__Host-counterfoil-known"], authority.marks_of_browser(team.person, ""));
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let base = format!("/console/teams/{}/profile", team.id);
    let mut here = Browser::with(&town.signed_in(team.person).await);
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Browser::with(&town.signed_in(team.person).await));
    }
    let page = here.get(&town, &base).await.ok().text();
    assert_eq!(page.matches("name=\"session\"").count(), 4);
    assert_eq!(page.matches("This one").count(), 1);
    let other = others[0].get(&town, &base).await.ok().text();
    let its_own = other.split("This one").nth(1).unwrap();
    let id = hidden(its_own, "session");
    here.post(&town, &format!("{base}/sessions/end"), &[("session", &id)]).await.is(StatusCode::SEE_OTHER);
    others[0].get(&town, &base).await.is(StatusCode::SEE_OTHER);
    others[1].get(&town, &base).await.ok();
    here.post(&town, &format!("{base}/sessions/end-others"), &[]).await.is(StatusCode::SEE_OTHER);
    others[1].get(&town, &base).await.is(StatusCode::SEE_OTHER);
    let page = here.get(&town, &base).await.ok().text();
    assert_eq!(page.matches("name=\"session\"").count(), 1);
    assert!(
        here.get(&town, &format!("{base}/history")).await.ok().text().contains("Ended all other sessions")
    );
}

#[tokio::test]
async fn a_passkey_of_another_site_or_none_is_not_added() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let base = format!("/console/teams/{}/profile", team.id);
    let mut owner = Browser::with(&town.signed_in(team.person).await);
    owner.get(&town, &format!("{base}/passkeys/new")).await.ok();
    let options = owner.post(&town, &format!("{base}/passkeys/options"), &[]).await.ok();
    assert_eq!(options.header("content-type"), "application/json");
    for response in ["", "{}", "not json", "{\"id\":\"x\",\"response\":{}}"] {
        let typed = [("name", "Mine"), ("response", response)];
        let said = owner.post(&town, &format!("{base}/passkeys"), &typed).await;
        said.is(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let said = Browser::default().post(&town, "/sign-in/passkey", &[("response", "{}")]).await;
    said.is(StatusCode::UNPROCESSABLE_ENTITY);
    Browser::default().post(&town, "/sign-in/passkey/options", &[]).await.ok();
}
