//! The authenticator app: setting it up, confirming it by a code, removing it.

use super::passkeys::said;
use super::{Place, refused, session};
use crate::console::answer::page;
use crate::console::faults::Faults;
use crate::console::frame::Frame;
use crate::console::security::codes;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::{CredentialFailure, NewAuthenticator, Qr};
use http::StatusCode;

#[derive(Template)]
#[template(path = "security/authenticator.html")]
struct Authenticator {
    frame: Frame,
    place: Place,
    new: NewAuthenticator,
    qr: Qr,
    faults: Faults,
}

/// The page with the QR code.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let place = Place::of(&visitor, visitor.query().text("to"));
    match visitor.authority().begin_authenticator(&session(&visitor)?).await {
        Ok(new) => Ok(again(&visitor, StatusCode::OK, place, new, Faults::default())),
        Err(failure) => turned_away(&visitor, &place, failure),
    }
}

/// Confirms the app by a code, and shows the recovery codes, once.
pub(crate) async fn confirm(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let place = Place::of(&visitor, form.text("to"));
    let (session, handle) = (session(&visitor)?, form.text("handle"));
    let authority = visitor.authority();
    match authority.confirm_authenticator(&session, handle, form.text("code"), &visitor.from()).await {
        Ok(made) => Ok(codes::show(&visitor, &place, &made)),
        Err(failure) => {
            let faults = refused("code", failure)?;
            match authority.authenticator_again(&session, handle).await {
                Ok(new) => Ok(again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, place, new, faults)),
                Err(failure) => turned_away(&visitor, &place, failure),
            }
        }
    }
}

/// Removes it, and the recovery codes with it.
pub(crate) async fn remove(visitor: Visitor) -> Result<Reply, Problem> {
    let removed = visitor.authority().remove_authenticator(&session(&visitor)?, &visitor.from()).await;
    let notice = said(removed, "The authenticator app is removed, and your other sessions are ended.")?;
    Ok(visitor.moved_with(&Place::of(&visitor, "").to, &notice))
}

/// Where an app can't be set up now: to the password that must come first, or back.
fn turned_away(visitor: &Visitor, place: &Place, failure: CredentialFailure) -> Result<Reply, Problem> {
    let notice = said(Err(failure), "")?;
    let password = format!("{}/password?to={}", place.base, encoded(&place.to));
    Ok(visitor.moved_with(&password, &notice))
}

fn again(
    visitor: &Visitor,
    status: StatusCode,
    place: Place,
    new: NewAuthenticator,
    faults: Faults,
) -> Reply {
    let frame = place.frame(visitor, "Set up an authenticator app");
    let qr = new.qr();
    page(visitor, status, &Authenticator { frame, place, new, qr, faults })
}

impl Authenticator {
    /// The part of the drawing that is seen: the code with its quiet zone.
    fn view(&self) -> String {
        const QUIET: usize = 2;
        let side = self.qr.width + 2 * QUIET;
        format!("-{QUIET} -{QUIET} {side} {side}")
    }
}
