use crate::desk::{Answer, COFFEE, Desk, first_with, ids, to};
use http::Method;
use serde_json::json;

fn version(number: &str) -> serde_json::Value {
    json!({
        "type": "appStoreVersions",
        "attributes": { "platform": "MAC_OS", "versionString": number },
        "relationships": { "app": to("apps", COFFEE) },
    })
}

#[test]
fn what_is_made_is_found_changed_and_deleted() {
    let desk = Desk::new();
    let made = desk.post("/v1/appStoreVersions", version("2.0"));
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/v1/appStoreVersions/{}", made.id());
    assert_eq!(made.location, Some(format!("https://keys.example{path}")));
    assert_eq!(made.body["data"]["attributes"]["appStoreState"], "PREPARE_FOR_SUBMISSION");
    assert_eq!(made.body["data"]["attributes"]["createdDate"], "2026-11-21T12:00:00+00:00");
    let words = desk.found(&format!("{path}/appStoreVersionLocalizations"));
    assert_eq!(words["data"][0]["attributes"]["locale"], "en-US", "the main language comes with it");
    let change =
        json!({ "type": "appStoreVersions", "id": made.id(), "attributes": { "copyright": "2026 Me" } });
    let changed = desk.patch(&path, change);
    assert_eq!((changed.status, &changed.body["data"]["attributes"]["copyright"]), (200, &json!("2026 Me")));
    assert_eq!(changed.body["data"]["attributes"]["versionString"], "2.0");
    let word = ids(&words)[0].clone();
    assert_eq!(desk.delete(&path).status, 204);
    desk.get(&path).assert_fault(404, "NOT_FOUND", "");
    desk.get(&format!("/v1/appStoreVersionLocalizations/{word}")).assert_fault(404, "NOT_FOUND", "");
    desk.delete(&path).assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn everything_that_is_wrong_with_an_entity_is_said_at_once() {
    let desk = Desk::new();
    let places = |answer: &Answer| -> Vec<(String, String)> {
        let errors = answer.body["errors"].as_array().unwrap();
        let mut ids: Vec<&str> = errors.iter().map(|it| it["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), errors.len(), "each has an id of its own");
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        errors.iter().map(|it| (text(&it["code"]), text(&it["source"]["pointer"]))).collect()
    };
    let expected = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(code, pointer)| (format!("ENTITY_ERROR.{code}"), (*pointer).to_owned())).collect()
    };
    let nothing = desk.post("/v1/appStoreVersions", json!({ "type": "appStoreVersions" }));
    assert_eq!(nothing.status, 409);
    assert_eq!(
        places(&nothing),
        expected(&[
            ("ATTRIBUTE.REQUIRED", "/data/attributes/platform"),
            ("ATTRIBUTE.REQUIRED", "/data/attributes/versionString"),
            ("RELATIONSHIP.REQUIRED", "/data/relationships/app"),
        ])
    );
    let wrong = json!({
        "type": "appStoreVersions",
        "attributes": { "platform": "AMIGA", "colour": "red", "versionString": "2.0" },
        "relationships": { "app": { "data": [] }, "owner": to("users", "7") },
    });
    assert_eq!(
        places(&desk.post("/v1/appStoreVersions", wrong)),
        expected(&[
            ("ATTRIBUTE.UNKNOWN", "/data/attributes/colour"),
            ("ATTRIBUTE.INVALID", "/data/attributes/platform"),
            ("RELATIONSHIP.INVALID", "/data/relationships/app"),
            ("RELATIONSHIP.UNKNOWN", "/data/relationships/owner"),
            ("RELATIONSHIP.REQUIRED", "/data/relationships/app"),
        ])
    );
    let names: serde_json::Map<_, _> = (0..10_000).map(|number| (format!("a{number}"), json!(1))).collect();
    let many = json!({ "type": "bundleIds", "attributes": names });
    assert_eq!(places(&desk.post("/v1/bundleIds", many)).len(), 50, "and no more than can be read");
}

#[test]
fn what_is_wrong_with_an_entity_that_comes_along_is_said_of_its_place() {
    let desk = Desk::new();
    let price = |id: &str, attributes: serde_json::Value, point: &str| {
        json!({ "type": "appPrices", "id": id, "attributes": attributes,
            "relationships": { "appPricePoint": to("appPricePoints", point) } })
    };
    let points = desk.found(&format!("/v1/apps/{COFFEE}/appPricePoints?filter[territory]=USA&limit=1"));
    let point = ids(&points)[0].clone();
    for (second, code, pointer) in [
        (
            price("${b}", json!({ "startDate": "soon" }), &point),
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            "/included/1/attributes/startDate",
        ),
        (
            price("${b}", json!({}), "nowhere"),
            "ENTITY_ERROR.RELATIONSHIP.INVALID",
            "/included/1/relationships/appPricePoint",
        ),
    ] {
        let body = json!({
            "data": { "type": "appPriceSchedules", "relationships": {
                "app": to("apps", COFFEE),
                "baseTerritory": to("territories", "USA"),
                "manualPrices": { "data": [
                    { "type": "appPrices", "id": "${a}" }, { "type": "appPrices", "id": "${b}" },
                ] },
            } },
            "included": [price("${a}", json!({}), &point), second],
        });
        let answer = desk.ask(Method::POST, "/v1/appPriceSchedules", body.to_string());
        answer.assert_fault(409, code, pointer);
    }
}

#[test]
fn a_body_that_does_not_say_that_it_is_json_is_not_read() {
    let desk = Desk::new();
    let body = json!({ "data": version("2.0") }).to_string();
    for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json"] {
        let answer = desk.ask_as(kind, Method::POST, "/v1/appStoreVersions", body.clone());
        answer.assert_fault(415, "UNSUPPORTED_MEDIA_TYPE", "");
    }
    let empty = desk.ask_as("text/plain", Method::DELETE, "/v1/bundleIds/7", "");
    empty.assert_fault(404, "NOT_FOUND", "");
    let said = "Application/JSON; charset=utf-8";
    assert_eq!(desk.ask_as(said, Method::POST, "/v1/appStoreVersions", body).status, 201);
}

