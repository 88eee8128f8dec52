use crate::desk::{COFFEE, Desk, TRAINS, first_with, ids};
use http::Method;
use serde_json::{Value, json};

fn group(desk: &Desk, app: &str, name: &str) -> String {
    let groups = desk.found(&format!("/v1/apps/{app}/betaGroups"));
    first_with(&groups, "name", name)["id"].as_str().unwrap().to_owned()
}

fn linkage(kind: &str, all: &[String]) -> String {
    let ends: Vec<Value> = all.iter().map(|id| json!({ "type": kind, "id": id })).collect();
    json!({ "data": ends }).to_string()
}

#[test]
fn a_relation_to_several_is_added_to_replaced_and_taken_from() {
    let desk = Desk::new();
    let friends = group(&desk, COFFEE, "Friends");
    let path = format!("/v1/betaGroups/{friends}/relationships/betaTesters");
    let there = ids(&desk.found(&path));
    assert_eq!(there.len(), 3);
    let all = ids(&desk.found("/v1/betaTesters"));
    assert_eq!(desk.ask(Method::POST, &path, linkage("betaTesters", &all)).status, 204);
    assert_eq!(desk.found(&path)["meta"]["paging"]["total"], 5, "nobody is there twice");
    assert_eq!(desk.ask(Method::DELETE, &path, linkage("betaTesters", &all[..4])).status, 204);
    assert_eq!(ids(&desk.found(&path)), all[4..]);
    assert_eq!(
        ids(&desk.found(&format!("/v1/betaTesters/{}/betaGroups", all[0]))).len(),
        3,
        "the teams of three apps"
    );
    desk.ask(Method::POST, &path, linkage("betaTesters", &["nobody".to_owned()])).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/betaTesters",
    );
    desk.ask(Method::POST, &path, linkage("builds", &all)).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/betaTesters",
    );
}

#[test]
fn a_relation_can_be_changed_from_either_end() {
    let desk = Desk::new();
    let friends = group(&desk, COFFEE, "Friends");
    let builds = ids(&desk.found(&format!("/v1/apps/{COFFEE}/builds")));
    let of_group = format!("/v1/betaGroups/{friends}/relationships/builds");
    assert_eq!(desk.ask(Method::POST, &of_group, linkage("builds", &builds[..1])).status, 204);
    assert_eq!(ids(&desk.found(&of_group)), builds[..1]);
    let of_build = format!("/v1/builds/{}/relationships/betaGroups", builds[0]);
    assert_eq!(ids(&desk.found(&of_build)), [friends.as_str()]);
    assert_eq!(desk.ask(Method::DELETE, &of_build, linkage("betaGroups", &[friends])).status, 204);
    assert_eq!(ids(&desk.found(&of_group)), Vec::<String>::new());
}

#[test]
fn what_may_not_be_seen_can_not_be_changed_from_the_other_end_either() {
    let desk = Desk::new();
    let team = group(&desk, TRAINS, "Team");
    let tester = ids(&desk.found(&format!("/v1/betaGroups/{team}/betaTesters")))[0].clone();
    let path = format!("/v1/betaTesters/{tester}/relationships/betaGroups");
    let some = desk.seeing(COFFEE);
    assert_eq!(
        some.ask(Method::DELETE, &path, linkage("betaGroups", std::slice::from_ref(&team))).status,
        204
    );
    assert!(ids(&desk.found(&format!("/v1/betaGroups/{team}/betaTesters"))).contains(&tester));
    some.ask(Method::POST, &path, linkage("betaGroups", &[team])).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/betaGroups",
    );
}

#[test]
fn builds_come_to_groups_of_their_own_app_alone() {
    let desk = Desk::new();
    let friends = group(&desk, COFFEE, "Friends");
    let others = ids(&desk.found(&format!("/v1/apps/{TRAINS}/builds")));
    let path = format!("/v1/betaGroups/{friends}/relationships/builds");
    desk.ask(Method::POST, &path, linkage("builds", &others[..1])).assert_fault(
        409,
        "STATE_ERROR.INVALID_STATE",
        "",
    );
}

#[test]
fn a_relation_to_one_is_replaced() {
    let desk = Desk::new();
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    let version = first_with(&versions, "versionString", "1.1")["id"].as_str().unwrap().to_owned();
    let builds = ids(&desk.found(&format!("/v1/apps/{COFFEE}/builds")));
    let path = format!("/v1/appStoreVersions/{version}/relationships/build");
    let one = |id: &str| json!({ "data": { "type": "builds", "id": id } }).to_string();
    assert_eq!(desk.ask(Method::PATCH, &path, one(&builds[0])).status, 204);
    assert_eq!(desk.found(&path)["data"]["id"], json!(builds[0]));
    assert_eq!(desk.found(&format!("/v1/appStoreVersions/{version}/build"))["data"]["id"], json!(builds[0]));
    assert_eq!(desk.ask(Method::PATCH, &path, r#"{"data":null}"#).status, 204);
    assert_eq!(desk.found(&path)["data"], Value::Null);
    desk.ask(Method::POST, &path, one(&builds[0])).assert_fault(405, "METHOD_NOT_ALLOWED", "");
}

#[test]
fn a_tester_comes_into_groups_when_it_is_made_and_leaves_them_when_it_goes() {
    let desk = Desk::new();
    let friends = group(&desk, COFFEE, "Friends");
    let tester = |relations: Value| {
        json!({
            "type": "betaTesters", "attributes": { "email": "new@testers.example", "firstName": "New" }, "relationships": relations,
        })
    };
    desk.post("/v1/betaTesters", tester(json!({}))).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "/data/relationships/betaGroups",
    );
    let groups = json!({ "betaGroups": { "data": [{ "type": "betaGroups", "id": friends }] } });
    let made = desk.make("/v1/betaTesters", tester(groups));
    let members = || ids(&desk.found(&format!("/v1/betaGroups/{friends}/betaTesters")));
    assert!(members().contains(&made));
    assert_eq!(desk.delete(&format!("/v1/betaTesters/{made}")).status, 204);
    assert!(!members().contains(&made));
}
