//! What is said of findings, here and by a server.

use super::{half, scanned_bytes};
use crate::scan::{Status, sarif};
use counterfoil_core::id::KeyId;

#[test]
fn a_report_holds_no_private_half() {
    let half = half();
    let file = half.to_pem().unwrap();
    let report = scanned_bytes("AuthKey_2X9R4HXF34.p8", file.as_bytes());
    let texts = [
        serde_json::to_string(&report.findings).unwrap(),
        sarif(&report).to_string(),
        format!("{:?}", report.findings),
    ];
    for text in texts {
        for line in file.lines().filter(|line| !line.starts_with('-')) {
            assert!(!text.contains(line));
        }
    }
}

#[test]
fn sarif_names_file_and_line() {
    let half = half();
    let report = scanned_bytes("a b.p8", half.to_pem().unwrap().as_bytes());
    let document = sarif(&report);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 1);
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("/a%20b.p8"));
}

#[test]
fn what_a_server_says_is_written_into_the_findings() {
    let half = half();
    let mut report = scanned_bytes("a.p8", half.to_pem().unwrap().as_bytes());
    let thumbprints: Vec<_> = report.thumbprints().collect();
    let body =
        report.to_ask(&thumbprints, counterfoil_core::time::Timestamp::from_seconds(1_800_000_000)).unwrap();
    assert_eq!(body["finds"].as_array().unwrap().len(), 1);
    let answer = br#"{"results":[{"status":"ACTIVE","keyId":"2X9R4HXF34","team":{"issuerId":"i","name":"T"},"lastUsed":null}]}"#;
    report.told(&thumbprints, answer).unwrap();
    let finding = &report.findings[0];
    assert_eq!((finding.status, finding.team.as_deref()), (Some(Status::Active), Some("T (i)")));
    assert_eq!(finding.key_id, Some(KeyId::try_from("2X9R4HXF34").unwrap()));
    assert!(report.told(&thumbprints, b"{\"results\":[]}").is_err());
    assert!(report.told(&thumbprints, b"<html>").is_err());
}
