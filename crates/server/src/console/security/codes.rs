//! Recovery codes: shown once, right after they were made.

use super::passkeys::said;
use super::{Place, session};
use crate::console::answer::page;
use crate::console::frame::Frame;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::credentials::RecoveryCodes;
use http::StatusCode;

#[derive(Template)]
#[template(path = "security/codes.html")]
struct Codes<'a> {
    frame: Frame,
    to: &'a str,
    codes: Vec<&'a str>,
    whole: String,
}

/// Makes new ones: every earlier one is over.
pub(crate) async fn renew(visitor: Visitor) -> Result<Reply, Problem> {
    let place = Place::of(&visitor, "");
    match visitor.authority().renew_recovery_codes(&session(&visitor)?, &visitor.from()).await {
        Ok(made) => Ok(show(&visitor, &place, &made)),
        Err(failure) => Ok(visitor.moved_with(&place.to, &said(Err(failure), "")?)),
    }
}

/// Shows codes. It answers a `POST` itself: nothing keeps them for a page to come.
pub(super) fn show(visitor: &Visitor, place: &Place, made: &RecoveryCodes) -> Reply {
    let codes: Vec<&str> = made.expose().collect();
    let whole = codes.join("\n");
    let frame = place.frame(visitor, "Your recovery codes");
    page(visitor, StatusCode::OK, &Codes { frame, to: &place.to, codes, whole })
}
