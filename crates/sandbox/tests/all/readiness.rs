//! What a version must have to be reviewed, and what of it can't be changed any more.

use crate::desk::{Answer, COFFEE, Desk, first_with, ids, to};
use http::Method;
use serde_json::{Value, json};

fn submission(desk: &Desk, platform: &str) -> String {
    let data = json!({
        "type": "reviewSubmissions",
        "attributes": { "platform": platform },
        "relationships": { "app": to("apps", COFFEE) },
    });
    desk.make("/v1/reviewSubmissions", data)
}

fn put_in(desk: &Desk, submission: &str, version: &str) -> Answer {
    let data = json!({
        "type": "reviewSubmissionItems",
        "relationships": {
            "reviewSubmission": to("reviewSubmissions", submission),
            "appStoreVersion": to("appStoreVersions", version),
        },
    });
    desk.post("/v1/reviewSubmissionItems", data)
}

fn say(desk: &Desk, words: &str, attributes: Value) -> Answer {
    let data = json!({ "type": "appStoreVersionLocalizations", "id": words, "attributes": attributes });
    desk.patch(&format!("/v1/appStoreVersionLocalizations/{words}"), data)
}

/// The version that is for sale, with one of its languages.
fn on_sale(desk: &Desk) -> (String, String) {
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    let version = first_with(&versions, "appStoreState", "READY_FOR_SALE")["id"].as_str().unwrap().to_owned();
    let words = ids(&desk.found(&format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations")));
    (version, words[0].clone())
}

/// By path, the places of what is missing there.
fn missing(answer: &Answer) -> Value {
    let mut all = answer.body["errors"][0]["meta"]["associatedErrors"].clone();
    for errors in all.as_object_mut().unwrap().values_mut() {
        for error in errors.as_array_mut().unwrap() {
            assert!(error["id"].is_string() && error["status"] == "409", "{answer:?}");
            assert!(error["code"].as_str().unwrap().ends_with(".REQUIRED"), "{answer:?}");
            *error = error["source"]["pointer"].clone();
        }
    }
    all
}

#[test]
fn a_version_that_lacks_something_is_not_reviewed_and_all_that_it_lacks_is_said() {
    let desk = Desk::new();
    let data = json!({
        "type": "appStoreVersions",
        "attributes": { "platform": "MAC_OS", "versionString": "2.0" },
        "relationships": { "app": to("apps", COFFEE) },
    });
    let version = desk.make("/v1/appStoreVersions", data);
    let path = format!("/v1/appStoreVersions/{version}");
    let words = ids(&desk.found(&format!("{path}/appStoreVersionLocalizations")))[0].clone();
    let submission = submission(&desk, "MAC_OS");
    let refused = put_in(&desk, &submission, &version);
    refused.assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
    let title = format!("appStoreVersions with id '{version}' is not in valid state.");
    assert_eq!(refused.body["errors"][0]["title"], title);
    let of_words = format!("/v1/appStoreVersionLocalizations/{words}");
    assert_eq!(
        missing(&refused),
        json!({
            path.clone(): ["/data/relationships/build"],
            of_words.clone(): ["/data/attributes/description", "/data/attributes/keywords", "/data/attributes/supportUrl"],
        })
    );
    let build = ids(&desk.found(&format!("/v1/builds?filter[app]={COFFEE}")))[0].clone();
    let attached =
        desk.ask(Method::PATCH, &format!("{path}/relationships/build"), to("builds", &build).to_string());
    assert_eq!(attached.status, 204);
    let said = json!({ "description": "Coffee", "keywords": " ", "supportUrl": "https://help.example" });
    assert_eq!(say(&desk, &words, said).status, 200);
    let refused = put_in(&desk, &submission, &version);
    assert_eq!(missing(&refused), json!({ of_words: ["/data/attributes/keywords"] }));
    assert_eq!(say(&desk, &words, json!({ "keywords": "beans" })).status, 200);
    assert_eq!(put_in(&desk, &submission, &version).status, 201);
}

#[test]
fn an_update_says_what_is_new() {
    let desk = Desk::new();
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    let version = first_with(&versions, "appStoreState", "PREPARE_FOR_SUBMISSION")["id"].clone();
    let version = version.as_str().unwrap();
    let words = ids(&desk.found(&format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations")));
    assert_eq!(say(&desk, &words[3], json!({ "whatsNew": null })).status, 200);
    let submission = submission(&desk, "IOS");
    assert_eq!(
        missing(&put_in(&desk, &submission, version)),
        json!({ format!("/v1/appStoreVersionLocalizations/{}", words[3]): ["/data/attributes/whatsNew"] })
    );
    assert_eq!(say(&desk, &words[3], json!({ "whatsNew": "Hotter." })).status, 200);
    assert_eq!(put_in(&desk, &submission, version).status, 201);
}

#[test]
fn what_is_on_sale_is_neither_reviewed_again_nor_changed_but_for_its_promotional_text() {
    let desk = Desk::new();
    let (version, words) = on_sale(&desk);
    put_in(&desk, &submission(&desk, "IOS"), &version).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    let refused = say(&desk, &words, json!({ "whatsNew": "x", "description": "y", "promotionalText": "z" }));
    refused.assert_fault(409, "STATE_ERROR", "/data/attributes/description");
    let errors = refused.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[1]["detail"], "Attribute 'whatsNew' cannot be edited at this time");
    assert_eq!(say(&desk, &words, json!({ "promotionalText": "Half price" })).status, 200);
    let build = ids(&desk.found(&format!("/v1/builds?filter[app]={COFFEE}")))[0].clone();
    let path = format!("/v1/appStoreVersions/{version}");
    let link =
        desk.ask(Method::PATCH, &format!("{path}/relationships/build"), to("builds", &build).to_string());
    link.assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    let whole = json!({ "type": "appStoreVersions", "id": version, "relationships": { "build": to("builds", &build) } });
    desk.patch(&path, whole).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
}
