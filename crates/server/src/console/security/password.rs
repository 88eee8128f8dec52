//! The password: setting, changing, removing.

use super::passkeys::said;
use super::{Place, refused, session};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::Frame;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

const TWICE: &str = "The two passwords are not the same. Type the password once more";

#[derive(Template)]
#[template(path = "security/password.html")]
struct Password {
    frame: Frame,
    place: Place,
    email: String,
    faults: Faults,
    has_one: bool,
}

/// The page that sets it.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let place = Place::of(&visitor, visitor.query().text("to"));
    again(&visitor, StatusCode::OK, place, Faults::default()).await
}

/// Sets it.
pub(crate) async fn set(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let place = Place::of(&visitor, form.text("to"));
    if form.exact("password") != form.exact("again") {
        let faults = Faults::one("again", TWICE);
        return again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, place, faults).await;
    }
    let (session, from) = (session(&visitor)?, visitor.from());
    match visitor.authority().set_password(&session, form.exact("password"), &from).await {
        Ok(()) => {
            let notice = Notice::done("The password is set, and your other sessions are ended.");
            Ok(visitor.moved_with(&next(&visitor, &place).await?, &notice))
        }
        Err(failure) => {
            let faults = refused("password", failure)?;
            again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, place, faults).await
        }
    }
}

/// A new account goes on to its second factor.
async fn next(visitor: &Visitor, place: &Place) -> Result<String, Problem> {
    let credentials = visitor.authority().credentials_of(visitor.person()?.id).await?;
    let goes_on = place.base == "/secure" && credentials.authenticator_since.is_none();
    Ok(if goes_on { format!("/secure/authenticator?to={}", encoded(&place.to)) } else { place.to.clone() })
}

/// Removes it, and the authenticator app with it.
pub(crate) async fn remove(visitor: Visitor) -> Result<Reply, Problem> {
    let removed = visitor.authority().remove_password(&session(&visitor)?, &visitor.from()).await;
    let notice = said(removed, "The password is removed, and your other sessions are ended.")?;
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}

async fn again(
    visitor: &Visitor,
    status: StatusCode,
    place: Place,
    faults: Faults,
) -> Result<Reply, Problem> {
    let person = visitor.person()?;
    let has_one = visitor.authority().credentials_of(person.id).await?.password_set_at.is_some();
    let frame = place.frame(visitor, if has_one { "Change your password" } else { "Set a password" });
    let template = Password { frame, place, email: person.email.clone(), faults, has_one };
    Ok(page(visitor, status, &template))
}
