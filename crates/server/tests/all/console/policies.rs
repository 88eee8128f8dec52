//! What every page tells its browser.

use crate::town::{Persona, Said, Team, Town};
use counterfoil_server::page_rows;
use http::StatusCode;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

#[track_caller]
fn holds(said: &Said, what: &str) {
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(said.header(name), value, "{what}: {name}");
    }
    assert!(said.header("permissions-policy").contains("camera=()"), "{what}");
    let text = said.text();
    for inline in ["<script>", " style=", " onclick=", "<style", "javascript:", "src=\"http", "src=\"//"] {
        assert!(!text.contains(inline), "{what} holds {inline}");
    }
}

#[tokio::test]
async fn every_page_comes_with_all_policies_and_nothing_inline() {
    let town = Town::build().await;
    let team: Team = town.team("Rivets").await;
    town.authority.add_operator(team.person).await.unwrap();
    let owner = town.signed_in(team.person).await;
    let mut pages = 0;
    for row in page_rows().iter().filter(|row| row.method == "GET") {
        let path = row.path.replace("{issuerId}", &team.id.to_string());
        let said = town.get(&path).by(&owner).send().await;
        if said.status != 303 && said.header("content-type").starts_with("text/html") {
            holds(&said, row.path);
            pages += 1;
        }
    }
    assert!(pages > 20, "{pages}");
    holds(&town.get("/console/nowhere").send().await.is(StatusCode::NOT_FOUND), "a page that is not there");
    holds(&town.get("/sign-in?link=no").send().await.is(StatusCode::GONE), "a link that is over");
}

#[tokio::test]
async fn an_asset_is_named_by_what_is_in_it_and_kept_for_ever() {
    let town = Town::build().await;
    let page = town.get("/sign-in").send().await.ok().text();
    let css = page.split('"').find(|word| word.starts_with("/console/assets/console-")).unwrap().to_owned();
    let said = town.get(&css).by(&Persona::Anonymous).send().await.ok();
    assert_eq!(said.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(said.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(said.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    town.get("/console/assets/console.css").send().await.is(StatusCode::NOT_FOUND);
    town.get("/console/assets/console-000000000000.css").send().await.is(StatusCode::NOT_FOUND);
}