#[test]
fn an_entity_that_breaks_a_rule_is_refused_with_its_place() {
    let desk = Desk::new();
    let post = |change: fn(&mut serde_json::Value)| {
        let mut data = version("2.0");
        change(&mut data);
        desk.post("/v1/appStoreVersions", data)
    };
    post(|it| it["attributes"]["platform"] = json!(null)).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.REQUIRED",
        "/data/attributes/platform",
    );
    post(|it| it["attributes"]["platform"] = json!("AMIGA")).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID",
        "/data/attributes/platform",
    );
    post(|it| it["attributes"]["colour"] = json!("red")).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
        "/data/attributes/colour",
    );
    post(|it| it["attributes"]["appStoreState"] = json!("READY_FOR_SALE")).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.NOT_ALLOWED",
        "/data/attributes/appStoreState",
    );
    post(|it| it["relationships"] = json!({})).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "/data/relationships/app",
    );
    post(|it| it["relationships"]["app"] = to("apps", "7")).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app",
    );
    post(|it| it["relationships"]["app"] = to("builds", COFFEE)).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app",
    );
    post(|it| it["relationships"]["app"] = json!({ "data": [] })).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app",
    );
    post(|it| it["type"] = json!("apps")).assert_fault(409, "ENTITY_ERROR.TYPE.INVALID", "/data/type");
    for body in ["", "{", "[]", "{}", r#"{"data":[]}"#, r#"{"data":{}}"#, r#"{"data":{"type":7}}"#] {
        desk.ask(Method::POST, "/v1/appStoreVersions", body).assert_fault(400, "ENTITY_INVALID", "");
    }
    let other_id = json!({ "type": "apps", "id": "7", "attributes": {} });
    desk.patch(&format!("/v1/apps/{COFFEE}"), other_id).assert_fault(
        409,
        "ENTITY_ERROR.ID.INVALID",
        "/data/id",
    );
}

