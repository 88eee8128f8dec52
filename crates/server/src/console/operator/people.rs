//! Everybody who is known here.

use crate::console::answer::page;
use crate::console::audit::{Attempt, attempts};
use crate::console::frame::{Frame, Section};
use crate::console::moment::Moment;
use crate::console::part::Part;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::people::Person;
use counterfoil_authority::sign_in::HistoryOf;
use counterfoil_core::id::PersonId;
use http::StatusCode;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "operator/people.html")]
struct People {
    frame: Frame,
    typed: String,
    rows: Vec<Row>,
    found: usize,
    total: usize,
    part: Part,
}

#[derive(Template)]
#[template(path = "operator/sign_ins.html")]
struct SignIns {
    frame: Frame,
    attempts: Vec<Attempt>,
    older: Option<String>,
    unknown: Vec<(Moment, u64)>,
}

struct Row {
    id: PersonId,
    name: String,
    email: String,
    is_operator: bool,
}

/// `/console/operator/people`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let typed = visitor.query().text("q").to_owned();
    let operators: Vec<PersonId> =
        visitor.authority().operators().await?.into_iter().map(|person| person.id).collect();
    let everyone = visitor.authority().everyone().await?;
    let total = everyone.len();
    let wanted = typed.to_lowercase();
    let found: Vec<Person> = everyone.into_iter().filter(|person| fits(person, &wanted)).collect();
    let row = |person: &Person| Row {
        id: person.id,
        name: name(person),
        email: person.email.clone(),
        is_operator: operators.contains(&person.id),
    };
    let part = Part::of("/console/operator/people", &visitor.query(), &["q"], found.len());
    let template = People {
        frame: visitor.frame("People", Section::OperatorPeople),
        typed,
        found: found.len(),
        total,
        rows: part.cut(found.iter().map(row)),
        part,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// `/console/operator/people/sign-ins`: everybody's.
pub(crate) async fn sign_ins(visitor: Visitor) -> Result<Reply, Problem> {
    let everyone = visitor.authority().everyone().await?;
    let names: HashMap<PersonId, String> = everyone.iter().map(|person| (person.id, name(person))).collect();
    let before = visitor.query().text("before").to_owned();
    let (attempts, next) = attempts(visitor.authority(), HistoryOf::Everyone, &before, &names).await?;
    let unknown = visitor.authority().unknown_sign_ins().await?;
    let template = SignIns {
        frame: visitor.frame("Sign-ins", Section::OperatorPeople),
        attempts,
        older: next.map(|next| format!("/console/operator/people/sign-ins?before={next}")),
        unknown: unknown.into_iter().map(|(at, count)| (at.into(), count)).collect(),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn fits(person: &Person, wanted: &str) -> bool {
    name(person).to_lowercase().contains(wanted) || person.email.to_lowercase().contains(wanted)
}

/// First and last name.
pub(super) fn name(person: &Person) -> String {
    format!("{} {}", person.first_name, person.last_name).trim().to_owned()
}
