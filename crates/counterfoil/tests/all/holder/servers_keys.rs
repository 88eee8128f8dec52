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

#[test]
fn what_was_done_with_a_leaked_key_is_told_since_a_chosen_moment() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let made = ["keys", "generate", "--name", "CI upload", "--role", "ADMIN", "--to", "leaked.p8"];
    let id = hand.json(&server, &made, 0)["key"]["id"].as_str().unwrap().to_owned();
    let by_it = |arguments: &[&str], code: i32| {
        let mut command = hand.bare(&[arguments, &["--json", "--url", &server.url()]].concat());
        command.args(["--private-key", "leaked.p8", "--key-id", &id, "--issuer-id", &hand.made.team]);
        let ran = ran(command);
        assert_eq!(ran.code, code, "{ran:?}");
    };
    by_it(&["request", "GET", "/v1/users"], 0);
    by_it(&["keys", "generate", "--name", "Backdoor", "--role", "ADMIN", "--to", "backdoor.p8"], 0);
    by_it(&["request", "GET", "/v1/apps/1/nowhere"], 1);
    let burned = ran(hand.bare(&["burn", "leaked.p8", "--key-id", &id, "--yes", "--url", &server.url()]));
    assert_eq!(burned.code, 0, "{burned:?}");
    by_it(&["request", "GET", "/v1/users"], 1);
    let told = hand.json(&server, &["keys", "blast-radius", &id], 0);
    assert_eq!(
        (&told["leaked"], &told["since"], &told["key"]["isActive"]),
        (&true.into(), &().into(), &false.into())
    );
    let calls = told["calls"].as_array().unwrap();
    let used = |path: &str, access: &str, outcome: &str| {
        let is = |call: &&serde_json::Value| {
            call["path"] == path && call["access"] == access && call["outcome"] == outcome
        };
        calls.iter().filter(is).map(|call| call["requests"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(used("/v1/users", "READ", "ALLOWED"), 1, "{told}");
    assert_eq!(used("other", "READ", "REFUSED"), 1, "what a revoked key asks for is of no group: {told}");
    let changes: Vec<_> = told["changes"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(changes, ["KEY_GENERATED", "KEY_DOWNLOADED"], "{told}");
    let refused = told["refusals"].as_array().unwrap();
    assert!(refused.iter().any(|one| one["reason"] == "revoked" && one["path"] == "/v1/users"), "{told}");
    let people = ran(hand.command(&["keys", "blast-radius", &id, "--since", "1h", "--url", &server.url()]));
    for words in ["is leaked, and ended by whoever held it on", "/v1/users", "KEY_GENERATED", "revoked"] {
        assert!(people.stdout.contains(words), "{words}: {people:?}");
    }
    for (since, words) in
        [("soon", "`soon` is no moment in the past"), ("2126-01-01", "2126-01-01T00:00:00Z lies ahead")]
    {
        ran(hand.command(&["keys", "blast-radius", &id, "--since", since, "--url", &server.url()]))
            .assert_refused(2, words);
    }
    ran(hand.command(&["keys", "blast-radius", "0000000000", "--url", &server.url()]))
        .assert_refused(1, "127.0.0.1 answers 404");
}
