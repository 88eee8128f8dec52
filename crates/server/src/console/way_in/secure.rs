//! `/secure`: securing an account right after it was made, or before anything else may be done with it.

use super::onward;
use crate::console::answer::page;
use crate::console::frame::{Frame, Section};
use crate::console::security::device;
use crate::console::single_sign_on::{Linked, linked};
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

#[derive(Template)]
#[template(path = "way_in/secure.html")]
struct Secure {
    frame: Frame,
    to: String,
    must: bool,
    has_passkeys: bool,
    has_password: bool,
    has_code: bool,
    name: String,
    linked: Linked,
}

/// `GET /secure`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let signed_in = visitor.signed_in()?.clone();
    let person = visitor.person()?;
    let credentials = visitor.authority().credentials_of(person.id).await?;
    let to = onward(visitor.query().text("to")).to_owned();
    let template = Secure {
        linked: linked(&visitor, &credentials, &to),
        frame: Frame { bare: true, ..visitor.frame("Secure your account", Section::None) },
        to,
        must: signed_in.session.must_enrol,
        has_passkeys: visitor.authority().site().has_passkeys(),
        has_password: credentials.password_set_at.is_some(),
        has_code: credentials.authenticator_since.is_some(),
        name: device(&visitor.from().agent),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}
