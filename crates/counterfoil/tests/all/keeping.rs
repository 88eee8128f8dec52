//! Backups, the ledger and the seal key.

use crate::installation::Installation;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_backup_restores_into_an_empty_place_under_a_new_epoch() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let backup = installation.json(&["backup", "b.backup"]);
    let mode = fs::metadata(installation.beside("b.backup")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    installation.json(&["restore", "b.backup", "--data", "fresh", "--yes"]);
    let verified = installation.json(&["ledger", "verify", "--data", "fresh"]);
    assert_eq!(verified["ok"], json!(true));
    assert_ne!(verified["epoch"], backup["epoch"]);
    let teams = installation.json(&["team", "list", "--data", "fresh"]);
    assert_eq!(teams["teams"][0]["issuerId"], json!(made.team));
    let serving = installation.serve(&["--data", "fresh"]);
    assert_eq!(serving.get("/v1/apiKeys", Some(&made.key)).status, 200);
}

#[test]
fn a_backup_never_overwrites_a_file() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    fs::write(installation.beside("b.backup"), "older").unwrap();
    assert_eq!(installation.run(&["backup", "b.backup"]).code, 1);
    assert_eq!(fs::read_to_string(installation.beside("b.backup")).unwrap(), "older");
}

#[test]
fn a_restore_replaces_nothing_unless_it_is_told_to() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    installation.json(&["backup", "b.backup"]);
    let ran = installation.run(&["restore", "b.backup", "--yes"]);
    assert!(ran.code == 1 && ran.stderr.contains("--replace"), "{ran:?}");
    let second = installation.bootstrap(&[]);
    installation.json(&["restore", "b.backup", "--replace", "--yes"]);
    let teams = installation.json(&["team", "list"]);
    assert_eq!(teams["teams"].as_array().unwrap().len(), 1);
    assert_ne!(teams["teams"][0]["issuerId"], json!(second.team));
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_changed() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    installation.json(&["backup", "b.backup"]);
    let mut bytes = fs::read(installation.beside("b.backup")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(installation.beside("b.backup"), bytes).unwrap();
    let ran = installation.run(&["restore", "b.backup", "--data", "fresh", "--yes"]);
    ran.assert_refused(1, "");
    assert_eq!(installation.run(&["team", "list", "--data", "fresh"]).code, 1);
}

#[test]
fn what_was_revoked_after_the_backup_is_revoked_again_from_the_audit() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    installation.json(&["backup", "b.backup"]);
    let serving = installation.serve(&[]);
    let path = format!("/v1/apiKeys/{}", made.key.id);
    let body = json!({"data": {"type": "apiKeys", "id": made.key.id, "attributes": {"isActive": false}}});
    assert_eq!(serving.ask("PATCH", &path, Some(&made.key), Some(&body)).status, 200);
    serving.stop();
    let revoked = json!([{"attributes": {"kind": "KEY_REVOKED", "details": {"key": made.key.id}}}]);
    fs::write(installation.beside("audit.json"), revoked.to_string()).unwrap();
    installation.json(&["restore", "b.backup", "--replace", "--yes", "--apply-revocations", "audit.json"]);
    let serving = installation.serve(&[]);
    assert_eq!(serving.get("/v1/apiKeys", Some(&made.key)).status, 401);
}

#[test]
fn a_bad_export_of_the_audit_is_noticed_before_anything_is_replaced() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    installation.json(&["backup", "one.backup"]);
    fs::write(installation.beside("audit.json"), "no export").unwrap();
    let before = installation.json(&["ledger", "verify"]);
    let restore = ["restore", "one.backup", "--replace", "--yes", "--apply-revocations", "audit.json"];
    installation.run(&restore).assert_refused(1, "the audit export can't be read: ");
    assert_eq!(installation.json(&["ledger", "verify"])["hash"], before["hash"]);
}

#[test]
fn the_ledger_is_verified_from_the_first_row_to_the_last() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let verified = installation.json(&["ledger", "verify"]);
    assert_eq!(verified["ok"], json!(true));
    assert!(verified["head"].as_u64().unwrap() >= 7, "{verified}");
    assert_eq!(verified["hash"].as_str().unwrap().len(), 64);
    assert_eq!(verified["epoch"].as_str().unwrap().len(), 36);
}

#[test]
fn the_newest_format_needs_no_upgrade() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    let upgraded = installation.json(&["ledger", "upgrade"]);
    assert_eq!(upgraded["changed"], json!(false), "{upgraded}");
}

#[test]
fn a_ledger_that_is_as_it_was_seen_is_not_adopted() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    installation.run(&["ledger", "adopt", "--yes"]).assert_refused(1, "there is nothing to adopt");
    let adopted = installation.json(&["ledger", "adopt", "--yes", "--anyway"]);
    assert!(adopted["epoch"].is_string(), "{adopted}");
}

#[test]
fn an_older_copy_is_refused_until_it_is_adopted() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    installation.serve(&[]).stop();
    fs::copy(installation.data().join("counterfoil.db"), installation.beside("older.db")).unwrap();
    let serving = installation.serve(&[]);
    let body = json!({"data": {"type": "apiKeys", "id": made.key.id, "attributes": {"isActive": false}}});
    let path = format!("/v1/apiKeys/{}", made.key.id);
    assert_eq!(serving.ask("PATCH", &path, Some(&made.key), Some(&body)).status, 200);
    serving.stop();
    for name in ["counterfoil.db-wal", "counterfoil.db-shm"] {
        let _ = fs::remove_file(installation.data().join(name));
    }
    fs::copy(installation.beside("older.db"), installation.data().join("counterfoil.db")).unwrap();
    installation
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .assert_refused(1, "the ledger in the database is not the one");
    let adopted = installation.json(&["ledger", "adopt", "--yes"]);
    assert!(adopted["revocationsMissingSince"].is_string(), "{adopted}");
    installation.serve(&[]).stop();
}

#[test]
fn the_seal_key_is_rotated_beside_a_server_and_downloads_go_on() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(&[]);
    let body = json!({"data": {"type": "apiKeys", "attributes": {"nickname": "n", "keyType": "TEAM", "roles": ["SALES"]}}});
    let key = serving.ask("POST", "/v1/apiKeys", Some(&made.key), Some(&body)).text("/data/id");
    let before = fs::read(installation.data().join("seal.key")).unwrap();
    assert_eq!(installation.json(&["seal", "rotate"])["resealed"], json!(1));
    assert_ne!(fs::read(installation.data().join("seal.key")).unwrap(), before);
    let path = format!("/v1/apiKeys/{key}/download");
    let half = serving.ask("POST", &path, Some(&made.key), None);
    assert!(half.status == 200 && half.body.starts_with("-----BEGIN PRIVATE KEY-----"), "{half:?}");
}

#[test]
fn a_lost_seal_key_is_replaced_only_when_it_is_said() {
    let installation = Installation::new();
    installation.bootstrap(&[]);
    fs::remove_file(installation.data().join("seal.key")).unwrap();
    installation.run(&["seal", "rotate"]).assert_refused(1, "the seal key file ");
    installation.json(&["seal", "rotate", "--lost", "--yes"]);
    installation.serve(&[]).stop();
}
