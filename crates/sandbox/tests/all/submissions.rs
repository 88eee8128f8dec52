use crate::desk::{COFFEE, Desk, first_with, ids, to};
use serde_json::{Value, json};
use std::time::Duration;

/// How long each step of a review takes.
const STEP: Duration = Duration::from_secs(60);

/// The version of the app that is being prepared.
fn prepared(desk: &Desk) -> String {
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    first_with(&versions, "appVersionState", "PREPARE_FOR_SUBMISSION")["id"].as_str().unwrap().to_owned()
}

/// Submits the version of the app that is being prepared: its id, and that of the submission.
pub(crate) fn submit(desk: &Desk) -> (String, String) {
    let version = prepared(desk);
    let submission = desk.make(
        "/v1/reviewSubmissions",
        json!({
            "type": "reviewSubmissions",
            "attributes": { "platform": "IOS" },
            "relationships": { "app": to("apps", COFFEE) },
        }),
    );
    desk.make(
        "/v1/reviewSubmissionItems",
        json!({
            "type": "reviewSubmissionItems",
            "relationships": {
                "reviewSubmission": to("reviewSubmissions", &submission),
                "appStoreVersion": to("appStoreVersions", &version),
            },
        }),
    );
    assert_eq!(say(desk, &submission, "submitted"), 200);
    (version, submission)
}

fn say(desk: &Desk, submission: &str, word: &str) -> u16 {
    let data = json!({ "type": "reviewSubmissions", "id": submission, "attributes": { word: true } });
    desk.patch(&format!("/v1/reviewSubmissions/{submission}"), data).status
}

/// One attribute of a resource.
fn of(desk: &Desk, path: &str, name: &str) -> Value {
    desk.found(path)["data"]["attributes"][name].clone()
}

fn version_state(desk: &Desk, version: &str) -> Value {
    of(desk, &format!("/v1/appStoreVersions/{version}"), "appVersionState")
}

fn submission_state(desk: &Desk, submission: &str) -> Value {
    of(desk, &format!("/v1/reviewSubmissions/{submission}"), "state")
}

#[test]
fn a_version_is_reviewed_by_the_clock_and_takes_the_place_of_the_one_on_sale() {
    let desk = Desk::new();
    let versions = desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions"));
    let on_sale =
        first_with(&versions, "appVersionState", "READY_FOR_DISTRIBUTION")["id"].as_str().unwrap().to_owned();
    let (version, submission) = submit(&desk);
    assert_eq!(version_state(&desk, &version), "WAITING_FOR_REVIEW");
    desk.wait(STEP);
    assert_eq!(version_state(&desk, &version), "IN_REVIEW");
    assert_eq!(submission_state(&desk, &submission), "IN_REVIEW");
    desk.wait(STEP);
    assert_eq!(version_state(&desk, &version), "READY_FOR_DISTRIBUTION");
    assert_eq!(of(&desk, &format!("/v1/appStoreVersions/{version}"), "appStoreState"), "READY_FOR_SALE");
    assert_eq!(submission_state(&desk, &submission), "COMPLETE");
    assert_eq!(version_state(&desk, &on_sale), "REPLACED_WITH_NEW_VERSION");
}

#[test]
fn a_version_that_waits_for_its_developer_is_released_once() {
    let desk = Desk::new();
    let version = prepared(&desk);
    let manual =
        json!({ "type": "appStoreVersions", "id": version, "attributes": { "releaseType": "MANUAL" } });
    assert_eq!(desk.patch(&format!("/v1/appStoreVersions/{version}"), manual).status, 200);
    let request = json!({
        "type": "appStoreVersionReleaseRequests",
        "relationships": { "appStoreVersion": to("appStoreVersions", &version) },
    });
    let path = "/v1/appStoreVersionReleaseRequests";
    desk.post(path, request.clone()).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
    submit(&desk);
    desk.wait(STEP);
    desk.get("/v1/apps");
    desk.wait(STEP);
    assert_eq!(version_state(&desk, &version), "PENDING_DEVELOPER_RELEASE");
    desk.make(path, request.clone());
    assert_eq!(version_state(&desk, &version), "READY_FOR_DISTRIBUTION");
    desk.post(path, request).assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
}

