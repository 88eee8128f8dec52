//! Versions of purchases, subscriptions, groups and of what Game Center knows.

use crate::desk::{COFFEE, Desk, ids, to};
use crate::uploads::{picture, send};
use serde_json::{Value, json};
use std::time::Duration;

/// How long each step of a review takes.
const STEP: Duration = Duration::from_secs(60);

/// A kind of versions: where they are, of what they are, and where that has them.
struct Versioned {
    versions: &'static str,
    of: &'static str,
    kind: &'static str,
    whole: String,
    list: String,
    words: &'static str,
}

fn all(desk: &Desk) -> Vec<Versioned> {
    let first = |path: &str| ids(&desk.found(path))[0].clone();
    let purchase = first(&format!("/v1/apps/{COFFEE}/inAppPurchasesV2"));
    let group = first(&format!("/v1/apps/{COFFEE}/subscriptionGroups"));
    let subscription = first(&format!("/v1/subscriptionGroups/{group}/subscriptions"));
    vec![
        Versioned {
            versions: "inAppPurchaseVersions",
            of: "inAppPurchase",
            kind: "inAppPurchases",
            list: format!("/v2/inAppPurchases/{purchase}/versions"),
            whole: purchase,
            words: "inAppPurchaseLocalizations",
        },
        Versioned {
            versions: "subscriptionVersions",
            of: "subscription",
            kind: "subscriptions",
            list: format!("/v1/subscriptions/{subscription}/versions"),
            whole: subscription,
            words: "subscriptionLocalizations",
        },
        Versioned {
            versions: "subscriptionGroupVersions",
            of: "subscriptionGroup",
            kind: "subscriptionGroups",
            list: format!("/v1/subscriptionGroups/{group}/versions"),
            whole: group,
            words: "subscriptionGroupLocalizations",
        },
    ]
}

impl Versioned {
    fn body(&self) -> Value {
        json!({ "type": self.versions, "relationships": { self.of: to(self.kind, &self.whole) } })
    }

    fn path(&self) -> String {
        format!("/v1/{}", self.versions)
    }

    fn made(&self, desk: &Desk) -> String {
        desk.make(&self.path(), self.body())
    }

    fn state(&self, desk: &Desk, id: &str) -> Value {
        desk.found(&format!("{}/{id}", self.path()))["data"]["attributes"]["state"].clone()
    }

    fn words(&self, version: &str, locale: &str) -> Value {
        json!({
            "type": self.words,
            "attributes": { "locale": locale, "name": "Beans" },
            "relationships": { "version": to(self.versions, version) },
        })
    }
}

/// Submits a version for review.
fn submit(desk: &Desk, kind: &Versioned, version: &str) {
    let app = json!({ "type": "reviewSubmissions", "attributes": { "platform": "IOS" }, "relationships": { "app": to("apps", COFFEE) } });
    let submission = desk.make("/v1/reviewSubmissions", app);
    let relation = kind.versions.strip_suffix('s').unwrap();
    let item = json!({
        "type": "reviewSubmissionItems",
        "relationships": { "reviewSubmission": to("reviewSubmissions", &submission), relation: to(kind.versions, version) },
    });
    desk.make("/v1/reviewSubmissionItems", item);
    assert_eq!(kind.state(desk, version), "READY_FOR_REVIEW");
    let submitted =
        json!({ "type": "reviewSubmissions", "id": submission, "attributes": { "submitted": true } });
    assert_eq!(desk.patch(&format!("/v1/reviewSubmissions/{submission}"), submitted).status, 200);
}

#[test]
fn one_version_at_a_time_is_prepared_and_versions_are_counted() {
    let desk = Desk::new();
    for kind in all(&desk) {
        let first = kind.made(&desk);
        assert_eq!(ids(&desk.found(&kind.list)), [first.as_str()]);
        desk.post(&kind.path(), kind.body()).assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
        submit(&desk, &kind, &first);
        let second = kind.made(&desk);
        let shown = desk.found(&format!("{}/{second}", kind.path()));
        assert_eq!(shown["data"]["attributes"], json!({ "version": 2, "state": "PREPARE_FOR_SUBMISSION" }));
        let open = desk.found(&format!("{}?filter[state]=PREPARE_FOR_SUBMISSION", kind.list));
        assert_eq!(ids(&open), [second.as_str()]);
    }
}

