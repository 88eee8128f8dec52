//! The canary: a private half is in the one answer that hands it over, and nowhere else.

use crate::log;
use crate::town::{Persona, Town};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use counterfoil_core::half::PrivateHalf;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What of a half must not be found: lines of its PEM, its DER, and the 32 bytes themselves.
fn traces(pem: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(lines.concat()).unwrap();
    let scalar = der[36..68].to_vec();
    let mut traces: Vec<Vec<u8>> =
        vec![lines[1].as_bytes().to_vec(), scalar.clone(), STANDARD.encode(&scalar).into_bytes()];
    traces.push(scalar.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes());
    traces
}

fn holds(bytes: &[u8], traces: &[Vec<u8>]) -> bool {
    traces.iter().any(|trace| bytes.windows(trace.len()).any(|window| window == trace))
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

#[tokio::test]
async fn a_private_half_is_in_one_answer_and_nowhere_else() {
    log::keep();
    let (town, team, admin) = Town::with_admin().await;
    let made = town
        .post("/v1/apiKeys")
        .by(&admin)
        .entity("apiKeys", json!({ "nickname": "Canary", "keyType": "TEAM", "roles": ["ADMIN"] }));
    let made = made.send().await;
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    let pending = files(town.folder());
    let file = town.post(&format!("/v1/apiKeys/{id}/download")).by(&admin).send().await.ok();
    let traces = traces(&file.text());
    assert!(holds(&file.bytes, &traces), "the canary is blind");

    let half = PrivateHalf::from_pem(&file.text()).unwrap();
    let held = crate::town::Held {
        id: id.as_str().try_into().unwrap(),
        team: team.id,
        kind: "TEAM",
        half,
        pem: String::new(),
    };
    let canary = Persona::Key(Arc::new(held));
    let mut answers = vec![made];
    for path in
        ["/v1/apiKeys", "/v1/auditEvents", "/v1/keyInUse", "/v1/users", "/metrics", "/v1/openapi.json"]
    {
        answers.push(town.get(path).by(&canary).send().await);
    }
    answers.push(town.post(&format!("/v1/apiKeys/{id}/download")).by(&canary).send().await);
    answers.push(town.post("/v1/diagnose").by(&canary).send().await);
    for said in &answers {
        assert!(!holds(&said.bytes, &traces), "{said:?}");
    }
    town.wait(Duration::from_secs(60));
    town.authority.ledger().store().forget_erased().await.unwrap();
    for (path, bytes) in pending.iter().chain(&files(town.folder())) {
        assert!(!holds(bytes, &traces), "{}", path.display());
    }
    let logged = log::kept();
    assert!(String::from_utf8_lossy(&logged).contains("Answered a request"), "nothing was logged");
    assert!(!holds(&logged, &traces), "the log holds a private half");
    let text = String::from_utf8_lossy(&logged).into_owned();
    assert!(!text.contains("Bearer ") && !text.contains("eyJ"), "the log holds a token");
}
