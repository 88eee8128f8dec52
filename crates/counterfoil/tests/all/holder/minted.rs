//! `token` and `profile`.

use super::hand::{Hand, ISSUER, assert_no_key, ran};
use serde_json::Value;

#[test]
fn a_token_of_any_source_opens_the_server() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let opens = |token: &str| {
        let answer =
            crate::http::ask(server.listen(), "GET", "/v1/keyInUse", Some(token.trim()), None).unwrap();
        answer.status
    };
    let plain = hand.run(&["token"]);
    assert_eq!((plain.code, plain.stderr.as_str(), opens(&plain.stdout)), (0, "", 200));
    let flags = ["token", "--key-id", &hand.made.key.id, "--issuer-id", &hand.made.team, "--private-key"];
    let mut typed = hand.bare(&flags);
    typed.arg(hand.path());
    assert_eq!(opens(&ran(typed).stdout), 200);
    let individual = hand.made.document["individualKey"].clone();
    let mut own = hand.bare(&["token", "--private-key", individual["path"].as_str().unwrap()]);
    own.env("COUNTERFOIL_ISSUER_ID", ISSUER);
    assert_eq!(opens(&ran(own).stdout), 200, "what was typed is taken whole, and names no team");
}

#[test]
fn a_token_is_printed_as_one_document_too() {
    let hand = Hand::new();
    let ran = hand.run(&[
        "token",
        "--json",
        "--ttl",
        "90s",
        "--scope",
        "GET /v1/apps",
        "--scope",
        "GET /v1/builds?limit=2",
    ]);
    let document = ran.document();
    assert_eq!(document["header"]["kid"], hand.made.key.id.as_str());
    assert_eq!(document["claims"]["scope"], serde_json::json!(["GET /v1/apps", "GET /v1/builds?limit=2"]));
    let life = document["claims"]["exp"].as_i64().unwrap() - document["claims"]["iat"].as_i64().unwrap();
    assert_eq!(life, 90);
    assert!(document["expiresAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(document["token"].as_str().unwrap().split('.').count(), 3);
}

#[test]
fn what_no_server_would_take_is_not_minted() {
    let hand = Hand::new();
    for (arguments, code, words) in [
        (&["token", "--ttl", "21m"][..], 1, "a token for App Store Connect API is good for 20m at most"),
        (&["token", "--ttl", "soon"], 2, "`soon` is no time"),
        (&["token", "--scope", "/v1/apps"], 1, "an entry of a scope is a method in capitals"),
        (&["token", "--profile", "ci"], 1, "there is no profile `ci`; there are none"),
        (&["token", "--private-key", "$ASC_KEY"], 1, "--private-key: this REF holds a variable"),
        (&["token", "--private-key", "file:nowhere.p8"], 1, "can't read"),
    ] {
        hand.run(arguments).assert_refused(code, words);
    }
    ran(hand.bare(&["token"])).assert_refused(1, "no private key was found");
}

#[test]
fn a_profile_is_kept_used_and_forgotten() {
    let hand = Hand::new();
    let path = hand.path();
    let add = [
        "profile",
        "add",
        "ci",
        "--key-id",
        &hand.made.key.id,
        "--issuer-id",
        &hand.made.team,
        "--private-key",
    ];
    let mut added = hand.bare(&add);
    added.arg(&path);
    assert_eq!(ran(added).code, 0);
    let claims = |arguments: &[&str]| ran(hand.bare(arguments)).document()["claims"]["iss"].clone();
    assert_eq!(claims(&["token", "--profile", "ci", "--json"]), hand.made.team.as_str());
    assert_eq!(ran(hand.bare(&["profile", "use", "ci"])).code, 0);
    assert_eq!(claims(&["token", "--json"]), hand.made.team.as_str());
    let list = ran(hand.bare(&["profile", "list"]));
    assert!(list.stdout.contains(&format!("*  ci       {}", hand.made.key.id)), "{list:?}");
    assert_eq!(ran(hand.bare(&["profile", "remove", "ci"])).code, 0);
    assert_eq!(ran(hand.bare(&["token"])).code, 1);
}

#[test]
fn which_key_was_taken_is_said_when_asked_and_the_key_never() {
    let hand = Hand::new();
    let mut command = hand.command(&["token", "--verbose"]);
    command.env("ASC_KEY_ID", "2X9R4HXF34").env("ASC_PRIVATE_KEY", hand.pem());
    let ran = ran(command);
    assert!(ran.stderr.contains("the key comes from the variables COUNTERFOIL_…"), "{ran:?}");
    assert!(ran.stderr.contains("also seen: asc's variables ASC_…"), "{ran:?}");
    assert_no_key(&hand.pem(), &ran);
}

#[test]
fn a_key_that_others_can_read_or_that_was_repaired_is_used_with_a_warning_or_refused() {
    use std::os::unix::fs::PermissionsExt;
    let hand = Hand::new();
    let path = hand.file("AuthKey_2X9R4HXF34.p8", &hand.pem().replace('\n', "\r\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let with = |more: &[&str]| {
        let mut command = hand.bare(&[&["token", "--private-key", path.to_str().unwrap()], more].concat());
        command.env_remove("COUNTERFOIL_PRIVATE_KEY");
        ran(command)
    };
    let lenient = with(&[]);
    assert_eq!(lenient.code, 0, "{lenient:?}");
    assert!(lenient.stderr.contains("chmod 600"), "{lenient:?}");
    assert!(lenient.stderr.contains("CR LF"), "{lenient:?}");
    assert_eq!(with(&["--strict"]).code, 1);
}

#[test]
fn completions_and_manual_pages_are_written() {
    let hand = Hand::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(ran(hand.bare(&["completions", shell])).stdout.contains("serve-token"), "{shell}");
    }
    let pages: Value = {
        let mut command = hand.bare(&["man", "man1", "--json"]);
        command.env_remove("HOME");
        ran(command).document()
    };
    assert!(pages["pages"].as_array().unwrap().len() > 40);
    let page = std::fs::read_to_string(hand.installation.beside("man1/counterfoil-token.1")).unwrap();
    assert!(page.contains("How long it is good for"), "{page}");
}
