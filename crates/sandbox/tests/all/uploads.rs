//! Files: reserved, uploaded in parts, committed, looked at.

use crate::desk::{Answer, COFFEE, Desk, ids, to};
use bytes::Bytes;
use counterfoil_sandbox::Limits;
use http::Method;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::time::Duration;

const PART: usize = 4 * 1024 * 1024;

/// A picture of 1290 by 2796 pixels, as far as anybody can tell, and of this many bytes.
pub(crate) fn picture(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\x0a\0\0\x0a\xec\x08\x02\0\0\0".to_vec();
    bytes.extend((bytes.len()..length).map(|at| (at % 251) as u8));
    bytes
}

pub(crate) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A set of screenshots.
pub(crate) fn set(desk: &Desk) -> String {
    let version = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")))[1].clone();
    let words =
        ids(&desk.found(&format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations")))[0].clone();
    desk.make(
        "/v1/appScreenshotSets",
        json!({
            "type": "appScreenshotSets",
            "attributes": { "screenshotDisplayType": "APP_IPHONE_67" },
            "relationships": { "appStoreVersionLocalization": to("appStoreVersionLocalizations", &words) },
        }),
    )
}

pub(crate) fn reserve(desk: &Desk, set: &str, size: Value, name: &str) -> Answer {
    desk.post(
        "/v1/appScreenshots",
        json!({
            "type": "appScreenshots",
            "attributes": { "fileSize": size, "fileName": name },
            "relationships": { "appScreenshotSet": to("appScreenshotSets", set) },
        }),
    )
}

/// Sends the parts of a file to where its reservation says, the last first.
pub(crate) fn send(desk: &Desk, reserved: &Value, bytes: &[u8]) {
    let operations = reserved["attributes"]["uploadOperations"].as_array().unwrap();
    for operation in operations.iter().rev() {
        assert_eq!(operation["method"], "PUT");
        let number = |name: &str| usize::try_from(operation[name].as_u64().unwrap()).unwrap();
        let part = &bytes[number("offset")..number("offset") + number("length")];
        let url = operation["url"].as_str().unwrap();
        let answer = desk.anybody(Method::PUT, url, Bytes::copy_from_slice(part));
        assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
        assert_eq!(answer.headers()["etag"], format!("\"{}\"", md5(part)));
    }
}

pub(crate) fn commit(desk: &Desk, id: &str, attributes: Value) -> Value {
    let answer = desk.patch(
        &format!("/v1/appScreenshots/{id}"),
        json!({ "type": "appScreenshots", "id": id, "attributes": attributes }),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"]["attributes"].clone()
}

#[test]
fn a_screenshot_goes_up_in_parts_and_can_be_looked_at() {
    let desk = Desk::new();
    let bytes = picture(2 * PART + 77);
    let reserved = reserve(&desk, &set(&desk), json!(bytes.len()), "home.png");
    assert_eq!(reserved.status, 201, "{reserved:?}");
    let told = &reserved.body["data"]["attributes"];
    assert_eq!(
        told["assetDeliveryState"],
        json!({ "errors": [], "warnings": [], "state": "AWAITING_UPLOAD" })
    );
    assert_eq!(told["imageAsset"], Value::Null);
    let operations = told["uploadOperations"].as_array().unwrap();
    let places: Vec<(&Value, &Value)> = operations.iter().map(|it| (&it["offset"], &it["length"])).collect();
    let (part, twice) = (json!(PART), json!(2 * PART));
    assert_eq!(places, [(&json!(0), &part), (&part, &part), (&twice, &json!(77))]);
    assert_eq!(operations[0]["requestHeaders"], json!([{ "name": "Content-Type", "value": "image/png" }]));
    send(&desk, &reserved.body["data"], &bytes);
    let done = commit(&desk, &reserved.id(), json!({ "uploaded": true, "sourceFileChecksum": md5(&bytes) }));
    assert_eq!(done["assetDeliveryState"], json!({ "errors": [], "warnings": [], "state": "COMPLETE" }));
    assert_eq!(done["sourceFileChecksum"], md5(&bytes));
    assert_eq!(done["uploadOperations"], Value::Null);
    assert_eq!(done.get("uploaded"), None, "it is said, never shown");
    assert_eq!((&done["imageAsset"]["width"], &done["imageAsset"]["height"]), (&json!(1290), &json!(2796)));
    let template = done["imageAsset"]["templateUrl"].as_str().unwrap();
    assert!(template.ends_with("/{w}x{h}bb.{f}"), "{template}");
    let url = template.replace("{w}", "600").replace("{h}", "600").replace("{f}", "png");
    let shown = desk.anybody(Method::GET, &url, "");
    assert_eq!(
        (shown.status().as_u16(), shown.headers()["content-type"].to_str().unwrap()),
        (200, "image/png")
    );
    assert!(shown.body() == &bytes, "the picture as it was sent");
    assert_eq!(desk.found(&format!("/v1/appScreenshots/{}", reserved.id()))["data"]["attributes"], done);
}

#[test]
fn who_names_no_checksum_is_told_it() {
    let desk = Desk::new();
    let bytes = picture(100);
    let reserved = reserve(&desk, &set(&desk), json!(100), "a.png");
    send(&desk, &reserved.body["data"], &bytes);
    send(&desk, &reserved.body["data"], &bytes);
    let done = commit(&desk, &reserved.id(), json!({ "uploaded": true }));
    assert_eq!(
        (&done["assetDeliveryState"]["state"], &done["sourceFileChecksum"]),
        (&json!("COMPLETE"), &json!(md5(&bytes)))
    );
}

#[test]
fn a_file_that_is_not_what_was_said_has_failed_for_good() {
    let desk = Desk::new();
    let set = set(&desk);
    let bytes = picture(PART + 5);
    let other = reserve(&desk, &set, json!(bytes.len()), "a.png");
    send(&desk, &other.body["data"], &bytes);
    let done = commit(&desk, &other.id(), json!({ "uploaded": true, "sourceFileChecksum": md5(b"other") }));
    let error = &done["assetDeliveryState"]["errors"][0];
    assert_eq!(
        (&done["assetDeliveryState"]["state"], &error["code"]),
        (&json!("FAILED"), &json!("CHECKSUM_MISMATCH"))
    );
    let why = format!("The MD5 of what was uploaded is {}, not {}", md5(&bytes), md5(b"other"));
    assert_eq!(error["description"], why);
    assert_eq!(done["imageAsset"], Value::Null);
    let half = reserve(&desk, &set, json!(bytes.len()), "a.png");
    let second = half.body["data"]["attributes"]["uploadOperations"][1]["url"].as_str().unwrap().to_owned();
    assert_eq!(desk.anybody(Method::PUT, &second, &b"12345"[..]).status(), 200);
    let done = commit(&desk, &half.id(), json!({ "uploaded": true, "sourceFileChecksum": md5(&bytes) }));
    assert_eq!(
        done["assetDeliveryState"]["errors"][0],
        json!({ "code": "FILE_INCOMPLETE", "description": "Part 1 was not uploaded" })
    );
    let again = commit(&desk, &half.id(), json!({ "uploaded": true, "sourceFileChecksum": md5(b"12345") }));
    assert_eq!(again, done, "it stays as it is");
    assert_eq!(desk.anybody(Method::PUT, &second, &b"12345"[..]).status(), 409);
}

#[test]
fn a_reservation_has_texts_where_clients_insist_on_them() {
    let desk = Desk::new();
    let reserved = reserve(&desk, &set(&desk), json!(3), "a.png").body;
    let told = &reserved["data"]["attributes"];
    assert_eq!((&told["assetToken"], &told["assetType"]), (&json!(""), &json!("SCREENSHOT")));
}

#[test]
fn a_part_is_taken_where_it_was_reserved_and_as_long_as_it_was() {
    let desk = Desk::new();
    let set = set(&desk);
    let reserved = reserve(&desk, &set, json!(10), "a.png");
    let url = reserved.body["data"]["attributes"]["uploadOperations"][0]["url"].as_str().unwrap().to_owned();
    let put = |url: &str, bytes: &'static [u8]| desk.anybody(Method::PUT, url, bytes).status().as_u16();
    assert_eq!(put(&url, b"12345"), 400);
    assert_eq!(put(&url, b"12345678901"), 400);
    let up = url.strip_suffix("/1").unwrap();
    for other in ["", "/", "/0", "/2", "/1/", "/x", "/-1", "/18446744073709551616"] {
        assert_eq!(put(&format!("{up}{other}"), b"1234567890"), 404, "{other}");
    }
    let token = up.rsplit('/').next().unwrap();
    let asset = up.replace("uploads", "assets") + "/1x1bb.png";
    assert_eq!(put(&url.replace(token, "0123456789abcdef0123456789abcdef"), b"1234567890"), 404);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        assert_eq!(desk.anybody(method, &url, "").status(), 405);
    }
    assert_eq!(desk.anybody(Method::GET, &asset, "").status(), 404, "not before it is committed");
    assert_eq!(put(&url, b"1234567890"), 200);
    commit(&desk, &reserved.id(), json!({ "uploaded": true }));
    let shown = desk.anybody(Method::GET, &asset, "");
    assert_eq!(
        shown.headers()["content-type"],
        "application/octet-stream",
        "no picture, whatever it is called"
    );
    assert_eq!(shown.headers()["content-disposition"], "attachment");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert_eq!(desk.anybody(Method::PUT, &asset, "").status(), 405);
    assert_eq!(desk.delete(&format!("/v1/appScreenshots/{}", reserved.id())).status, 204);
    assert_eq!(desk.anybody(Method::GET, &asset, "").status(), 404);
    assert_eq!(put(&url, b"1234567890"), 404);
}

#[test]
fn a_file_without_a_name_or_a_size_is_not_reserved() {
    let desk = Desk::new();
    let set = set(&desk);
    for (size, name, at) in [
        (json!(0), "a.png", "fileSize"),
        (json!(-1), "a.png", "fileSize"),
        (json!(64 * 1024 * 1024 + 1), "a.png", "fileSize"),
        (json!(1), "", "fileName"),
        (json!(1), "../a.png", "fileName"),
        (json!(1), "a\\b.png", "fileName"),
    ] {
        reserve(&desk, &set, size, name).assert_fault(
            409,
            "ENTITY_ERROR.ATTRIBUTE.INVALID",
            &format!("/data/attributes/{at}"),
        );
    }
}

#[test]
fn the_files_of_a_team_have_only_so_much_room_those_to_come_with_them() {
    let desk = Desk::within(Limits { files_of_a_team: 1000, ..Limits::default() });
    let set = set(&desk);
    let first = reserve(&desk, &set, json!(600), "a.png");
    assert_eq!(first.status, 201, "{first:?}");
    let second = reserve(&desk, &set, json!(401), "b.png");
    second.assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
    let detail = second.body["errors"][0]["detail"].as_str().unwrap();
    assert_eq!(detail, "The files of a team have 1000 bytes at most: delete some");
    assert_eq!(reserve(&desk, &set, json!(400), "c.png").status, 201, "to the last byte");
    let other = desk.of("2c9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed");
    assert_eq!(reserve(&other, &self::set(&other), json!(1000), "d.png").status, 201, "another team's room");
    assert_eq!(desk.delete(&format!("/v1/appScreenshots/{}", first.id())).status, 204);
    assert_eq!(reserve(&desk, &set, json!(600), "e.png").status, 201, "what was deleted gave its room back");
}

#[test]
fn every_type_of_files_is_reserved_uploaded_and_committed_by_the_same_rule() {
    let desk = Desk::new();
    let first = |path: &str| ids(&desk.found(path))[0].clone();
    let version = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")))[1].clone();
    let words = first(&format!("/v1/appStoreVersions/{version}/appStoreVersionLocalizations"));
    let make = |kind: &str, attributes: Value, relation: &str, of: (&str, &str)| {
        let data =
            json!({ "type": kind, "attributes": attributes, "relationships": { relation: to(of.0, of.1) } });
        desk.make(&format!("/v1/{kind}"), data)
    };
    let details = make("appStoreReviewDetails", json!({}), "appStoreVersion", ("appStoreVersions", &version));
    let event = make("appEvents", json!({ "referenceName": "Party" }), "app", ("apps", COFFEE));
    let event =
        make("appEventLocalizations", json!({ "locale": "en-US" }), "appEvent", ("appEvents", &event));
    let page = make("appCustomProductPages", json!({ "name": "Page" }), "app", ("apps", COFFEE));
    let page = make(
        "appCustomProductPageVersions",
        json!({}),
        "appCustomProductPage",
        ("appCustomProductPages", &page),
    );
    let of_page = ("appCustomProductPageVersions", page.as_str());
    let page = make(
        "appCustomProductPageLocalizations",
        json!({ "locale": "en-US" }),
        "appCustomProductPageVersion",
        of_page,
    );
    let of_page = ("appCustomProductPageLocalizations", page.as_str());
    let shots = json!({ "screenshotDisplayType": "APP_IPHONE_67" });
    let shots = make("appScreenshotSets", shots, "appCustomProductPageLocalization", of_page);
    let previews = json!({ "previewType": "IPHONE_67" });
    let previews = make(
        "appPreviewSets",
        previews,
        "appStoreVersionLocalization",
        ("appStoreVersionLocalizations", &words),
    );
    let purchase = first(&format!("/v1/apps/{COFFEE}/inAppPurchasesV2"));
    let group = first(&format!("/v1/apps/{COFFEE}/subscriptionGroups"));
    let subscription = first(&format!("/v1/subscriptionGroups/{group}/subscriptions"));
    let card = json!({ "appEventAssetType": "EVENT_CARD" });
    for (kind, relation, of, id, more, shown) in [
        ("appScreenshots", "appScreenshotSet", "appScreenshotSets", &shots, json!({}), "imageAsset"),
        ("appPreviews", "appPreviewSet", "appPreviewSets", &previews, json!({}), "videoUrl"),
        (
            "appEventScreenshots",
            "appEventLocalization",
            "appEventLocalizations",
            &event,
            card.clone(),
            "imageAsset",
        ),
        ("appEventVideoClips", "appEventLocalization", "appEventLocalizations", &event, card, "videoUrl"),
        ("routingAppCoverages", "appStoreVersion", "appStoreVersions", &version, json!({}), ""),
        (
            "appStoreReviewAttachments",
            "appStoreReviewDetail",
            "appStoreReviewDetails",
            &details,
            json!({}),
            "",
        ),
        (
            "inAppPurchaseAppStoreReviewScreenshots",
            "inAppPurchaseV2",
            "inAppPurchases",
            &purchase,
            json!({}),
            "imageAsset",
        ),
        (
            "subscriptionAppStoreReviewScreenshots",
            "subscription",
            "subscriptions",
            &subscription,
            json!({}),
            "imageAsset",
        ),
        ("inAppPurchaseImages", "inAppPurchase", "inAppPurchases", &purchase, json!({}), "imageAsset"),
        ("subscriptionImages", "subscription", "subscriptions", &subscription, json!({}), "imageAsset"),
    ] {
        let bytes = picture(1000);
        let mut attributes = json!({ "fileSize": bytes.len(), "fileName": "file.png" });
        attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let data =
            json!({ "type": kind, "attributes": attributes, "relationships": { relation: to(of, id) } });
        let reserved = desk.post(&format!("/v1/{kind}"), data);
        assert_eq!(reserved.status, 201, "{kind}: {reserved:?}");
        send(&desk, &reserved.body["data"], &bytes);
        let said = json!({ "type": kind, "id": reserved.id(), "attributes": { "uploaded": true } });
        let done = desk.patch(&format!("/v1/{kind}/{}", reserved.id()), said);
        assert_eq!(done.status, 200, "{kind}: {done:?}");
        let told = &done.body["data"]["attributes"];
        match told.get("assetDeliveryState") {
            Some(delivery) => assert_eq!(delivery["state"], "COMPLETE", "{kind}"),
            None => assert_eq!(told["state"], "PREPARE_FOR_SUBMISSION", "{kind}"),
        }
        let url = told[shown]["templateUrl"].as_str().or(told[shown].as_str());
        assert_eq!(url.is_some(), !shown.is_empty(), "{kind}: {told}");
        if let Some(url) = url {
            let url = url.replace(['{', '}'], "");
            assert!(desk.anybody(Method::GET, &url, "").body() == &bytes, "{kind}");
        }
    }
}

#[test]
fn a_pack_of_assets_is_ready_some_time_after_its_file_is_there() {
    let desk = Desk::new();
    let pack = |name: &str| {
        let relations = json!({ "app": to("apps", COFFEE) });
        let attributes = json!({ "assetPackIdentifier": name });
        desk.post(
            "/v1/backgroundAssets",
            json!({ "type": "backgroundAssets", "attributes": attributes, "relationships": relations }),
        )
    };
    for name in ["", "a b", "a--b", "a-"] {
        let at = "/data/attributes/assetPackIdentifier";
        pack(name).assert_fault(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", at);
    }
    let made = pack("level-1").id();
    let version = || {
        let relations = json!({ "backgroundAsset": to("backgroundAssets", &made) });
        desk.make(
            "/v1/backgroundAssetVersions",
            json!({ "type": "backgroundAssetVersions", "relationships": relations }),
        )
    };
    let (first, second) = (version(), version());
    let told = |id: &str| {
        let found = desk.found(&format!("/v1/backgroundAssetVersions/{id}"));
        let attributes = &found["data"]["attributes"];
        (attributes["version"].as_str().unwrap().to_owned(), attributes["state"].as_str().unwrap().to_owned())
    };
    let state = |id: &str| told(id).1;
    assert_eq!(told(&second), ("2".to_owned(), "AWAITING_UPLOAD".to_owned()));
    let send_file = |version: &str, kind: &str, commit: Value| {
        let relations = json!({ "backgroundAssetVersion": to("backgroundAssetVersions", version) });
        let attributes = json!({ "assetType": kind, "fileName": "level.aar", "fileSize": 3 });
        let data = json!({ "type": "backgroundAssetUploadFiles", "attributes": attributes, "relationships": relations });
        let reserved = desk.post("/v1/backgroundAssetUploadFiles", data);
        send(&desk, &reserved.body["data"], b"abc");
        let path = format!("/v1/backgroundAssetUploadFiles/{}", reserved.id());
        let data = json!({ "type": "backgroundAssetUploadFiles", "id": reserved.id(), "attributes": commit });
        let done = desk.patch(&path, data);
        assert_eq!(done.status, 200, "{done:?}");
        done.body["data"]["attributes"]["sourceFileChecksum"].clone()
    };
    assert_eq!(send_file(&first, "MANIFEST", json!({ "uploaded": true })), md5(b"abc"));
    assert_eq!(state(&first), "AWAITING_UPLOAD");
    send_file(&first, "ASSET", json!({ "uploaded": true }));
    assert_eq!(state(&first), "PROCESSING");
    desk.wait(Duration::from_secs(20));
    assert_eq!(state(&first), "COMPLETE");
    let wrong = json!({ "file": { "algorithm": "MD5", "hash": md5(b"abd") } });
    send_file(&second, "ASSET", json!({ "uploaded": true, "sourceFileChecksums": wrong }));
    assert_eq!(state(&second), "FAILED");
}

#[test]
fn a_set_is_a_part_of_one_thing() {
    let desk = Desk::new();
    let data =
        json!({ "type": "appScreenshotSets", "attributes": { "screenshotDisplayType": "APP_IPHONE_67" } });
    desk.post("/v1/appScreenshotSets", data).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
        "/data/relationships/appStoreVersionLocalization",
    );
}

#[test]
fn nothing_else_is_below_the_public_paths() {
    let desk = Desk::new();
    for path in ["", "uploads", "uploads/", "assets/", "v1/apps", "../v1/apps", "developer-root.cer/x"] {
        let answer = desk.anybody(Method::GET, &format!("https://keys.example/sandbox/{path}"), "");
        assert!(matches!(answer.status().as_u16(), 404 | 405), "{path}: {answer:?}");
    }
    assert_eq!(desk.anybody(Method::GET, "https://keys.example/v1/apps", "").status(), 400, "whose?");
}
