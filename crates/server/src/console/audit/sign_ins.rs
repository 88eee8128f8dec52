//! Sign-ins and changes of credentials: an audit of its own, which is personal and goes with the person.

use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::security::history::Entry;
use crate::console::visitor::TeamVisitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::Authority;
use counterfoil_authority::sign_in::{HistoryEntry, HistoryOf, HistoryPage, PageMark};
use counterfoil_core::id::PersonId;
use http::StatusCode;
use std::collections::HashMap;

/// How many entries a page shows.
const A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "audit/sign_ins.html")]
struct SignIns {
    frame: Frame,
    base: String,
    attempts: Vec<Attempt>,
    older: Option<String>,
}

/// An entry, and whose it is.
pub(crate) struct Attempt {
    /// Who.
    pub(crate) who: String,
    /// What, when and from where.
    pub(crate) entry: Entry,
}

/// `/console/teams/{issuerId}/audit/sign-ins`.
pub(crate) async fn show(visitor: TeamVisitor) -> Result<Reply, Problem> {
    let people = visitor.authority().people_of(visitor.team.id).await?;
    let names: HashMap<PersonId, String> =
        people.into_iter().map(|one| (one.person, format!("{} {}", one.first_name, one.last_name))).collect();
    let before = visitor.query().text("before").to_owned();
    let of = HistoryOf::Team(visitor.team.id);
    let (attempts, next) = attempts(visitor.authority(), of, &before, &names).await?;
    let base = visitor.here("/audit");
    let template = SignIns {
        frame: visitor.frame("Sign-ins", Section::Audit),
        older: next.map(|next| format!("{base}/sign-ins?before={next}")),
        base,
        attempts,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// A page of entries, and where older ones begin.
pub(crate) async fn attempts(
    authority: &Authority,
    of: HistoryOf,
    before: &str,
    names: &HashMap<PersonId, String>,
) -> Result<(Vec<Attempt>, Option<String>), Problem> {
    let before = PageMark::try_from(before).ok();
    let HistoryPage { entries, next } = authority.sign_in_history(of, before.as_ref(), A_PAGE).await?;
    let next = next.map(|mark| encoded(&mark.to_string()));
    Ok((entries.into_iter().map(|entry| Attempt::of(entry, names)).collect(), next))
}

impl Attempt {
    fn of(entry: HistoryEntry, names: &HashMap<PersonId, String>) -> Self {
        let who = match entry.person {
            Some(person) => names.get(&person).map_or("Somebody", String::as_str),
            None => "The operator",
        };
        Self { who: who.to_owned(), entry: entry.into() }
    }
}
