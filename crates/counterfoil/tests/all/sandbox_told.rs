//! What the sandbox behind the server's gateway tells others, and hands to whoever has the address.

use crate::installation::{Installation, PATIENCE, Serving};
use crate::token::Key;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const BEHIND: &[&str] = &["--upstream", "sandbox"];
const COFFEE: &str = "6448311069";

fn make(
    serving: &Serving,
    key: &Key,
    kind: &str,
    attributes: &Value,
    relation: &str,
    of: &str,
    id: &str,
) -> Value {
    let relations = json!({ relation: { "data": { "type": of, "id": id } } });
    let data = json!({ "data": { "type": kind, "attributes": attributes, "relationships": relations } });
    let answer = serving.ask("POST", &format!("/v1/{kind}"), Some(key), Some(&data));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// Who comes next, if somebody does in time.
fn next(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let began = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                return stream;
            }
            Err(fault) => assert!(began.elapsed() < PATIENCE, "nobody came: {fault}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Hears one request, and takes it.
fn hear(listener: &TcpListener) -> String {
    let mut stream = next(listener);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut heard = String::new();
    while !heard.ends_with("}}") {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0, "it broke off: {heard}");
        heard.push_str(std::str::from_utf8(&some[..read]).unwrap());
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    heard
}

#[test]
fn a_webhook_is_told_by_the_server_that_runs() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(BEHIND);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/told", listener.local_addr().unwrap());
    let attributes = json!({
        "enabled": true, "eventTypes": ["BUILD_UPLOAD_STATE_UPDATED"], "name": "CI", "secret": "hush", "url": url,
    });
    let webhook = make(&serving, &made.key, "webhooks", &attributes, "app", "apps", COFFEE);
    let id = webhook["data"]["id"].as_str().unwrap();
    make(&serving, &made.key, "webhookPings", &json!({}), "webhook", "webhooks", id);
    let heard = hear(&listener);
    assert!(heard.starts_with("POST /told HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("\r\nx-apple-signature: hmacsha256="), "{heard}");
    assert!(heard.contains("\"type\":\"webhookPingCreated\""), "{heard}");
}

#[test]
fn a_segment_of_a_report_is_fetched_without_a_token() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let serving = installation.serve(BEHIND);
    let first = |path: &str| {
        let found = serving.get(path, Some(&made.key)).json();
        found.pointer("/data/0").unwrap_or_else(|| panic!("{path}: {found}")).clone()
    };
    let access = json!({ "accessType": "ONGOING" });
    let request = make(&serving, &made.key, "analyticsReportRequests", &access, "app", "apps", COFFEE);
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let report = first(&format!("/v1/analyticsReportRequests/{}/reports", id(&request["data"])));
    let instance = first(&format!("/v1/analyticsReports/{}/instances", id(&report)));
    let segment = first(&format!("/v1/analyticsReportInstances/{}/segments", id(&instance)));
    let url = segment["attributes"]["url"].as_str().unwrap();
    let path = url.strip_prefix(serving.document["publicUrl"].as_str().unwrap()).unwrap();
    let mut stream = TcpStream::connect(serving.listen()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let length = usize::try_from(segment["attributes"]["sizeInBytes"].as_u64().unwrap()).unwrap();
    let body = &bytes[head.len() + 4..];
    assert_eq!((body.len(), &body[..2]), (length, &[0x1f, 0x8b][..]), "gzip, as long as it is said");
    assert_eq!(serving.get(&path.replace("segments", "elsewhere"), None).status, 404);
}

#[test]
fn the_notary_takes_team_keys_and_no_individual_ones() {
    let installation = Installation::new();
    let made = installation.bootstrap(&["--individual"]);
    let serving = installation.serve(BEHIND);
    let path = "/notary/v2/submissions";
    let body = json!({ "submissionName": "Coffee.zip", "sha256": "ab".repeat(32) });
    let taken = serving.ask("POST", path, Some(&made.key), Some(&body));
    assert_eq!(taken.status, 200, "{taken:?}");
    let id = taken.text("/data/id");
    let status = serving.get(&format!("{path}/{id}"), Some(&made.key));
    assert_eq!(status.text("/data/attributes/status"), "In Progress");
    let own = &made.document["individualKey"];
    let file = Path::new(own["path"].as_str().unwrap());
    let individual = Key::read(own["id"].as_str().unwrap(), None, file);
    assert_eq!(serving.get(path, Some(&individual)).status, 403);
    assert_eq!(serving.get(path, None).status, 401);
}
