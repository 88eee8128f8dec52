//! `POST /v1/feed/uses`: what keys were used for at a verifier elsewhere, told with its replica's credential.
//! docs/feed.md describes it.

use crate::call::Call;
use crate::error::Problem;
use crate::reply::Reply;
use counterfoil_verify::UsageReport;
use http::StatusCode;

pub(crate) async fn count(call: Call, replica: String) -> Result<Reply, Problem> {
    let body = call.json()?.ok_or_else(|| Problem::NotJson("there is no body".to_owned()))?;
    let report: UsageReport =
        serde_json::from_value(body).map_err(|fault| Problem::NotJson(fault.to_string()))?;
    let counted = call.authority().count_elsewhere(&replica, report).await?;
    counted.map_err(|unfit| Problem::NotJson(unfit.to_string()))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
