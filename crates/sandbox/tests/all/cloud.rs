use crate::desk::{COFFEE, Desk, TRAINS, ids, to};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a run waits, and how long it takes.
const STEP: Duration = Duration::from_secs(30);

fn workflow(desk: &Desk) -> String {
    let product =
        desk.found(&format!("/v1/apps/{COFFEE}/ciProduct"))["data"]["id"].as_str().unwrap().to_owned();
    ids(&desk.found(&format!("/v1/ciProducts/{product}/workflows")))[0].clone()
}

fn run(desk: &Desk, relation: &str, of: &str, id: &str) -> Value {
    let data = json!({ "type": "ciBuildRuns", "relationships": { relation: to(of, id) } });
    let made = desk.post("/v1/ciBuildRuns", data);
    assert_eq!(made.status, 201, "{made:?}");
    made.body["data"].clone()
}

#[test]
fn a_run_waits_runs_and_succeeds_by_the_clock_with_its_actions() {
    let desk = Desk::new();
    let made = run(&desk, "workflow", "ciWorkflows", &workflow(&desk));
    let shown = |attributes: &Value| {
        (attributes["executionProgress"].clone(), attributes["completionStatus"].clone())
    };
    assert_eq!(
        (&made["attributes"]["number"], &made["attributes"]["startReason"]),
        (&json!(2), &json!("MANUAL"))
    );
    assert_eq!(shown(&made["attributes"]), (json!("PENDING"), Value::Null));
    let path = format!("/v1/ciBuildRuns/{}", made["id"].as_str().unwrap());
    desk.wait(STEP);
    assert_eq!(shown(&desk.found(&path)["data"]["attributes"]), (json!("RUNNING"), Value::Null));
    desk.wait(STEP);
    assert_eq!(shown(&desk.found(&path)["data"]["attributes"]), (json!("COMPLETE"), json!("SUCCEEDED")));
    let actions = desk.found(&format!("{path}/actions"));
    assert_eq!(shown(&actions["data"][0]["attributes"]), (json!("COMPLETE"), json!("SUCCEEDED")));
}

#[test]
fn a_run_can_be_repeated_and_needs_to_be_of_something() {
    let desk = Desk::new();
    let first = run(&desk, "workflow", "ciWorkflows", &workflow(&desk));
    let again = run(&desk, "buildRun", "ciBuildRuns", first["id"].as_str().unwrap());
    assert_eq!(again["attributes"]["startReason"], "MANUAL_REBUILD");
    let runs = desk.found(&format!("/v1/ciWorkflows/{}/buildRuns", workflow(&desk)));
    assert_eq!(ids(&runs).len(), 3);
    let of_nothing = desk.post("/v1/ciBuildRuns", json!({ "type": "ciBuildRuns" }));
    of_nothing.assert_fault(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", "/data/relationships/workflow");
    let unknown = json!({ "type": "ciBuildRuns", "relationships": { "workflow": to("ciWorkflows", "7") } });
    desk.post("/v1/ciBuildRuns", unknown).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/workflow",
    );
}

#[test]
fn somebody_who_does_not_see_an_app_sees_nothing_of_its_product() {
    let desk = Desk::new();
    let narrow = desk.seeing(TRAINS);
    assert_eq!(ids(&desk.found("/v1/ciProducts")).len(), 3);
    assert_eq!(ids(&narrow.found("/v1/ciProducts")).len(), 1);
    narrow.get(&format!("/v1/ciWorkflows/{}", workflow(&desk))).assert_fault(404, "NOT_FOUND", "");
    let data = json!({ "type": "ciBuildRuns", "relationships": { "workflow": to("ciWorkflows", &workflow(&desk)) } });
    narrow.post("/v1/ciBuildRuns", data).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/workflow",
    );
}
