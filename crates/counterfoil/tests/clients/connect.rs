//! Clients of the App Store Connect API.

use crate::stage::Stage;
use serde_json::{Value, json};

/// The apps of the demonstration.
const APPS: [&str; 3] = ["6448311069", "6448311070", "6448311071"];

/// What a client sees that can do everything.
fn everything() -> Value {
    json!({
        "list": APPS,
        "pages": APPS,
        "created": "Made",
        "updated": "Renamed",
        "report": "Provider",
        "revoked": 401,
        "sales": 403,
        "spent": 429,
    })
}

fn all_but_reports() -> Value {
    let mut seen = everything();
    seen.as_object_mut().unwrap().remove("report");
    seen
}

#[test]
fn codemagic_cli_tools_see_all_but_reports_which_they_do_not_fetch() {
    let mut expected = all_but_reports();
    let by_name = json!([APPS[0], APPS[2], APPS[1]]);
    expected["list"] = by_name.clone();
    expected["command"] = by_name;
    assert_eq!(Stage::led().see("codemagic_cli_tools.py"), expected);
}

#[test]
fn asconnect_uploads_a_picture_and_sees_all_but_reports_which_it_does_not_fetch() {
    let mut expected = all_but_reports();
    expected["uploaded"] = json!("COMPLETE");
    assert_eq!(Stage::led().see("asconnect_client.py"), expected);
}

#[test]
fn applaud_sees_everything() {
    assert_eq!(Stage::led().see("applaud_client.py"), everything());
}

#[test]
fn appstore_connect_sdk_sees_everything() {
    assert_eq!(Stage::told().see("appstore_connect_sdk.mjs"), everything());
}

#[test]
fn node_app_store_connect_api_sees_everything_and_uploads_a_picture() {
    let mut expected = everything();
    expected["uploaded"] = json!("COMPLETE");
    assert_eq!(Stage::told().see("node_app_store_connect_api.mjs"), expected);
}
