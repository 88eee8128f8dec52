use crate::desk::{Answer, COFFEE, Desk, TRAINS, first_with, ids, to};
use bytes::Bytes;
use flate2::read::GzDecoder;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

const PATH: &str = "/v1/analyticsReportRequests";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn request(desk: &Desk, access: &str) -> Answer {
    desk.post(
        PATH,
        json!({
            "type": "analyticsReportRequests",
            "attributes": { "accessType": access },
            "relationships": { "app": to("apps", COFFEE) },
        }),
    )
}

/// The id of this report of a new request.
fn report(desk: &Desk, access: &str, name: &str) -> String {
    let reports = desk.found(&format!("{PATH}/{}/reports?limit=200", request(desk, access).id()));
    first_with(&reports, "name", name)["id"].as_str().unwrap().to_owned()
}

fn instances(desk: &Desk, report: &str, filters: &str) -> Value {
    desk.found(&format!("/v1/analyticsReports/{report}/instances?limit=200&{filters}"))
}

fn unzipped(content: &Bytes) -> String {
    let mut text = String::new();
    GzDecoder::new(&content[..]).read_to_string(&mut text).unwrap();
    text
}

/// The lines of an instance below their heads, all segments together.
fn lines(desk: &Desk, instance: &str) -> Vec<Vec<String>> {
    let segments = desk.found(&format!("/v1/analyticsReportInstances/{instance}/segments"));
    let mut all = Vec::new();
    for segment in segments["data"].as_array().unwrap() {
        let (status, kind, content) = desk.fetch(segment["attributes"]["url"].as_str().unwrap());
        assert_eq!((status, kind.as_str()), (200, "application/a-gzip"));
        let text = unzipped(&content);
        all.extend(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>()));
    }
    all
}

#[test]
fn a_request_leads_to_files_that_are_what_they_are_said_to_be() {
    let desk = Desk::new();
    let report = report(&desk, "ONGOING", "App Downloads Standard");
    let daily = instances(&desk, &report, "filter[granularity]=DAILY&filter[processingDate]=2026-11-20");
    let instance = ids(&daily)[0].clone();
    assert_eq!(
        daily["data"][0]["attributes"],
        json!({ "granularity": "DAILY", "processingDate": "2026-11-20" })
    );
    let segments = desk.found(&format!("/v1/analyticsReportInstances/{instance}/segments"));
    let segment = &segments["data"][0]["attributes"];
    let (status, _, content) = desk.fetch(segment["url"].as_str().unwrap());
    assert_eq!((status, json!(content.len())), (200, segment["sizeInBytes"].clone()));
    let checksum: String = Md5::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(segment["checksum"], checksum);
    let text = unzipped(&content);
    assert!(text.starts_with("Date\tApp Name\tApp Apple Identifier\tDownload Type\t"), "{text}");
    assert!(text.contains("\n2026-11-19\tSandbox Coffee\t6448311069\tFirst-time download\t"), "{text}");
    let id = ids(&segments)[0].clone();
    let found = desk.found(&format!("/v1/analyticsReportSegments/{id}"));
    assert_eq!(&found["data"]["attributes"], segment);
    let again = desk.found(&format!("/v1/analyticsReportInstances/{instance}"));
    assert_eq!(again["data"]["id"], json!(instance));
}

#[test]
fn weeks_and_months_are_the_sums_of_their_days() {
    let desk = Desk::new();
    let report = report(&desk, "ONE_TIME_SNAPSHOT", "App Crashes");
    let sums = |filters: &str| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for instance in ids(&instances(&desk, &report, filters)) {
            for line in lines(&desk, &instance) {
                *sums.entry(line[4].clone()).or_default() += line[6].parse::<u64>().unwrap();
            }
        }
        sums
    };
    let days: Vec<String> = (10..=16).map(|day| format!("2026-11-{day}")).collect();
    let days = sums(&format!("filter[granularity]=DAILY&filter[processingDate]={}", days.join(",")));
    assert_eq!(days, sums("filter[granularity]=WEEKLY&filter[processingDate]=2026-11-16"));
    let monthly = instances(&desk, &report, "filter[granularity]=MONTHLY&filter[processingDate]=2026-11-05");
    let segments = desk.found(&format!("/v1/analyticsReportInstances/{}/segments", ids(&monthly)[0]));
    assert_eq!(ids(&segments).len(), 2, "a month comes in two segments");
    assert_eq!(lines(&desk, &ids(&monthly)[0]).len(), 6);
}

