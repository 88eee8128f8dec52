use crate::desk::{Answer, Desk};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/notary/v2/submissions";
const SHA256: &str = "95fdeaa9f1bd8ca8d8a3a4a4ee39bc6bcfa27d5ca5d8f5c2bd0b0cfe5f0ba5fd";
const MINUTE: Duration = Duration::from_secs(60);

fn submit(desk: &Desk, body: &Value) -> Answer {
    desk.ask(Method::POST, PATH, body.to_string())
}

fn submitted(desk: &Desk, name: &str) -> String {
    let answer = submit(desk, &json!({ "sha256": SHA256, "submissionName": name }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.id()
}

fn status(desk: &Desk, id: &str) -> String {
    let found = desk.found(&format!("{PATH}/{id}"));
    found["data"]["attributes"]["status"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_submitted_is_in_progress_for_a_minute_and_then_accepted() {
    let desk = Desk::new();
    let notifications = json!([{ "channel": "webhook", "target": "https://example.com/done" }]);
    let answer = submit(
        &desk,
        &json!({ "sha256": SHA256, "submissionName": "Coffee.zip", "notifications": notifications }),
    );
    assert_eq!((answer.status, &answer.body["data"]["type"]), (200, &json!("newSubmissions")));
    for name in ["awsAccessKeyId", "awsSecretAccessKey", "awsSessionToken", "bucket", "object"] {
        assert!(answer.body["data"]["attributes"][name].is_string(), "{name}: {answer:?}");
    }
    let id = answer.id();
    let found = desk.found(&format!("{PATH}/{id}"));
    let shown = json!({
        "data": {
            "attributes": { "createdDate": "2026-11-21T12:00:00.000Z", "name": "Coffee.zip", "status": "In Progress" },
            "id": id,
            "type": "submissions",
        },
        "meta": {},
    });
    assert_eq!(found, shown);
    desk.get(&format!("{PATH}/{id}/logs")).assert_fault(404, "NOT_FOUND", "");
    desk.wait(MINUTE);
    assert_eq!(status(&desk, &id), "Accepted");
    let log = desk.found(&format!("{PATH}/{id}/logs"));
    assert_eq!(log["data"]["type"], "submissionsLog");
    let (status, kind, log) = desk.fetch(log["data"]["attributes"]["developerLogUrl"].as_str().unwrap());
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    let log: Value = serde_json::from_slice(&log).unwrap();
    assert_eq!((&log["jobId"], &log["status"]), (&json!(id), &json!("Accepted")));
    assert_eq!((&log["archiveFilename"], &log["sha256"]), (&json!("Coffee.zip"), &json!(SHA256)));
    assert_eq!((&log["issues"], &log["statusCode"]), (&Value::Null, &json!(0)));
}

#[test]
fn a_name_says_what_becomes_of_it() {
    let desk = Desk::new();
    let (invalid, rejected) = (submitted(&desk, "Invalid.zip"), submitted(&desk, "to be rejected.dmg"));
    assert_eq!(status(&desk, &invalid), "In Progress");
    desk.wait(MINUTE);
    assert_eq!(
        (status(&desk, &invalid), status(&desk, &rejected)),
        ("Invalid".to_owned(), "Rejected".to_owned())
    );
    let log = desk.found(&format!("{PATH}/{invalid}/logs"));
    let (_, _, log) = desk.fetch(log["data"]["attributes"]["developerLogUrl"].as_str().unwrap());
    let log: Value = serde_json::from_slice(&log).unwrap();
    assert_eq!(log["issues"][0]["severity"], "error");
}

#[test]
fn the_list_shows_the_last_first_and_each_team_its_own() {
    let desk = Desk::new();
    let first = submitted(&desk, "1.zip");
    desk.wait(MINUTE);
    let second = submitted(&desk, "2.zip");
    let listed = desk.found(PATH);
    let ids: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&second, &first]);
    let other = desk.of("00000000-0000-4000-8000-000000000002");
    assert_eq!(other.found(PATH)["data"], json!([]));
    other.get(&format!("{PATH}/{first}")).assert_fault(404, "NOT_FOUND", "");
    let log = format!(
        "https://keys.example/sandbox/notary/00000000-0000-4000-8000-000000000002/{first}/developer_log.json"
    );
    assert_eq!(desk.fetch(&log).0, 404);
}

#[test]
fn what_can_not_be_submitted_is_refused_with_its_place() {
    let desk = Desk::new();
    let (required, invalid) = ("ENTITY_ERROR.ATTRIBUTE.REQUIRED", "ENTITY_ERROR.ATTRIBUTE.INVALID");
    for (body, code, at) in [
        (json!({ "submissionName": "a.zip" }), required, "/sha256"),
        (json!({ "sha256": SHA256 }), required, "/submissionName"),
        (json!({ "sha256": "95fd", "submissionName": "a.zip" }), invalid, "/sha256"),
        (json!({ "sha256": SHA256, "submissionName": "a".repeat(2000) }), invalid, "/submissionName"),
        (json!({ "sha256": SHA256, "submissionName": "a", "notifications": 7 }), invalid, "/notifications"),
        (
            json!({ "sha256": SHA256, "submissionName": "a", "notifications": [{ "channel": "mail" }] }),
            invalid,
            "/notifications/0/channel",
        ),
        (
            json!({ "sha256": SHA256, "submissionName": "a", "notifications": [{ "channel": "webhook", "target": "x" }] }),
            invalid,
            "/notifications/0/target",
        ),
    ] {
        submit(&desk, &body).assert_fault(409, code, at);
    }
    desk.ask(Method::POST, PATH, "{").assert_fault(400, "ENTITY_INVALID", "");
    desk.delete(PATH).assert_fault(405, "METHOD_NOT_ALLOWED", "");
    desk.get("/notary/v2/submissionsx").assert_fault(404, "PATH_ERROR", "");
    desk.get("/notary/v2/submissions/a/b").assert_fault(404, "PATH_ERROR", "");
    desk.get("/notary/v1/submissions").assert_fault(404, "PATH_ERROR", "");
    desk.get(&format!("{PATH}/a")).assert_fault(404, "NOT_FOUND", "");
}
