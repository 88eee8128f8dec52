//! Individual keys, of which nobody has two.

use super::super::hand::ran;
use super::{Scene, text};
use crate::token::Key;
use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::half::PrivateHalf;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn an_individual_key_ends_first_and_waits_for_the_one_that_its_owner_makes() {
    let scene = Scene::new();
    let old = text(&scene.hand.made.document, "/individualKey/id").to_owned();
    let begun = scene.hand.json(&scene.server, &["rotate", &old, "--to", "new.p8", "--with-gap"], 0);
    assert_eq!((text(&begun, "/state"), &begun["new"]), ("gap", &Value::Null));
    assert!(!scene.is_active(&old));
    let wrong = scene.hand.file("ApiKey_7K2M5NPQ8R.p8", &scene.hand.pem()).display().to_string();
    let resume = |with: &str| {
        ran(scene.hand.command(&["rotate", "resume", &old, "--with", with, "--url", &scene.server.url()]))
    };
    for _ in 0..2 {
        resume(&wrong).assert_refused(1, "does not accept 7K2M5NPQ8R");
    }
    assert!(!scene.hand.installation.beside("new.p8").exists());
}

#[test]
fn a_rotation_of_an_individual_key_ends_when_its_owner_made_another() {
    let scene = Scene::new();
    let old = text(&scene.hand.made.document, "/individualKey/id").to_owned();
    let begun = scene.hand.json(&scene.server, &["rotate", &old, "--to", "new.p8", "--with-gap"], 0);
    assert_eq!(text(&begun, "/state"), "gap");
    let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
    let new = made_by_its_owner(&scene, &half.public().to_pem());
    let name = format!("ApiKey_{new}.p8");
    scene.hand.file(&name, &half.to_pem().unwrap());
    let done = scene.hand.json(&scene.server, &["rotate", "resume", &old, "--with", &name], 0);
    assert_eq!((text(&done, "/state"), text(&done, "/new")), ("done", new.as_str()), "{done}");
    let key = Key::read(&new, None, &scene.hand.installation.beside("new.p8"));
    assert_eq!(scene.server.get("/v1/keyInUse", Some(&key)).status, 200);
    let again = ran(scene.hand.bare(&["rotate", "resume", &old, "--json"]));
    assert_eq!((again.code, again.document()), (0, done));
}

/// A new individual key, as its owner makes one in a browser that is signed in.
fn made_by_its_owner(scene: &Scene, public: &str) -> String {
    let link = scene.hand.installation.json(&["people", "sign-in-link", "ada@acme.example"]);
    let link = text(&link, "/url").rsplit_once("link=").unwrap().1.to_owned();
    let origin = text(&scene.server.document, "/publicUrl").to_owned();
    let host = origin.trim_start_matches("http://").to_owned();
    let post = |path: &str, kind: &str, cookie: &str, body: &str| {
        let mut stream = TcpStream::connect(scene.server.listen()).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let form = format!("link={link}&to=%2Fconsole");
    let answer = post("/sign-in", "application/x-www-form-urlencoded", "a=b", &form);
    let cookies = answer.lines().filter_map(|line| {
        let line = line.to_lowercase().starts_with("set-cookie: ").then(|| &line["set-cookie: ".len()..]);
        line?.split(';').next()
    });
    let cookie = cookies.collect::<Vec<_>>().join("; ");
    let attributes = json!({"nickname": "Mine", "keyType": "INDIVIDUAL", "publicKey": public});
    let body = json!({"data": {"type": "apiKeys", "attributes": attributes}}).to_string();
    let answer = post("/v1/apiKeys", "application/json", &cookie, &body);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let document: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    text(&document, "/data/id").to_owned()
}
