//! `/livez`, `/readyz`, `/metrics`, and the API's own description.

use crate::call::Call;
use crate::error::Problem;
use crate::openapi;
use crate::reply::Reply;
use http::{HeaderValue, StatusCode};
use serde_json::json;
use std::sync::LazyLock;

/// It is the same for everybody, and anybody may ask for it: written once, and one copy for all who read it.
static DESCRIPTION: LazyLock<Reply> = LazyLock::new(|| Reply::ok(&openapi::document()));
/// What Prometheus takes the figures as.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process answers.
pub(crate) async fn live(_: Call) -> Result<Reply, Problem> {
    Ok(Reply::ok(&json!({ "status": "ok" })))
}

/// The ledger is read and trusted.
pub(crate) async fn ready(call: Call) -> Result<Reply, Problem> {
    let (epoch, position) = {
        let state = call.authority().ledger().state()?;
        (state.head().epoch, state.head().position)
    };
    Ok(Reply::ok(&json!({ "status": "ok", "epoch": epoch, "position": position.0 })))
}

pub(crate) async fn metrics(call: Call) -> Result<Reply, Problem> {
    let text = call.house.figures().await;
    Ok(Reply::of(StatusCode::OK, HeaderValue::from_static(OPEN_METRICS), text))
}

pub(crate) async fn description(_: Call) -> Result<Reply, Problem> {
    Ok(DESCRIPTION.clone().kept("max-age=300"))
}
