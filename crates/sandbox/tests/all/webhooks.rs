use crate::desk::{COFFEE, Desk, TRAINS, first_with, ids, to};
use crate::submissions::submit;
use aws_lc_rs::hmac;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const VERSION_STATE: &str = "APP_STORE_VERSION_APP_VERSION_STATE_UPDATED";

/// A server that hears webhooks.
struct Hearing {
    url: String,
    heard: Receiver<(String, String)>,
}

impl Hearing {
    fn that_answers(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (tell, heard) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                hear(&mut stream.unwrap(), status, &tell);
            }
        });
        Self { url, heard }
    }

    /// Head and body of what comes next.
    fn next(&self) -> (String, Value) {
        let (head, body) = self.heard.recv_timeout(Duration::from_secs(60)).unwrap();
        (head, serde_json::from_str(&body).unwrap())
    }
}

fn hear(stream: &mut TcpStream, status: &str, tell: &Sender<(String, String)>) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                // A test that is over does not listen any more.
                let _ = tell.send((head.to_owned(), body.to_owned()));
                break;
            }
        }
        let mut some = [0; 4096];
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0, "it broke off");
        bytes.extend_from_slice(&some[..read]);
    }
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 5\r\n\r\nheard").unwrap();
}

fn webhook(url: &str, events: &[&str]) -> Value {
    json!({
        "type": "webhooks",
        "attributes": { "enabled": true, "eventTypes": events, "name": "CI", "secret": "hush", "url": url },
        "relationships": { "app": to("apps", COFFEE) },
    })
}

fn ping(desk: &Desk, webhook: &str) {
    desk.make(
        "/v1/webhookPings",
        json!({
            "type": "webhookPings",
            "relationships": { "webhook": to("webhooks", webhook) },
        }),
    );
}

/// The deliveries of a webhook, once there are so many and none is pending.
fn deliveries(desk: &Desk, webhook: &str, count: usize) -> Value {
    let began = Instant::now();
    loop {
        let found = desk.found(&format!("/v1/webhooks/{webhook}/deliveries?include=event"));
        let all = found["data"].as_array().unwrap();
        if all.len() == count && all.iter().all(|it| it["attributes"]["deliveryState"] != "PENDING") {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:#}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_ping_is_signed_posted_and_written_down() {
    let (desk, hearing) = (Desk::new(), Hearing::that_answers("200 OK"));
    let id = desk.make("/v1/webhooks", webhook(&hearing.url, &[VERSION_STATE]));
    ping(&desk, &id);
    let (head, body) = hearing.heard.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    let signature =
        head.lines().find_map(|line| line.strip_prefix("x-apple-signature: hmacsha256=")).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"hush"), body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, hex);
    let found = deliveries(&desk, &id, 1);
    let delivery = &found["data"][0]["attributes"];
    assert_eq!(
        (&delivery["deliveryState"], &delivery["redelivery"], &delivery["errorMessage"]),
        (&json!("SUCCEEDED"), &json!(false), &Value::Null)
    );
    assert_eq!(delivery["request"], json!({ "url": hearing.url }));
    assert_eq!(delivery["response"], json!({ "httpStatusCode": 200, "body": "heard" }));
    assert_eq!(delivery["sentDate"], "2026-11-21T12:00:00.000Z");
    let event = &found["included"][0];
    assert_eq!((&event["attributes"]["ping"], &event["attributes"]["payload"]), (&json!(true), &json!(body)));
    let payload: Value = serde_json::from_str(&body).unwrap();
    let data = json!({
        "type": "webhookPingCreated",
        "id": event["id"],
        "version": 1,
        "attributes": { "timestamp": "2026-11-21T12:00:00.000Z" },
    });
    assert_eq!(payload["data"], data);
    let path = format!("/v1/webhooks/{id}/deliveries");
    for (filter, count) in [
        ("filter[createdDateGreaterThanOrEqualTo]=2026-11-21T12:00:00Z", 1),
        ("filter[createdDateGreaterThanOrEqualTo]=2026-11-21T13:00:00%2B0100", 1),
        ("filter[createdDateGreaterThanOrEqualTo]=2026-11-21T12:00:00.001Z", 0),
        ("filter[createdDateLessThan]=2026-11-21T12:00:00Z", 0),
        ("filter[createdDateLessThan]=2026-11-21T12:00:00-00:30", 1),
        ("filter[createdDateLessThan]=2026-11-22T00:00:00Z&filter[deliveryState]=FAILED", 0),
    ] {
        assert_eq!(desk.found(&format!("{path}?{filter}"))["meta"]["paging"]["total"], count, "{filter}");
    }
    for (name, value) in [("createdDateLessThan", "today"), ("sentDateLessThan", "2026-11-21T12:00:00Z")] {
        let code = if name.starts_with("created") { "INVALID" } else { "ILLEGAL" };
        desk.get(&format!("{path}?filter[{name}]={value}")).assert_fault(
            400,
            &format!("PARAMETER_ERROR.{code}"),
            &format!("filter[{name}]"),
        );
    }
}

