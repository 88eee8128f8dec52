//! The audit as a file: what a filter leaves of it, newest first, written while it is read.

use super::filter::Filter;
use super::sentence::Telling;
use crate::api::audit_events;
use crate::app::House;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::flow::{Flow, Teller};
use crate::reply::Reply;
use counterfoil_authority::audit::{AuditEntry, AuditQuery, Reach};
use counterfoil_authority::directory::Directory;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::team::Team;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use std::sync::Arc;

/// How many entries are read for a piece of the file.
const A_PIECE: usize = 500;

/// `/console/teams/{issuerId}/audit/export.csv`.
pub(crate) async fn csv(visitor: TeamVisitor) -> Result<Reply, Problem> {
    export(&visitor, Form::Csv).await
}

/// `/console/teams/{issuerId}/audit/export.json`: an array of what `/v1/auditEvents` calls its entries, which
/// `counterfoil restore --apply-revocations` takes back.
pub(crate) async fn json(visitor: TeamVisitor) -> Result<Reply, Problem> {
    export(&visitor, Form::Json).await
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
}

impl Form {
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    const fn media_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        })
    }
}

async fn export(visitor: &TeamVisitor, form: Form) -> Result<Reply, Problem> {
    let filter = Filter::read(&visitor.query());
    if let Some(fault) = filter.faults.all().first() {
        return Err(Problem::invalid(fault.field, fault.text.as_str()));
    }
    let export = Export {
        house: Arc::clone(&visitor.call.house),
        catalog: Arc::clone(&visitor.catalog),
        team: Arc::clone(&visitor.team),
        directory: visitor.authority().directory(visitor.team.id).await?,
        query: AuditQuery { limit: A_PIECE, reach: Reach::Entries(A_PIECE), before: None, ..filter.query },
        form,
    };
    let name = format!("attachment; filename=\"audit-{}.{}\"", visitor.team.id, form.extension());
    let reply = Reply::of(StatusCode::OK, form.media_type(), "").with_text(CONTENT_DISPOSITION, &name);
    Ok(reply.flowing(Flow::of(|teller| export.tell(teller))))
}

/// What is being written.
struct Export {
    house: Arc<House>,
    catalog: Arc<Catalog>,
    team: Arc<Team>,
    directory: Directory,
    query: AuditQuery,
    form: Form,
}

impl Export {
    /// Tells the file piece by piece. Where it can't be read to its end, it ends as broken off: half an audit
    /// must not be taken for a whole one.
    async fn tell(mut self, teller: Teller) {
        let mut piece = self.beginning();
        let mut is_first = true;
        loop {
            let page = match self.house.authority.audit(self.team.id, &self.query).await {
                Ok(page) => page,
                Err(failure) => {
                    tracing::warn!(%failure, "An export of the audit was broken off");
                    return teller.break_off().await;
                }
            };
            for entry in &page.entries {
                self.write(entry, &mut piece, is_first);
                is_first = false;
            }
            self.query.before = page.next;
            if page.next.is_none() {
                piece.push_str(self.end());
            }
            if !teller.tell(std::mem::take(&mut piece)).await || page.next.is_none() {
                return;
            }
        }
    }

    /// A mark in front of a CSV tells spreadsheets that it is UTF-8.
    fn beginning(&self) -> String {
        match self.form {
            Form::Csv => "\u{feff}position,date,kind,actorType,actorId,actor,what,details\r\n".to_owned(),
            Form::Json => "[".to_owned(),
        }
    }

    const fn end(&self) -> &'static str {
        match self.form {
            Form::Csv => "",
            Form::Json => "\n]\n",
        }
    }

    fn write(&self, entry: &AuditEntry, piece: &mut String, is_first: bool) {
        match self.form {
            Form::Csv => self.write_line(entry, piece),
            Form::Json => {
                piece.push_str(if is_first { "\n" } else { ",\n" });
                piece.push_str(&audit_events::told(entry).to_string());
            }
        }
    }

    fn write_line(&self, entry: &AuditEntry, piece: &mut String) {
        let telling = Telling { catalog: &self.catalog, team: Some(&self.team), directory: &self.directory };
        let told = audit_events::told(entry);
        let attributes = &told["attributes"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let cells = [
            text(&told["id"]),
            text(&attributes["date"]),
            text(&attributes["kind"]),
            text(&attributes["actor"]["type"]),
            text(&attributes["actor"]["id"]),
            telling.actor_name(entry.by),
            telling.sentence(entry).to_string(),
            attributes["details"].to_string(),
        ];
        piece.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        piece.push_str("\r\n");
    }
}

/// A cell that no spreadsheet takes for a formula: names and reasons are typed by people.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '|']) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_stays_one_cell() {
        for (cell, written) in [
            ("CI server", "\"CI server\""),
            ("say \"hi\", you", "\"say \"\"hi\"\", you\""),
            ("=HYPERLINK(1)", "\"'=HYPERLINK(1)\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }
}
