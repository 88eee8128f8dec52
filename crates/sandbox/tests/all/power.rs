use crate::desk::{COFFEE, Desk, TRAINS, ids};
use serde_json::{Value, json};

#[test]
fn metrics_have_their_form_and_no_figures() {
    let desk = Desk::new();
    let build = ids(&desk.found(&format!("/v1/apps/{COFFEE}/builds")))[0].clone();
    for path in
        [format!("/v1/apps/{COFFEE}/perfPowerMetrics"), format!("/v1/builds/{build}/perfPowerMetrics")]
    {
        let text = desk.text(&path, "application/vnd.apple.xcode-metrics+json");
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&body["version"], &body["productData"]), (&json!("1.0"), &json!([])));
    }
    let listed = desk.found(&format!("/v1/builds/{build}/diagnosticSignatures"));
    assert_eq!(listed["data"], json!([]));
    assert!(listed["meta"]["sandbox"].is_string());
}

#[test]
fn a_resource_links_to_what_is_answered_below_it_and_can_be_asked_for_that_alone() {
    let desk = Desk::new();
    let app = &desk.found(&format!("/v1/apps/{COFFEE}?fields[apps]=name,perfPowerMetrics"))["data"];
    let related = format!("https://keys.example/v1/apps/{COFFEE}/perfPowerMetrics");
    assert_eq!(
        app["relationships"],
        json!({ "perfPowerMetrics": { "links": { "related": related } } }),
        "there is nothing at /relationships/"
    );
    let builds = desk.found("/v1/builds?limit=2");
    for build in builds["data"].as_array().unwrap() {
        for name in ["perfPowerMetrics", "diagnosticSignatures"] {
            let there = format!("https://keys.example/v1/builds/{}/{name}", build["id"].as_str().unwrap());
            assert_eq!(build["relationships"][name]["links"]["related"], there);
        }
    }
    desk.found("/v1/betaGroups?fields[betaGroups]=betaRecruitmentCriterionCompatibleBuildCheck");
    let bad = desk.get("/v1/apps?include=perfPowerMetrics");
    bad.assert_fault(400, "PARAMETER_ERROR.INVALID", "include");
}

#[test]
fn what_is_not_there_or_may_not_be_seen_has_none() {
    let desk = Desk::new();
    desk.get("/v1/apps/7/perfPowerMetrics").assert_fault(404, "NOT_FOUND", "");
    desk.get("/v1/builds/7/diagnosticSignatures").assert_fault(404, "NOT_FOUND", "");
    desk.get("/v1/diagnosticSignatures/7/logs").assert_fault(404, "NOT_FOUND", "");
    let narrow = desk.seeing(TRAINS);
    narrow.get(&format!("/v1/apps/{COFFEE}/perfPowerMetrics")).assert_fault(404, "NOT_FOUND", "");
}
