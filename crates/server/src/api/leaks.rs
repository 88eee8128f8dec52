//! `POST /v1/leaks`: what a scanner found. Whoever shows to hold a half learns whose it is and whether it is
//! still good; of anything else nothing is said.

use crate::api::possession::shown;
use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::reply::Reply;
use serde::Deserialize;
use serde_json::{Value, json};

/// What `aud` of a token must be that reports its half.
const AUDIENCE: &str = "counterfoil-leak";
/// How many finds can be reported at a time.
const MOST_FINDS: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    finds: Vec<Find>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Find {
    token: String,
}

pub(crate) async fn report(call: Call) -> Result<Reply, Problem> {
    let body = call.json()?.ok_or_else(|| Problem::NotJson("there is no body".to_owned()))?;
    let report: Report = serde_json::from_value(body).map_err(|fault| Problem::NotJson(fault.to_string()))?;
    if report.finds.len() > MOST_FINDS {
        return Err(Problem::NotJson(format!("at most {MOST_FINDS} finds are taken at a time")));
    }
    let mut results = Vec::with_capacity(report.finds.len());
    for find in &report.finds {
        results.push(result(&call, &find.token).await?);
    }
    Ok(Reply::ok(&json!({ "results": results })))
}

async fn result(call: &Call, token: &str) -> Result<Value, Problem> {
    let Some((team, id)) = shown(call, token, AUDIENCE).await? else {
        return Ok(json!({ "status": "UNKNOWN", "keyId": null, "team": null, "lastUsed": null }));
    };
    let active = team.keys.get(&id).is_some_and(|key| key.is_active());
    let last_used = call.authority().last_used(id).await?;
    Ok(json!({
        "status": if active { "ACTIVE" } else { "REVOKED" },
        "keyId": id,
        "team": { "issuerId": team.id, "name": team.name },
        "lastUsed": last_used.map(dates::written),
    }))
}
