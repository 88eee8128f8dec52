//! Pages of lists.
//!
//! A page is found by walking an index from where the last one ended, never by counting what is passed over, but
//! where several attributes sort a list together.

use super::filter::{Filter, narrow};
use super::order::{Order, sorted_by};
use super::{COLUMNS, End, Kept, index, kept};
use crate::fault::Fault;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};

/// Which page of which list.
pub(crate) struct Wanted<'w> {
    pub(crate) origin: Origin<'w>,
    pub(crate) filters: Vec<Filter>,
    /// By what, the first first; whether backwards.
    pub(crate) sort: Vec<(Order, bool)>,
    /// The apps that may be seen, if not all.
    pub(crate) apps: Option<&'w [String]>,
    pub(crate) after: Option<After>,
    pub(crate) most: usize,
}

/// Of what a list is.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'w> {
    /// All of a type.
    All { kind: &'w str },
    /// Those that refer to this by that relation.
    Referring { to: &'w End, kind: &'w str, by: &'w str },
    /// Those to which this refers by that relation.
    Referred { owner: i64, kind: &'w str, by: &'w str },
}

impl<'w> Origin<'w> {
    const fn kind(&self) -> &'w str {
        match self {
            Self::All { kind } | Self::Referring { kind, .. } | Self::Referred { kind, .. } => kind,
        }
    }
}

/// Where the last page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum After {
    /// At this resource; in the order of one attribute, with this value of it.
    #[serde(rename = "n")]
    Number(i64, Option<Facet>),
    /// After so many.
    #[serde(rename = "o")]
    Offset(usize),
}

/// A value of the order, as a cursor carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Facet {
    Number(i64),
    Text(String),
}

/// A page.
pub(crate) struct Listed {
    pub(crate) kept: Vec<Kept>,
    /// Where the next begins, if there is one.
    pub(crate) next: Option<After>,
    /// How many there are on all pages.
    pub(crate) total: i64,
}

impl<'w> From<Origin<'w>> for Wanted<'w> {
    fn from(origin: Origin<'w>) -> Self {
        Self { origin, filters: Vec::new(), sort: Vec::new(), apps: None, after: None, most: 200 }
    }
}

