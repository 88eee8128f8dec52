//! Every door × everybody: who is let in, and what the others are told. The doors are taken from the API's own
//! description, which is made from the table of routes; a door without an expectation here fails.

use crate::town::{Persona, Team, Town};
use counterfoil_core::event::Actor;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a door demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Public,
    Anyone,
    PeopleRead,
    PeopleWrite,
    Administers,
    /// With the developer's own key in the path.
    Own,
    /// With a key of the team in the path.
    Keys,
    Ends,
    Generates,
    Owner,
    Replica,
    Diagnose,
}

/// What whoever comes in is told.
type Told = (u16, &'static str);

const OK: Told = (200, "");
const NO_BODY: Told = (400, "ENTITY_INVALID");
const NOT_FOUND: Told = (404, "NOT_FOUND");
const UNPROVEN: Told = (401, "NOT_AUTHORIZED");
const FORBIDDEN: Told = (403, "FORBIDDEN_ERROR");

/// Method, path, demand, and what whoever may come in is told. Bodies are empty, so nothing changes.
const DOORS: &[(&str, &str, Demand, Told)] = &[
    ("GET", "/livez", Demand::Public, OK),
    ("GET", "/readyz", Demand::Public, OK),
    ("GET", "/metrics", Demand::Public, OK),
    ("GET", "/v1/openapi.json", Demand::Public, OK),
    ("GET", "/v1/apiKeys", Demand::Administers, OK),
    ("POST", "/v1/apiKeys", Demand::Generates, NO_BODY),
    ("GET", "/v1/apiKeys/{id}", Demand::Own, OK),
    ("PATCH", "/v1/apiKeys/{id}", Demand::Ends, NO_BODY),
    ("POST", "/v1/apiKeys/{id}/download", Demand::Keys, (409, "STATE_ERROR.ALREADY_DOWNLOADED")),
    ("GET", "/v1/apiKeys/{id}/advice", Demand::Own, OK),
    ("GET", "/v1/apiKeys/{id}/uses", Demand::Own, OK),
    ("GET", "/v1/keyInUse", Demand::Anyone, OK),
    ("GET", "/v1/users", Demand::PeopleRead, OK),
    ("GET", "/v1/users/{id}", Demand::PeopleRead, NOT_FOUND),
    ("PATCH", "/v1/users/{id}", Demand::PeopleWrite, NOT_FOUND),
    ("DELETE", "/v1/users/{id}", Demand::PeopleWrite, NOT_FOUND),
    ("GET", "/v1/users/{id}/visibleApps", Demand::PeopleRead, NOT_FOUND),
    ("GET", "/v1/users/{id}/relationships/visibleApps", Demand::PeopleRead, NOT_FOUND),
    ("POST", "/v1/users/{id}/relationships/visibleApps", Demand::PeopleWrite, NO_BODY),
    ("PATCH", "/v1/users/{id}/relationships/visibleApps", Demand::PeopleWrite, NO_BODY),
    ("DELETE", "/v1/users/{id}/relationships/visibleApps", Demand::PeopleWrite, NO_BODY),
    ("GET", "/v1/userInvitations", Demand::PeopleRead, OK),
    ("POST", "/v1/userInvitations", Demand::PeopleWrite, NO_BODY),
    ("GET", "/v1/userInvitations/{id}", Demand::PeopleRead, NOT_FOUND),
    ("DELETE", "/v1/userInvitations/{id}", Demand::PeopleWrite, NOT_FOUND),
    ("GET", "/v1/userInvitations/{id}/visibleApps", Demand::PeopleRead, NOT_FOUND),
    ("GET", "/v1/actors", Demand::PeopleRead, (400, "PARAMETER_ERROR.REQUIRED")),
    ("GET", "/v1/actors/{id}", Demand::PeopleRead, NOT_FOUND),
    ("GET", "/v1/accessRequests", Demand::Administers, OK),
    ("POST", "/v1/accessRequests", Demand::Owner, (409, "STATE_ERROR.ACCESS_APPROVED")),
    ("GET", "/v1/auditEvents", Demand::Administers, OK),
    ("GET", "/v1/auditEvents/{id}", Demand::Administers, NOT_FOUND),
    ("GET", "/v1/refusals", Demand::Administers, OK),
    ("GET", "/v1/registeredApps", Demand::Administers, OK),
    ("POST", "/v1/registeredApps", Demand::Administers, NO_BODY),
    ("GET", "/v1/registeredApps/{id}", Demand::Administers, NOT_FOUND),
    ("DELETE", "/v1/registeredApps/{id}", Demand::Administers, NOT_FOUND),
    ("POST", "/v1/diagnose", Demand::Diagnose, OK),
    ("POST", "/v1/burn", Demand::Public, UNPROVEN),
    ("POST", "/v1/leaks", Demand::Public, NO_BODY),
    ("GET", "/v1/feed", Demand::Replica, OK),
    ("POST", "/v1/feed/uses", Demand::Replica, NO_BODY),
    ("GET", "/v1/teams/{issuerId}/jwks.json", Demand::Public, NOT_FOUND),
    ("GET", "/authorize", Demand::Public, (400, "PARAMETER_ERROR.INVALID")),
    ("POST", "/authorize", Demand::Public, (400, "PARAMETER_ERROR.INVALID")),
];

/// Who asks, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Being {
    Nobody,
    Garbage,
    Revoked,
    OtherKind,
    Admin,
    AppManager,
    Lesser,
    Developer,
    OtherTeam,
    Suspended,
    Closed,
    NoAccess,
    OwnerSession,
    AdminSession,
    LesserSession,
    SessionFromElsewhere,
    Both,
}