#[test]
fn what_goes_on_has_more_each_day_and_a_snapshot_does_not() {
    let desk = Desk::new();
    let (ongoing, once) = (
        report(&desk, "ONGOING", "App Sessions Detailed"),
        report(&desk, "ONE_TIME_SNAPSHOT", "App Sessions Detailed"),
    );
    let count = |report: &str| ids(&instances(&desk, report, "filter[granularity]=DAILY")).len();
    let before = (count(&ongoing), count(&once));
    let tomorrow = "filter[granularity]=DAILY&filter[processingDate]=2026-11-22";
    assert_eq!(instances(&desk, &ongoing, tomorrow)["data"], json!([]));
    desk.wait(DAY);
    assert_eq!((count(&ongoing), count(&once)), (before.0 + 1, before.1));
    assert_eq!(ids(&instances(&desk, &ongoing, tomorrow)).len(), 1);
}

#[test]
fn an_app_has_one_request_of_each_kind_and_its_reports_go_with_it() {
    let desk = Desk::new();
    let made = request(&desk, "ONGOING");
    assert_eq!(
        made.body["data"]["attributes"],
        json!({ "accessType": "ONGOING", "stoppedDueToInactivity": false })
    );
    request(&desk, "ONGOING").assert_fault(409, "STATE_ERROR.ENTITY_STATE_INVALID", "");
    let listed = desk.found(&format!("/v1/apps/{COFFEE}/analyticsReportRequests?filter[accessType]=ONGOING"));
    assert_eq!(ids(&listed), [made.id()]);
    let reports = desk.found(&format!("{PATH}/{}/reports?filter[category]=COMMERCE", made.id()));
    let report = ids(&reports)[0].clone();
    let instance = ids(&instances(&desk, &report, ""))[0].clone();
    let segments = desk.found(&format!("/v1/analyticsReportInstances/{instance}/segments"));
    let url = segments["data"][0]["attributes"]["url"].as_str().unwrap().to_owned();
    let narrow = desk.seeing(TRAINS);
    for path in [format!("/v1/analyticsReports/{report}"), format!("/v1/analyticsReportInstances/{instance}")]
    {
        narrow.get(&path).assert_fault(404, "NOT_FOUND", "");
    }
    assert_eq!(desk.delete(&format!("{PATH}/{}", made.id())).status, 204);
    desk.get(&format!("/v1/analyticsReportInstances/{instance}")).assert_fault(404, "NOT_FOUND", "");
    assert_eq!(desk.fetch(&url).0, 404);
}

#[test]
fn there_is_nothing_under_names_that_nobody_gave() {
    let desk = Desk::new();
    let report = report(&desk, "ONGOING", "App Crashes");
    let instance = ids(&instances(&desk, &report, ""))[0].clone();
    for id in ["x", "e30", &format!("{instance}A"), "eyJyIjoieCIsImciOiJkIiwicCI6MX0"] {
        desk.get(&format!("/v1/analyticsReportInstances/{id}")).assert_fault(404, "NOT_FOUND", "");
        desk.get(&format!("/v1/analyticsReportSegments/{id}")).assert_fault(404, "NOT_FOUND", "");
    }
    desk.get(&format!("/v1/analyticsReportSegments/{instance}")).assert_fault(404, "NOT_FOUND", "");
    for below in ["", "x", "a/b", "a/b.txt.gz", "a/b/c.txt.gz"] {
        assert_eq!(desk.fetch(&format!("https://keys.example/sandbox/segments/{below}")).0, 404, "{below}");
    }
    let wrong = format!("/v1/analyticsReports/{report}/instances?filter[granularity]=HOURLY");
    desk.get(&wrong).assert_fault(400, "PARAMETER_ERROR.INVALID", "filter[granularity]");
}
