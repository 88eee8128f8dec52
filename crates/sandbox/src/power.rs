//! Power and performance: no device ever ran an app of the sandbox, so there are the forms and no figures.

use crate::engine::House;
use crate::fault::Fault;
use crate::store::Reading;
use serde_json::json;

/// What metrics are sent as.
pub(crate) const CONTENT_TYPE: &str = "application/vnd.apple.xcode-metrics+json";

/// The metrics of an app or a build; nothing if another path is meant.
pub(crate) fn metrics(house: &House<'_>, reading: &Reading<'_>, path: &str) -> Option<Result<String, Fault>> {
    let rest = path.strip_prefix("/v1/")?.strip_suffix("/perfPowerMetrics")?;
    let (kind, id) = rest.split_once('/')?;
    if !matches!(kind, "apps" | "builds") || id.contains('/') {
        return None;
    }
    let none = json!({
        "version": "1.0",
        "insights": { "trendingUp": [], "regressions": [] },
        "productData": [],
    });
    Some(house.find(reading, kind, id).map(|_| none.to_string()))
}