#[test]
fn one_version_of_a_platform_is_prepared_at_a_time() {
    let desk = Desk::new();
    desk.make("/v1/appStoreVersions", version("2.0"));
    desk.post("/v1/appStoreVersions", version("2.1")).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/app",
    );
    let sold =
        first_with(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")), "versionString", "1.0");
    let path = format!("/v1/appStoreVersions/{}", sold["id"].as_str().unwrap());
    desk.delete(&path).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    let change =
        json!({ "type": "appStoreVersions", "id": sold["id"], "attributes": { "versionString": "9" } });
    desk.patch(&path, change).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
}

#[test]
fn no_two_have_what_one_alone_may_have() {
    let desk = Desk::new();
    let device = || json!({ "type": "devices", "attributes": { "name": "Phone", "platform": "IOS", "udid": "00008110-00AA" } });
    desk.make("/v1/devices", device());
    desk.post("/v1/devices", device()).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
        "/data/attributes/udid",
    );
    assert_eq!(desk.of("another-team").post("/v1/devices", device()).status, 201);
    let info = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appInfos")))[0].clone();
    let words = json!({
        "type": "appInfoLocalizations",
        "attributes": { "locale": "fr-FR", "name": "Café" },
        "relationships": { "appInfo": to("appInfos", &info) },
    });
    desk.post("/v1/appInfoLocalizations", words).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
        "/data/attributes/locale",
    );
}

#[test]
fn a_secret_is_taken_and_never_shown() {
    let desk = Desk::new();
    let hook = json!({
        "type": "webhooks",
        "attributes": {
            "enabled": true, "eventTypes": ["BUILD_UPLOAD_STATE_UPDATED"], "name": "CI", "secret": "hush-hush",
            "url": "https://ci.example/hook",
        },
        "relationships": { "app": to("apps", COFFEE) },
    });
    let made = desk.post("/v1/webhooks", hook);
    assert_eq!(made.status, 201, "{made:?}");
    let found = desk.found(&format!("/v1/webhooks/{}", made.id()));
    assert!(!made.body.to_string().contains("hush") && !found.to_string().contains("hush"));
}

#[test]
fn a_submission_takes_its_version_along() {
    let desk = Desk::new();
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    let version = first_with(&versions, "appStoreState", "PREPARE_FOR_SUBMISSION")["id"].clone();
    let version = version.as_str().unwrap();
    let submission = json!({
        "type": "reviewSubmissions", "attributes": { "platform": "IOS" }, "relationships": { "app": to("apps", COFFEE) },
    });
    let submission = desk.make("/v1/reviewSubmissions", submission);
    let path = format!("/v1/reviewSubmissions/{submission}");
    let submit =
        |attributes| json!({ "type": "reviewSubmissions", "id": submission, "attributes": attributes });
    desk.patch(&path, submit(json!({ "submitted": true }))).assert_fault(
        409,
        "STATE_ERROR.INVALID_STATE",
        "",
    );
    let item = json!({
        "type": "reviewSubmissionItems",
        "relationships": {
            "reviewSubmission": to("reviewSubmissions", &submission),
            "appStoreVersion": to("appStoreVersions", version),
        },
    });
    desk.make("/v1/reviewSubmissionItems", item);
    let state = || {
        desk.found(&format!("/v1/appStoreVersions/{version}"))["data"]["attributes"]["appStoreState"].clone()
    };
    let submitted = desk.patch(&path, submit(json!({ "submitted": true })));
    assert_eq!(
        (submitted.status, &submitted.body["data"]["attributes"]["state"]),
        (200, &json!("WAITING_FOR_REVIEW"))
    );
    assert_eq!(state(), "WAITING_FOR_REVIEW");
    assert_eq!(desk.patch(&path, submit(json!({ "canceled": true }))).status, 200);
    assert_eq!(state(), "PREPARE_FOR_SUBMISSION");
}
