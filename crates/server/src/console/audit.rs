//! A team's audit: what happened, as sentences, newest first; and taken along as a file.

mod export;
mod filter;
mod sentence;
mod sign_ins;

pub(crate) use export::{csv, json};
pub(crate) use sentence::{Part, Sentence, Telling};
pub(crate) use sign_ins::{Attempt, attempts, show as sign_ins};

use super::answer::page;
use super::frame::{Frame, Section};
use super::moment::Moment;
use super::visitor::TeamVisitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::audit::{AuditEntry, AuditPage, AuditQuery, Reach};
use counterfoil_authority::directory::Directory;
use counterfoil_core::event::{Entry, Stream};
use filter::{Choice, Filter};
use http::StatusCode;

/// How many entries a page shows.
const A_PAGE: usize = 50;
/// How many entries are looked at for a page: a team's audit may be long, and what is looked for not in it.
const LOOKED_AT: usize = 5_000;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    frame: Frame,
    base: String,
    filter: Filter,
    people: Vec<Choice>,
    keys: Vec<Choice>,
    kinds: Vec<Choice>,
    entries: Vec<Told>,
    /// Where older entries are, if there are any.
    older: Option<String>,
    /// Whether the page was left before it was full, since enough was looked at.
    cut: bool,
    begun: bool,
}

/// An entry as a page tells it.
pub(crate) struct Told {
    /// When.
    pub(crate) at: Moment,
    /// What.
    pub(crate) sentence: Sentence,
    /// The event's name.
    pub(crate) kind: &'static str,
    /// Where it stands in the ledger.
    pub(crate) position: u64,
    /// Its exact bytes.
    pub(crate) json: String,
}

impl Told {
    /// An entry of this stream.
    pub(crate) fn of(entry: AuditEntry, of: Stream, telling: &Telling<'_>) -> Self {
        let sentence = telling.sentence(&entry);
        let (kind, position) = (entry.event.name(), entry.position.0);
        let AuditEntry { at, by, event, .. } = entry;
        let json = String::from_utf8(Entry { of, at, by, event }.to_bytes()).unwrap_or_default();
        Self { at: at.into(), sentence, kind, position, json }
    }
}

/// `/console/teams/{issuerId}/audit`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let filter = Filter::read(&visitor.query());
    let directory = visitor.authority().directory(visitor.team.id).await?;
    let found = if filter.faults.is_empty() {
        let query = AuditQuery { limit: A_PAGE, reach: Reach::Entries(LOOKED_AT), ..filter.query.clone() };
        visitor.authority().audit(visitor.team.id, &query).await?
    } else {
        AuditPage { entries: Vec::new(), next: None, total: None }
    };
    let template = told(&visitor, filter, &directory, found);
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn told(visitor: &TeamVisitor, filter: Filter, directory: &Directory, found: AuditPage) -> Audit {
    let telling = Telling { catalog: &visitor.catalog, team: Some(&visitor.team), directory };
    let of = Stream::Team(visitor.team.id);
    let base = visitor.here("/audit");
    Audit {
        frame: visitor.frame("Audit", Section::Audit),
        older: found.next.map(|before| format!("{base}?{}", filter.to_query(Some(before)))),
        cut: found.next.is_some() && found.entries.len() < A_PAGE,
        begun: filter.query.before.is_some(),
        people: filter::people(&visitor.team, directory, &filter),
        keys: filter::keys(&visitor.team, &filter),
        kinds: filter::kinds(&filter),
        entries: found.entries.into_iter().map(|entry| Told::of(entry, of, &telling)).collect(),
        base,
        filter,
    }
}
