//! `GET /v1/apiKeys/{id}/uses`: the calls of a key since a chosen moment, counted by the hour.

use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::page::{SortValue, cut};
use crate::proof::Proven;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use crate::resource::{Form, Resource, ResourceType, has, may_have};
use counterfoil_authority::usage::{Outcome, Span, UsageRow};
use counterfoil_core::catalog::Access;
use counterfoil_core::time::Timestamp;
use serde_json::json;

const SINCE: &str = "filter[since]";

pub(crate) static TYPE: ResourceType = ResourceType {
    name: "apiKeyUses",
    attributes: &[
        has("since", Form::Date, "When the hour or day began."),
        has("span", Form::OneOf(&["HOUR", "DAY"]), "An hour; a day, of what is older than 90 days."),
        may_have("group", Form::Text, "The group of endpoints, if the path belongs to one."),
        has("access", Form::OneOf(&["READ", "WRITE"]), "Reading or writing."),
        has("path", Form::Text, "The family of paths, as the catalog writes it; `other` for the rest."),
        has(
            "outcome",
            Form::OneOf(&["ALLOWED", "FORBIDDEN", "LIMITED", "REFUSED"]),
            "What became of them: let through; not open to the key; too many; a token that was no good otherwise.",
        ),
        has("requests", Form::Number, "How many."),
    ],
    relationships: &[],
};

pub(crate) static LIST: &[Parameter] = &[
    Parameter {
        name: SINCE,
        kind: ParameterKind::Text,
        about: "Not before this hour: `2026-11-21T19:30:00Z`, or a day in UTC. Usually since the key was generated",
    },
    Parameter::LIMIT,
    Parameter::CURSOR,
    Parameter::fields("fields[apiKeyUses]", &TYPE, "Only these of a row"),
];

pub(crate) async fn list(call: Call, proven: Proven) -> Result<Reply, Problem> {
    let id = call.named_key()?;
    let since = call.query.text(SINCE).map(read_since).transpose()?;
    let calls = call.authority().calls_of(proven.team.id, id, since).await?;
    let date = |row: &UsageRow, _: &str| SortValue::Number(row.since.as_millis());
    let page = cut(calls.rows, &call.query, "since", date, row_id)?;
    Ok(call.many(page.map(|row| resource(&row)), Vec::new()))
}

fn read_since(text: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::invalid(SINCE, "This must be a time such as 2026-11-21T19:30:00Z, or 2026-11-21");
    dates::read(text).ok_or_else(wrong)
}

fn resource(row: &UsageRow) -> Resource {
    Resource::new(&TYPE, row_id(row))
        .with("since", dates::written(row.since))
        .with("span", span(row.span))
        .with("group", json!(row.group))
        .with("access", access(row.access))
        .with("path", row.family.as_str())
        .with("outcome", outcome(row.outcome))
        .with("requests", row.count)
}

/// Nothing refers to one, but a list must tell them apart.
fn row_id(row: &UsageRow) -> String {
    let group = row.group.as_ref().map_or("", |group| group.as_str());
    let words = [span(row.span), access(row.access), outcome(row.outcome), group, &row.family];
    format!("{}.{}", row.since.as_seconds(), words.join("."))
}

const fn span(span: Span) -> &'static str {
    match span {
        Span::Hour => "HOUR",
        Span::Day => "DAY",
    }
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Read => "READ",
        Access::Write => "WRITE",
    }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "ALLOWED",
        Outcome::Forbidden => "FORBIDDEN",
        Outcome::Limited => "LIMITED",
        Outcome::Refused => "REFUSED",
    }
}
