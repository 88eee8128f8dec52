//! *Calls* of a key since a chosen day: what may have been done with a private half that others had.

use super::chart::{SORTS, sort};
use super::download::{key_in_path, section};
use super::life::RefusedRow;
use crate::console::{Faults, Frame, Moment, TeamVisitor, page};
use crate::dates;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::usage::{Span, UsageRow};
use counterfoil_core::catalog::{Access, Administration, Catalog};
use counterfoil_core::event::Actor;
use counterfoil_core::team::Key;
use counterfoil_core::time::Timestamp;
use http::StatusCode;

/// More rows than anybody reads; the API tells all.
const MOST_ROWS: usize = 500;
/// As many refusals of the team as are kept.
const KEPT_REFUSALS: u32 = 1000;

#[derive(Template)]
#[template(path = "keys/calls.html")]
struct Calls {
    frame: Frame,
    id: String,
    name: String,
    leaked: bool,
    /// The day as it was typed.
    typed: String,
    faults: Faults,
    since: Moment,
    rows: Vec<Row>,
    /// How many rows there are, shown or not.
    count: usize,
    totals: Vec<(&'static str, &'static str, u64)>,
    refusals: Vec<RefusedRow>,
    /// What was changed with it, for whoever may read the audit.
    audit: Option<String>,
    back: String,
}

/// One way of calling in an hour or a day.
struct Row {
    at: Moment,
    /// Whether a whole day is told.
    is_day: bool,
    group: String,
    access: &'static str,
    path: String,
    outcome: &'static str,
    requests: u64,
}

/// `/keys/{id}/calls`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let (id, key) = key_in_path(&visitor)?;
    let typed = visitor.query().text("since").to_owned();
    let day = dates::day(&typed);
    let mut faults = Faults::default();
    if day.is_none() && !typed.is_empty() {
        faults.add("since", "A day is written as 2026-11-21");
    }
    let (authority, team) = (visitor.authority(), visitor.team.id);
    let calls = authority.calls_of(team, id, day).await?;
    let refused = authority.refusals(team, KEPT_REFUSALS).await?.into_iter();
    let refused = refused.filter(|refused| refused.key == id && refused.at >= calls.since);
    let here = visitor.here(&format!("/keys/{id}"));
    let since = Moment(calls.since);
    let template = Calls {
        frame: visitor.frame(&format!("Calls of {}", key.name), section(&visitor)),
        id: id.to_string(),
        name: key.name.to_string(),
        leaked: leaked(key),
        typed,
        faults,
        since,
        totals: totals(&calls.rows),
        count: calls.rows.len(),
        rows: calls.rows.iter().rev().take(MOST_ROWS).map(|row| Row::of(&visitor.catalog, row)).collect(),
        refusals: refused.map(RefusedRow::from).collect(),
        audit: visitor.may(Administration::Audit).then(|| audit(&visitor, id.as_str(), calls.since)),
        back: here,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Whether somebody showed to hold the private half, and ended it by that.
fn leaked(key: &Key) -> bool {
    key.revoked.as_deref().is_some_and(|revocation| matches!(revocation.by, Actor::Holder(_)))
}

/// Where the audit tells what was done by and to the key.
fn audit(visitor: &TeamVisitor, id: &str, since: Timestamp) -> String {
    let day = dates::written(since);
    let day = day.split('T').next().unwrap_or_default();
    visitor.here(&format!("/audit?key={id}&from={day}"))
}

/// Each sort of outcome with how often it was, if it was.
fn totals(rows: &[UsageRow]) -> Vec<(&'static str, &'static str, u64)> {
    let total = |at: usize| rows.iter().filter(|row| sort(row.outcome) == at).map(|row| row.count).sum();
    let all = SORTS.iter().enumerate().map(|(at, (class, words))| (*class, *words, total(at)));
    all.filter(|(_, _, total)| *total > 0).collect()
}

impl Row {
    fn of(catalog: &Catalog, row: &UsageRow) -> Self {
        let title = |group: &str| catalog.group(group).map(|group| group.title.clone());
        let group =
            row.group.as_ref().map(|group| title(group.as_str()).unwrap_or_else(|| group.to_string()));
        let (_, outcome) = SORTS.get(sort(row.outcome)).copied().unwrap_or_default();
        Self {
            at: row.since.into(),
            is_day: row.span == Span::Day,
            group: group.unwrap_or_default(),
            access: match row.access {
                Access::Read => "Reads",
                Access::Write => "Changes",
            },
            path: row.family.clone(),
            outcome,
            requests: row.count,
        }
    }
}
