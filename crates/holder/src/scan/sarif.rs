//! SARIF 2.1.0, which code hosts show beside the lines it speaks of.

use super::{Finding, Report};
use serde_json::{Value, json};

/// The report as one document.
#[must_use]
pub fn sarif(report: &Report) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "counterfoil",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": [{
                    "id": RULE,
                    "shortDescription": { "text": "A private half of an API key" },
                    "help": { "text": "Whoever can read this can sign in as the key. End the key (counterfoil burn), then make a new one: taking the file out of the history does not help." },
                    "defaultConfiguration": { "level": "error" },
                }],
            }},
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

const RULE: &str = "private-half";

fn result(finding: &Finding) -> Value {
    let mut text = format!("A private half ({}), thumbprint {}", finding.form, finding.thumbprint);
    for (what, value) in [
        ("key id", finding.key_id.map(|id| id.to_string())),
        ("status", finding.status.map(|status| status.name().to_owned())),
        ("came in with commit", finding.commit.clone()),
    ] {
        text.extend(value.map(|value| format!(", {what} {value}")));
    }
    let mut result = json!({
        "ruleId": RULE,
        "level": "error",
        "message": { "text": text },
        "partialFingerprints": { "thumbprint/v1": finding.thumbprint },
    });
    if let Some(path) = &finding.path {
        // Of a file in an archive the archive is what can be shown.
        let file = path.split("!/").next().unwrap_or(path);
        let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
        if file.len() == path.len() {
            place["region"] = json!({ "startLine": finding.line.unwrap_or(1) });
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    }
    result
}

/// A relative path, or a file's, as a URI writes it.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            b'\\' => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
