//! `keys blast-radius`: what was done with a key since a chosen moment.

use super::held::{Held, held, server, surroundings, warn_of_clear_text, with_caller};
use crate::arguments::BlastRadiusArguments;
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_core::id::KeyId;
use counterfoil_holder::blast_radius::{self, BlastRadius, Calls};
use counterfoil_holder::clock::now;
use counterfoil_holder::dates;
use counterfoil_holder::mint::Order;
use serde_json::{Value, json};
use std::time::Duration;

const TTL: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn tell(arguments: &BlastRadiusArguments, printer: &Printer) -> Result<(), Problem> {
    let around = surroundings();
    let id = KeyId::try_from(arguments.id.as_str())?;
    let since = arguments.since.as_deref().map(|text| dates::since(text, now())).transpose();
    let since = since.map_err(|fault| Problem::usage(fault.message(), fault.hint()))?;
    let Held { chosen, key } = held(&arguments.key, &around, printer)?;
    let base = server(&arguments.server, Some(&chosen), &around, false)?;
    warn_of_clear_text(&base, printer);
    let told = with_caller(&key, Order::plain(TTL), &around, PATIENCE, printer, |caller, _| {
        Ok(blast_radius::of(caller, &base, id, since)?)
    })?;
    printer.result(&json!(told), || text(&told))
}

fn text(told: &BlastRadius) -> String {
    let since = told.since.as_deref().map_or_else(|| "it was generated".to_owned(), moment);
    let mut parts = vec![head(told), format!("Calls since {since}:\n{}", calls(&told.calls))];
    parts.push(listed("What it changed", told.changes.as_deref(), changes));
    parts.push(listed("Refused requests of the last 30 days", told.refusals.as_deref(), refusals));
    parts.join("\n\n")
}

fn head(told: &BlastRadius) -> String {
    let key = &told.key;
    let state = match (key.is_active, told.leaked) {
        (true, _) => "active: whoever has its private half can still use it".to_owned(),
        (false, Some(true)) => format!("leaked, and ended by whoever held it on {}", revoked(told)),
        (false, _) => format!("revoked on {}", revoked(told)),
    };
    format!("{} “{}” is {state}.", key.id, plain(&key.nickname))
}

fn revoked(told: &BlastRadius) -> String {
    told.key.revoking_date.as_deref().map(moment).unwrap_or_default()
}

fn calls(rows: &[Calls]) -> String {
    let mut table = Table::new(["from", "group", "how", "paths", "outcome", "requests"], "None was counted.");
    for row in rows {
        let day = if row.span == "DAY" { " (the day)" } else { "" };
        let group = row.group.clone().unwrap_or_default();
        let how = row.access.to_lowercase();
        let outcome = row.outcome.to_lowercase();
        let from = format!("{}{day}", moment(&row.since));
        table.row([from, group, how, row.path.clone(), outcome, row.requests.to_string()]);
    }
    table.text()
}

fn listed(title: &str, told: Option<&[Value]>, table: fn(&[Value]) -> String) -> String {
    match told {
        Some(told) => format!("{title}:\n{}", table(told)),
        None => format!("{title}: the acting key may not read this; give one that administers the audit."),
    }
}

fn changes(events: &[Value]) -> String {
    let mut table = Table::new(["when", "what", "about"], "Nothing.");
    for event in events {
        let about =
            ["key", "user", "invitation", "app"].iter().find_map(|name| event["details"][name].as_str());
        let about = about.unwrap_or_default().to_owned();
        table.row([when(event), text_of(event, "kind"), about]);
    }
    table.text()
}

fn refusals(refusals: &[Value]) -> String {
    let mut table = Table::new(["when", "request", "why", "from"], "None.");
    for refused in refusals {
        let request = format!("{} {}", text_of(refused, "method"), text_of(refused, "path"));
        table.row([when(refused), request, text_of(refused, "reason"), text_of(refused, "address")]);
    }
    table.text()
}

fn when(told: &Value) -> String {
    moment(&text_of(told, "date"))
}

fn text_of(told: &Value, member: &str) -> String {
    told[member].as_str().unwrap_or_default().to_owned()
}

/// `2026-11-21 19:30 UTC` of `2026-11-21T19:30:00Z`; what is none stays as it is.
fn moment(date: &str) -> String {
    match (date.get(..10), date.get(10..11), date.get(11..16)) {
        (Some(day), Some("T"), Some(minute)) => plain(&format!("{day} {minute} UTC")),
        _ => plain(date),
    }
}

/// Without anything that moves a terminal's cursor.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