#[test]
fn a_version_is_reviewed_and_takes_the_place_of_the_one_before_it() {
    let desk = Desk::new();
    for kind in all(&desk) {
        let first = kind.made(&desk);
        submit(&desk, &kind, &first);
        assert_eq!(kind.state(&desk, &first), "WAITING_FOR_REVIEW");
        desk.wait(STEP);
        assert_eq!(kind.state(&desk, &first), "IN_REVIEW");
        desk.wait(STEP);
        assert_eq!(kind.state(&desk, &first), "APPROVED");
        let second = kind.made(&desk);
        submit(&desk, &kind, &second);
        desk.wait(STEP);
        kind.state(&desk, &second);
        desk.wait(STEP);
        assert_eq!(kind.state(&desk, &second), "APPROVED");
        assert_eq!(kind.state(&desk, &first), "REPLACED_WITH_NEW_VERSION");
    }
}

#[test]
fn words_belong_to_a_version_and_are_not_those_of_what_is_sold() {
    let desk = Desk::new();
    for kind in all(&desk) {
        let version = kind.made(&desk);
        let path = format!("/v2/{}", kind.words);
        let words = desk.make(&path, kind.words(&version, "fr-FR"));
        let shown = desk.found(&format!("{path}/{words}?include=version"));
        assert_eq!(shown["data"]["type"], kind.words);
        assert_eq!(shown["data"]["links"]["self"], format!("https://keys.example{path}/{words}"));
        assert_eq!(shown["included"][0]["type"], kind.versions);
        assert_eq!(ids(&desk.found(&format!("{}/{version}/localizations", kind.path()))), [words.as_str()]);
        let ends = desk.found(&format!("{}/{version}/relationships/localizations", kind.path()));
        assert_eq!(ends["data"], json!([{ "type": kind.words, "id": words }]));
        desk.get(&format!("/v1/{}/{words}", kind.words)).assert_fault(404, "NOT_FOUND", "");
        desk.post(&path, kind.words(&version, "fr-FR")).assert_fault(
            409,
            "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
            "/data/attributes/locale",
        );
    }
}

#[test]
fn what_belongs_to_a_version_stays_as_it_is_once_that_is_submitted() {
    let desk = Desk::new();
    for kind in all(&desk) {
        let version = kind.made(&desk);
        let path = format!("/v2/{}", kind.words);
        let words = desk.make(&path, kind.words(&version, "fr-FR"));
        submit(&desk, &kind, &version);
        let one = format!("{path}/{words}");
        let change = json!({ "type": kind.words, "id": words, "attributes": { "name": "Tea" } });
        desk.patch(&one, change).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
        desk.delete(&one).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
        desk.post(&path, kind.words(&version, "de-DE")).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    }
}

#[test]
fn a_picture_of_a_version_is_reserved_uploaded_and_committed() {
    let desk = Desk::new();
    for kind in all(&desk).into_iter().filter(|kind| kind.of != "subscriptionGroup") {
        let version = kind.made(&desk);
        let pictures = kind.versions.replace("Versions", "Images");
        let bytes = picture(2000);
        let body = json!({
            "type": pictures,
            "attributes": { "fileName": "promotion.png", "fileSize": bytes.len() },
            "relationships": { "version": to(kind.versions, &version) },
        });
        let reserved = desk.post(&format!("/v2/{pictures}"), body.clone());
        assert_eq!(reserved.status, 201, "{reserved:?}");
        assert_eq!(reserved.body["data"]["attributes"]["assetDeliveryState"]["state"], "AWAITING_UPLOAD");
        assert_eq!(reserved.body["data"]["relationships"], Value::Null, "its version is not told");
        send(&desk, &reserved.body["data"], &bytes);
        let (id, one) = (reserved.id(), format!("/v2/{pictures}/{}", reserved.id()));
        let commit = json!({ "type": pictures, "id": id, "attributes": { "uploaded": true } });
        assert_eq!(desk.patch(&one, commit).status, 200);
        let attributes = desk.found(&one)["data"]["attributes"].clone();
        assert_eq!(attributes["assetDeliveryState"]["state"], "COMPLETE");
        assert_eq!(attributes["imageAsset"]["width"], 1290);
        let of_version = format!("{}/{version}", kind.path());
        assert_eq!(desk.found(&format!("{of_version}/image"))["data"]["id"], id);
        let second = desk.make(&format!("/v2/{pictures}"), body);
        assert_eq!(ids(&desk.found(&format!("{of_version}/images"))), [id, second]);
    }
}

