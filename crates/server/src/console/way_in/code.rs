//! `/sign-in/code`: the second factor after a password.

use super::{on_the_way, onward, settled};
use crate::console::answer::{moved, page};
use crate::console::faults::Faults;
use crate::console::frame::Frame;
use crate::console::visitor::Visitor;
use crate::cookies;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use http::StatusCode;

const NO: &str = "This code is not right, or you took too long. Codes change every 30 seconds; each recovery code \
    is good once";

#[derive(Template)]
#[template(path = "way_in/code.html")]
struct Code {
    frame: Frame,
    to: String,
    faults: Faults,
}

/// `GET /sign-in/code`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let to = onward(visitor.query().text("to")).to_owned();
    if pending(&visitor).is_none() {
        return Ok(moved(&on_the_way("/sign-in", &to)));
    }
    Ok(again(&visitor, StatusCode::OK, to, Faults::default()))
}

/// `POST /sign-in/code`.
pub(crate) async fn check(visitor: Visitor) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let to = onward(form.text("to")).to_owned();
    let Some(pending) = pending(&visitor) else { return Ok(moved(&on_the_way("/sign-in", &to))) };
    let outcome = visitor.authority().sign_in_with_code(&pending, form.text("code"), &visitor.from()).await?;
    Ok(settled(&visitor, outcome, &to, NO).await?.unwrap_or_else(|said| {
        again(&visitor, StatusCode::UNPROCESSABLE_ENTITY, to.clone(), Faults::one("code", said))
    }))
}

fn pending(visitor: &Visitor) -> Option<String> {
    cookies::value(&visitor.call.headers, cookies::pending_name(visitor.settings()))
}

fn again(visitor: &Visitor, status: StatusCode, to: String, faults: Faults) -> Reply {
    page(visitor, status, &Code { frame: Frame::bare("Your second factor"), to, faults })
}
