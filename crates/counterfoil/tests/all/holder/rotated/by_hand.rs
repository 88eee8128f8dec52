//! A key of a server that has no door for keys: made and revoked by hand.

use super::super::hand::{Hand, ISSUER, ran};
use super::text;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// App Store Connect, as far as it matters: no door for keys, and one that every key may pass.
#[test]
fn a_key_made_by_hand_is_stored_and_proven_and_the_rest_is_told() {
    let hand = Hand::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            while reader.read_line(&mut String::new()).unwrap() > 2 {}
            let status = if line.starts_with("GET /v1/apps") { "200 OK" } else { "404 Not Found" };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let made = hand.file("AuthKey_7K2M5NPQ8R.p8", &hand.pem());
    let with = made.display().to_string();
    let mut command = hand.bare(&["rotate", "2X9R4HXF34", "--with", &with, "--to", "new.p8", "--json"]);
    command.args(["--issuer-id", ISSUER, "--url", &url]);
    let told = ran(command);
    assert_eq!(told.code, 0, "{told:?}");
    let document = told.document();
    assert_eq!((text(&document, "/state"), text(&document, "/new")), ("revoke-by-hand", "7K2M5NPQ8R"));
    assert!(told.stderr.contains("Users and Access, Integrations"), "{told:?}");
    assert_eq!(fs::read_to_string(hand.installation.beside("new.p8")).unwrap(), hand.pem());
}
