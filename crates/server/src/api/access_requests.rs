//! `/v1/accessRequests`: the team's access to the API, which its owner asks for and the operator decides on.

use crate::call::Call;
use crate::dates;
use crate::error::{EntityFault, Problem};
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has, may_have};
use counterfoil_core::team::{Access, Team};
use http::StatusCode;
use serde_json::Value;

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "accessRequests",
    attributes: &[
        has("state", Form::OneOf(&["NONE", "REQUESTED", "APPROVED", "DECLINED"]), "How it stands."),
        may_have("stateDate", Form::Date, "Since when it stands so."),
        may_have("reason", Form::Text, "Why it was declined or withdrawn, if a reason was given."),
        has("terms", Form::Text, "What whoever asks agrees to."),
        may_have("termsUrl", Form::Text, "Where the terms can be read."),
    ],
    relationships: &[],
};

const FIELDS: Parameter = Parameter::fields("fields[accessRequests]", &TYPE, "Only these of it");

pub(crate) static LIST: &[Parameter] = &[Parameter::LIMIT, Parameter::CURSOR, FIELDS];
pub(crate) static ONE: &[Parameter] = &[FIELDS];

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let all = vec![resource(&call, &proven.team)];
    let page = cut(all, &call.query, "id", |_, _| SortValue::Nothing, |request| request.id().to_owned())?;
    Ok(call.many(page, Vec::new()))
}

pub(crate) async fn request(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let agreed = if call.body.is_empty() {
        false
    } else {
        let mut entity = call.new_entity(&TYPE)?;
        let agreed = entity.boolean("termsAgreed")?.unwrap_or(false);
        entity.finish(&TYPE, EntityFault::NotAllowed)?;
        agreed
    };
    let answered = call.authority().request_access(proven.team.id, &call.request(&proven)?, agreed).await?;
    let team = call.authority().ledger().team(proven.team.id)?;
    let reply = call.one(StatusCode::CREATED, resource(&call, &team), Vec::new());
    Ok(reply.located(&call.place("/v1/accessRequests")).at(answered.position))
}

/// How a team's access stands, by name.
pub(crate) const fn state(access: &Access) -> &'static str {
    match access {
        Access::NotRequested => "NONE",
        Access::Requested { .. } => "REQUESTED",
        Access::Approved { .. } => "APPROVED",
        Access::Declined { .. } => "DECLINED",
    }
}

fn resource(call: &Call, team: &Team) -> Resource {
    let (since, reason) = match &team.access {
        Access::NotRequested => (None, None),
        Access::Requested { at } | Access::Approved { at } => (Some(*at), None),
        Access::Declined { at, reason } => (Some(*at), reason.as_ref()),
    };
    let rule = &call.authority().catalog().access;
    Resource::new(&TYPE, team.id.to_string())
        .with("state", state(&team.access))
        .with("stateDate", since.map_or(Value::Null, |at| dates::written(at).into()))
        .with("reason", reason.map_or(Value::Null, |reason| reason.as_str().into()))
        .with("terms", rule.terms.trim())
        .with("termsUrl", rule.terms_url.clone().map_or(Value::Null, Value::from))
        .at(&call.place("/v1/accessRequests"))
}
