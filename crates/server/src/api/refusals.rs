//! `GET /v1/refusals`: what holders of the team's keys were told lately, and why. Of tokens that proved nothing
//! there is a small sample apart: anybody can claim to be anybody.

use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::Parameter;
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has, may_have};
use counterfoil_authority::refusals::Refused;
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::Refusal;
use serde_json::Value;

/// As many as are kept.
const MOST: u32 = 1000;

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "refusals",
    attributes: &[
        has("date", Form::Date, "When."),
        has("key", Form::Text, "The key: proven or, where `isProven` is false, only claimed."),
        has("isProven", Form::Bool, "Whether the token proved that its maker holds the key."),
        has("reason", Form::Text, "Why: `expired`, `revoked`, `role`, `scope`, `limited-hour`, …"),
        has("method", Form::Text, "The method that was asked for."),
        has("path", Form::Text, "The path that was asked for, without its query."),
        has(
            "requestId",
            Form::Text,
            "What the request was called: `id` of the error that the holder was told.",
        ),
        may_have("address", Form::Text, "The client's address, as far as it is kept."),
    ],
    relationships: &[],
};

pub(crate) static LIST: &[Parameter] = &[
    Parameter::filter("filter[key]", "Of these keys"),
    Parameter::filter("filter[reason]", "For these reasons"),
    Parameter::filter("filter[requestId]", "Of these requests"),
    Parameter::filter(
        "filter[isProven]",
        "`true`, which is usual, or `false`: a few of the latest attempts that proved nothing",
    ),
    Parameter::LIMIT,
    Parameter::CURSOR,
    Parameter::fields("fields[refusals]", &TYPE, "Only these of a refusal"),
];

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let mut all = if wants_proven(&call)? {
        let kept = call.authority().refusals(proven.team.id, MOST).await?;
        kept.into_iter().map(Told::of_proven).collect()
    } else {
        let sample = call.authority().unproven_attempts(proven.team.id)?;
        sample.into_iter().filter_map(Told::of_claimed).collect::<Vec<_>>()
    };
    all.retain(|told| told.is_wanted(&call));
    let date = |told: &Told, _: &str| SortValue::Number(told.at.as_millis());
    let page = cut(all, &call.query, "-date", date, Told::id)?;
    Ok(call.many(page.map(Told::resource), Vec::new()))
}

fn wants_proven(call: &Call) -> Result<bool, Problem> {
    match call.query.list("filter[isProven]").unwrap_or_default().as_slice() {
        [] | ["true"] => Ok(true),
        ["false"] => Ok(false),
        _ => Err(Problem::invalid("filter[isProven]", "It is true or false")),
    }
}

/// One refusal, as it is told.
struct Told {
    at: Timestamp,
    key: KeyId,
    is_proven: bool,
    reason: String,
    method: String,
    path: String,
    request: String,
    address: String,
}

impl Told {
    fn of_proven(refused: Refused) -> Self {
        let Refused { key, at, reason, method, path, request_id, address } = refused;
        Self { at, key, is_proven: true, reason, method, path, request: request_id, address }
    }

    fn of_claimed(refusal: Refusal) -> Option<Self> {
        Some(Self {
            at: refusal.at,
            key: refusal.key?,
            is_proven: false,
            reason: refusal.reason.name().to_owned(),
            method: refusal.method.into(),
            path: refusal.path.into(),
            request: refusal.request_id.into(),
            address: refusal.from.into(),
        })
    }

    /// Nothing refers to one, but a list must tell them apart.
    fn id(&self) -> String {
        format!("{}-{}", self.at.as_millis(), self.request)
    }

    fn is_wanted(&self, call: &Call) -> bool {
        call.query.admits("filter[key]", [self.key.as_str()])
            && call.query.admits("filter[reason]", [self.reason.as_str()])
            && call.query.admits("filter[requestId]", [self.request.as_str()])
    }

    fn resource(self) -> Resource {
        let address = if self.address.is_empty() { Value::Null } else { self.address.as_str().into() };
        Resource::new(&TYPE, self.id())
            .with("date", dates::written(self.at))
            .with("key", self.key.as_str())
            .with("isProven", self.is_proven)
            .with("reason", self.reason)
            .with("method", self.method)
            .with("path", self.path)
            .with("requestId", self.request)
            .with("address", address)
    }
}
