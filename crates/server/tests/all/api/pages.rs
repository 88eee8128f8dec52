//! Where one-time links lead.

use crate::town::{Town, URL};
use counterfoil_authority::sign_in::Purpose;
use http::StatusCode;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_set_up_link_leads_to_what_to_do_and_is_not_used_up_by_looking() {
    let town = Town::build().await;
    let link = town.authority.set_up_link_renewed().await.unwrap().unwrap();
    for _ in 0..2 {
        let page = town.get(&format!("/set-up?link={}", link.expose())).send().await.ok();
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(page.text().contains("counterfoil bootstrap --team"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    }
    town.get("/set-up?link=guess").send().await.is(StatusCode::GONE);
    town.get("/set-up").send().await.is(StatusCode::GONE);
}

#[tokio::test]
async fn the_set_up_link_signs_nobody_in_and_is_not_used_up_by_trying() {
    let town = Town::build().await;
    let link = town.authority.set_up_link_renewed().await.unwrap().unwrap();
    let body = format!("link={}", link.expose());
    let tried = town.post("/sign-in").raw(FORM, body).with("origin", URL).send().await.is(StatusCode::GONE);
    assert_eq!(tried.header("set-cookie"), "");
    town.get(&format!("/set-up?link={}", link.expose())).send().await.ok();
}

#[tokio::test]
async fn a_link_signs_in_once_by_its_button_and_not_by_a_look() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = town.authority.make_link(Purpose::SignIn(team.person), MINUTE).await.unwrap();
    let path = format!("/sign-in?link={}", link.expose());
    for _ in 0..2 {
        assert!(town.get(&path).send().await.ok().text().contains("holder0@example.com"));
    }
    let body = format!("link={}", link.expose());
    let press = || town.post("/sign-in").raw(FORM, body.clone());
    press().send().await.fails(403, "FORBIDDEN_ERROR.ORIGIN");
    press().with("origin", "https://evil.example").send().await.fails(403, "FORBIDDEN_ERROR.ORIGIN");
    let signed_in = press().with("origin", URL).send().await.is(StatusCode::SEE_OTHER);
    assert_eq!(signed_in.header("location"), "/sign-in");
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-counterfoil=")
            && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    press().with("origin", URL).send().await.is(StatusCode::GONE);
    town.get(&path).send().await.is(StatusCode::GONE);

    let shown = cookie.split(';').next().unwrap().to_owned();
    assert!(
        town.get("/sign-in")
            .with("cookie", &shown)
            .send()
            .await
            .ok()
            .text()
            .contains("signed in as <strong>holder0@example.com")
    );
    town.get("/v1/apiKeys").with("cookie", &shown).send().await.ok();
    town.post("/sign-out").with("cookie", &shown).send().await.fails(403, "FORBIDDEN_ERROR.ORIGIN");
    let out = town
        .post("/sign-out")
        .with("cookie", &shown)
        .with("origin", URL)
        .send()
        .await
        .is(StatusCode::SEE_OTHER);
    assert!(
        out.header("set-cookie").starts_with("__Host-counterfoil=; ")
            && out.header("set-cookie").contains("Max-Age=0")
    );
    town.get("/v1/apiKeys").with("cookie", &shown).send().await.fails(401, "NOT_AUTHORIZED");
    assert!(
        town.get("/sign-in")
            .with("cookie", &shown)
            .send()
            .await
            .ok()
            .text()
            .contains("You are not signed in")
    );
}

#[tokio::test]
async fn an_operator_is_signed_in_but_belongs_to_no_team() {
    let town = Town::build().await;
    let link = town.authority.make_link(Purpose::Operator, MINUTE).await.unwrap();
    let body = format!("link={}", link.expose());
    let said = town.post("/sign-in").raw(FORM, body).with("sec-fetch-site", "same-origin").send().await;
    let said = said.is(StatusCode::SEE_OTHER);
    let shown = said.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(town.get("/sign-in").with("cookie", &shown).send().await.ok().text().contains("the operator"));
    town.get("/v1/apiKeys").with("cookie", &shown).send().await.fails(403, "FORBIDDEN_ERROR");
}

#[tokio::test]
async fn what_a_page_repeats_is_text() {
    let town = Town::build().await;
    let page = town.get("/sign-in?link=%22%3E%3Cscript%3E").send().await.is(StatusCode::GONE).text();
    assert!(!page.contains("<script"));
}