/// SQL that grows, with its values.
#[derive(Default)]
pub(super) struct Growing {
    from: String,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Growing {
    pub(super) fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    pub(super) fn values(&mut self, all: impl IntoIterator<Item = impl Into<Value>>) -> String {
        let all: Vec<String> = all.into_iter().map(|value| self.value(value)).collect();
        all.join(", ")
    }

    pub(super) fn condition(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    fn text(&self, columns: &str, rest: &str) -> String {
        let conditions = self.conditions.join(" AND ");
        format!("SELECT {columns} FROM {} WHERE {conditions} {rest}", self.from)
    }
}

/// How the list is walked.
enum Walk {
    /// As the resources were made.
    Made,
    /// By the place that links have, then as the resources were made.
    Placed,
    /// By one attribute; whether backwards.
    Sorted(bool),
    /// By something else, or by several.
    SortedTwice(String),
}

pub(super) fn page(connection: &Connection, team: &str, wanted: &Wanted<'_>) -> Result<Listed, Fault> {
    let mut sql = Growing::default();
    let is_narrowed = begin(&mut sql, team, wanted);
    let (counting, counted) = (sql.text("COUNT(*)", ""), sql.values.len());
    let walk = walk(&mut sql, team, wanted);
    let (columns, order) = match &walk {
        Walk::Made => (format!("{COLUMNS}, NULL"), "ORDER BY r.number".to_owned()),
        Walk::Placed => (format!("{COLUMNS}, NULL"), "ORDER BY l.place, r.number".to_owned()),
        Walk::Sorted(backwards) => {
            let way = if *backwards { "DESC" } else { "ASC" };
            (format!("{COLUMNS}, s.value"), format!("ORDER BY s.value {way}, s.number {way}"))
        }
        Walk::SortedTwice(order) => (format!("{COLUMNS}, NULL"), format!("ORDER BY {order}, r.number")),
    };
    let offset = skip(&mut sql, &walk, wanted.after.as_ref());
    let limit = sql.value(index(wanted.most + 1));
    let skipped = sql.value(index(offset));
    let text = sql.text(&columns, &format!("{order} LIMIT {limit} OFFSET {skipped}"));
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement
        .query_map(params_from_iter(&sql.values), |row| Ok((kept(row)?, row.get::<_, Value>(5)?)))?;
    let mut rows: Vec<(Kept, Value)> = rows.collect::<Result<_, _>>()?;
    let is_all = wanted.after.is_none() && rows.len() <= wanted.most;
    let total = match (is_narrowed, wanted.origin) {
        // Who saw all of it need not count it.
        _ if is_all => index(rows.len()),
        (false, Origin::All { kind }) => count_of_type(connection, team, kind)?,
        _ => count(connection, &counting, sql.values.get(..counted).unwrap_or_default())?,
    };
    let next = (rows.len() > wanted.most).then(|| {
        rows.truncate(wanted.most);
        ends_at(&walk, rows.last(), offset + wanted.most)
    });
    Ok(Listed { kept: rows.into_iter().map(|(kept, _)| kept).collect(), next, total })
}

/// Says of what the list is, and what is in it. Answers whether this is less than all of a type.
fn begin(sql: &mut Growing, team: &str, wanted: &Wanted<'_>) -> bool {
    let kind = wanted.origin.kind();
    match wanted.origin {
        Origin::All { .. } => {
            sql.from = "resources r".to_owned();
            let (team, kind) = (sql.value(team.to_owned()), sql.value(kind.to_owned()));
            // Where something narrows the list, that is walked, not the type.
            let plus = if wanted.filters.is_empty() && wanted.sort.is_empty() { "" } else { "+" };
            sql.condition(format!("{plus}r.team = {team} AND {plus}r.type = {kind}"));
        }
        Origin::Referring { to, by, .. } => {
            sql.from = "links l CROSS JOIN resources r ON r.number = l.owner".to_owned();
            let all = [team, &to.kind, &to.id, kind, by].map(|value| sql.value(value.to_owned()));
            let [team, to_kind, to_id, kind, by] = all;
            sql.condition(format!(
                "l.team = {team} AND l.target_type = {to_kind} AND l.target_id = {to_id}
                AND l.owner_type = {kind} AND l.name = {by}"
            ));
        }
        Origin::Referred { owner, by, .. } => {
            let (team, kind) = (sql.value(team.to_owned()), sql.value(kind.to_owned()));
            sql.from = format!(
                "links l CROSS JOIN resources r ON r.team = {team} AND r.type = {kind} AND r.id = l.target_id"
            );
            let (owner, by) = (sql.value(owner), sql.value(by.to_owned()));
            sql.condition(format!("l.owner = {owner} AND l.name = {by} AND l.target_type = {kind}"));
        }
    }
    for filter in &wanted.filters {
        narrow(sql, team, kind, filter);
    }
    if let Some(apps) = wanted.apps {
        let apps = sql.values(apps.iter().cloned());
        sql.condition(format!("(r.app IS NULL OR r.app IN ({apps}))"));
    }
    !wanted.filters.is_empty() || wanted.apps.is_some()
}

fn count_of_type(connection: &Connection, team: &str, kind: &str) -> Result<i64, Fault> {
    let sql = "SELECT COALESCE(SUM(count), 0) FROM counts WHERE team = ?1 AND type = ?2";
    Ok(connection.prepare_cached(sql)?.query_row([team, kind], |row| row.get(0))?)
}

fn count(connection: &Connection, text: &str, values: &[Value]) -> Result<i64, Fault> {
    Ok(connection.prepare_cached(text)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

fn walk(sql: &mut Growing, team: &str, wanted: &Wanted<'_>) -> Walk {
    match (wanted.sort.as_slice(), wanted.origin) {
        ([], Origin::All { .. }) => Walk::Made,
        ([], _) => Walk::Placed,
        ([(Order::Attribute(name), backwards)], _) => {
            let (team, kind) = (sql.value(team.to_owned()), sql.value(wanted.origin.kind().to_owned()));
            let name = sql.value(name.clone());
            let joined = match wanted.origin {
                Origin::All { .. } => "facets s CROSS JOIN resources r ON r.number = s.number".to_owned(),
                _ => format!("{} JOIN facets s ON s.number = r.number", sql.from),
            };
            sql.from = joined;
            sql.condition(format!("s.team = {team} AND s.type = {kind} AND s.name = {name}"));
            Walk::Sorted(*backwards)
        }
        (several, _) => {
            let order = several.iter().map(|(order, backwards)| {
                format!("{} {}", sorted_by(sql, team, order), if *backwards { "DESC" } else { "ASC" })
            });
            Walk::SortedTwice(order.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Begins after where the last page ended; answers how many must be passed over by counting.
fn skip(sql: &mut Growing, walk: &Walk, after: Option<&After>) -> usize {
    match (walk, after) {
        (Walk::Made, Some(After::Number(number, None))) => {
            let number = sql.value(*number);
            sql.condition(format!("r.number > {number}"));
            0
        }
        (Walk::Sorted(backwards), Some(After::Number(number, Some(value)))) => {
            let value = sql.value(match value {
                Facet::Number(number) => Value::Integer(*number),
                Facet::Text(text) => Value::Text(text.clone()),
            });
            let number = sql.value(*number);
            let way = if *backwards { "<" } else { ">" };
            sql.condition(format!("(s.value, s.number) {way} ({value}, {number})"));
            0
        }
        (_, Some(After::Offset(count))) => *count,
        _ => 0,
    }
}

fn ends_at(walk: &Walk, last: Option<&(Kept, Value)>, passed: usize) -> After {
    match (walk, last) {
        (Walk::Made, Some((kept, _))) => After::Number(kept.number, None),
        (Walk::Sorted(_), Some((kept, Value::Integer(value)))) => {
            After::Number(kept.number, Some(Facet::Number(*value)))
        }
        (Walk::Sorted(_), Some((kept, Value::Text(value)))) => {
            After::Number(kept.number, Some(Facet::Text(value.clone())))
        }
        _ => After::Offset(passed),
    }
}
