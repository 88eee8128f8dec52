//! `/sign-out`.

use crate::console::answer::moved;
use crate::console::notice::Notice;
use crate::console::visitor::Visitor;
use crate::cookies;
use crate::error::Problem;
use crate::reply::Reply;
use http::{HeaderName, HeaderValue};

/// `POST /sign-out`: ends the session, and lets the browser forget what it kept of it.
pub(crate) async fn sign_out(visitor: Visitor) -> Result<Reply, Problem> {
    let settings = visitor.settings();
    if let Some(signed_in) = &visitor.signed_in {
        visitor.authority().end_session(&signed_in.secret).await?;
    }
    let reply = moved("/sign-in").with_cookie(cookies::signed_out(settings));
    let reply = reply.noticed(&Notice::done("You are signed out."), settings);
    Ok(reply.with(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\"")))
}
