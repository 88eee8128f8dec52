//! Every page, asked by everybody.

use crate::town::{Persona, Said, Team, Town, URL};
use crate::visitor::FORM;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_core::id::PersonId;
use counterfoil_server::{PageRow, page_rows};
use std::time::Duration;

/// Whoever asks.
struct People {
    owner: PersonId,
    admin: PersonId,
    developer: PersonId,
    stranger: PersonId,
    operator: PersonId,
}

impl People {
    async fn of(town: &Town, team: Team) -> Self {
        let operator = town.bare_team("Installation").await.person;
        town.authority.add_operator(operator).await.unwrap();
        Self {
            owner: team.person,
            admin: town.member(team, &["ADMIN"]).await.1,
            developer: town.member(team, &["DEVELOPER"]).await.1,
            stranger: town.bare_team("Others").await.person,
            operator,
        }
    }
}

async fn ask(town: &Town, row: &PageRow, team: Team, persona: &Persona) -> Said {
    let path = filled(row.path, team);
    let asked = town.ask(row.method, &path).by(persona);
    if row.method == "POST" { asked.raw(FORM, "").send().await } else { asked.send().await }
}

fn filled(path: &str, team: Team) -> String {
    let fill = |part: &str| match part {
        "{issuerId}" => team.id.to_string(),
        open if open.starts_with('{') => "2X9R4HXF34".to_owned(),
        plain => plain.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

fn was_let_in(said: &Said) -> bool {
    let away = ["/sign-in?to=", "/step-up?to=", "/secure?to="];
    said.status != 403 && !away.iter().any(|start| said.header("location").starts_with(start))
}

#[track_caller]
fn is_page(said: &Said, status: u16, row: &PageRow) {
    assert_eq!(said.status, status, "{row:?}: {}", String::from_utf8_lossy(&said.bytes));
    assert_eq!(said.header("content-type"), "text/html; charset=utf-8", "{row:?}");
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let nobody = |row: PageRow| {
        let town = &town;
        async move {
            let path = filled(row.path, team);
            let asked = town.ask(row.method, &path);
            let asked = if row.method == "POST" { asked.with("origin", URL).raw(FORM, "") } else { asked };
            (asked.send().await, row)
        }
    };
    for row in page_rows().into_iter().filter(|row| row.demand != "Anyone") {
        let (said, row) = nobody(row).await;
        assert_eq!(said.status, 303, "{row:?}");
        assert!(said.header("location").starts_with("/sign-in?to="), "{row:?}");
    }
    let place = format!("/console/teams/{}/users?q=a%20b", team.id);
    let said = town.get(&place).send().await;
    let back = format!("/sign-in?to=%2Fconsole%2Fteams%2F{}%2Fusers%3Fq%3Da%2520b", team.id);
    assert_eq!(said.header("location"), back);
}

#[tokio::test]
async fn every_page_lets_in_whom_its_row_says_and_nobody_else() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let people = People::of(&town, team).await;
    for row in page_rows().iter().filter(|row| row.method == "GET") {
        for (who, person) in [
            ("owner", people.owner),
            ("admin", people.admin),
            ("developer", people.developer),
            ("stranger", people.stranger),
            ("operator", people.operator),
        ] {
            let said = ask(&town, row, team, &town.signed_in(person).await).await;
            match (row.demand.as_str(), who) {
                ("Anyone", _) => {}
                ("SignedIn" | "Enrolling", _) => assert!(was_let_in(&said), "{who} {row:?}"),
                ("Operator", "operator") => assert!(was_let_in(&said), "{who} {row:?} {}", said.status),
                ("Operator", _) | (_, "stranger" | "operator") => is_page(&said, 404, row),
                // It tells whom to ask.
                ("Member", "developer") if row.path.contains("/integrations") => is_page(&said, 403, row),
                ("Member", _)
                | ("Owner" | "Administers(Keys)" | "Administers(People)" | "Administers(Audit)", "owner") => {
                    assert!(was_let_in(&said), "{who} {row:?} {}", said.status);
                }
                ("Administers(Keys)" | "Administers(People)" | "Administers(Audit)", "admin") => {
                    assert!(was_let_in(&said), "{who} {row:?} {}", said.status);
                }
                ("Owner" | "Administers(Keys)" | "Administers(People)" | "Administers(Audit)", _) => {
                    is_page(&said, 403, row);
                }
                other => panic!("nobody has said who may see this: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_change_is_refused_to_whom_the_page_is_refused() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let people = People::of(&town, team).await;
    for row in page_rows().iter().filter(|row| row.method == "POST") {
        let stranger = ask(&town, row, team, &town.signed_in(people.stranger).await).await;
        let developer = ask(&town, row, team, &town.signed_in(people.developer).await).await;
        match row.demand.as_str() {
            "Anyone" | "SignedIn" | "Enrolling" => {}
            "Member" => is_page(&stranger, 404, row),
            "Operator" => [&stranger, &developer].into_iter().for_each(|said| is_page(said, 404, row)),
            _ => {
                is_page(&stranger, 404, row);
                is_page(&developer, 403, row);
            }
        }
    }
}

#[tokio::test]
async fn the_operator_who_came_by_a_link_sees_no_team() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let link = town.authority.make_link(Purpose::Operator, Duration::from_secs(60)).await.unwrap();
    let session = town.authority.use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
    let operator = Persona::Session(session.expose().to_owned());
    for row in page_rows().iter().filter(|row| row.method == "GET" && row.path.contains("{issuerId}")) {
        if row.path.starts_with("/console/teams/") {
            is_page(&ask(&town, row, team, &operator).await, 404, row);
        }
    }
    town.get("/console").by(&operator).send().await.is(http::StatusCode::SEE_OTHER);
    town.get("/console/operator/teams").by(&operator).send().await.ok();
}

#[tokio::test]
async fn what_is_delicate_asks_once_more_who_it_is_after_a_quarter_of_an_hour() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let people = People::of(&town, team).await;
    let (owner, operator) = (town.signed_in(people.owner).await, town.signed_in(people.operator).await);
    town.wait(Duration::from_secs(16 * 60));
    let mut delicate = 0;
    for row in page_rows().iter().filter(|row| row.demand != "Anyone") {
        if row.path.starts_with("/console/operator") != (row.demand == "Operator") {
            continue;
        }
        if row.path.ends_with("/sessions/end-others") {
            continue;
        }
        let persona = if row.demand == "Operator" { &operator } else { &owner };
        let said = ask(&town, row, team, persona).await;
        assert_eq!(said.header("location").starts_with("/step-up?to="), row.fresh, "{row:?}");
        delicate += usize::from(row.fresh);
    }
    assert!(delicate > 20, "{delicate}");
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let people = People::of(&town, team).await;
    let operator = town.signed_in(people.operator).await;
    let owner = town.signed_in(people.owner).await;
    for row in page_rows().iter().filter(|row| row.method == "POST") {
        let persona = if row.demand == "Operator" { &operator } else { &owner };
        let Persona::Session(secret) = persona else { panic!() };
        let cookie = format!("__Host-counterfoil={secret}");
        for (name, value) in
            [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("x-none", "")]
        {
            let path = filled(row.path, team);
            let asked = town.post(&path).with("cookie", &cookie).with(name, value);
            is_page(&asked.raw(FORM, "").send().await, 403, row);
        }
    }
}

#[tokio::test]
async fn a_path_that_no_page_has_is_a_page_that_says_so() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = town.signed_in(team.person).await;
    for path in ["/console/nowhere", "/console/teams", "/console/teams/x/y/z/w", "/console/assets/x.js"] {
        for persona in [&owner, &Persona::Anonymous] {
            let said = town.get(path).by(persona).send().await;
            assert_eq!(said.status, 404, "{path}");
        }
    }
    let said = town.ask("DELETE", "/console").with("origin", URL).send().await;
    assert_eq!((said.status, said.header("allow")), (405, "GET, HEAD"));
}
