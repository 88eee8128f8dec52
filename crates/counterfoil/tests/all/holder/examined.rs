//! `doctor`.

use super::hand::{Hand, ISSUER, assert_no_key, ran};
use super::refusing::Fake;
use crate::installation::Ran;
use serde_json::Value;

fn checks(ran: &Ran) -> Vec<Value> {
    ran.document()["checks"].as_array().unwrap().clone()
}

/// The names of those that fail.
fn failing(ran: &Ran) -> Vec<String> {
    let failing = checks(ran).into_iter().filter(|check| check["ok"] == false);
    failing.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_sound_key_passes_every_check_and_is_told_what_it_may_do() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let document = hand.json(&server, &["doctor", "--request", "GET /v1/users"], 0);
    let names: Vec<_> =
        document["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names[..6], ["source", "pem", "keyId", "issuerId", "claims", "server"]);
    assert!(names.contains(&"role") && names.contains(&"clock") && names.contains(&"lifetime"), "{names:?}");
    assert_eq!(document["keyInUse"]["groups"]["users"], "WRITE");
    let mut people = hand.command(&["doctor", "--url", &server.url()]);
    people.env("NO_COLOR", "1");
    let people = ran(people);
    assert!(people.stdout.contains("It opens: ") && people.stdout.contains("users (WRITE)"), "{people:?}");
}

#[test]
fn each_damage_of_a_key_is_named_offline() {
    let hand = Hand::new();
    let pem = hand.pem();
    let id = hand.made.key.id.as_str();
    let lost = pem.replace('\n', "");
    let literal = pem.replace('\n', "\\n");
    let cut = pem.get(..100).unwrap();
    for (key_id, issuer, half, expected) in [
        (id, hand.made.team.as_str(), pem.as_str(), &[][..]),
        (id, "", &pem, &[]),
        ("My upload key", &hand.made.team, &pem, &["keyId"]),
        (id, "ABCDE12345", &pem, &["issuerId"]),
        (id, "ada@acme.example", &pem, &["issuerId"]),
        (id, &hand.made.team, &lost, &["pem"]),
        (id, &hand.made.team, &literal, &["pem"]),
        (id, &hand.made.team, cut, &["pem"]),
        (id, &hand.made.team, "-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----", &["pem"]),
        (id, &hand.made.team, "$ASC_KEY", &["source"]),
        (id, &hand.made.team, "file:nowhere.p8", &["custody"]),
    ] {
        let mut command = hand.bare(&["doctor", "--offline", "--json"]);
        command
            .env("COUNTERFOIL_KEY_ID", key_id)
            .env("COUNTERFOIL_ISSUER_ID", issuer)
            .env("COUNTERFOIL_PRIVATE_KEY", half);
        let ran = ran(command);
        assert_eq!(failing(&ran), expected, "{key_id:?} {issuer:?}: {ran:?}");
        assert_eq!(ran.code, i32::from(!expected.is_empty()));
        let has_hints = checks(&ran).iter().all(|check| check["ok"] != false || check["hint"].is_string());
        assert!(has_hints, "{ran:?}");
        assert_no_key(&pem, &ran);
    }
}

#[test]
fn a_file_of_another_kind_or_key_is_named_by_its_name() {
    let hand = Hand::new();
    let pem = hand.pem();
    for (file, key_id, issuer, expected) in [
        ("AuthKey_2X9R4HXF34.p8", "", ISSUER, &[][..]),
        ("AuthKey_2X9R4HXF34.p8", "", "", &["issuerId"]),
        ("ApiKey_2X9R4HXF34.p8", "", "", &[]),
        ("ApiKey_2X9R4HXF34.p8", "", ISSUER, &["issuerId"]),
        ("AuthKey_2X9R4HXF34.p8", "2X9R4HXF35", ISSUER, &["keyId"]),
        ("SubscriptionKey_2X9R4HXF34.p8", "", ISSUER, &["claims"]),
        ("key.p8", "", ISSUER, &["keyId"]),
    ] {
        hand.file(file, &pem);
        let mut arguments = vec!["doctor", "--offline", "--json", "--private-key", file];
        if !key_id.is_empty() {
            arguments.extend(["--key-id", key_id]);
        }
        if !issuer.is_empty() {
            arguments.extend(["--issuer-id", issuer]);
        }
        let ran = ran(hand.bare(&arguments));
        assert_eq!(failing(&ran), expected, "{file} {key_id:?} {issuer:?}: {ran:?}");
    }
}

#[test]
fn any_token_is_explained() {
    let hand = Hand::new();
    let good = hand.run(&["token"]).stdout;
    let examine = |token: &str, more: &[&str]| {
        let input =
            hand.installation.run_with_input(&[&["doctor", "--json", "--token", "-"], more].concat(), token);
        (failing(&input), input)
    };
    assert_eq!(examine(&good, &[]).0, [""; 0]);
    assert_eq!(examine(&format!("Bearer {good}"), &[]).0, [""; 0]);
    let mine = hand.path();
    let own = ["--private-key", mine.to_str().unwrap(), "--issuer-id", &hand.made.team];
    let (failed, ran) = examine(&good, &own);
    assert_eq!(failed, [""; 0], "{ran:?}");
    let mut other = good.trim().to_owned();
    other.replace_range(other.len() - 10.., "AAAAAAAAAA");
    assert!(examine(&other, &own).0.contains(&"signature".to_owned()));
    let unsigned = |claims: &str| {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let header = encode(r#"{"alg":"ES256","kid":"2X9R4HXF34"}"#);
        format!("{header}.{}.{}", encode(claims), "A".repeat(86))
    };
    for (claims, name) in [
        (format!(r#"{{"iss":"{ISSUER}","exp":600,"aud":"appstoreconnect-v1"}}"#), "expiry"),
        (format!(r#"{{"iss":"{ISSUER}","exp":99999999999,"aud":"appstoreconnect-v1"}}"#), "lifetime"),
        (format!(r#"{{"iss":"{ISSUER}","exp":600,"aud":"other"}}"#), "audience"),
        (r#"{"exp":600,"aud":"appstoreconnect-v1"}"#.to_owned(), "issuer"),
        (r#"{"issuer":"x","expiresIn":"20m","audience":"appstoreconnect-v1"}"#.to_owned(), "audience"),
    ] {
        assert!(examine(&unsigned(&claims), &[]).0.contains(&name.to_owned()), "{claims}");
    }
    assert_eq!(examine("no token", &[]).0[0], "form");
}

#[test]
fn what_the_server_knows_of_a_key_is_told() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let key = &hand.made.key.id;
    let strange = hand.json(&server, &["doctor", "--issuer-id", ISSUER], 1);
    let issuer =
        strange["checks"].as_array().unwrap().iter().find(|check| check["name"] == "issuer").unwrap();
    assert_eq!(issuer["ok"], false, "{strange}");
    let other = hand.json(&server, &["doctor", "--key-id", "2X9R4HXF34"], 1);
    let unknown = other["checks"].as_array().unwrap().iter().find(|check| check["name"] == "key").unwrap();
    assert!(unknown["found"].as_str().unwrap().contains("does not take 2X9R4HXF34"), "{other}");
    hand.json(&server, &["keys", "revoke", key, "--yes"], 0);
    let revoked = hand.json(&server, &["doctor"], 1);
    let revoked = revoked["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == "revoked")
        .unwrap()
        .clone();
    assert_eq!(revoked["ok"], false);
}

#[test]
fn nobody_there_is_a_failure_of_its_own() {
    let hand = Hand::new();
    let ran = ran(hand.command(&["doctor", "--json", "--url", "http://127.0.0.1:1"]));
    assert_eq!((ran.code, failing(&ran)), (1, vec!["server".to_owned()]), "{ran:?}");
}

#[test]
fn app_store_connect_is_read_by_its_answers() {
    let hand = Hand::new();
    let missing = "404 Not Found\n\n{\"errors\":[{\"code\":\"PATH_ERROR\"}]}";
    let agreement =
        "403 Forbidden\n\n{\"errors\":[{\"code\":\"FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED\"}]}";
    for (last, code, name) in [("200 OK\n\n{\"data\":[]}", 0, "key"), (agreement, 1, "access")] {
        let fake = Fake::start(&[missing, missing, last]);
        let ran = ran(hand.command(&["doctor", "--json", "--url", &fake.url]));
        let last = checks(&ran).last().unwrap().clone();
        assert_eq!((ran.code, last["name"].as_str().unwrap()), (code, name), "{ran:?}");
    }
}
