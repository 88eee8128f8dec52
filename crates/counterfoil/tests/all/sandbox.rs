//! The sandbox behind the server's own gateway, on its own, and what it remembers.

use crate::installation::Installation;
use crate::token::Key;
use serde_json::{Value, json};

const BEHIND: &[&str] = &["--upstream", "sandbox"];
const COFFEE: &str = "/v1/apps/6448311069";

#[test]
fn the_gateway_stands_before_it_and_what_a_key_may_not_do_never_comes_to_it() {
    let installation = Installation::new();
    let made = installation.bootstrap(&["--individual"]);
    let serving = installation.serve(BEHIND);
    let listed = serving.get("/v1/apps?limit=2", Some(&made.key));
    assert_eq!(listed.status, 200, "{listed:?}");
    let document = listed.json();
    assert_eq!(document["meta"]["paging"], json!({ "total": 3, "limit": 2 }));
    let next = document["links"]["next"].as_str().unwrap();
    assert!(next.starts_with("http://localhost:") && next.contains("/v1/apps?cursor="), "{next}");
    assert_eq!(serving.get("/v1/apps", None).status, 401);
    let sales = json!({"data": {"type": "apiKeys", "attributes": {"nickname": "s", "keyType": "TEAM", "roles": ["SALES"]}}});
    let id = serving.ask("POST", "/v1/apiKeys", Some(&made.key), Some(&sales)).text("/data/id");
    let half = serving.ask("POST", &format!("/v1/apiKeys/{id}/download"), Some(&made.key), None);
    let file = installation.beside("sales.p8");
    std::fs::write(&file, &half.body).unwrap();
    let sales = Key::read(&id, Some(&made.team), &file);
    assert_eq!(serving.get("/v1/apps", Some(&sales)).status, 403);
    let report = "/v1/salesReports?filter%5BreportType%5D=SALES";
    assert_eq!(serving.get(report, Some(&sales)).status, 400, "the sandbox, which misses a parameter");
    let change =
        json!({"data": {"type": "apps", "id": "6448311069", "attributes": {"primaryLocale": "de-DE"}}});
    let changed = serving.ask("PATCH", COFFEE, Some(&made.key), Some(&change));
    assert_eq!(changed.status, 200, "{changed:?}");
    serving.stop();
    let serving = installation.serve(BEHIND);
    let found = serving.get(COFFEE, Some(&made.key)).json();
    assert_eq!(found["data"]["attributes"]["primaryLocale"], "de-DE", "it remembers");
}

#[test]
fn what_it_remembers_can_be_taken_out_put_back_and_forgotten_beside_a_running_server() {
    let installation = Installation::new();
    let refused = installation.run(&["sandbox", "export"]);
    refused.assert_refused(1, "no sandbox has been run");
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(BEHIND);
    installation.run(&["sandbox", "reset"]).assert_refused(1, "no team has been there yet");
    assert_eq!(serving.get(COFFEE, Some(&made.key)).status, 200);
    let exported = installation.json(&["sandbox", "export"]);
    let empty = installation.beside("empty.json");
    std::fs::write(&empty, json!({ "resources": [] }).to_string()).unwrap();
    let empty = empty.to_str().unwrap();
    assert_eq!(installation.json(&["sandbox", "import", empty]), json!({ "team": made.team }));
    assert_eq!(serving.get(COFFEE, Some(&made.key)).status, 404);
    let whole = installation.beside("whole.json");
    std::fs::write(&whole, exported.to_string()).unwrap();
    installation.json(&["sandbox", "import", whole.to_str().unwrap(), "--team", &made.team]);
    assert_eq!(serving.get(COFFEE, Some(&made.key)).status, 200);
    assert_eq!(installation.json(&["sandbox", "reset"]), json!({ "team": made.team }));
    assert_eq!(serving.get(COFFEE, Some(&made.key)).status, 200, "the demonstration is back");
    std::fs::write(empty, "{").unwrap();
    installation.run(&["sandbox", "import", empty]).assert_refused(1, "the body: EOF");
}

#[test]
fn fixtures_take_the_place_of_the_demonstration() {
    let installation = Installation::new();
    let file = installation.beside("fixtures.json");
    let app = json!({ "type": "apps", "id": "7", "attributes": { "name": "Seven", "bundleId": "com.example.seven" } });
    std::fs::write(&file, json!({ "resources": [app] }).to_string()).unwrap();
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(&[BEHIND, &["--sandbox-fixtures", file.to_str().unwrap()]].concat());
    let listed = serving.get("/v1/apps", Some(&made.key)).json();
    let ids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|app| &app["id"]).collect();
    assert_eq!(ids, ["7"]);
}