#[test]
fn notes_that_speak_of_rejection_have_a_version_rejected() {
    let desk = Desk::new();
    let version = prepared(&desk);
    desk.make(
        "/v1/appStoreReviewDetails",
        json!({
            "type": "appStoreReviewDetails",
            "attributes": { "notes": "Please reject this." },
            "relationships": { "appStoreVersion": to("appStoreVersions", &version) },
        }),
    );
    let (version, submission) = submit(&desk);
    desk.wait(STEP);
    desk.get("/v1/apps");
    desk.wait(STEP);
    assert_eq!(version_state(&desk, &version), "REJECTED");
    assert_eq!(submission_state(&desk, &submission), "UNRESOLVED_ISSUES");
}

#[test]
fn what_is_taken_back_during_its_review_stays_so() {
    let desk = Desk::new();
    let (version, submission) = submit(&desk);
    desk.wait(STEP);
    assert_eq!(say(&desk, &submission, "canceled"), 200);
    desk.wait(STEP);
    assert_eq!(version_state(&desk, &version), "PREPARE_FOR_SUBMISSION");
    assert_eq!(submission_state(&desk, &submission), "COMPLETE");
}

#[test]
fn a_build_for_testers_from_outside_waits_and_is_approved() {
    let desk = Desk::new();
    let build = ids(&desk.found(&format!("/v1/apps/{COFFEE}/builds")))[0].clone();
    let submission = json!({
        "type": "betaAppReviewSubmissions",
        "relationships": { "build": to("builds", &build) },
    });
    let made = desk.post("/v1/betaAppReviewSubmissions", submission.clone());
    assert_eq!(made.body["data"]["attributes"]["betaReviewState"], "WAITING_FOR_REVIEW", "{made:?}");
    let detail = format!("/v1/builds/{build}/buildBetaDetail");
    assert_eq!(of(&desk, &detail, "externalBuildState"), "WAITING_FOR_BETA_REVIEW");
    let again = desk.post("/v1/betaAppReviewSubmissions", submission);
    again.assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
    desk.wait(STEP);
    let submitted = format!("/v1/builds/{build}/betaAppReviewSubmission");
    assert_eq!(of(&desk, &submitted, "betaReviewState"), "APPROVED");
    assert_eq!(of(&desk, &detail, "externalBuildState"), "BETA_APPROVED");
}

#[test]
fn a_version_in_review_has_a_submission_of_its_own_and_is_taken_back_by_deleting_that() {
    let desk = Desk::new();
    let own =
        |version: &str| desk.found(&format!("/v1/appStoreVersions/{version}/appStoreVersionSubmission"));
    assert_eq!(own(&prepared(&desk))["data"], Value::Null);
    let (version, submission) = submit(&desk);
    let found = desk.found(&format!("/v1/reviewSubmissions/{submission}?include=appStoreVersionForReview"));
    assert_eq!(found["included"][0]["id"], version);
    let shown = own(&version)["data"].clone();
    assert_eq!(shown["attributes"]["canReject"], true);
    let path = format!("/v1/appStoreVersionSubmissions/{}", shown["id"].as_str().unwrap());
    assert_eq!(desk.delete(&path).status, 204);
    assert_eq!(version_state(&desk, &version), "PREPARE_FOR_SUBMISSION");
    assert_eq!(submission_state(&desk, &submission), "COMPLETE");
    assert_eq!(own(&version)["data"], Value::Null);
    let (version, _) = submit(&desk);
    desk.wait(STEP);
    version_state(&desk, &version);
    desk.wait(STEP);
    assert_eq!(own(&version)["data"], Value::Null, "a review that is over has none");
}
