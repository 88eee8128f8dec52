//! What one is called.

use super::{Place, session};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::Frame;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "security/name.html")]
struct Name {
    frame: Frame,
    place: Place,
    first: String,
    last: String,
    faults: Faults,
}

/// The page that changes it.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let person = visitor.person()?;
    let typed = (person.first_name.clone(), person.last_name.clone());
    Ok(again(&visitor, StatusCode::OK, typed, Faults::default()))
}

/// Changes it.
pub(crate) async fn change(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let mut faults = Faults::default();
    let first = faults.parse("first-name", form.text("first-name"));
    let last = faults.parse("last-name", form.text("last-name"));
    let (Some(first), Some(last)) = (first, last) else {
        let typed = (form.text("first-name").to_owned(), form.text("last-name").to_owned());
        return Ok(again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, typed, faults));
    };
    let session = session(&visitor)?;
    visitor.authority().change_own_name(&session, &first, &last, &visitor.from()).await?;
    let notice = Notice::done(format!("You are called {first} {last} now, in all your teams."));
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}

fn again(visitor: &Visitor, status: StatusCode, (first, last): (String, String), faults: Faults) -> Reply {
    let place = Place::of(visitor, "");
    let frame = place.frame(visitor, "Change your name");
    page(visitor, status, &Name { frame, place, first, last, faults })
}