struct Cast {
    town: Town,
    personas: Vec<(String, Being, Persona)>,
    own: Persona,
    team_key: Persona,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_door_lets_in_whom_it_should_and_nobody_else() {
    let cast = cast().await;
    must_be_complete(&cast.town).await;
    let mut wrong = Vec::new();
    for (method, path, demand, let_in) in DOORS {
        for (name, being, persona) in &cast.personas {
            let Some(expected) = expected(*demand, *being, method, path, *let_in) else { continue };
            let path = concrete(path, *demand, &cast);
            let mut ask = cast.town.ask(method, &path).by(persona);
            if *being == Being::Both {
                ask = ask.with("cookie", "__Host-counterfoil=x");
            }
            if *being == Being::SessionFromElsewhere {
                ask = cast.town.ask(method, &path).with("cookie", &cookie(persona));
            }
            let said = ask.send().await;
            let found = (said.status, said.code());
            if (found.0, found.1.as_str()) != expected {
                wrong.push(format!("{method} {path} by {name}: {found:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn cookie(persona: &Persona) -> String {
    let Persona::Session(secret) = persona else { panic!("no session") };
    format!("__Host-counterfoil={secret}")
}

fn concrete(path: &str, demand: Demand, cast: &Cast) -> String {
    let key = match demand {
        Demand::Keys => cast.team_key.id().to_string(),
        _ => cast.own.id().to_string(),
    };
    if path.starts_with("/v1/apiKeys") {
        path.replace("{id}", &key)
    } else {
        path.replace("{id}", "00000000-0000-4000-8000-000000000000").replace("{issuerId}", "none")
    }
}

/// What somebody should be told; nothing, where it does not matter who asks.
fn expected(demand: Demand, being: Being, method: &str, path: &str, let_in: Told) -> Option<Told> {
    use Being as B;
    use Demand as D;
    let reads = method == "GET";
    let both = (400, "PARAMETER_ERROR.INVALID");
    let from_elsewhere = (403, "FORBIDDEN_ERROR.ORIGIN");
    match demand {
        D::Public => return (being == B::Nobody).then_some(let_in),
        D::Replica => return (being != B::Both).then_some(UNPROVEN),
        D::Diagnose => {
            let holds = !matches!(
                being,
                B::Nobody
                    | B::Garbage
                    | B::OwnerSession
                    | B::AdminSession
                    | B::LesserSession
                    | B::SessionFromElsewhere
            );
            return Some(if holds { OK } else { UNPROVEN });
        }
        _ => {}
    }
    let told = match being {
        B::Nobody | B::Garbage | B::Revoked => UNPROVEN,
        B::Both => both,
        B::SessionFromElsewhere if !reads => from_elsewhere,
        _ if demand == D::Anyone => OK,
        B::OtherKind => UNPROVEN,
        B::OtherTeam | B::Suspended | B::NoAccess | B::Closed if demand == D::Ends => NOT_FOUND,
        B::Suspended => (403, "FORBIDDEN_ERROR.TEAM_SUSPENDED"),
        B::Closed => (403, "FORBIDDEN_ERROR.TEAM_CLOSED"),
        B::NoAccess => (403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"),
        B::OtherTeam if path.starts_with("/v1/apiKeys/") => NOT_FOUND,
        B::OwnerSession | B::SessionFromElsewhere => let_in,
        _ if demand == D::Owner => FORBIDDEN,
        B::Admin | B::OtherTeam | B::AdminSession => let_in,
        B::LesserSession if demand == D::Generates => let_in,
        B::Developer if matches!(demand, D::Own | D::Ends) => let_in,
        B::AppManager if demand == D::PeopleRead => let_in,
        B::AppManager | B::Lesser | B::Developer | B::LesserSession => FORBIDDEN,
    };
    Some(told)
}

async fn cast() -> Cast {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let other = town.team("Other").await;
    let mut personas = vec![
        ("nobody".to_owned(), Being::Nobody, Persona::Anonymous),
        ("garbage".to_owned(), Being::Garbage, Persona::Saying("Bearer a.b.c".to_owned())),
        ("another scheme".to_owned(), Being::Garbage, Persona::Saying("Basic YTpi".to_owned())),
        ("no scheme".to_owned(), Being::Garbage, Persona::Saying("Bearer".to_owned())),
    ];
    for role in ["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"] {
        let being = match role {
            "ADMIN" => Being::Admin,
            "APP_MANAGER" => Being::AppManager,
            _ => Being::Lesser,
        };
        personas.push((format!("a {role} team key"), being, town.team_key(team, role).await));
    }
    let own = town.individual_key(team, &["DEVELOPER"]).await;
    let team_key = town.team_key(team, "ADMIN").await;
    let revoked = town.team_key(team, "ADMIN").await;
    town.revoke(team, &revoked).await;
    let (member, person) = town.member(team, &["ADMIN"]).await;
    let admins_own = town.key(team, Actor::User(member), "INDIVIDUAL", None).await;
    let (_, lesser) = town.member(team, &["DEVELOPER"]).await;
    let session = |person| town.signed_in(person);
    personas.extend([
        ("a developer's own key".to_owned(), Being::Developer, own.clone()),
        (
            "another developer's key".to_owned(),
            Being::Lesser,
            town.individual_key(team, &["DEVELOPER"]).await,
        ),
        ("an admin's own key".to_owned(), Being::Admin, admins_own),
        ("an in-app purchase key".to_owned(), Being::OtherKind, town.purchase_key(team).await),
        ("a revoked key".to_owned(), Being::Revoked, revoked),
        ("another team's admin key".to_owned(), Being::OtherTeam, town.team_key(other, "ADMIN").await),
        ("a suspended team's key".to_owned(), Being::Suspended, ended(&town, "Suspended").await),
        ("a closed team's key".to_owned(), Being::Closed, ended(&town, "Closed").await),
        ("a key without access".to_owned(), Being::NoAccess, ended(&town, "Withdrawn").await),
        ("the owner".to_owned(), Being::OwnerSession, session(team.person).await),
        ("an admin".to_owned(), Being::AdminSession, session(person).await),
        ("a developer".to_owned(), Being::LesserSession, session(lesser).await),
        (
            "the owner's browser on another site".to_owned(),
            Being::SessionFromElsewhere,
            session(team.person).await,
        ),
        ("a key and a session".to_owned(), Being::Both, team_key.clone()),
    ]);
    Cast { town, personas, own, team_key }
}

/// The admin key of a team that has come to this end.
async fn ended(town: &Town, how: &str) -> Persona {
    let team: Team = town.team(how).await;
    let key = town.team_key(team, "ADMIN").await;
    match how {
        "Suspended" => town.authority.suspend(team.id, None).await.unwrap(),
        "Closed" => town.authority.close(team.id, None).await.unwrap(),
        _ => town.authority.withdraw_access(team.id, None).await.unwrap(),
    }
    key
}

async fn must_be_complete(town: &Town) {
    let description = town.get("/v1/openapi.json").send().await.ok().json();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().map(|operations| operations.keys()).unwrap() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let expected: BTreeSet<(String, String)> =
        DOORS.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(described, expected);
}

#[tokio::test]
async fn a_forbidden_request_is_told_no_more_than_it_may_know() {
    let (town, team, _) = Town::with_admin().await;
    let developer = town.team_key(team, "DEVELOPER").await;
    let said = town.get("/v1/apiKeys").by(&developer).send().await.fails(403, "FORBIDDEN_ERROR");
    let error: Value = said.json()["errors"][0].clone();
    assert_eq!(error["title"], "This request is forbidden for security reasons");
    assert_eq!(error["detail"], "The API key in use does not allow this request");
    assert_eq!(error["meta"]["reason"], "This needs one of these roles: ACCOUNT_HOLDER, ADMIN.");
}