#[test]
fn a_version_that_changes_its_state_is_told_to_those_who_asked_for_it() {
    let (desk, hearing) = (Desk::new(), Hearing::that_answers("204 No Content"));
    let (deaf, quiet) = (Hearing::that_answers("200 OK"), Hearing::that_answers("200 OK"));
    let id = desk.make("/v1/webhooks", webhook(&hearing.url, &[VERSION_STATE]));
    let other = desk.make("/v1/webhooks", webhook(&deaf.url, &["BUILD_UPLOAD_STATE_UPDATED"]));
    let mut disabled = webhook(&quiet.url, &[VERSION_STATE]);
    disabled["attributes"]["enabled"] = json!(false);
    let disabled = desk.make("/v1/webhooks", disabled);
    let (version, _) = submit(&desk);
    let (_, payload) = hearing.next();
    let data = &payload["data"];
    assert_eq!(data["type"], "appStoreVersionAppVersionStateUpdated");
    let attributes = json!({
        "oldValue": "PREPARE_FOR_SUBMISSION",
        "newValue": "WAITING_FOR_REVIEW",
        "timestamp": "2026-11-21T12:00:00.000Z",
    });
    assert_eq!(data["attributes"], attributes);
    assert_eq!(
        data["relationships"]["instance"]["data"],
        json!({ "type": "appStoreVersions", "id": version })
    );
    let found = deliveries(&desk, &id, 1);
    assert_eq!(found["included"][0]["attributes"]["eventType"], VERSION_STATE);
    deliveries(&desk, &other, 0);
    deliveries(&desk, &disabled, 0);
}

#[test]
fn a_delivery_that_failed_says_why_and_can_be_made_again() {
    let desk = Desk::new();
    let refusing = Hearing::that_answers("500 Internal Server Error");
    let id = desk.make("/v1/webhooks", webhook(&refusing.url, &[VERSION_STATE]));
    ping(&desk, &id);
    let (_, first) = refusing.next();
    let failed = deliveries(&desk, &id, 1);
    let attributes = &failed["data"][0]["attributes"];
    assert_eq!(
        (&attributes["deliveryState"], &attributes["response"]["httpStatusCode"]),
        (&json!("FAILED"), &json!(500))
    );
    assert!(attributes["errorMessage"].is_string());
    let hearing = Hearing::that_answers("200 OK");
    let moved = json!({ "type": "webhooks", "id": id, "attributes": { "url": hearing.url } });
    assert_eq!(desk.patch(&format!("/v1/webhooks/{id}"), moved).status, 200);
    let again = json!({
        "type": "webhookDeliveries",
        "relationships": { "template": to("webhookDeliveries", &ids(&failed)[0]) },
    });
    let made = desk.post("/v1/webhookDeliveries", again.clone());
    assert_eq!((made.status, &made.body["data"]["attributes"]["redelivery"]), (201, &json!(true)));
    assert_eq!(hearing.next().1, first);
    let found = deliveries(&desk, &id, 2);
    let state = first_with(&found, "deliveryState", "SUCCEEDED");
    assert_eq!(state["id"], json!(made.id()));
    desk.seeing(TRAINS).post("/v1/webhookDeliveries", again).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/template",
    );
}

#[test]
fn what_was_pending_when_it_stopped_is_sent_with_the_next_change() {
    let (desk, hearing) = (Desk::new(), Hearing::that_answers("200 OK"));
    let id = desk.make("/v1/webhooks", webhook(&hearing.url, &[VERSION_STATE]));
    ping(&desk, &id);
    let (_, first) = hearing.next();
    deliveries(&desk, &id, 1);
    let kept = desk.sandbox().export(desk.team()).unwrap();
    let stopped = kept.replace("\"deliveryState\": \"SUCCEEDED\"", "\"deliveryState\": \"PENDING\"");
    assert_ne!(kept, stopped);
    desk.sandbox().import(desk.team(), &stopped).unwrap();
    let change = json!({ "type": "apps", "id": COFFEE, "attributes": { "primaryLocale": "de-DE" } });
    assert_eq!(desk.patch(&format!("/v1/apps/{COFFEE}"), change).status, 200);
    assert_eq!(hearing.next().1, first);
    deliveries(&desk, &id, 1);
}

#[test]
fn who_can_not_be_reached_is_told_of_in_words() {
    let desk = Desk::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let id = desk.make("/v1/webhooks", webhook(&format!("http://{free}/"), &[VERSION_STATE]));
    ping(&desk, &id);
    let found = deliveries(&desk, &id, 1);
    let why = found["data"][0]["attributes"]["errorMessage"].as_str().unwrap();
    assert!(why.starts_with("It can't be reached: "), "{why}");
    assert_eq!(found["data"][0]["attributes"]["response"], Value::Null);
}

#[test]
fn a_webhook_that_can_not_be_is_refused_and_its_secret_is_never_shown() {
    let desk = Desk::new();
    let invalid = "ENTITY_ERROR.ATTRIBUTE.INVALID";
    for (name, value) in [
        ("url", json!("https://me:secret@a.example/")),
        ("url", json!("a.example")),
        ("secret", json!("")),
        ("eventTypes", json!(["WEATHER_UPDATED"])),
    ] {
        let mut data = webhook("https://a.example/", &[VERSION_STATE]);
        data["attributes"][name] = value;
        desk.post("/v1/webhooks", data).assert_fault(409, invalid, &format!("/data/attributes/{name}"));
    }
    let made = desk.post("/v1/webhooks", webhook("https://a.example/", &[VERSION_STATE]));
    assert_eq!(made.body["data"]["attributes"].get("secret"), None);
    let path = format!("/v1/webhooks/{}", made.id());
    let change = json!({ "type": "webhooks", "id": made.id(), "attributes": { "url": "https://" } });
    desk.patch(&path, change).assert_fault(409, invalid, "/data/attributes/url");
    for _ in 1..10 {
        desk.make("/v1/webhooks", webhook("https://a.example/", &[]));
    }
    let one_more = desk.post("/v1/webhooks", webhook("https://a.example/", &[]));
    one_more.assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
}
