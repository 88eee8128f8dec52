//! The sandbox behind the server's own gateway, on its own, and what it remembers.

use crate::http;
use crate::installation::{Installation, Serving};
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
    installation.run(&["sandbox", "import", empty]).assert_refused(1, "EOF");
    let nobody = ["--team", "57246542-96fe-1a63-e053-0824d011072a"];
    for act in ["reset", "export"] {
        let refused = installation.run(&[&["sandbox", act][..], &nobody].concat());
        refused.assert_refused(1, "has not been there");
        assert!(refused.stderr.contains(&made.team), "{refused:?}");
    }
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

#[test]
fn fixtures_that_can_not_be_keep_it_from_starting() {
    let installation = Installation::new();
    let file = installation.beside("fixtures.json");
    std::fs::write(&file, json!({ "resources": [{ "type": "cars", "id": "7" }] }).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let alone = installation.run(&["sandbox", "--listen", "127.0.0.1:0", "--fixtures", file]);
    alone.assert_refused(1, "cars 7: there is no such type");
    let behind = ["serve", "--listen", "127.0.0.1:0", "--upstream", "sandbox", "--sandbox-fixtures", file];
    installation.run(&behind).assert_refused(1, "cars 7: there is no such type");
}

#[test]
fn on_its_own_it_believes_the_gateway_makes_links_to_it_and_logs_what_breaks() {
    let installation = Installation::new();
    let alone = ["sandbox", "--json", "--listen", "127.0.0.1:0", "--public-url", "https://keys.example.com"];
    let mut command = installation.command(&alone);
    command.env("COUNTERFOIL_LOG_LEVEL", "debug");
    let sandbox = Serving::launch(command);
    let ask = |fields: &str| {
        let head =
            format!("GET /v1/apps?limit=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n");
        http::send(sandbox.listen(), &head)
    };
    let all = ask("X-Counterfoil-Team: acme\r\n").json();
    assert_eq!(all["meta"]["paging"]["total"], 3);
    let next = all["links"]["next"].as_str().unwrap();
    assert!(next.starts_with("https://keys.example.com/v1/apps?cursor="), "{next}");
    let some = ask("X-Counterfoil-Team: acme\r\nX-Counterfoil-Apps: 6448311071\r\n").json();
    assert_eq!(some["data"][0]["id"], "6448311071");
    assert_eq!(some["meta"]["paging"]["total"], 1);
    assert_eq!(ask("").status, 400, "nobody said whose data");
    let broken = http::send(sandbox.listen(), "this is no HTTP\r\n\r\n");
    assert_eq!(broken.status, 400);
    let log = sandbox.stop();
    assert!(log.contains("A connection to the sandbox broke"), "{log}");
}

#[test]
fn a_screenshot_goes_up_by_the_addresses_that_were_given_and_a_token_is_asked_for_where_apple_asks_for_one() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(BEHIND);
    let found = |path: &str| serving.get(path, Some(&made.key)).json();
    let make = |kind: &str, attributes: Value, relation: &str, of: &str, id: &str| {
        let relations = json!({ relation: { "data": { "type": of, "id": id } } });
        let data = json!({ "data": { "type": kind, "attributes": attributes, "relationships": relations } });
        let answer = serving.ask("POST", &format!("/v1/{kind}"), Some(&made.key), Some(&data));
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    };
    let id =
        |document: &Value, pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let version = id(&found(&format!("{COFFEE}/appStoreVersions")), "/data/1/id");
    let words = found(&format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations"));
    let (of, words) = ("appStoreVersionLocalizations", id(&words, "/data/0/id"));
    let shots = json!({ "screenshotDisplayType": "APP_IPHONE_67" });
    let set = make("appScreenshotSets", shots, "appStoreVersionLocalization", of, &words);
    let picture = "as good as a thousand words\n".repeat(200_000);
    let file = json!({ "fileName": "home.png", "fileSize": picture.len() });
    let reserved =
        make("appScreenshots", file, "appScreenshotSet", "appScreenshotSets", &id(&set, "/data/id"));
    let base = serving.document["publicUrl"].as_str().unwrap();
    let operations = reserved["data"]["attributes"]["uploadOperations"].as_array().unwrap();
    assert_eq!(operations.len(), 2);
    for operation in operations {
        let number = |name: &str| usize::try_from(operation[name].as_u64().unwrap()).unwrap();
        let part = &picture[number("offset")..number("offset") + number("length")];
        let path = operation["url"].as_str().unwrap().strip_prefix(base).unwrap();
        assert_eq!(
            serving.ask("POST", path, None, None).status,
            401,
            "it is open to put, and to nothing else"
        );
        let put = http::put(serving.listen(), path, part);
        assert_eq!((put.status, put.body.as_str()), (200, ""), "{put:?}");
    }
    let nowhere = http::put(serving.listen(), "/sandbox/uploads/0123456789abcdef0123456789abcdef/1", "words");
    assert_eq!(nowhere.status, 404, "{nowhere:?}");
    let path = format!("/v1/appScreenshots/{}", id(&reserved, "/data/id"));
    let commit = json!({ "data": {
        "type": "appScreenshots", "id": reserved["data"]["id"], "attributes": { "uploaded": true },
    } });
    assert_eq!(serving.ask("PATCH", &path, None, Some(&commit)).status, 401);
    let done = serving.ask("PATCH", &path, Some(&made.key), Some(&commit)).json();
    assert_eq!(done["data"]["attributes"]["assetDeliveryState"]["state"], "COMPLETE", "{done}");
    let template = id(&done, "/data/attributes/imageAsset/templateUrl");
    let shown = template.strip_prefix(base).unwrap().replace("{w}x{h}bb.{f}", "100x100bb.png");
    let shown = serving.get(&shown, None);
    assert!(shown.status == 200 && shown.body == picture, "{}", shown.status);
    assert_eq!(serving.get("/v1/appScreenshots", None).status, 401);
}
