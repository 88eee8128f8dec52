//! Passkeys: adding, naming, removing.

use super::{Place, device, refused, session};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::form::Form;
use crate::console::frame::Frame;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::{CredentialFailure, CredentialName, PasskeyId};
use http::StatusCode;

#[derive(Template)]
#[template(path = "security/passkey.html")]
struct NewPasskey {
    frame: Frame,
    place: Place,
    name: String,
    faults: Faults,
    has_passkeys: bool,
}

/// The page that adds one.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let place = Place::of(&visitor, visitor.query().text("to"));
    let name = device(&visitor.from().agent);
    Ok(again(&visitor, StatusCode::OK, place, name, Faults::default()))
}

/// What the browser needs to make one.
pub(crate) async fn options(visitor: Visitor) -> Result<Reply, Problem> {
    match visitor.authority().begin_passkey(&session(&visitor)?).await {
        Ok(options) => Ok(Reply::ok(&options)),
        Err(CredentialFailure::Failed(failure)) => Err(failure.into()),
        Err(CredentialFailure::Refused(refusal)) => {
            Err(Problem::NotOpen { reason: Some(refusal.to_string()) })
        }
    }
}

/// Adds the one that the browser made.
pub(crate) async fn add(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let place = Place::of(&visitor, form.text("to"));
    let mut faults = Faults::default();
    if let Some(name) = faults.parse::<CredentialName>("name", form.text("name")) {
        let (session, from) = (session(&visitor)?, visitor.from());
        match visitor.authority().add_passkey(&session, &name, form.exact("response"), &from).await {
            Ok(_) => {
                let notice = Notice::done(format!("The passkey “{}” is ready to use.", name.as_str()));
                return Ok(visitor.moved_with(&place.to, &notice));
            }
            Err(failure) => faults = refused("passkey", failure)?,
        }
    }
    let name = form.text("name").to_owned();
    Ok(again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, place, name, faults))
}

/// Gives one another name.
pub(crate) async fn rename(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let mut faults = Faults::default();
    let name = faults.parse::<CredentialName>("name", form.text("name"));
    let notice = match (name, meant(&form)) {
        (Some(name), Some(passkey)) => {
            let renamed = visitor.authority().rename_passkey(&session(&visitor)?, &passkey, &name).await;
            said(renamed, "The passkey has another name now.")?
        }
        _ => Notice::failed(faults.all().first().map_or("There is no such passkey.", |fault| &fault.text)),
    };
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}

/// Removes one.
pub(crate) async fn remove(visitor: Visitor) -> Result<Reply, Problem> {
    let notice = match meant(&visitor.form()?) {
        Some(passkey) => {
            let (session, from) = (session(&visitor)?, visitor.from());
            let removed = visitor.authority().remove_passkey(&session, &passkey, &from).await;
            said(removed, "The passkey is removed, and your other sessions are ended.")?
        }
        None => Notice::failed("There is no such passkey."),
    };
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}

fn meant(form: &Form) -> Option<PasskeyId> {
    PasskeyId::try_from(form.text("passkey")).ok()
}

/// The message of what was done, or why it was not.
pub(super) fn said(done: Result<(), CredentialFailure>, good: &str) -> Result<Notice, Problem> {
    match done {
        Ok(()) => Ok(Notice::done(good)),
        Err(CredentialFailure::Refused(refusal)) => Ok(Notice::failed(format!("{refusal}."))),
        Err(CredentialFailure::Failed(failure)) => Err(failure.into()),
    }
}

fn again(visitor: &Visitor, status: StatusCode, place: Place, name: String, faults: Faults) -> Reply {
    let has_passkeys = visitor.authority().site().has_passkeys();
    let frame = place.frame(visitor, "Add a passkey");
    page(visitor, status, &NewPasskey { frame, place, name, faults, has_passkeys })
}
