//! Builds that are sent in.

use crate::desk::{Answer, COFFEE, Desk, ids, to};
use crate::uploads::{md5, send};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use std::time::Duration;

const PART: usize = 4 * 1024 * 1024;

fn upload(desk: &Desk, number: &str) -> Answer {
    desk.post(
        "/v1/buildUploads",
        json!({
            "type": "buildUploads",
            "attributes": { "cfBundleShortVersionString": "2.0", "cfBundleVersion": number, "platform": "IOS" },
            "relationships": { "app": to("apps", COFFEE) },
        }),
    )
}

fn file(desk: &Desk, upload: &str, kind: &str, size: usize) -> Answer {
    desk.post(
        "/v1/buildUploadFiles",
        json!({
            "type": "buildUploadFiles",
            "attributes": { "assetType": kind, "fileName": "Coffee.ipa", "fileSize": size, "uti": "com.apple.ipa" },
            "relationships": { "buildUpload": to("buildUploads", upload) },
        }),
    )
}

fn commit(desk: &Desk, file: &str, attributes: Value) -> Value {
    let data = json!({ "type": "buildUploadFiles", "id": file, "attributes": attributes });
    let answer = desk.patch(&format!("/v1/buildUploadFiles/{file}"), data);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"]["attributes"].clone()
}

fn state(desk: &Desk, upload: &str) -> Value {
    desk.found(&format!("/v1/buildUploads/{upload}"))["data"]["attributes"]["state"].clone()
}

#[test]
fn a_build_that_is_sent_in_is_processed_and_then_good() {
    let desk = Desk::new();
    let made = upload(&desk, "7");
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["data"]["attributes"]["createdDate"], "2026-11-21T12:00:00+00:00");
    let upload = made.id();
    assert_eq!(
        state(&desk, &upload),
        json!({ "errors": [], "warnings": [], "infos": [], "state": "AWAITING_UPLOAD" })
    );
    let bytes: Vec<u8> = (0..PART + 9).map(|at| (at % 253) as u8).collect();
    let reserved = file(&desk, &upload, "ASSET", bytes.len());
    send(&desk, &reserved.body["data"], &bytes);
    let path = format!("/v1/buildUploadFiles/{}", reserved.id());
    let operations = desk.found(&path)["data"]["attributes"]["uploadOperations"].clone();
    let tags: Vec<(&Value, &Value)> =
        operations.as_array().unwrap().iter().map(|it| (&it["partNumber"], &it["entityTag"])).collect();
    let expected = [(json!(1), json!(md5(&bytes[..PART]))), (json!(2), json!(md5(&bytes[PART..])))];
    assert_eq!(
        tags,
        expected.iter().map(|(number, tag)| (number, tag)).collect::<Vec<_>>(),
        "what came is told"
    );
    let sum: String = digest(&SHA256, &bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let sums = json!({ "file": { "algorithm": "SHA_256", "hash": sum } });
    let done = commit(&desk, &reserved.id(), json!({ "sourceFileChecksums": sums, "uploaded": true }));
    assert_eq!(
        (&done["assetDeliveryState"]["state"], &done["sourceFileChecksums"]),
        (&json!("COMPLETE"), &sums)
    );
    assert_eq!(state(&desk, &upload)["state"], "PROCESSING");
    let found = || {
        desk.found(&format!("/v1/builds?filter[app]={COFFEE}&filter[version]=7&include=preReleaseVersion"))
    };
    let build = found();
    assert_eq!(build["data"][0]["attributes"]["processingState"], "PROCESSING");
    assert_eq!(build["included"][0]["attributes"], json!({ "version": "2.0", "platform": "IOS" }));
    desk.wait(Duration::from_secs(19));
    assert_eq!(found()["data"][0]["attributes"]["processingState"], "PROCESSING");
    desk.wait(Duration::from_secs(1));
    assert_eq!(found()["data"][0]["attributes"]["processingState"], "VALID");
    assert_eq!(ids(&desk.found("/v1/builds?filter[processingState]=VALID&filter[version]=7")).len(), 1);
    assert_eq!(state(&desk, &upload)["state"], "COMPLETE");
    let build = ids(&found())[0].clone();
    let of_upload = desk.found(&format!("/v1/buildUploads/{upload}?include=build"));
    assert_eq!(of_upload["data"]["relationships"]["build"]["data"]["id"], build);
    let details = desk.found(&format!("/v1/builds/{build}/buildBetaDetail"));
    assert_eq!(details["data"]["attributes"]["internalBuildState"], "IN_BETA_TESTING");
    let listed = desk.found(&format!("/v1/apps/{COFFEE}/buildUploads?filter[cfBundleVersion]=7"));
    assert_eq!(ids(&listed), [upload]);
}

#[test]
fn a_build_number_is_taken_once() {
    let desk = Desk::new();
    let first = upload(&desk, "7");
    let reserved = file(&desk, &first.id(), "ASSET", 3);
    send(&desk, &reserved.body["data"], b"abc");
    commit(&desk, &reserved.id(), json!({ "uploaded": true }));
    upload(&desk, "7").assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
        "/data/attributes/cfBundleVersion",
    );
    file(&desk, &first.id(), "ASSET", 3).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    assert_eq!(upload(&desk, "8").status, 201);
}

#[test]
fn a_description_makes_no_build_and_a_damaged_file_ends_the_upload() {
    let desk = Desk::new();
    let upload = upload(&desk, "7").id();
    let about = file(&desk, &upload, "ASSET_DESCRIPTION", 3);
    send(&desk, &about.body["data"], b"abc");
    commit(&desk, &about.id(), json!({ "uploaded": true }));
    assert_eq!(state(&desk, &upload)["state"], "AWAITING_UPLOAD");
    let asset = file(&desk, &upload, "ASSET", 3);
    send(&desk, &asset.body["data"], b"abc");
    let sums = json!({ "file": { "algorithm": "MD5", "hash": md5(b"abd") } });
    let done = commit(&desk, &asset.id(), json!({ "sourceFileChecksums": sums, "uploaded": true }));
    assert_eq!(done["assetDeliveryState"]["state"], "FAILED");
    let ended = state(&desk, &upload);
    assert_eq!(
        (&ended["state"], &ended["errors"][0]["code"]),
        (&json!("FAILED"), &json!("CHECKSUM_MISMATCH"))
    );
    desk.wait(Duration::from_secs(60));
    assert_eq!(ids(&desk.found("/v1/builds?filter[version]=7")), Vec::<String>::new());
}
