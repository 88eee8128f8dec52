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
fn what_is_not_there_or_may_not_be_seen_has_none() {
    let desk = Desk::new();
    desk.get("/v1/apps/7/perfPowerMetrics").assert_fault(404, "NOT_FOUND", "");
    desk.get("/v1/builds/7/diagnosticSignatures").assert_fault(404, "NOT_FOUND", "");
    desk.get("/v1/diagnosticSignatures/7/logs").assert_fault(404, "NOT_FOUND", "");
    let narrow = desk.seeing(TRAINS);
    narrow.get(&format!("/v1/apps/{COFFEE}/perfPowerMetrics")).assert_fault(404, "NOT_FOUND", "");
}