#[test]
fn a_note_that_speaks_of_rejection_has_a_version_rejected() {
    let desk = Desk::new();
    let kind = all(&desk).remove(0);
    let note =
        json!({ "type": kind.kind, "id": kind.whole, "attributes": { "reviewNote": "Please reject" } });
    assert_eq!(desk.patch(&format!("/v2/inAppPurchases/{}", kind.whole), note).status, 200);
    let version = kind.made(&desk);
    submit(&desk, &kind, &version);
    desk.wait(STEP);
    kind.state(&desk, &version);
    desk.wait(STEP);
    assert_eq!(kind.state(&desk, &version), "REJECTED");
}

#[test]
fn an_item_of_a_submission_is_one_thing_of_its_app() {
    let desk = Desk::new();
    let kind = all(&desk).remove(0);
    let version = kind.made(&desk);
    let other = ids(&desk.found("/v1/apps/6448311070/appStoreVersions"))[0].clone();
    let app = json!({ "type": "reviewSubmissions", "attributes": { "platform": "IOS" }, "relationships": { "app": to("apps", COFFEE) } });
    let submission = to("reviewSubmissions", &desk.make("/v1/reviewSubmissions", app));
    let mut item =
        json!({ "type": "reviewSubmissionItems", "relationships": { "reviewSubmission": submission } });
    desk.post("/v1/reviewSubmissionItems", item.clone()).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "/data/relationships/appStoreVersion",
    );
    item["relationships"]["appStoreVersion"] = to("appStoreVersions", &other);
    desk.post("/v1/reviewSubmissionItems", item.clone()).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/appStoreVersion",
    );
    item["relationships"]["inAppPurchaseVersion"] = to("inAppPurchaseVersions", &version);
    desk.post("/v1/reviewSubmissionItems", item).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/inAppPurchaseVersion",
    );
}

#[test]
fn what_is_taken_out_of_a_submission_is_being_prepared_again() {
    let desk = Desk::new();
    let kind = all(&desk).remove(0);
    let version = kind.made(&desk);
    submit(&desk, &kind, &version);
    let submission = ids(&desk.found(&format!("/v1/reviewSubmissions?filter[app]={COFFEE}")))[0].clone();
    let item = ids(&desk.found(&format!("/v1/reviewSubmissions/{submission}/items")))[0].clone();
    let out = json!({ "type": "reviewSubmissionItems", "id": item, "attributes": { "removed": true } });
    let answer = desk.patch(&format!("/v1/reviewSubmissionItems/{item}"), out);
    assert_eq!(answer.body["data"]["attributes"], json!({ "state": "REMOVED" }));
    assert_eq!(kind.state(&desk, &version), "PREPARE_FOR_SUBMISSION");
}

#[test]
fn an_achievement_comes_with_its_first_version() {
    let desk = Desk::new();
    let detail = desk.make(
        "/v1/gameCenterDetails",
        json!({ "type": "gameCenterDetails", "relationships": { "app": to("apps", COFFEE) } }),
    );
    let data = json!({
        "type": "gameCenterAchievements",
        "attributes": {
            "referenceName": "First cup", "vendorIdentifier": "cup", "points": 5, "showBeforeEarned": true, "repeatable": false,
        },
        "relationships": {
            "gameCenterDetail": to("gameCenterDetails", &detail),
            "versions": { "data": [{ "type": "gameCenterAchievementVersions", "id": "${new}" }] },
        },
    });
    let included = json!([{ "type": "gameCenterAchievementVersions", "id": "${new}" }]);
    let body = json!({ "data": data, "included": included }).to_string();
    let made = desk.ask(http::Method::POST, "/v2/gameCenterAchievements", body);
    assert_eq!(made.status, 201, "{made:?}");
    let versions = desk.found(&format!("/v2/gameCenterAchievements/{}/versions", made.id()));
    assert_eq!(versions["data"][0]["attributes"]["version"], 1);
    let listed = desk.found(&format!("/v1/gameCenterDetails/{detail}/gameCenterAchievementsV2"));
    assert_eq!(ids(&listed), [made.id()]);
    assert_eq!(ids(&desk.found(&format!("/v1/gameCenterDetails/{detail}/gameCenterAchievements"))).len(), 0);
}
