//! The audit: sentences, filters, pages, files.

use super::joined;
use crate::town::{Town, roles};
use crate::visitor::Visitor;
use counterfoil_core::event::Actor;
use http::StatusCode;
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test]
async fn what_happened_reads_as_sentences_and_is_filtered() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["ADMIN"]).await;
    let key = town.key(team, Actor::User(member), "TEAM", Some(roles(&["SALES"]))).await;
    town.revoke(team, &key).await;
    let owner = Visitor::owner(&town, team).await;
    let person = owner.place(&format!("/users/{member}"));
    let generated = format!("<a href=\"{person}\"><bdi>Ada Lovelace</bdi></a> generated the team key");
    let all = owner.get("/audit").await.ok().text();
    assert!(all.contains(&generated) && all.contains("The operator approved access to the API."), "{all}");
    assert!(all.contains("&quot;KEY_REVOKED&quot;") || all.contains("&#34;KEY_REVOKED&#34;"), "{all}");
    for (query, has, hasnt) in [
        (format!("?who={member}"), "accepted an invitation", "approved access"),
        ("?who=OPERATOR".to_owned(), "approved access", "revoked the key"),
        (format!("?key={}", key.id()), "revoked the key", "approved access"),
        ("?kind=KEY_DOWNLOADED".to_owned(), "downloaded the private half", "revoked the key"),
        ("?from=2026-11-21&to=2026-11-21".to_owned(), "approved access", "Nothing fits"),
        ("?to=2026-11-20".to_owned(), "Nothing fits", "approved access"),
        ("?from=2026-11-22".to_owned(), "Nothing fits", "approved access"),
        ("?from=soon".to_owned(), "A day is written as", "approved access"),
    ] {
        let page = owner.get(&format!("/audit{query}")).await.ok().text();
        let entries = page.split_once("role=\"search\"").unwrap().1.split_once("</form>").unwrap().1;
        let whole = if query == "?from=soon" { &page } else { entries };
        assert!(whole.contains(has) && !entries.contains(hasnt), "{query}: {entries}");
    }
}

#[tokio::test]
async fn a_long_audit_is_read_page_by_page_without_a_gap() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    for number in 0..60 {
        let name = format!("App {number}");
        owner.post("/settings/apps", &[("name", &name), ("bundle", "com.example.app")]).await;
    }
    let (mut place, mut positions, mut pages) = ("/audit".to_owned(), BTreeSet::new(), 0);
    loop {
        let page = owner.get(&place).await.ok().text();
        for entry in page.split(" at position ").skip(1) {
            assert!(positions.insert(entry.split(' ').next().unwrap().parse::<u64>().unwrap()));
        }
        pages += 1;
        match page.split_once("rel=\"next\"") {
            Some((before, _)) => {
                place =
                    before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&#38;", "&");
            }
            None => break,
        }
    }
    let version = town.authority.ledger().team(team.id).unwrap().version;
    assert_eq!((positions.len() as u64, pages), (version, 2));
}

#[tokio::test]
async fn the_audit_is_taken_along_as_a_table_that_is_no_formula() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let name = ("=HYPERLINK(\"http://evil\")", "@SUM(A1), \"x\"");
    let (member, _) = joined(&town, team, "eve@example.com", name, &["ADMIN"]).await;
    town.key(team, Actor::User(member), "TEAM", Some(roles(&["SALES"]))).await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.get("/audit/export.csv").await.ok();
    assert_eq!(said.header("content-type"), "text/csv; charset=utf-8");
    assert!(said.header("content-disposition").starts_with("attachment; filename=\"audit-"));
    let text = said.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').trim_end().split("\r\n").collect();
    let version = town.authority.ledger().team(team.id).unwrap().version;
    assert_eq!(lines.len() as u64, version + 1, "{text}");
    assert_eq!(lines[0], "position,date,kind,actorType,actorId,actor,what,details");
    assert!(text.contains("\"'=HYPERLINK(\"\"http://evil\"\")") && !text.contains("\"=HYPERLINK"), "{text}");
    let one = owner.get("/audit/export.csv?kind=KEY_GENERATED").await.ok().text();
    assert_eq!(one.trim_end().split("\r\n").count(), 2, "{one}");
    owner.get("/audit/export.csv?from=soon").await.is(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_audit_as_json_is_what_the_api_says_of_it() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let admin = town.team_key(team, "ADMIN").await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.get("/audit/export.json").await.ok();
    let entries: Vec<Value> = serde_json::from_slice(&said.bytes).unwrap();
    let listed = town.get("/v1/auditEvents?limit=200").by(&admin).send().await.ok().json();
    let listed = listed["data"].as_array().unwrap();
    assert_eq!(entries.len(), listed.len());
    for (entry, listed) in entries.iter().zip(listed) {
        assert_eq!((&entry["id"], &entry["attributes"]), (&listed["id"], &listed["attributes"]));
    }
}

#[tokio::test]
async fn who_may_not_read_the_audit_reads_none_of_it() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    for role in ["APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"] {
        let visitor = Visitor::with_roles(&town, team, &[role]).await;
        for place in ["/audit", "/audit/sign-ins", "/audit/export.csv", "/audit/export.json"] {
            let said = visitor.get(place).await.is(StatusCode::FORBIDDEN);
            assert!(said.text().contains("one of these roles: Account Holder, Admin."), "{role} {place}");
        }
        assert!(!visitor.get("").await.ok().text().contains(">Audit<"), "{role}");
    }
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    for place in ["/audit", "/audit/sign-ins", "/audit/export.csv", "/audit/export.json"] {
        admin.get(place).await.ok();
    }
}

#[tokio::test]
async fn sign_ins_of_the_teams_members_are_listed_for_its_admins() {
    let town = Town::build().await;
    let (ours, theirs) = (town.team("Rivets").await, town.team("Bolts").await);
    let (_, person) = joined(&town, ours, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    Visitor::of(&town, ours, person).await;
    for (team, sees) in [(ours, true), (theirs, false)] {
        let page = Visitor::owner(&town, team).await.get("/audit/sign-ins").await.ok().text();
        assert_eq!(page.contains("Ada Lovelace"), sees, "{page}");
        assert!(page.contains("Hedda Holder"), "{page}");
    }
}
