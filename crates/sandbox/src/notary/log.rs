//! What the notary writes about a submission.

use super::{KIND, Status, Submission};
use crate::fault::Fault;
use crate::store::Store;
use serde_json::{Value, json};
use std::time::SystemTime;

const HELP: &str = "https://developer.apple.com/documentation/security/resolving-common-notarization-issues";

/// The log of a submission. Whoever knows its id may read it: the id is what makes the link a secret, as signatures do
/// in Apple's.
///
/// # Errors
/// If there is no such submission, or no log of it yet.
pub(crate) fn developer_log(store: &Store, now: SystemTime, team: &str, id: &str) -> Result<String, Fault> {
    let found = store.read(team, |reading| reading.find(KIND, id))?;
    let missing = || Fault::NoSuchResource { kind: "submissionsLog".to_owned(), id: id.to_owned() };
    let submission = Submission::of(&found.ok_or_else(missing)?)?;
    let (code, summary, issues) = match submission.status(now) {
        Status::InProgress => return Err(missing()),
        Status::Accepted => (0, "Ready for distribution", Value::Null),
        Status::Invalid => (4000, "Archive contains critical validation errors", issues(&submission.name)),
        Status::Rejected => (7000, "Team is not yet configured for notarization", Value::Null),
    };
    let log = json!({
        "logFormatVersion": 1,
        "jobId": id,
        "status": submission.status(now).word(),
        "statusSummary": summary,
        "statusCode": code,
        "archiveFilename": submission.name,
        "uploadDate": submission.created,
        "sha256": submission.sha256,
        "ticketContents": null,
        "issues": issues,
    });
    Ok(log.to_string())
}

fn issues(archive: &str) -> Value {
    json!([{
        "severity": "error",
        "code": null,
        "path": format!("{archive}/Sandbox.app/Contents/MacOS/Sandbox"),
        "message": "The binary is not signed with a valid Developer ID certificate.",
        "docUrl": HELP,
        "architecture": "arm64",
    }])
}
