//! `keys`.

use super::hand::{Hand, assert_no_key, ran};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_key_is_generated_kept_used_and_revoked() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    for local in [false, true] {
        let mut arguments = vec!["keys", "generate", "--name", "CI upload", "--role", "DEVELOPER"];
        if local {
            arguments.push("--local");
        }
        let made = hand.json(&server, &arguments, 0);
        let id = made["key"]["id"].as_str().unwrap().to_owned();
        let name = format!("AuthKey_{id}.p8");
        assert_eq!(made["privateKey"], format!("file:{name}"));
        let path = hand.installation.beside(&name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut own = hand.bare(&["request", "GET", "/v1/keyInUse", "--json", "--url", &server.url()]);
        own.args(["--private-key", &name, "--issuer-id", &hand.made.team]);
        let own = ran(own);
        assert_eq!(
            own.document()["data"]["attributes"]["roles"],
            serde_json::json!(["DEVELOPER"]),
            "{own:?}"
        );
        let revoked = hand.json(&server, &["keys", "revoke", &id, "--reason", "superseded", "--yes"], 0);
        assert_eq!(
            (&revoked["key"]["isActive"], &revoked["key"]["revocationReason"]),
            (&false.into(), &"SUPERSEDED".into())
        );
        assert_no_key(&fs::read_to_string(&path).unwrap(), &own);
    }
    let all = hand.json(&server, &["keys", "list", "--revoked"], 0);
    let active = hand.json(&server, &["keys", "list"], 0);
    assert_eq!(
        (all["keys"].as_array().unwrap().len(), active["keys"].as_array().unwrap().len()),
        (4, 2),
        "{all} {active}"
    );
}

#[test]
fn a_half_is_downloaded_once_and_nothing_is_overwritten() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let body = serde_json::json!({"data": {"type": "apiKeys", "attributes": {"nickname": "n", "keyType": "TEAM", "roles": ["SALES"]}}});
    let made = server.ask("POST", "/v1/apiKeys", Some(&hand.made.key), Some(&body));
    let id = made.text("/data/id");
    let path = hand.file(&format!("AuthKey_{id}.p8"), "older");
    let download = |more: &[&str]| {
        ran(hand.command(&[&["keys", "download", &id, "--url", &server.url()], more].concat()))
    };
    download(&[]).assert_refused(1, &format!("AuthKey_{id}.p8 is there already"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "older");
    download(&["--to", "env:KEY"]).assert_refused(2, "env:KEY can't be written");
    let taken = download(&["--to", "file:taken.p8"]);
    assert_eq!(taken.code, 0, "{taken:?}");
    assert_no_key(&fs::read_to_string(hand.installation.beside("taken.p8")).unwrap(), &taken);
    download(&["--to", "file:again.p8"]).assert_refused(1, "127.0.0.1 answers 409");
    let show = ran(hand.command(&["keys", "show", &id, "--url", &server.url()]));
    assert!(show.stdout.contains("roles         SALES"), "{show:?}");
}

#[test]
fn revoking_needs_a_confirmation() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let id = hand.made.key.id.clone();
    ran(hand.command(&["keys", "revoke", &id, "--url", &server.url()]))
        .assert_refused(1, &format!("Revoking {id} can't be undone."));
}
