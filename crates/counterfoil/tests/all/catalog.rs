//! `catalog`: what roles, kinds of keys and endpoints there are.

use crate::installation::Installation;
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_built_in_catalog_is_shown_as_toml_that_is_good() {
    let installation = Installation::new();
    let shown = installation.run(&["catalog", "show"]);
    fs::write(installation.beside("shown.toml"), &shown.stdout).unwrap();
    let checked = installation.json(&["catalog", "check", "shown.toml"]);
    let document = installation.json(&["catalog", "show"]);
    assert_eq!(checked["ok"], json!(true));
    assert_eq!(checked["fingerprint"], document["fingerprint"]);
    assert_eq!(document["toml"], json!(shown.stdout));
}

#[test]
fn what_is_shown_can_be_served() {
    let installation = Installation::new();
    let shown = installation.run(&["catalog", "show"]);
    fs::write(installation.beside("shown.toml"), shown.stdout).unwrap();
    installation.serve(&["--catalog", "shown.toml"]).stop();
    installation.serve(&["--catalog", "shown.toml"]).stop();
    installation.serve(&[]).stop();
}

#[test]
fn every_fault_of_a_catalog_is_told_with_its_line_and_column() {
    let installation = Installation::new();
    fs::write(installation.beside("bad.toml"), "name = 3\nzebra = 1\n").unwrap();
    let ran = installation.run(&["catalog", "check", "bad.toml", "--json"]);
    let document = ran.document();
    assert_eq!((ran.code, &document["ok"]), (1, &json!(false)));
    let faults = document["faults"].as_array().unwrap();
    assert!(
        faults.iter().any(|fault| fault["line"] == 1) && faults.iter().any(|fault| fault["line"] == 2),
        "{faults:?}"
    );
    let ran = installation.run(&["catalog", "check", "bad.toml"]);
    assert!(ran.code == 1 && ran.stdout.contains("bad.toml:2:1: "), "{ran:?}");
}

#[test]
fn a_request_is_explained_by_group_access_kinds_and_roles() {
    let installation = Installation::new();
    let explained = installation.json(&["catalog", "explain", "GET", "/v1/salesReports"]);
    assert_eq!(
        explained,
        json!({"group": "sales-reports", "access": explained["access"], "kinds": ["TEAM"],
            "roles": ["ACCOUNT_HOLDER", "ADMIN", "FINANCE", "SALES"]})
    );
    let nobody = installation.json(&["catalog", "explain", "GET", "/nowhere"]);
    assert_eq!(nobody["group"], Value::Null);
    assert_eq!(nobody["roles"], json!([]));
}

#[test]
fn lines_on_standard_input_are_explained_one_by_one() {
    let installation = Installation::new();
    let input = "GET /v1/apps\n\nPOST   /v1/certificates\n";
    let ran = installation.run_with_input(&["catalog", "explain", "-", "--json"], input);
    let groups: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["group"].clone())
        .collect();
    assert_eq!((ran.code, groups), (0, vec![json!("metadata"), json!("provisioning")]), "{ran:?}");
    let ran = installation.run_with_input(&["catalog", "explain", "-"], "GET /v1/apps\nGET\n");
    ran.assert_refused(1, "line 2 of standard input: there is no path");
}

#[test]
fn a_line_that_is_wrong_is_answered_in_its_place_and_the_others_too() {
    let installation = Installation::new();
    let input = "GET /v1/apps\nGET /v1//apps\nGET\nGET /v1/builds\n";
    let ran = installation.run_with_input(&["catalog", "explain", "-", "--json"], input);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<bool> = lines.iter().map(|line| line["error"].is_string()).collect();
    assert_eq!((ran.code, said), (1, vec![false, true, true, false]), "{ran:?}");
    assert_eq!(lines[3]["group"], json!("testflight"));
}

#[test]
fn open_places_of_a_path_stand_for_any_segment() {
    let installation = Installation::new();
    let open = installation.json(&["catalog", "explain", "GET", "/v1/apps/{id}/builds"]);
    assert_eq!(open, installation.json(&["catalog", "explain", "GET", "/v1/apps/1234567890/builds"]));
    assert_eq!(open["group"], json!("testflight"));
    installation.run(&["catalog", "explain", "GET", "/v1/apps/{id"]).assert_refused(1, "/v1/apps/{id: ");
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let ran = Installation::new().run(&["catalog", "explain", "GET", "/v1//apps"]);
    ran.assert_refused(1, "/v1//apps: ");
}

#[test]
fn another_catalog_is_put_in_force_after_saying_which_keys_it_affects() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs/parcels.toml");
    let looked = installation.json(&["catalog", "use", file, "--dry-run"]);
    assert_eq!((&looked["inForce"], &looked["affected"][0]["keyId"]), (&json!(false), &json!(made.key.id)));
    assert_eq!(installation.json(&["catalog", "show"])["name"], json!("appstore"));
    installation.run(&["catalog", "use", file]).assert_refused(1, "This puts the catalog «");
    let used = installation.json(&["catalog", "use", file, "--yes"]);
    assert_eq!(used["inForce"], json!(true));
    assert_eq!(installation.json(&["catalog", "show"])["fingerprint"], used["fingerprint"]);
    installation.serve(&["--catalog", file]).stop();
}
