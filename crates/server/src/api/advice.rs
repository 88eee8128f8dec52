//! `GET /v1/apiKeys/{id}/advice`: the smallest roles that would do, from what the key was used for.

use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::proof::Proven;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has};
use counterfoil_authority::advice::GroupUse;
use counterfoil_core::catalog::Access;
use http::StatusCode;
use serde_json::{Value, json};

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "apiKeyAdvice",
    attributes: &[
        has("roles", Form::Texts, "The roles at this moment."),
        has(
            "smallestRoles",
            Form::Texts,
            "The roles that open all it was used for, and as little else as can be.",
        ),
        has(
            "used",
            Form::Objects,
            "What it was used for: a list of `group`, `access`, `requests`, `refused`.",
        ),
        has("neverUsed", Form::Texts, "Groups that it opens and never used."),
        has("since", Form::Date, "Since when use is counted for this."),
    ],
    relationships: &[],
};

pub(crate) async fn get(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id = call.named_key()?;
    let advice = call.authority().advice(proven.team.id, id).await?;
    let resource = Resource::new(&TYPE, id.as_str())
        .with("roles", json!(advice.roles_now))
        .with("smallestRoles", json!(advice.smallest))
        .with("used", advice.used.iter().map(used).collect::<Value>())
        .with("neverUsed", json!(advice.never_used))
        .with("since", dates::written(advice.since))
        .at(&call.place(&call.path));
    Ok(call.one(StatusCode::OK, resource, Vec::new()))
}

fn used(group: &GroupUse) -> Value {
    let access = match group.access {
        Access::Read => "READ",
        Access::Write => "WRITE",
    };
    json!({ "group": group.group, "access": access, "requests": group.requests, "refused": group.refused })
}
